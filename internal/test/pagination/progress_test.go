package pagination_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// watched iterates over all customers and returns every report of progress.
func watched(t *testing.T, client *helpcrunch.Client, opts *helpcrunch.CustomerListOptions, each func()) (seen []kit.SeenProgress) {
	t.Helper()
	watching := client.WithProgress(func(p helpcrunch.Progress) {
		seen = append(seen, kit.SeenProgress{Progress: p, When: time.Now()})
	})
	for _, err := range watching.Customers.All(t.Context(), opts) {
		require.NoError(t, err)
		each()
	}
	return seen
}

func TestProgressOfAnIteration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := watched(t, kit.SimulatedClient(kit.SeededServer(t, 250, kit.Exactly(time.Second))), nil, func() {})
		var steps []string
		for _, p := range seen {
			steps = append(steps, fmt.Sprint(p.Done, " of ", p.Total))
		}
		assert.Equal(t, []string{"100 of 250", "199 of 250", "250 of 250"}, steps)
		assert.Zero(t, seen[2].Remaining)
		assert.Zero(t, seen[2].Estimate(0))
	})
}

// TestProgressEstimatesTheTimeLeft: within a tenth, once a tenth is done, whatever holds the
// iteration back.
func TestProgressEstimatesTheTimeLeft(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		name    string
		latency func() time.Duration
		opts    []helpcrunch.Option
		before  int           // calls made just before
		beside  time.Duration // between calls made meanwhile
		each    time.Duration // that the consumer takes for a row
	}{
		{name: "the limit", latency: kit.Exactly(50 * time.Millisecond)},
		{name: "the limit, at a latency", latency: kit.Exactly(2 * time.Second)},
		{name: "the limit, at latencies of any length", latency: kit.UpTo(4 * time.Second)},
		{name: "the latency", latency: kit.Exactly(2 * time.Second), opts: []helpcrunch.Option{helpcrunch.WithPrefetch(1)}},
		{name: "the latency of two at once", latency: kit.Exactly(2 * time.Second), opts: []helpcrunch.Option{helpcrunch.WithPrefetch(2)}},
		{name: "the consumer", latency: kit.Exactly(time.Second), each: 200 * time.Millisecond},
		{name: "the latency and the consumer", latency: kit.Exactly(time.Second), each: 100 * time.Millisecond,
			opts: []helpcrunch.Option{helpcrunch.WithPrefetch(1)}},
		{name: "calls just before", latency: kit.Exactly(time.Second), before: 100},
		{name: "calls meanwhile", latency: kit.Exactly(300 * time.Millisecond), beside: 1500 * time.Millisecond},
		{name: "a limiter of one's own", latency: kit.Exactly(time.Second),
			opts: []helpcrunch.Option{helpcrunch.WithRateLimiter(rate.NewLimiter(1, 1))}},
	} {
		if kit.RaceDetector && i%3 != 1 {
			continue // they differ in numbers, not in what runs concurrently
		}
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := kit.SeededServer(t, 3000, c.latency)
				client := kit.SimulatedClient(server, c.opts...)
				kit.CallAtOnce(t, client, c.before)
				over := make(chan struct{})
				if c.beside > 0 {
					go repeat(over, c.beside, func() { _ = kit.Getter(client)(t.Context()) })
				}
				kit.AssertEstimates(t, watched(t, client, &helpcrunch.CustomerListOptions{Limit: 10}, func() { time.Sleep(c.each) }))
				close(over)
				synctest.Wait()
			})
		})
	}
}

// repeat calls again and again until the end.
func repeat(over <-chan struct{}, pause time.Duration, call func()) {
	for {
		select {
		case <-over:
			return
		case <-time.After(pause):
			go call()
		}
	}
}

// TestProgressWithoutATotalHasNoEstimate: the service did not say how many rows there are.
func TestProgressWithoutATotalHasNoEstimate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.NewClient(t, &rowsServer{rows: 250, noTotal: true})
		seen := watched(t, client, nil, func() {})
		require.Len(t, seen, 3)
		assert.Equal(t, -1, seen[0].Total)
		assert.Negative(t, seen[0].Remaining)
		assert.Positive(t, seen[1].Estimate(1000))
		assert.Equal(t, 250, seen[2].Total)
	})
}

func TestProgressIsOptional(t *testing.T) {
	server := kit.SeededServer(t, 3, kit.Exactly(0))
	assert.Equal(t, 3, kit.Count(t, server.Client().WithProgress(nil).Customers.All(t.Context(), nil)))
}

// TestProgressIgnoresFindOrCreate: its search is a step of one call, not an iteration.
func TestProgressIgnoresFindOrCreate(t *testing.T) {
	server := kit.SeededServer(t, 3, kit.Exactly(0))
	client := server.Client().WithProgress(func(helpcrunch.Progress) { t.Error("progress of a single call") })
	_, _, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{
		Customer: server.Customers()[0].ID, Application: server.Applications()[0].ID,
	})
	require.NoError(t, err)
}

// TestProgressEstimatesSaturate: a very large number gives a very long time.
func TestProgressEstimatesSaturate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, p := range watched(t, kit.SimulatedClient(kit.SeededServer(t, 250, kit.Exactly(time.Second))), nil, func() {}) {
			assert.Greater(t, p.Estimate(math.MaxInt), 290*365*24*time.Hour)
			assert.Zero(t, p.Estimate(-1))
		}
	})
}
