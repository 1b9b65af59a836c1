package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestEveryCustomerIsALine(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 250}, 1))
	defer server.Close()
	var lines, messages bytes.Buffer
	require.NoError(t, export(t.Context(), server.Client(), &lines, &messages))
	seen := make(map[int64]bool)
	for decoder := json.NewDecoder(&lines); ; {
		var customer helpcrunch.Customer
		err := decoder.Decode(&customer)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		seen[customer.ID] = true
	}
	assert.Len(t, seen, 250)
	assert.Equal(t, "250 customers\n", messages.String())
}

func TestAFailureSaysHowFarItWas(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 250}, 1))
	defer server.Close()
	server.Inject(helpcrunchtest.Status(http.StatusForbidden).After(1))
	err := export(t.Context(), server.Client(), io.Discard, io.Discard)
	require.ErrorIs(t, err, helpcrunch.ErrForbidden)
	assert.ErrorContains(t, err, "after 100 customers")
}
