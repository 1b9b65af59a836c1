package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestListReadsUnansweredChatsAlone(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	defer server.Close()
	require.NoError(t, list(t.Context(), server.Client()))
	require.Len(t, server.Requests(), 1)
	assert.Equal(t, helpcrunchtest.SearchChats, server.Requests()[0].Operation)

	server.Inject(helpcrunchtest.Status(http.StatusForbidden))
	require.ErrorIs(t, list(t.Context(), server.Client()), helpcrunch.ErrForbidden)
}
