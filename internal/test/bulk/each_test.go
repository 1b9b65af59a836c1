package bulk_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// getEach gets the customers with the ids.
func getEach(ctx context.Context, client *hc.Client, ids iter.Seq[int64], opts *hc.EachOptions[int64]) iter.Seq[hc.Outcome[int64, string]] {
	return hc.Each(ctx, client, ids, func(ctx context.Context, c *hc.Client, id int64) (string, error) {
		customer, err := c.Customers.Get(ctx, id)
		if err != nil {
			return "", err
		}
		return customer.UserID, nil
	}, opts)
}

func idsTo(n int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for id := int64(1); id <= n && yield(id); id++ {
		}
	}
}

// TestEachIsAsFastAsTheLimitAllows, yields to interactive calls, and keeps the order.
func TestEachIsAsFastAsTheLimitAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 600, aroundArrival(2*time.Second))
		client := kit.SimulatedClient(server)
		began, next := time.Now(), int64(0)
		for outcome := range getEach(t.Context(), client, idsTo(601), nil) {
			next++
			require.Equal(t, next, outcome.Input)
			if next == 601 {
				require.ErrorIs(t, outcome.Err, hc.ErrNotFound)
				require.Empty(t, outcome.Value)
				break
			}
			require.NoError(t, outcome.Err)
			require.Equal(t, userID(int(next)), outcome.Value)
		}
		assertSpeed(t, server, 601, time.Since(began))
	})
}

// TestEachReportsProgress with the end that the options tell, once for each input. Calls inside report
// none.
func TestEachReportsProgress(t *testing.T) {
	for _, total := range []int{0, 300} {
		synctest.Test(t, func(t *testing.T) {
			server := bulkServer(t, 10, aroundArrival(time.Second))
			seen := watchedWrites(kit.SimulatedClient(server), func(c *hc.Client) {
				for range hc.Each(t.Context(), c, idsTo(300), func(ctx context.Context, c *hc.Client, _ int64) (int, error) {
					n := 0
					for _, err := range c.Customers.All(ctx, nil) {
						if err != nil {
							return n, err
						}
						n++
					}
					return n, nil
				}, &hc.EachOptions[int64]{Total: total}) {
				}
			})
			require.Len(t, seen, 300)
			for i, p := range seen {
				assert.Equal(t, i+1, p.Done)
				if total == 0 {
					assert.Equal(t, -1, p.Total)
					assert.Negative(t, p.Remaining)
				} else {
					assert.Equal(t, total, p.Total)
				}
			}
			if total > 0 {
				kit.AssertEstimates(t, seen)
			}
		})
	}
}

// TestEachKeepsInputsOfOneKeyInOrder, and those that wait hold up no others.
func TestEachKeepsInputsOfOneKeyInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 30, afterArrival(10*time.Second))
		began := time.Now()
		var running, most atomic.Int64
		inputs := append(slices.Repeat([]int64{1}, 5), 2, 3, 4)
		for outcome := range hc.Each(t.Context(), server.Client(), slices.Values(inputs), func(ctx context.Context, c *hc.Client, id int64) (time.Duration, error) {
			if id == 1 {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
			}
			_, err := c.Customers.Get(ctx, id)
			return time.Since(began), err
		}, &hc.EachOptions[int64]{Key: func(id int64) string { return strconv.FormatInt(id, 10) }}) {
			require.NoError(t, outcome.Err)
			if outcome.Input > 1 {
				assert.Less(t, outcome.Value, 15*time.Second, "%d does not wait", outcome.Input)
			}
		}
		assert.EqualValues(t, 1, most.Load())
		assert.Equal(t, 50*time.Second, time.Since(began))
	})
}

// TestOutcomesComeWhileTheSourceWaits for its next item.
func TestOutcomesComeWhileTheSourceWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 2, afterArrival(time.Second))
		began, over := time.Now(), make(chan struct{})
		ids := func(yield func(int64) bool) {
			if yield(1) {
				<-over
				yield(2)
			}
		}
		n := 0
		for outcome := range getEach(t.Context(), server.Client(), ids, nil) {
			require.NoError(t, outcome.Err)
			if n++; n == 1 {
				assert.Equal(t, time.Second, time.Since(began))
				close(over)
			}
		}
		assert.Equal(t, 2, n)
	})
}

// TestEachOfInvalidArguments is one outcome that says why, and nothing is sent.
func TestEachOfInvalidArguments(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	var noContext context.Context
	for want, outcomes := range map[string]iter.Seq[hc.Outcome[int64, string]]{
		"helpcrunch: Each: seq: must not be nil":           getEach(t.Context(), client, nil, nil),
		"helpcrunch: Each: call: must not be nil":          hc.Each[int64, string](t.Context(), client, idsTo(3), nil, nil),
		"helpcrunch: Each: ctx: must not be nil":           getEach(noContext, client, idsTo(3), nil),
		"helpcrunch: Each: the client was not made by New": getEach(t.Context(), nil, idsTo(3), nil),
		"helpcrunch: Each: opts.Total: at least 0, got -1": getEach(t.Context(), client, idsTo(3), &hc.EachOptions[int64]{Total: -1}),
	} {
		all := slices.Collect(outcomes)
		require.Len(t, all, 1, want)
		assert.ErrorIs(t, all[0].Err, hc.ErrInvalidArgument)
		assert.EqualError(t, all[0].Err, want)
	}
	assert.Empty(t, transport.Requests())
}

// TestEachThatNobodyRangesOverDoesNothing, and may be ranged over again.
func TestEachThatNobodyRangesOverDoesNothing(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.AddCustomer(hc.Customer{ID: 1})
	outcomes := getEach(t.Context(), server.Client(), idsTo(1), nil)
	assert.Zero(t, server.Count())
	for range 2 {
		for outcome := range outcomes {
			require.NoError(t, outcome.Err)
		}
	}
	assert.Equal(t, 2, server.Count())
}

// TestPanicsAndGoexitOfEachReachTheLoop: those of calls and of the source.
func TestPanicsAndGoexitOfEachReachTheLoop(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	run := func(in func(), source func()) (end any, outcomes int) {
		over := make(chan struct{})
		go func() {
			defer close(over)
			defer func() { end = recover() }()
			seq := func(yield func(int) bool) {
				if yield(1) {
					source()
				}
			}
			for range hc.Each(t.Context(), client, seq, func(context.Context, *hc.Client, int) (int, error) { in(); return 0, nil }, nil) {
				outcomes++
			}
			outcomes = -outcomes
		}()
		<-over
		return end, outcomes
	}
	nothing := func() {}
	end, n := run(nothing, nothing)
	assert.Nil(t, end)
	assert.Equal(t, -1, n)
	end, n = run(func() { panic("the call's") }, nothing)
	assert.Equal(t, "the call's", end)
	assert.Zero(t, n)
	end, n = run(runtime.Goexit, nothing)
	assert.Nil(t, end)
	assert.Zero(t, n, "the loop's goroutine ended")
	end, _ = run(nothing, func() { panic(errors.ErrUnsupported) })
	assert.Equal(t, errors.ErrUnsupported, end)
	end, n = run(nothing, runtime.Goexit)
	assert.Nil(t, end)
	assert.GreaterOrEqual(t, n, 0, "the loop's goroutine ended")
}
