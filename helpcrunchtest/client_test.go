package helpcrunchtest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestClientSucceedsAndFailsAsInProduction compares the results of both clients under each fault.
func TestClientSucceedsAndFailsAsInProduction(t *testing.T) {
	busy := helpcrunchtest.TooManyRequests()
	down := helpcrunchtest.Status(503)
	cases := map[string]struct {
		faults   []helpcrunchtest.Fault
		deadline time.Duration // 0 for none
		want     error         // nil for success
	}{
		"429, 1 s":                           {faults: []helpcrunchtest.Fault{busy.RetryAfter(time.Second).Once()}},
		"429, 60 s":                          {faults: []helpcrunchtest.Fault{busy.RetryAfter(time.Minute).Once()}},
		"429, 61 s":                          {faults: []helpcrunchtest.Fault{busy.RetryAfter(61 * time.Second).Once()}, want: helpcrunch.ErrRateLimited},
		"429, one day":                       {faults: []helpcrunchtest.Fault{busy.RetryAfter(24 * time.Hour).Once()}, want: helpcrunch.ErrRateLimited},
		"429 five times":                     {faults: []helpcrunchtest.Fault{busy.Times(5)}},
		"429 without end":                    {faults: []helpcrunchtest.Fault{busy}, want: helpcrunch.ErrRateLimited},
		"429 beyond the deadline":            {faults: []helpcrunchtest.Fault{busy.RetryAfter(30 * time.Second)}, deadline: 10 * time.Second, want: context.DeadlineExceeded},
		"503, 1 s":                           {faults: []helpcrunchtest.Fault{down.RetryAfter(time.Second).Once()}},
		"503, 60 s":                          {faults: []helpcrunchtest.Fault{down.RetryAfter(time.Minute).Once()}},
		"503, 61 s":                          {faults: []helpcrunchtest.Fault{down.RetryAfter(61 * time.Second).Once()}, want: helpcrunch.ErrServer},
		"503 four times":                     {faults: []helpcrunchtest.Fault{down.Times(4)}},
		"503 five times":                     {faults: []helpcrunchtest.Fault{down.Times(5)}, want: helpcrunch.ErrServer},
		"503 beyond the deadline":            {faults: []helpcrunchtest.Fault{down.RetryAfter(30 * time.Second)}, deadline: 10 * time.Second, want: context.DeadlineExceeded},
		"reset, then 429 and 503 with waits": {faults: []helpcrunchtest.Fault{helpcrunchtest.ResetConnection().Once(), busy.RetryAfter(5 * time.Second).Once(), down.RetryAfter(2 * time.Second).Once()}},
	}
	for name, c := range cases {
		check := func(t *testing.T, server *helpcrunchtest.Server, client *helpcrunch.Client) {
			t.Helper()
			for _, fault := range c.faults {
				server.Inject(fault)
			}
			ctx := t.Context()
			if c.deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.deadline)
				defer cancel()
			}
			_, err := client.Organization.Get(ctx)
			require.ErrorIs(t, err, c.want)
		}
		var requests int
		t.Run(name+"/production", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := helpcrunchtest.NewServer()
				defer server.Close()
				check(t, server, server.ProductionClient())
				requests = server.Count()
			})
		})
		t.Run(name+"/in milliseconds", func(t *testing.T) {
			server := newServer(t, helpcrunchtest.WithoutListener())
			began := time.Now()
			check(t, server, server.Client())
			assert.Less(t, time.Since(began), 5*time.Second)
			assert.Equal(t, requests, server.Count(), "as many attempts as in production")
		})
		t.Run(name+"/in a bubble", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := helpcrunchtest.NewServer()
				defer server.Close()
				began := time.Now()
				check(t, server, server.Client())
				assert.Less(t, time.Since(began), time.Second)
			})
		})
	}
}

// TestClientOutlivesTheRateLimit makes more calls than the limit per minute.
func TestClientOutlivesTheRateLimit(t *testing.T) {
	for _, retryAfter := range []bool{false, true} {
		server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithRateLimit(
			helpcrunchtest.RateLimit{Requests: 120, RetryAfter: retryAfter}))
		client := server.Client()
		for range 500 {
			_, err := client.Organization.Get(t.Context())
			require.NoError(t, err)
		}
		assert.Positive(t, server.CountStatus(http.StatusTooManyRequests))
	}
}

func TestPausesDoubleOnlyForConsecutive429s(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		client := server.Client()
		for range 10 {
			server.Inject(helpcrunchtest.TooManyRequests().Once())
			before := time.Now()
			_, err := client.Organization.Get(t.Context())
			require.NoError(t, err)
			assert.Less(t, time.Since(before), 2*time.Millisecond, "a thousandth of the first pause")
		}
	})
}

func TestProductionClientKeepsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
		defer server.Close()
		client := server.ProductionClient()
		began := time.Now()
		for range 300 {
			_, err := client.Organization.Get(t.Context())
			require.NoError(t, err)
		}
		assert.GreaterOrEqual(t, time.Since(began), 2*time.Minute)
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		assert.Panics(t, func() { server.ProductionClient(helpcrunch.WithRateLimit(0)) })
	})
}

func TestImpossibleStatusesPanic(t *testing.T) {
	for _, status := range []int{-1, 0, 99, 100, 101, 199, 600, 999, 1000} {
		assert.Panics(t, func() { helpcrunchtest.Status(status) }, "%d", status)
		assert.Panics(t, func() { helpcrunchtest.Answer(status, "") }, "%d", status)
		assert.Panics(t, func() { helpcrunchtest.ProxyError(status) }, "%d", status)
	}
	assert.NotPanics(t, func() { helpcrunchtest.Status(200); helpcrunchtest.Status(599) })
}

// TestX3ServesARequestWithoutABody calls the handler with a nil Body.
func TestX3ServesARequestWithoutABody(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithControl(nil))
	for request, want := range map[string]int{
		"GET /v1/organization": 200, "POST /v1/customers": 201, "PUT /v1/chats/status": 400, "POST /v1/chats/search": 200, "PUT /v1/customers/batch": 400,
		"POST /_fake/reset": 204, "POST /_fake/seed": 400, "POST /_fake/faults": 400, "PUT /_fake/clock": 400, "GET /": 200,
	} {
		method, path, _ := strings.Cut(request, " ")
		request, err := http.NewRequestWithContext(t.Context(), method, path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+server.APIKey)
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, request)
		assert.Equal(t, want, recorder.Code, "%s %s", method, path)
	}
}
