package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newServer starts a fake server with the demo account.
func newServer(t *testing.T) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	t.Cleanup(server.Close)
	return server
}

func TestReadSendsGETRequestsAlone(t *testing.T) {
	server := newServer(t)
	require.NoError(t, read(t.Context(), server.Client()))
	require.NotEmpty(t, server.Requests())
	for _, request := range server.Requests() {
		assert.Equal(t, http.MethodGet, request.Method, request.Path)
	}
}

func TestStoryLeavesNothingBehind(t *testing.T) {
	server := newServer(t)
	customers, chats := server.Customers(), server.Chats()
	require.NoError(t, story(t.Context(), server.Client()))
	assert.Equal(t, 1, server.Effects(helpcrunchtest.CreateCustomer))
	assert.Equal(t, 2, server.Effects(helpcrunchtest.CreateMessage))
	assert.Equal(t, customers, server.Customers())
	assert.Equal(t, chats, server.Chats())
}

func TestStoryDeletesTheCustomerAfterAFailure(t *testing.T) {
	server := newServer(t)
	customers := server.Customers()
	server.Inject(helpcrunchtest.Status(http.StatusBadRequest).On(helpcrunchtest.CreateChat))
	require.Error(t, story(t.Context(), server.Client()))
	assert.Equal(t, 1, server.Effects(helpcrunchtest.CreateCustomer))
	assert.Equal(t, customers, server.Customers())
}
