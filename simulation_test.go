package helpcrunch_test

import (
	"context"
	"fmt"
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
)

const (
	simulated = 30 * time.Minute
	budget    = 120 // a minute
)

func get(client *helpcrunch.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.Customers.Get(ctx, 7)
		return err
	}
}

// possible is how many requests can be made at most within the simulated time.
func possible(mean time.Duration) float64 {
	return budget * simulated.Minutes() * 60 / (60 + mean.Seconds())
}

// TestL3SaturatingWorkUsesTheBudgetWithoutRefusals also covers L2: every turn that the
// limiter gives is one request on the wire.
func TestL3SaturatingWorkUsesTheBudgetWithoutRefusals(t *testing.T) {
	for _, callers := range []int{8, 50} {
		for _, longest := range []time.Duration{100 * time.Millisecond, time.Second, 4 * time.Second} {
			for _, background := range []bool{false, true} {
				for _, fixed := range []bool{false, true} {
					name := fmt.Sprintf("callers=%d longest=%s background=%t fixed=%t", callers, longest, background, fixed)
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							server := newModelServer(budget, upTo(longest))
							server.fixed = fixed
							client := newClient(t, server)
							share := 0.995
							if background {
								client, share = client.InBackground(), 0.985
							}
							saturate(t.Context(), callers, time.Now().Add(simulated), get(client))
							assert.Zero(t, server.refused)
							assert.LessOrEqual(t, server.most(), budget)
							used := float64(len(server.taken)) / possible(longest/2)
							assert.GreaterOrEqual(t, used, share)
						})
					})
				}
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
func besideBulk(t *testing.T, server *modelServer, single, bulk *helpcrunch.Client) []time.Duration {
	until := time.Now().Add(simulated)
	var waits []time.Duration
	var all sync.WaitGroup
	all.Go(func() { saturate(t.Context(), 8, until, get(bulk)) })
	all.Go(func() {
		for i := 0; time.Now().Before(until); i++ {
			time.Sleep(time.Duration(2+i%4) * time.Second)
			asked := time.Now()
			_, err := single.Chats.Get(t.Context(), 7)
			require.NoError(t, err)
			waits = append(waits, time.Since(asked)-server.latency())
		}
	})
	all.Wait()
	return waits
}

func TestL5InteractiveCallsGoAheadOfBulkWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 300 * time.Millisecond
		server := newModelServer(budget, func() time.Duration { return latency })
		client := newClient(t, server)
		waits := besideBulk(t, server, client, client.InBackground())
		assert.Zero(t, server.refused)
		assert.LessOrEqual(t, server.most(), budget)
		assert.LessOrEqual(t, percentile(waits, 0.9), 300*time.Millisecond)
		assert.GreaterOrEqual(t, float64(len(server.taken)), 0.98*budget*simulated.Minutes())
	})
}

func TestL5ManyCallsAtOnceEndNearTheOptimum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newModelServer(budget, upTo(600*time.Millisecond))
		client := newClient(t, server)
		assert.LessOrEqual(t, callAtOnce(t, client, 600), 244800*time.Millisecond)
		assert.Zero(t, server.refused)
	})
}

// callAtOnce makes so many calls at once and returns when the last one ended.
func callAtOnce(t *testing.T, client *helpcrunch.Client, calls int) time.Duration {
	started := time.Now()
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { assert.NoError(t, get(client)(t.Context())) })
	}
	all.Wait()
	return time.Since(started)
}

// windowLimiter is a rolling window alone: the guarantee without lanes or pacing. Bucket
// adds pacing for all in one queue.
type windowLimiter struct {
	bucket *rate.Limiter
	queue  chan struct{} // held while waiting: first come, first served
	turns  []time.Time
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
	if len(l.turns) >= budget {
		// Half a second for the answer to arrive: the window counts from there.
		free := l.turns[len(l.turns)-budget].Add(time.Minute + 500*time.Millisecond)
		time.Sleep(time.Until(free))
	}
	l.turns = append(l.turns, time.Now())
	return nil
}

// TestLimiterTable prints how simple limiters fare beside ours.
func TestLimiterTable(t *testing.T) {
	limiters := []struct {
		name string
		make func() helpcrunch.RateLimiter
	}{
		{"rate.NewLimiter(2, 120)", func() helpcrunch.RateLimiter { return rate.NewLimiter(2, 120) }},
		{"110 a minute, burst 10", func() helpcrunch.RateLimiter { return rate.NewLimiter(110.0/60, 10) }},
		{"rolling window alone", func() helpcrunch.RateLimiter { return newWindowLimiter(nil) }},
		{"bucket and window, one queue", func() helpcrunch.RateLimiter { return newWindowLimiter(rate.NewLimiter(2, 20)) }},
		{"ours", func() helpcrunch.RateLimiter {
			limiter, err := helpcrunch.NewRateLimiter(budget)
			require.NoError(t, err)
			return limiter
		}},
	}
	var table strings.Builder
	table.WriteString("limiter | window | 429s | share of the budget | 600 at once | interactive p50, p90\n")
	for _, row := range limiters {
		for _, fixed := range []bool{false, true} {
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
func measureLimiter(t *testing.T, limiter func() helpcrunch.RateLimiter, fixed bool) string {
	var row string
	synctest.Test(t, func(t *testing.T) {
		latency := upTo(600 * time.Millisecond)
		newServer := func() (*modelServer, *helpcrunch.Client) {
			server := newModelServer(budget, latency)
			server.fixed = fixed
			return server, newClient(t, server, helpcrunch.WithRateLimiter(limiter()))
		}
		server, client := newServer()
		saturate(t.Context(), 8, time.Now().Add(simulated), get(client))
		refused, share := server.refused, float64(len(server.taken))/(budget*simulated.Minutes())

		_, client = newServer()
		burst := callAtOnce(t, client, 600)

		server, client = newServer()
		server.latency = func() time.Duration { return 300 * time.Millisecond }
		waits := besideBulk(t, server, client, client.InBackground())
		row = fmt.Sprintf("%d | %.1f %% | %.0f s | %.1f s, %.1f s", refused, 100*share,
			burst.Seconds(), percentile(waits, 0.5).Seconds(), percentile(waits, 0.9).Seconds())
	})
	return row
}
