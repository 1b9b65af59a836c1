package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestRequestsAreCountedByOperationAndStatus(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable).Once())
	registry := prometheus.NewRegistry()
	client := server.Client(helpcrunch.WithResponseHook(observe(registry)))
	_, err := client.Agents.List(t.Context(), nil)
	require.NoError(t, err)
	_, err = client.Customers.Get(t.Context(), 1)
	require.ErrorIs(t, err, helpcrunch.ErrNotFound)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP helpcrunch_requests_total Requests, retries included. The status is 0 without a response.
# TYPE helpcrunch_requests_total counter
helpcrunch_requests_total{operation="Agents.List",status="200"} 1
helpcrunch_requests_total{operation="Agents.List",status="503"} 1
helpcrunch_requests_total{operation="Customers.Get",status="404"} 1
`), "helpcrunch_requests_total"))
	require.NoError(t, print(registry))
}
