package faults_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// countingReader counts the bytes that were read from a body without an end.
type countingReader struct {
	endlessReader
	bytes atomic.Int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.endlessReader.Read(p)
	r.bytes.Add(int64(n))
	return n, err
}

// TestT4AnErrorBodyIsReadUpToABound: of an error without an end at most 1 MiB is read, whatever
// bound the caller set for responses.
func TestT4AnErrorBodyIsReadUpToABound(t *testing.T) {
	before := kit.OpenBodies.Load()
	body := new(countingReader)
	client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		response := kit.NewResponse(r, 400, "")
		response.Body.Close()
		response.Body, response.ContentLength = kit.NewBodyOf(body), -1
		return response, nil
	}), helpcrunch.WithMaxResponseBytes(1<<30))
	require.ErrorIs(t, kit.Get(t.Context(), client), helpcrunch.ErrBadRequest)
	assert.LessOrEqual(t, body.bytes.Load(), int64(2<<20))
	assert.Equal(t, before, kit.OpenBodies.Load())
}

// TestE1AResponseBelow200IsAnError: its body is the connection, which never ends.
func TestE1AResponseBelow200IsAnError(t *testing.T) {
	before := kit.OpenBodies.Load()
	body := new(countingReader)
	client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		response := kit.NewResponse(r, http.StatusSwitchingProtocols, "")
		response.Body.Close()
		response.Body = kit.NewBodyOf(body)
		return response, nil
	}), helpcrunch.WithMaxRetries(0))
	require.ErrorContains(t, kit.Get(t.Context(), client), "status below 200")
	_, err := client.Messages.SendAsCustomer(t.Context(), 1, "Hi")
	require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
	assert.Zero(t, body.bytes.Load())
	assert.Equal(t, before, kit.OpenBodies.Load())
}

// TestL2APanicOfATransportReleasesItsPermit: the permit is not in flight for ever.
func TestL2APanicOfATransportReleasesItsPermit(t *testing.T) {
	limiter, err := helpcrunch.NewRateLimiter(10)
	require.NoError(t, err)
	client := kit.NewClient(t, kit.TransportFunc(func(*http.Request) (*http.Response, error) { panic("no network") }),
		helpcrunch.WithRateLimiter(limiter))
	assert.PanicsWithValue(t, "no network", func() { _ = kit.Get(t.Context(), client) })
	assert.Zero(t, limiter.Stats().InFlight)
}

// TestL2PermitsOfResentRequestsAreReleased: net/http sends a GET again when a kept connection
// breaks. The attempt takes a further permit, and releases both.
func TestL2PermitsOfResentRequestsAreReleased(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 2 {
			panic(http.ErrAbortHandler) // closes the connection without a response
		}
		_, _ = io.WriteString(w, kit.CustomerJSON)
	}))
	defer server.Close()
	limiter, err := helpcrunch.NewRateLimiter(10)
	require.NoError(t, err)
	client, err := helpcrunch.New(kit.APIKey, helpcrunch.WithBaseURL(server.URL),
		helpcrunch.WithRateLimiter(limiter), helpcrunch.WithMaxRetries(0))
	require.NoError(t, err)
	require.NoError(t, kit.Get(t.Context(), client))
	require.NoError(t, kit.Get(t.Context(), client))
	require.EqualValues(t, 3, requests.Load(), "net/http sent one again")
	assert.Zero(t, limiter.Stats().InFlight)
	assert.Equal(t, 7, limiter.Stats().Free)
}
