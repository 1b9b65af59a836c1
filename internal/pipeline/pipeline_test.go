package pipeline

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// calls returns a source of n calls. Each makes its result from its number.
func calls[R any](n int, call func(ctx context.Context, job *Job, i int) R) func() (Call[R], <-chan struct{}) {
	next := 0
	return func() (Call[R], <-chan struct{}) {
		if next == n {
			return nil, nil
		}
		i := next
		next++
		return func(ctx context.Context, job *Job) R { return call(ctx, job, i) }, nil
	}
}

// results collects all results.
func results[R any](p *Pipeline[R], more func() (Call[R], <-chan struct{})) (all []R) {
	for {
		result, ok := p.Next(more)
		if !ok {
			return all
		}
		all = append(all, result)
	}
}

// TestResultsComeInOrder although later calls end first.
func TestResultsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New[int](t.Context(), Config{Width: 5})
		defer p.Stop()
		got := results(p, calls(20, func(_ context.Context, job *Job, i int) int {
			job.OnPermit()
			time.Sleep(time.Duration(20-i) * time.Second)
			return i
		}))
		for i := range 20 {
			require.Equal(t, i, got[i])
		}
	})
}

// TestTwoCallsWaitForPermits: the next call starts when an earlier one has its permit.
func TestTwoCallsWaitForPermits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var started atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		more := calls(20, func(ctx context.Context, job *Job, i int) int {
			time.Sleep(time.Duration(i) * time.Second) // until the permit
			job.OnPermit()
			<-ctx.Done()
			return i
		})
		go func() {
			p := New[int](ctx, Config{Width: 5})
			defer p.Stop()
			_, _ = p.Next(func() (Call[int], <-chan struct{}) { started.Add(1); return more() })
		}()
		synctest.Wait()
		assert.EqualValues(t, 3, started.Load(), "the first has its permit, two wait")
		time.Sleep(time.Second)
		synctest.Wait()
		assert.EqualValues(t, 4, started.Load())
		time.Sleep(time.Hour)
		assert.EqualValues(t, 5, started.Load(), "the width bounds them")
		cancel()
	})
}

// TestADetachedCallHoldsUpNoOther: it waits for something else than a permit.
func TestADetachedCallHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := New[int](t.Context(), Config{Width: 64})
		defer p.Stop()
		got := results(p, calls(20, func(_ context.Context, job *Job, i int) int {
			if i < 10 {
				job.Detach()
				time.Sleep(time.Minute)
			}
			job.OnPermit()
			return i
		}))
		assert.Len(t, got, 20)
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

// TestACallThatEndsWithoutAPermitHoldsUpNoOther while an earlier one is in flight.
func TestACallThatEndsWithoutAPermitHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int64
		p := New[int](t.Context(), Config{Width: 64})
		defer p.Stop()
		_, _ = p.Next(calls(20, func(_ context.Context, job *Job, i int) int {
			if i == 0 {
				job.OnPermit()
				time.Sleep(time.Minute)
				return i
			}
			ended.Add(1)
			return i
		}))
		assert.EqualValues(t, 19, ended.Load())
	})
}

// TestPanicsAndGoexitReachTheConsumer: neither is swallowed.
func TestPanicsAndGoexitReachTheConsumer(t *testing.T) {
	consume := func(call Call[int]) (end any, results int) {
		over := make(chan struct{})
		go func() {
			defer close(over)
			defer func() {
				if value := recover(); value != nil {
					end = value
				}
			}()
			end = "goexit"
			p := New[int](t.Context(), Config{})
			defer p.Stop()
			_, _ = p.Next(calls(1, func(ctx context.Context, job *Job, _ int) int { return call(ctx, job) }))
			results++
			end = "returned"
		}()
		<-over
		return end, results
	}
	end, n := consume(func(context.Context, *Job) int { panic("no network") })
	assert.Equal(t, "no network", end)
	assert.Zero(t, n)
	end, n = consume(func(context.Context, *Job) int { runtime.Goexit(); return 0 })
	assert.Equal(t, "goexit", end)
	assert.Zero(t, n)
	end, n = consume(func(context.Context, *Job) int { return 0 })
	assert.Equal(t, "returned", end)
	assert.Equal(t, 1, n)
}

// TestStopEndsTheCallsInFlight and waits for them.
func TestStopEndsTheCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var over atomic.Int64
		p := New[int](t.Context(), Config{Width: 3})
		_, ok := p.Next(calls(3, func(ctx context.Context, job *Job, i int) int {
			job.OnPermit()
			if i > 0 {
				<-ctx.Done()
				time.Sleep(time.Second)
				over.Add(1)
			}
			return i
		}))
		require.True(t, ok)
		p.Stop()
		assert.Zero(t, p.Len())
		assert.EqualValues(t, 2, over.Load())
	})
}

// TestTheDefaultWidthIsHalfAMinuteOfPermits within bounds.
func TestTheDefaultWidthIsHalfAMinuteOfPermits(t *testing.T) {
	for limit, width := range map[int]int{1: 64, 120: 64, 600: 300, 100_000: 512} {
		assert.Equal(t, width, New[int](t.Context(), Config{Limiter: limiter.New(limit)}).width)
	}
	assert.Equal(t, 64, New[int](t.Context(), Config{}).width)
	assert.Equal(t, 3, New[int](t.Context(), Config{Width: 3}).width)
}

// TestEstimatesSaturate: a very large number does not overflow to a short time.
func TestEstimatesSaturate(t *testing.T) {
	pace := Pace{limiter: limiter.New(120), latency: time.Second, timePerCall: time.Second, perCall: 1, permitsPerCall: 2}
	for _, p := range []Pace{pace, {timePerCall: time.Second, perCall: 1}, {timePerItem: time.Second, perCall: 100}} {
		before := time.Duration(0)
		for more := 1; more > 0; more *= 10 {
			estimate := p.Estimate(more)
			require.GreaterOrEqual(t, estimate, before, "%d more", more)
			before = estimate
		}
		assert.Equal(t, time.Duration(math.MaxInt64), p.Estimate(math.MaxInt))
	}
	perDay := pace.Estimate(60 * 60 * 24)
	assert.InEpsilon(t, 10_000*perDay.Hours(), pace.Estimate(60*60*24*10_000).Hours(), 0.01)
	assert.Zero(t, pace.Estimate(0))
	assert.Zero(t, pace.Estimate(-5))
	assert.Zero(t, Pace{}.Estimate(5))
}
