package redislimit_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

const budget = 120 // requests a minute

// service is the test server with the service's rolling limit, and a latency of which a
// random part comes before the request is counted.
func service(t *testing.T, latency func() time.Duration) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: budget}),
		helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) {
			whole := latency()
			before = rand.N(whole + 1)
			return before, whole - before
		}))
	t.Cleanup(server.Close)
	server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) { c.ID = 7 }))
	return server
}

// saturate has callers ask all the time until a moment, and returns how
// many calls they made.
func saturate(t *testing.T, client *helpcrunch.Client, callers int, until time.Time) int {
	var calls sync.Map
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			made := 0
			for ; time.Now().Before(until); made++ {
				_, err := client.Customers.Get(t.Context(), 7)
				assert.NoError(t, err)
			}
			calls.Store(caller, made)
		})
	}
	all.Wait()
	total := 0
	calls.Range(func(_, made any) bool { total += made.(int); return true })
	return total
}

// cycles are the times from each request to the one that used its slot again: the one that
// came limit requests later.
func cycles(server *helpcrunchtest.Server, limit int) (ends []time.Time, lengths []time.Duration) {
	requests := server.Requests()
	for i := limit; i < len(requests); i++ {
		ends = append(ends, requests[i].Time)
		lengths = append(lengths, requests[i].Time.Sub(requests[i-limit].Time))
	}
	return ends, lengths
}

// shareOfPossible compares cycles with the shortest that are possible, as a slot is kept
// for a window after its request: with a window of a minute, it is the share of 60/(60 +
// mean latency in seconds) of the budget. Unlike a count within a span it does not depend
// on where the span ends.
func shareOfPossible(cycles []time.Duration, window, latency time.Duration) float64 {
	whole := time.Duration(0)
	for _, cycle := range cycles {
		whole += cycle
	}
	return float64(window+latency) * float64(len(cycles)) / float64(whole)
}

// TestSaturatingProcessesUseTheBudgetAndGetEqualShares holds for background work even when
// they have different numbers of callers.
func TestSaturatingProcessesUseTheBudgetAndGetEqualShares(t *testing.T) {
	const minutes, longest = 4 * effort, time.Second
	for _, background := range []bool{false, true} {
		if effort < 1 && !background {
			continue // the race detector finds nothing here that it does not in the other
		}
		t.Run(fmt.Sprintf("background=%t", background), func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				server := service(t, func() time.Duration { return rand.N(longest) })
				until := time.Now().Add(minutes * time.Minute)
				made := make([]int, 4)
				var all sync.WaitGroup
				for i := range made {
					client, callers := server.Client(helpcrunch.WithRateLimiter(r.limiter(t, budget))), 15
					if background {
						client, callers = client.InBackground(), 5*(i+1)
					}
					all.Go(func() { made[i] = saturate(t, client, callers, until) })
				}
				all.Wait()
				assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
				assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), budget)
				requests := server.CountStatus(http.StatusOK)
				for _, one := range made {
					assert.InEpsilon(t, requests/len(made), one, 0.2)
				}
				_, lengths := cycles(server, budget)
				share := shareOfPossible(lengths, time.Minute, longest/2)
				assert.GreaterOrEqual(t, share, 0.985)
				calls := float64(r.calls.Load()) / float64(requests)
				assert.LessOrEqual(t, calls, 1.2, "calls of Redis for a permit")
				t.Logf("%.1f %% of what is possible, %v, %.2f calls of Redis for a permit", 100*share, made, calls)
			})
		})
	}
}
