package helpcrunch_test

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
)

// seenProgress is a Progress and when it was shown.
type seenProgress struct {
	helpcrunch.Progress
	when time.Time
}

// watched walks over all customers and returns the progress shown meanwhile.
func watched(t *testing.T, client *helpcrunch.Client, opts *helpcrunch.CustomerListOptions, each func()) (seen []seenProgress) {
	t.Helper()
	watching := client.WithProgress(func(p helpcrunch.Progress) {
		seen = append(seen, seenProgress{p, time.Now()})
	})
	for _, err := range watching.Customers.All(t.Context(), opts) {
		require.NoError(t, err)
		each()
	}
	return seen
}

// assertEstimates compares each estimate, once a tenth is done, with what became true.
func assertEstimates(t *testing.T, seen []seenProgress) {
	t.Helper()
	end := seen[len(seen)-1].when
	for _, p := range seen {
		if 10*p.Done >= p.Total {
			assert.InDelta(t, end.Sub(p.when).Seconds(), p.Remaining.Seconds(), 0.1*end.Sub(p.when).Seconds()+3,
				"at %d of %d, after %s", p.Done, p.Total, p.when.Sub(seen[0].when))
		}
	}
}

func TestProgressOfAWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := watched(t, simulatedClient(seeded(t, 250, exactly(time.Second))), nil, func() {})
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
// walk back.
func TestProgressEstimatesTheTimeLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		latency func() time.Duration
		opts    []helpcrunch.Option
		before  int           // calls made just before
		beside  time.Duration // between calls made meanwhile
		each    time.Duration // that the consumer takes for a row
	}{
		{name: "the limit", latency: exactly(50 * time.Millisecond)},
		{name: "the limit, at a latency", latency: exactly(2 * time.Second)},
		{name: "the limit, at latencies of any length", latency: upTo(4 * time.Second)},
		{name: "the latency", latency: exactly(2 * time.Second), opts: []helpcrunch.Option{helpcrunch.WithPrefetch(1)}},
		{name: "the latency of two at once", latency: exactly(2 * time.Second), opts: []helpcrunch.Option{helpcrunch.WithPrefetch(2)}},
		{name: "the consumer", latency: exactly(time.Second), each: 200 * time.Millisecond},
		{name: "calls just before", latency: exactly(time.Second), before: 100},
		{name: "calls meanwhile", latency: exactly(300 * time.Millisecond), beside: 1500 * time.Millisecond},
		{name: "a limiter of one's own", latency: exactly(time.Second),
			opts: []helpcrunch.Option{helpcrunch.WithRateLimiter(rate.NewLimiter(1, 1))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := seeded(t, 3000, c.latency)
				client := simulatedClient(server, c.opts...)
				callAtOnce(t, client, c.before)
				over := make(chan struct{})
				if c.beside > 0 {
					go repeat(over, c.beside, func() { _ = get(client)(t.Context()) })
				}
				assertEstimates(t, watched(t, client, &helpcrunch.CustomerListOptions{Limit: 10}, func() { time.Sleep(c.each) }))
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

// TestProgressWithoutATotal: the service did not say how many rows there are.
func TestProgressWithoutATotal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, &rowsServer{rows: 250, noTotal: true})
		seen := watched(t, client, nil, func() {})
		require.Len(t, seen, 3)
		assert.Equal(t, -1, seen[0].Total)
		assert.Negative(t, seen[0].Remaining)
		assert.Positive(t, seen[1].Estimate(1000))
		assert.Equal(t, 250, seen[2].Total)
	})
}

func TestProgressIsOptional(t *testing.T) {
	server := seeded(t, 3, exactly(0))
	assert.Equal(t, 3, count(t, server.Client().WithProgress(nil).Customers.All(t.Context(), nil)))
}

// TestProgressIgnoresFindOrCreate: its search is a step of one call, not an iteration.
func TestProgressIgnoresFindOrCreate(t *testing.T) {
	server := seeded(t, 3, exactly(0))
	client := server.Client().WithProgress(func(helpcrunch.Progress) { t.Error("progress of a single call") })
	_, _, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{
		Customer: server.Customers()[0].ID, Application: server.Applications()[0].ID,
	})
	require.NoError(t, err)
}

// TestProgressEstimatesSaturate: a very large number gives a very long time.
func TestProgressEstimatesSaturate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, p := range watched(t, simulatedClient(seeded(t, 250, exactly(time.Second))), nil, func() {}) {
			assert.Greater(t, p.Estimate(math.MaxInt), 290*365*24*time.Hour)
			assert.Zero(t, p.Estimate(-1))
		}
	})
}
