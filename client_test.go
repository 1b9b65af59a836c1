package helpcrunch_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// with derives a client, which must succeed.
func with(t *testing.T, client *helpcrunch.Client, opts ...helpcrunch.Option) *helpcrunch.Client {
	t.Helper()
	derived, err := client.With(opts...)
	require.NoError(t, err)
	return derived
}

// TestWithChangesTheDerivedClientAlone has options of New, of With, and of With again.
func TestWithChangesTheDerivedClientAlone(t *testing.T) {
	var sent http.Header
	client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		sent = r.Header.Clone()
		return respondWithCustomer(r)
	}))
	client = with(t, client, helpcrunch.WithUserAgent("sync/1"), helpcrunch.WithHeader("x-gateway", "a"))
	one := with(t, client, helpcrunch.WithHeader("X-Gateway", "b"), helpcrunch.WithHeader("X-Trace", "1"))
	other := with(t, client, helpcrunch.WithHeader("X-Trace", "2"), helpcrunch.WithUserAgent("sync/2"))
	for _, c := range []struct {
		client                *helpcrunch.Client
		agent, gateway, trace string
	}{{client, "sync/1", "a", ""}, {one, "sync/1", "b", "1"}, {other, "sync/2", "a", "2"}, {client, "sync/1", "a", ""}} {
		_, err := c.client.Customers.Get(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, c.agent, sent.Get("User-Agent"))
		assert.Equal(t, c.gateway, sent.Get("X-Gateway"))
		assert.Equal(t, c.trace, sent.Get("X-Trace"))
		assert.Equal(t, "Bearer "+kit.APIKey, sent.Get("Authorization"))
	}
}

// TestWithSharesTheRateLimit has one permit, which the first client uses.
func TestWithSharesTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, option := range map[string]helpcrunch.Option{
			"the client's own":  helpcrunch.WithRateLimit(1),
			"one of the user's": helpcrunch.WithRateLimiter(newTestLimiter(t, 1)),
		} {
			client := kit.NewClient(t, kit.TransportFunc(respondWithCustomer), option)
			derived := with(t, client, helpcrunch.WithMaxRetries(1))
			_, err := client.Customers.Get(t.Context(), 1)
			require.NoError(t, err)
			began := time.Now()
			_, err = derived.Customers.Get(t.Context(), 1)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, time.Since(began), 59*time.Second, name)
		}
	})
}

// respondWithCustomer is the response to each request.
func respondWithCustomer(r *http.Request) (*http.Response, error) {
	return kit.NewResponse(r, http.StatusOK, kit.CustomerJSON), nil
}

// recordingLimiter records the priority of each call.
type recordingLimiter struct {
	*helpcrunch.RateLimiter
	background []bool
}

func (l *recordingLimiter) Acquire(ctx context.Context, r helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	l.background = append(l.background, r.Background)
	return l.RateLimiter.Acquire(ctx, r)
}

func newTestLimiter(t *testing.T, perMinute int) *helpcrunch.RateLimiter {
	t.Helper()
	limiter, err := helpcrunch.NewRateLimiter(perMinute)
	require.NoError(t, err)
	return limiter
}

// TestWithSharesConnectionsUntilTheyAreClosed counts the connections that a server accepts.
func TestWithSharesConnectionsUntilTheyAreClosed(t *testing.T) {
	var accepted atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(kit.CustomerJSON))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	for name, options := range map[string][]helpcrunch.Option{
		"own transport": nil, "the caller's": {helpcrunch.WithHTTPClient(&http.Client{Transport: new(http.Transport)})},
	} {
		accepted.Store(0)
		client, err := helpcrunch.New(kit.APIKey, append(options, helpcrunch.WithBaseURL(server.URL))...)
		require.NoError(t, err)
		derived := with(t, client, helpcrunch.WithMaxRetries(0))
		for _, c := range []*helpcrunch.Client{client, derived, client.InBackground(), with(t, derived)} {
			_, err := c.Customers.Get(t.Context(), 1)
			require.NoError(t, err)
		}
		assert.EqualValues(t, 1, accepted.Load(), name)
		derived.CloseIdleConnections()
		_, err = client.Customers.Get(t.Context(), 1)
		require.NoError(t, err)
		assert.EqualValues(t, 2, accepted.Load(), name)
		client.CloseIdleConnections()
	}
}

// TestWithKeepsTheBackgroundAndTheLocks derives from a derived client.
func TestWithKeepsTheBackgroundAndTheLocks(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})
	input := &helpcrunch.ChatInput{Customer: customer.ID, Application: server.Applications()[0].ID}
	client := server.Client()
	created := make(chan bool)
	for range 3 {
		for _, c := range []*helpcrunch.Client{client, with(t, client)} {
			go func() {
				_, isNew, err := c.Chats.FindOrCreate(context.Background(), input)
				assert.NoError(t, err)
				created <- isNew
			}()
		}
	}
	chats := 0
	for range 6 {
		if <-created {
			chats++
		}
	}
	assert.Equal(t, 1, chats, "FindOrCreate is serialised across derived clients")
	limiter := &recordingLimiter{RateLimiter: newTestLimiter(t, 60)}
	background := with(t, kit.NewClient(t, kit.TransportFunc(respondWithCustomer), helpcrunch.WithRateLimiter(limiter)).InBackground())
	_, err := background.Customers.Get(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, []bool{true}, limiter.background)
}

// TestBadInputWith has the options that can't differ, invalid ones, and clients that New did
// not make.
func TestBadInputWith(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	for want, option := range map[string]helpcrunch.Option{
		"WithBaseURL: can't differ":                   helpcrunch.WithBaseURL(helpcrunch.DefaultBaseURL),
		"WithHTTPClient: can't differ":                helpcrunch.WithHTTPClient(http.DefaultClient),
		"WithRateLimit: can't differ":                 helpcrunch.WithRateLimit(60),
		"WithRateLimiter: can't differ":               helpcrunch.WithRateLimiter(newTestLimiter(t, 60)),
		"WithInsecureHTTP: can't differ":              helpcrunch.WithInsecureHTTP(),
		"opts[0]: must not be nil":                    nil,
		"WithMaxRetries: at least 0, got -1":          helpcrunch.WithMaxRetries(-1),
		"WithHeader: name: must not be reserved, got": helpcrunch.WithHeader("cookie", "a"),
	} {
		_, err := client.With(option)
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
		assert.ErrorContains(t, err, "helpcrunch: With: "+want)
	}
	for _, c := range []*helpcrunch.Client{nil, {}, new(helpcrunch.Client).InBackground()} {
		_, err := c.With()
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
		c.CloseIdleConnections()
	}
	assert.Empty(t, transport.Requests())
}

// TestBadInputHeaders has names and values that break out of their line, and reserved names.
func TestBadInputHeaders(t *testing.T) {
	for _, name := range []string{"", " ", "X Y", "X:", "X\r\nY", "Ä", "X\x00", "X-Y\n", `"X"`, "X/Y", "(X)"} {
		_, err := helpcrunch.New(kit.APIKey, helpcrunch.WithHeader(name, "a"))
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, "%q", name)
		require.ErrorContains(t, err, "helpcrunch: New: WithHeader: name: must be letters")
	}
	for _, name := range []string{
		"Authorization", "HOST", "Content-Type", "content-length", "Content-Encoding", "Idempotency-Key", "x-idempotency-key",
		"Accept-Encoding", "Connection", "transfer-encoding", "TE", "Trailer", "Upgrade", "Expect", "Cookie", "Proxy-Authorization",
		"proxy-connection",
	} {
		_, err := helpcrunch.New(kit.APIKey, helpcrunch.WithHeader(name, "a"))
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, name)
		require.ErrorContains(t, err, "must not be reserved, got "+http.CanonicalHeaderKey(name))
	}
	for _, value := range []string{"a\r\nX: b", "a\n", "\x00", "a\x7f", "é", "\t"} {
		_, err := helpcrunch.New(kit.APIKey, helpcrunch.WithHeader("X-A", value))
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, "%q", value)
		require.ErrorContains(t, err, "helpcrunch: New: WithHeader: value of X-A: must be printable ASCII")
		require.NotContains(t, err.Error(), "X: b")
	}
}

// TestT9PlainHTTPNeedsAnOption has a host that is not loopback, with the options in either order.
func TestT9PlainHTTPNeedsAnOption(t *testing.T) {
	const address = "http://helpcrunch-fake.example.com:8080/v1"
	_, err := helpcrunch.New(kit.APIKey, helpcrunch.WithBaseURL(address))
	require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	require.ErrorContains(t, err, "WithInsecureHTTP")
	for _, options := range [][]helpcrunch.Option{
		{helpcrunch.WithBaseURL(address), helpcrunch.WithInsecureHTTP()},
		{helpcrunch.WithInsecureHTTP(), helpcrunch.WithBaseURL(address)},
	} {
		var sentTo string
		client, err := helpcrunch.New(kit.APIKey, append(options, helpcrunch.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				sentTo = r.URL.String()
				return respondWithCustomer(r)
			}),
		}))...)
		require.NoError(t, err)
		_, err = client.Customers.Get(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, address+"/customers/1", sentTo)
	}
}
