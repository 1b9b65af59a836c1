package limits_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// requests a minute

// possible is how many requests can be made at most within the simulated time.
func possible(mean time.Duration) float64 {
	return kit.Budget * kit.Simulated.Minutes() * 60 / (60 + mean.Seconds())
}

// TestL3SaturatingWorkUsesTheBudgetWithoutA429 looks at rolling windows, which no fixed
// one can exceed.
func TestL3SaturatingWorkUsesTheBudgetWithoutA429(t *testing.T) {
	t.Parallel()
	for _, callers := range []int{8, 50} {
		for _, longest := range []time.Duration{100 * time.Millisecond, time.Second, 4 * time.Second} {
			for _, background := range []bool{false, true} {
				name := fmt.Sprintf("callers=%d longest=%s background=%t", callers, longest, background)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server := kit.SimulatedServer(t, kit.UpTo(longest), false)
						client, share := kit.SimulatedClient(server), 0.995
						if background {
							client, share = client.InBackground(), 0.985
						}
						kit.Saturate(t.Context(), callers, time.Now().Add(kit.Simulated), kit.Getter(client))
						kit.AssertWithinLimit(t, server)
						used := float64(server.CountStatus(http.StatusOK)) / possible(longest/2)
						assert.GreaterOrEqual(t, used, share)
					})
				})
			}
		}
	}
}

// percentile returns the value below which a share of the sorted values lies.
func percentile(values []time.Duration, share float64) time.Duration {
	slices.Sort(values)
	return values[int(float64(len(values)-1)*share)]
}

// besideBulk runs interactive calls beside bulk work, each with its own client, and
// returns how long the former waited for the rate limit.
func besideBulk(t *testing.T, latency time.Duration, single, bulk *helpcrunch.Client) []time.Duration {
	until := time.Now().Add(kit.Simulated)
	return besideLoad(t, latency, single, until, func() { kit.Saturate(t.Context(), 8, until, kit.Getter(bulk)) })
}

// besideLoad is besideBulk with work of any kind.
func besideLoad(t *testing.T, latency time.Duration, single *helpcrunch.Client, until time.Time, load func()) []time.Duration {
	var waits []time.Duration
	var all sync.WaitGroup
	all.Go(load)
	all.Go(func() {
		for i := 0; time.Now().Before(until); i++ {
			time.Sleep(time.Duration(2+i%4) * time.Second)
			asked := time.Now()
			_, err := single.Chats.Get(t.Context(), 7)
			require.NoError(t, err)
			waits = append(waits, time.Since(asked)-latency)
		}
	})
	all.Wait()
	return waits
}

func TestL5InteractiveCallsTakePriorityOverBackgroundWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 300 * time.Millisecond
		server := kit.SimulatedServer(t, func() time.Duration { return latency }, false)
		client := kit.SimulatedClient(server)
		waits := besideBulk(t, latency, client, client.InBackground())
		kit.AssertWithinLimit(t, server)
		assert.LessOrEqual(t, percentile(waits, 0.9), 300*time.Millisecond)
		assert.GreaterOrEqual(t, float64(server.CountStatus(http.StatusOK)), 0.98*kit.Budget*kit.Simulated.Minutes())
	})
}

// TestL5InteractiveCallsTakePriorityOverIteratorsAndBulkWrites has them as the load beside interactive calls, by the same
// client and by another one that shares the limiter.
func TestL5InteractiveCallsTakePriorityOverIteratorsAndBulkWrites(t *testing.T) {
	t.Parallel()
	const latency = 300 * time.Millisecond
	for _, clients := range []int{1, 2} {
		t.Run(fmt.Sprint(clients), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := kit.SeededServer(t, 1000, kit.Exactly(latency))
				limiter, err := helpcrunch.NewRateLimiter(kit.Budget)
				require.NoError(t, err)
				single := kit.SimulatedClient(server, helpcrunch.WithRateLimiter(limiter))
				bulk := single
				if clients == 2 {
					bulk = kit.SimulatedClient(server, helpcrunch.WithRateLimiter(limiter))
				}
				until := time.Now().Add(kit.Simulated)
				waits := besideLoad(t, latency, single, until, func() {
					var load sync.WaitGroup
					for _, work := range []func(context.Context, *helpcrunch.Client, time.Time) error{iterateOnce, updateOnce} {
						load.Go(func() {
							kit.Saturate(t.Context(), 1, until, func(ctx context.Context) error { return work(ctx, bulk, until) })
						})
					}
					load.Wait()
				})
				kit.AssertWithinLimit(t, server)
				assert.LessOrEqual(t, percentile(waits, 0.9), 300*time.Millisecond)
				assert.GreaterOrEqual(t, float64(server.CountStatus(http.StatusOK)), 0.98*kit.Budget*kit.Simulated.Minutes())
				for _, operation := range []helpcrunchtest.Operation{
					helpcrunchtest.ListCustomers, helpcrunchtest.UpdateCustomer, helpcrunchtest.BatchUpdateCustomers,
				} {
					assert.Greater(t, float64(server.Count(operation)), 15*kit.Simulated.Minutes(), "%s", operation)
				}
			})
		})
	}
}

// iterateOnce iterates over all customers until the given time.
func iterateOnce(ctx context.Context, client *helpcrunch.Client, until time.Time) error {
	for _, err := range client.Customers.All(ctx, &helpcrunch.CustomerListOptions{Limit: 5}) {
		if err != nil || time.Now().After(until) {
			return err
		}
	}
	return nil
}

// updateOnce changes some customers one by one, and more by tens.
func updateOnce(ctx context.Context, client *helpcrunch.Client, until time.Time) error {
	items := make([]helpcrunch.CustomerBatchItem, 100)
	for i := range items {
		items[i] = helpcrunch.CustomerBatchItem{ID: int64(1000 + i), Patch: helpcrunch.CustomerPatch{Name: helpcrunch.Set("Guest")}}
	}
	for outcome := range client.Customers.UpdateEach(ctx, slices.Values(items[:10])) {
		if outcome.Err != nil || time.Now().After(until) {
			return outcome.Err
		}
	}
	_, err := client.Customers.BatchUpdate(ctx, items)
	return err
}

func TestL5ManyCallsAtOnceEndNearTheOptimum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.SimulatedServer(t, kit.UpTo(600*time.Millisecond), false)
		assert.LessOrEqual(t, kit.CallAtOnce(t, kit.SimulatedClient(server), 600), 244800*time.Millisecond)
		kit.AssertWithinLimit(t, server)
	})
}

// windowLimiter is a rolling window alone: the guarantee without priorities or pacing. Bucket
// adds pacing for all in one queue.
type windowLimiter struct {
	bucket  *rate.Limiter
	queue   chan struct{} // held while waiting: first come, first served
	granted []time.Time
}

func newWindowLimiter(bucket *rate.Limiter) *windowLimiter {
	return &windowLimiter{bucket: bucket, queue: make(chan struct{}, 1)}
}

func (l *windowLimiter) Wait(ctx context.Context) error {
	l.queue <- struct{}{}
	defer func() { <-l.queue }()
	if l.bucket != nil {
		if err := l.bucket.Wait(ctx); err != nil {
			return err
		}
	}
	if len(l.granted) >= kit.Budget {
		// Half a second for the response to arrive: the window counts from there.
		free := l.granted[len(l.granted)-kit.Budget].Add(time.Minute + 500*time.Millisecond)
		time.Sleep(time.Until(free))
	}
	l.granted = append(l.granted, time.Now())
	return nil
}

// TestLimitersCompared prints how simple limiters fare beside ours.
func TestLimitersCompared(t *testing.T) {
	t.Parallel()
	limiters := []struct {
		name string
		make func() helpcrunch.Limiter
	}{
		{"rate.NewLimiter(2, 120)", func() helpcrunch.Limiter { return rate.NewLimiter(2, 120) }},
		{"110 a minute, burst 10", func() helpcrunch.Limiter { return rate.NewLimiter(110.0/60, 10) }},
		{"rolling window alone", func() helpcrunch.Limiter { return newWindowLimiter(nil) }},
		{"bucket and window, one queue", func() helpcrunch.Limiter { return newWindowLimiter(rate.NewLimiter(2, 20)) }},
		{"ours", func() helpcrunch.Limiter {
			limiter, err := helpcrunch.NewRateLimiter(kit.Budget)
			require.NoError(t, err)
			return limiter
		}},
	}
	var table strings.Builder
	table.WriteString("limiter | window | 429s | share of the budget | 600 at once | interactive p50, p90\n")
	for _, row := range limiters {
		for _, fixed := range []bool{false, true} {
			if kit.RaceDetector && row.name != "ours" && (fixed || row.name != limiters[0].name) {
				continue // the race detector makes it slow
			}
			measured := measureLimiter(t, row.make, fixed)
			fmt.Fprintf(&table, "%s | %s | %s\n", row.name, map[bool]string{true: "fixed", false: "rolling"}[fixed], measured)
		}
	}
	t.Log("\n" + table.String())
	assert.Contains(t, table.String(), "ours | rolling | 0 |")
	assert.Contains(t, table.String(), "ours | fixed | 0 |")
	assert.NotContains(t, table.String(), "rate.NewLimiter(2, 120) | rolling | 0 |", "the model server must catch a naive limiter")
}

// measureLimiter runs saturating work, a burst and interactive calls over one limiter
// each, and returns the row of the table.
func measureLimiter(t *testing.T, limiter func() helpcrunch.Limiter, fixed bool) string {
	var row string
	synctest.Test(t, func(t *testing.T) {
		start := func(latency func() time.Duration) (*helpcrunchtest.Server, *helpcrunch.Client) {
			server := kit.SimulatedServer(t, latency, fixed)
			return server, kit.SimulatedClient(server, helpcrunch.WithRateLimiter(limiter()))
		}
		server, client := start(kit.UpTo(600 * time.Millisecond))
		kit.Saturate(t.Context(), 8, time.Now().Add(kit.Simulated), kit.Getter(client))
		rateLimited := server.CountStatus(http.StatusTooManyRequests)
		share := float64(server.CountStatus(http.StatusOK)) / (kit.Budget * kit.Simulated.Minutes())

		_, client = start(kit.UpTo(600 * time.Millisecond))
		burst := kit.CallAtOnce(t, client, 600)

		const latency = 300 * time.Millisecond
		_, client = start(func() time.Duration { return latency })
		waits := besideBulk(t, latency, client, client.InBackground())
		row = fmt.Sprintf("%d | %.1f %% | %.0f s | %.1f s, %.1f s", rateLimited, 100*share,
			burst.Seconds(), percentile(waits, 0.5).Seconds(), percentile(waits, 0.9).Seconds())
	})
	return row
}
