package pagination_test

import (
	"context"
	"iter"
	"net/http"
	"runtime"
	"sync"
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

// TestPrefetchReachesTheLimitAtEveryLatency: the limit alone allows 12,000 rows a minute.
func TestPrefetchReachesTheLimitAtEveryLatency(t *testing.T) {
	t.Parallel()
	customers := kit.Rounds(10_000)
	allowed := time.Minute * time.Duration(customers) / (kit.Budget * 100)
	for _, latency := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			server := kit.SeededServer(t, customers, kit.Exactly(latency))
			client := kit.SimulatedClient(server)
			began := time.Now()
			assert.Equal(t, customers, kit.Count(t, client.Customers.All(t.Context(), nil)))
			assert.LessOrEqual(t, time.Since(began), allowed*105/100, "latency %s", latency)
			kit.AssertWithinLimit(t, server)
		})
	}
}

// TestPrefetchKeepsUpWithItsConsumer: an iteration takes as long as its consumer or the limit alone, and
// two latencies: the second page is asked for when the first is used up.
func TestPrefetchKeepsUpWithItsConsumer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit, pages int
		uses         []time.Duration // what the consumer takes for a page
	}{
		{kit.Budget, 60, []time.Duration{0, 100 * time.Millisecond, 500 * time.Millisecond, time.Second, 5 * time.Second}},
		{10 * kit.Budget, 300, []time.Duration{50 * time.Millisecond}},
	} {
		for _, use := range c.uses {
			for _, latency := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
				synctest.Test(t, func(t *testing.T) {
					server := helpcrunchtest.NewServer(
						helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: c.limit}),
						helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) { return 0, latency }))
					defer server.Close()
					for range 5 * c.pages {
						server.AddCustomer(helpcrunchtest.MakeCustomer())
					}
					client := server.Client(helpcrunch.WithRateLimit(c.limit))
					began := time.Now()
					for _, err := range client.Customers.All(t.Context(), &helpcrunch.CustomerListOptions{Limit: 5}) {
						require.NoError(t, err)
						time.Sleep(use / 5)
					}
					alone := time.Duration(c.pages) * max(use, time.Minute/time.Duration(c.limit))
					assert.LessOrEqual(t, time.Since(began), alone*105/100+2*latency, "latency %s, use %s, limit %d", latency, use, c.limit)
				})
			}
		}
	}
}

// TestP2TheOverlapCostsLittleOnAQuietAccount: at 100 rows per page, 1 % more requests.
func TestP2TheOverlapCostsLittleOnAQuietAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.SeededServer(t, 5000, kit.Exactly(2*time.Second))
		client := kit.SimulatedClient(server)
		for _, limit := range []int{100, 10, 50}[:kit.Rounds(3)] {
			server.ForgetRequests()
			assert.Equal(t, 5000, kit.Count(t, client.Customers.All(t.Context(),
				&helpcrunch.CustomerListOptions{Limit: limit})))
			assert.LessOrEqual(t, server.Count(), 5000/limit*103/100, "pages of %d", limit)
		}
	})
}

// TestP3NothingIsPrefetchedBeforeTheSecondPage holds at every depth.
func TestP3NothingIsPrefetchedBeforeTheSecondPage(t *testing.T) {
	for _, opts := range [][]helpcrunch.Option{nil, {helpcrunch.WithPrefetch(1)}, {helpcrunch.WithPrefetch(3)}, {helpcrunch.WithPrefetch(64)}} {
		synctest.Test(t, func(t *testing.T) {
			server := kit.SeededServer(t, 1000, kit.Exactly(time.Second))
			client := kit.SimulatedClient(server, opts...)
			for taken, requests := range map[int]int{0: 0, 1: 1, 100: 1} {
				server.ForgetRequests()
				take(client.Customers.All(t.Context(), nil), taken)
				synctest.Wait()
				assert.Equal(t, requests, server.Count(), "%d rows", taken)
			}
		})
	}
}

// take iterates over n rows.
func take[T any](rows iter.Seq2[T, error], n int) {
	if n == 0 {
		return
	}
	for range rows {
		if n--; n == 0 {
			return
		}
	}
}

// TestP3WithoutPrefetchAPageIsRequestedWhenItsFirstRowIsReached: with 1 page, nothing is prefetched.
func TestP3WithoutPrefetchAPageIsRequestedWhenItsFirstRowIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.SeededServer(t, 1000, kit.Exactly(time.Second))
		client := kit.SimulatedClient(server, helpcrunch.WithPrefetch(1))
		row := 0
		for _, err := range client.Customers.All(t.Context(), nil) {
			require.NoError(t, err)
			synctest.Wait()
			assert.Equal(t, max(1, 1+(row-1)/99), server.Count(), "at row %d", row)
			row++
		}
	})
}

// TestT6ABrokenOffIterationCancelsItsPrefetch: nothing is in flight after the loop.
func TestT6ABrokenOffIterationCancelsItsPrefetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		underWay, most := 0, 0
		server := kit.SeededServer(t, 2000, kit.Exactly(10*time.Second))
		client := kit.SimulatedClient(server, helpcrunch.WithHTTPClient(&http.Client{
			Transport: kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				underWay++
				most = max(most, underWay)
				mu.Unlock()
				defer func() { mu.Lock(); underWay--; mu.Unlock() }()
				return server.Transport().RoundTrip(r)
			}),
		}))
		began := time.Now()
		take(client.Customers.All(t.Context(), nil), 101)
		assert.Zero(t, underWay)
		assert.Greater(t, most, 10)
		assert.Equal(t, 20*time.Second, time.Since(began), "it does not wait for responses that nobody needs")
		asked := server.Count()
		time.Sleep(5 * time.Minute)
		assert.Equal(t, asked, server.Count())
		assert.Zero(t, server.OpenBodies())
	})
}

// TestT2ACancelledIterationEndsAtOnce: with the context's error, after the rows before it.
func TestT2ACancelledIterationEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.SeededServer(t, 2000, kit.Exactly(3*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		var failure error
		for _, err := range kit.SimulatedClient(server).Customers.All(ctx, nil) {
			failure = err
		}
		require.ErrorIs(t, failure, context.DeadlineExceeded)
		assert.LessOrEqual(t, time.Since(began), 10*time.Second)
	})
}

// TestC3PrefetchedPagesAreBounded: a slow consumer bounds the prefetch, and a slow page holds
// back no more than the bound.
func TestC3PrefetchedPagesAreBounded(t *testing.T) {
	for _, c := range []struct {
		name  string
		pause time.Duration // of the consumer, at each page
		slow  bool          // the third page, which the others wait for
		since int           // the row from which on it counts
		ahead int           // pages that may be asked for and not used
		opts  []helpcrunch.Option
	}{
		{"a slow consumer", time.Minute, false, 5000, 6, nil},
		{"a slow page", 0, true, 1, 64, nil},
		{"a slow page, 5 at once", 0, true, 1, 5, []helpcrunch.Option{helpcrunch.WithPrefetch(5)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				server := kit.SeededServer(t, 20_000, func() time.Duration {
					if asked.Add(1) == 3 && c.slow {
						return 25 * time.Second
					}
					return time.Second
				})
				row, most := 0, 0
				for _, err := range kit.SimulatedClient(server, c.opts...).Customers.All(t.Context(), nil) {
					require.NoError(t, err)
					if row%99 == 0 {
						if row >= c.since {
							most = max(most, int(asked.Load())-row/99)
						}
						time.Sleep(c.pause)
					}
					if row++; row > 6000 {
						break
					}
				}
				assert.LessOrEqual(t, most, c.ahead)
				assert.Positive(t, most)
			})
		})
	}
}

// TestC3AnIterationForgetsRowsLongYielded: what is held does not grow with the list.
func TestC3AnIterationForgetsRowsLongYielded(t *testing.T) {
	client := kit.NewClient(t, &rowsServer{rows: 40_000}, helpcrunch.WithRateLimit(1<<30), helpcrunch.WithPrefetch(1))
	held := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	row, early, late := 0, int64(0), int64(0)
	for _, err := range client.Customers.All(t.Context(), nil) {
		require.NoError(t, err)
		switch row++; row {
		case 10_000:
			early = held()
		case 39_900:
			late = held()
		}
	}
	require.Equal(t, 40_000, row)
	assert.Less(t, late-early, int64(1<<20))
}
