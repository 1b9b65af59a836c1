package faults_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// darkServer responds over connections that are newer than the latest call of forget. The others
// stay open and say nothing, as after a laptop's sleep.
type darkServer struct {
	*httptest.Server
	generation atomic.Int64
	arrived    sync.WaitGroup
}

type generationKey struct{}

func newDarkServer(t *testing.T, connections int) *darkServer {
	t.Helper()
	s := &darkServer{}
	s.arrived.Add(connections)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/customers/1" {
			s.arrived.Done()
			s.arrived.Wait() // so that each call has a connection of its own
		}
		if r.Context().Value(generationKey{}) != s.generation.Load() {
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, `{"id":7}`)
	}))
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, generationKey{}, s.generation.Load())
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// connect makes as many connections as newDarkServer was told, and lets them go dark.
func (s *darkServer) connect(t *testing.T, client *hc.Client, connections int) {
	t.Helper()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() { assert.NoError(t, kit.Err(client.Customers.Get(t.Context(), 1))) })
	}
	all.Wait()
	s.generation.Add(1)
}

// TestR17DeadConnectionsCostOneAttempt: after an attempt timeout without a byte, the default
// transport trusts none of its kept connections.
func TestR17DeadConnectionsCostOneAttempt(t *testing.T) {
	const dead = 8
	server := newDarkServer(t, dead)
	limits := new(kit.CountingLimiter)
	client, err := hc.New(kit.APIKey, hc.WithBaseURL(server.URL+"/v1"), hc.WithRateLimiter(limits),
		hc.WithAttemptTimeout(200*time.Millisecond), hc.WithRetryWait(time.Millisecond, time.Millisecond))
	require.NoError(t, err)
	server.connect(t, client, dead)
	require.NoError(t, kit.Get(t.Context(), client))
	assert.Equal(t, dead+2, limits.Granted(), "the second attempt succeeds")
	for range dead {
		require.NoError(t, kit.Get(t.Context(), client))
	}
	assert.Equal(t, dead+2+dead, limits.Granted(), "and so does each call after it")
}

// idleCounter counts how often its idle connections are to be closed.
type idleCounter struct {
	http.RoundTripper
	closed atomic.Int64
}

func (c *idleCounter) CloseIdleConnections() { c.closed.Add(1) }

// TestR10AnAttemptTimeoutLeavesTheCallersTransportAlone: others use its connections too.
func TestR10AnAttemptTimeoutLeavesTheCallersTransportAlone(t *testing.T) {
	transport := &idleCounter{RoundTripper: transportFunc(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})}
	client := kit.NewClient(t, transport, hc.WithAttemptTimeout(time.Millisecond), hc.WithMaxRetries(1),
		hc.WithRetryWait(time.Millisecond, time.Millisecond))
	require.ErrorIs(t, kit.Get(t.Context(), client), context.DeadlineExceeded)
	assert.Zero(t, transport.closed.Load())
}
