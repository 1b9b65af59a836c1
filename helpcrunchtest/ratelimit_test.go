package helpcrunchtest_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestRateLimit(t *testing.T) {
	// request returns the responses to n requests, as "." for 200 and "x" for 429.
	request := func(t *testing.T, server *helpcrunchtest.Server, n int) (pattern string, header http.Header) {
		t.Helper()
		for range n {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/organization", nil)
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+server.APIKey)
			response, err := server.HTTPClient().Do(r)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			header = response.Header
			pattern += map[int]string{200: ".", 429: "x"}[response.StatusCode]
		}
		return pattern, header
	}
	t.Run("rolling", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 3, RetryAfter: true}))
			defer server.Close()
			pattern, _ := request(t, server, 1)
			time.Sleep(30500 * time.Millisecond)
			more, header := request(t, server, 3)
			assert.Equal(t, "...x", pattern+more)
			assert.Equal(t, "30", header.Get("Retry-After"), "whole seconds, rounded up")
			time.Sleep(29500*time.Millisecond - time.Nanosecond)
			pattern, _ = request(t, server, 1)
			assert.Equal(t, "x", pattern)
			time.Sleep(time.Nanosecond)
			pattern, header = request(t, server, 2)
			assert.Equal(t, ".x", pattern, "one slot is free a minute after it was taken")
			assert.Equal(t, "31", header.Get("Retry-After"))
		})
	})
	t.Run("the longest window", func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithRateLimit(
			helpcrunchtest.RateLimit{Requests: 1, Window: math.MaxInt64, RetryAfter: true}))
		pattern, header := request(t, server, 2)
		assert.Equal(t, ".x", pattern)
		assert.Regexp(t, `^92233720\d\d$`, header.Get("Retry-After"))
	})
	t.Run("fixed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(
				helpcrunchtest.RateLimit{Requests: 2, Window: 10 * time.Second, Fixed: true, RetryAfter: true, Headers: true}))
			defer server.Close()
			time.Sleep(9 * time.Second)
			pattern, header := request(t, server, 3)
			assert.Equal(t, "..x", pattern)
			assert.Equal(t, "1", header.Get("Retry-After"))
			assert.Equal(t, "2", header.Get("X-RateLimit-Limit"))
			assert.Equal(t, "0", header.Get("X-RateLimit-Remaining"))
			time.Sleep(time.Second)
			pattern, header = request(t, server, 1)
			assert.Equal(t, ".", pattern, "a new window begins with the clock")
			assert.Equal(t, "1", header.Get("X-RateLimit-Remaining"))
			assert.Empty(t, header.Get("Retry-After"))
		})
	})
	t.Run("without headers", func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 1}))
		pattern, header := request(t, server, 2)
		assert.Equal(t, ".x", pattern)
		assert.Len(t, header, 1, "Content-Type and nothing else")
	})
	t.Run("a batch may count its items", func(t *testing.T) {
		for counts, want := range map[bool]int{false: 200, true: 429} {
			server := newServer(t, helpcrunchtest.WithoutListener(),
				helpcrunchtest.WithDialect(helpcrunchtest.Dialect{BatchCountsItems: counts}),
				helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 2}))
			added := server.AddCustomer(helpcrunch.Customer{})
			item := fmt.Sprintf(`{"customer":%d}`, added.ID)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+"/customers/batch",
				strings.NewReader("["+item+","+item+","+item+"]"))
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+server.APIKey)
			response, err := server.HTTPClient().Do(r)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, want, response.StatusCode)
		}
	})
}

// A batch whose items count waits for one slot per item.
func TestRetryAfterOfABatchThatCountsItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(
			helpcrunchtest.WithDialect(helpcrunchtest.Dialect{BatchCountsItems: true}),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 3, RetryAfter: true}))
		defer server.Close()
		item := fmt.Sprintf(`{"customer":%d}`, server.AddCustomer(helpcrunch.Customer{}).ID)
		batch := func(items int) (int, string) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+"/customers/batch",
				strings.NewReader("["+item+strings.Repeat(","+item, items-1)+"]"))
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+server.APIKey)
			response, err := server.HTTPClient().Do(r)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			return response.StatusCode, response.Header.Get("Retry-After")
		}
		_, wait := batch(4)
		assert.Equal(t, "60", wait, "more than a window takes, and the window is empty")
		for range 3 {
			status, _ := batch(1)
			require.Equal(t, http.StatusOK, status)
			time.Sleep(10 * time.Second)
		}
		for items, want := range map[int]string{1: "30", 2: "40", 3: "50", 4: "50", 10: "50"} {
			status, wait := batch(items)
			assert.Equal(t, http.StatusTooManyRequests, status)
			assert.Equal(t, want, wait, "%d items", items)
		}
		time.Sleep(40 * time.Second)
		status, _ := batch(2)
		assert.Equal(t, http.StatusOK, status, "after the Retry-After time")
	})
}

func TestRateLimitHeadersComeWithEveryCountedRequest(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 10, Headers: true}))
	for remaining, request := range []string{"GET /agents", "GET /nothing", "DELETE /agents", "GET /customers/5"} {
		method, path, _ := strings.Cut(request, " ")
		_, header, _ := send(t, server, method, path, "")
		assert.Equal(t, fmt.Sprint(9-remaining), header.Get("X-RateLimit-Remaining"), request)
		assert.Equal(t, "10", header.Get("X-RateLimit-Limit"), request)
		assert.Equal(t, method == http.MethodDelete, header.Get("Allow") == http.MethodGet, request)
	}
}
