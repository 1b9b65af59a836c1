package redislimit_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// restart forgets the scripts, as a Redis does that is restarted.
func (r *virtualRedis) restart(t *testing.T) {
	t.Helper()
	require.NoError(t, r.client.ScriptFlush(t.Context()).Err())
}

// TestD1ARollBackIsNoticedWhoeverAsksFirst: also a process that has not seen what was lost, and
// although another budget has been asked for since the restart.
func TestD1ARollBackIsNoticedWhoeverAsksFirst(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 120), r.limiter(t, 120)
		other, err := redislimit.New(r.client, "other", 120)
		require.NoError(t, err)
		use(t, two, false, 0)
		use(t, other, false, 0)
		time.Sleep(6 * time.Second) // it is reported
		rollBack := r.snapshot(t)
		for range 119 {
			use(t, one, false, 0)
		}
		rollBack()
		r.restart(t)
		restarted := time.Now()
		go use(t, other, false, 0)
		synctest.Wait()
		use(t, two, false, 0)
		assert.Equal(t, lease, time.Since(restarted))
	})
}

// TestD1AClockThatJumpsFreesNoSlotEarly, whichever way, for each process that has asked before.
func TestD1AClockThatJumpsFreesNoSlotEarly(t *testing.T) {
	jumps := []time.Duration{-time.Hour, time.Hour, -time.Minute, -time.Second, time.Second, 10 * time.Second, time.Minute}
	if effort < 1 {
		jumps = jumps[:3]
	}
	for _, jump := range jumps {
		for _, idle := range []time.Duration{0, 20 * time.Second} {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				one, two := r.limiter(t, 5), r.limiter(t, 5)
				use(t, two, false, 0)
				for range 4 {
					use(t, one, false, 0)
				}
				time.Sleep(idle)
				r.mini.SetTime(time.Now().Add(jump))
				defer r.runClock(jump)()
				took := waited(t, two, false)
				assert.GreaterOrEqual(t, took, time.Minute-idle, "jump %s", jump)
				assert.LessOrEqual(t, took, time.Minute+time.Second, "jump %s", jump)
			})
		}
	}
}

// TestD1AStrictStartWaitsUntilNothingCountsThatWasForgotten: after a total loss, after a jump of
// the clock, and at a first use.
func TestD1AStrictStartWaitsUntilNothingCountsThatWasForgotten(t *testing.T) {
	for name, forget := range map[string]func(t *testing.T, r *virtualRedis) (stop func()){
		"loss": func(_ *testing.T, r *virtualRedis) func() { r.mini.FlushAll(); return func() {} },
		"restart": func(t *testing.T, r *virtualRedis) func() {
			r.mini.FlushAll()
			r.restart(t)
			return func() {}
		},
		"jump": func(_ *testing.T, r *virtualRedis) func() {
			r.mini.SetTime(time.Now().Add(time.Hour))
			return r.runClock(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				one := r.limiter(t, 120)
				for range 120 {
					use(t, one, false, 0)
				}
				defer forget(t, r)()
				strict := r.limiter(t, 120, redislimit.WithStrictStart())
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				require.ErrorIs(t, strict.Wait(ctx), context.DeadlineExceeded)
				assert.Zero(t, time.Since(began), "it is known at once")
				for range 120 {
					use(t, strict, false, 0)
				}
				// The first process may notice when it reports its requests, within 5 s.
				assert.GreaterOrEqual(t, time.Since(began), lease)
				assert.LessOrEqual(t, time.Since(began), lease+5*time.Second)
			})
		})
	}
	t.Run("first use", func(t *testing.T) {
		inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
			assert.Zero(t, waited(t, r.limiter(t, 120), false), "the default")
			time.Sleep(10 * time.Minute)
			assert.Equal(t, lease, waited(t, r.limiter(t, 120, redislimit.WithStrictStart()), false))
		})
	})
}

// TestD1ProcessesThatStartTogetherTakeNobodyForARestart: all find that Redis does not know the
// script, and one after the other sends it.
func TestD1ProcessesThatStartTogetherTakeNobodyForARestart(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		r.slow.Store(int64(100 * time.Millisecond)) // each reply comes when all commands are carried out
		r.slowPipelines.Store(int64(100 * time.Millisecond))
		var all sync.WaitGroup
		for range 10 {
			l := r.limiter(t, 120)
			all.Go(func() { assert.LessOrEqual(t, waited(t, l, false), time.Second) })
		}
		all.Wait()
	})
}

func TestD1ProcessesThatNoticeARestartTogetherHoldOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		var limiters []*redislimit.Limiter
		for range 10 {
			limiters = append(limiters, r.limiter(t, 120))
			use(t, limiters[len(limiters)-1], false, 0)
		}
		time.Sleep(10 * time.Second)
		r.restart(t)
		r.slow.Store(int64(100 * time.Millisecond))
		r.slowPipelines.Store(int64(100 * time.Millisecond))
		var all sync.WaitGroup
		for _, l := range limiters {
			all.Go(func() {
				took := waited(t, l, false)
				assert.GreaterOrEqual(t, took, lease)
				assert.LessOrEqual(t, took, lease+time.Second)
			})
		}
		all.Wait()
	})
}

// TestD1AProcessWithAnotherLimitHidesNoRestart although it sends the script.
func TestD1AProcessWithAnotherLimitHidesNoRestart(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one := r.limiter(t, 120)
		use(t, one, false, 0)
		time.Sleep(10 * time.Second)
		r.restart(t)
		require.ErrorIs(t, r.limiter(t, 60).Wait(t.Context()), helpcrunch.ErrInvalidArgument)
		assert.Equal(t, lease, waited(t, r.limiter(t, 120), false))
	})
}

// TestD1AStrictStartNeedNotWaitBesideOthers that have asked within the last second, unless they
// have begun only lately themselves.
func TestD1AStrictStartNeedNotWaitBesideOthers(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one := r.limiter(t, 120)
		use(t, one, false, 0)
		time.Sleep(500 * time.Millisecond)
		assert.Equal(t, lease, waited(t, r.limiter(t, 120, redislimit.WithStrictStart()), false))
		use(t, one, false, 0)
		time.Sleep(500 * time.Millisecond)
		assert.Zero(t, waited(t, r.limiter(t, 120, redislimit.WithStrictStart()), false))
	})
}

// TestD1DifferentLimitsUnderOneNameAreAnError that names both, for whoever comes second. When
// nobody uses the first limit any more, the second one takes its place.
func TestD1DifferentLimitsUnderOneNameAreAnError(t *testing.T) {
	for name, c := range map[string]struct {
		limit int
		opts  []redislimit.Option
		want  string
	}{
		"limit":  {60, nil, "this process gives 60 requests per minute, others give 120 requests per minute"},
		"window": {120, []redislimit.Option{redislimit.WithWindow(time.Second)}, "this process gives 120 requests per 1s, others give 120 requests per minute"},
		"with a local share": {60, []redislimit.Option{redislimit.WithLocalShare(1)},
			"this process gives 60 requests per minute, others give 120 requests per minute"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				first, second := r.limiter(t, 120), r.limiter(t, c.limit, c.opts...)
				use(t, first, false, 0)
				for range 2 {
					err := second.Wait(t.Context())
					require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
					require.ErrorContains(t, err, `redislimit: budget "budget": `+c.want)
				}
				use(t, first, false, 0)
				time.Sleep(2 * time.Minute)
				assert.Zero(t, waited(t, second, false))
				require.ErrorIs(t, first.Wait(t.Context()), helpcrunch.ErrInvalidArgument)
			})
		})
	}
}

// TestL14AttemptsLongerThanALeaseRenewIt, and those of a process that died do not hold their slots
// for ever, even if they may take for ever.
func TestL14AttemptsLongerThanALeaseRenewIt(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		request := helpcrunch.PermitRequest{AttemptTimeout: math.MaxInt64}
		permit, err := one.Acquire(t.Context(), request)
		require.NoError(t, err)
		waits := make(chan time.Duration)
		go func() { waits <- waited(t, two, false) }()
		time.Sleep(7 * time.Minute) // longer than a lease
		one.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
		assert.InDelta(t, (7*time.Minute + time.Minute).Seconds(), (<-waits).Seconds(), 5)

		wire := &wire{UniversalClient: r.client, redis: r}
		dead, err := redislimit.New(wire, "budget", 1)
		require.NoError(t, err)
		_, err = dead.Acquire(t.Context(), request)
		require.NoError(t, err)
		wire.dead.Store(true)
		assert.InDelta(t, (6 * time.Minute).Seconds(), waited(t, two, false).Seconds(), 10)
		require.Error(t, dead.Close())
	})
}

// TestALargeLocalShareCostsLittle: 22,500 permits do not sort their slots on every look.
func TestALargeLocalShareCostsLittle(t *testing.T) {
	permits := 22_500
	if effort < 1 { // the race detector allows few goroutines
		permits = 500
	}
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		r.away.Store(true)
		l := r.limiter(t, 30_000, redislimit.WithLocalShare(1))
		use(t, l, false, 0)
		time.Sleep(2 * lease)
		began := time.Now()
		var all sync.WaitGroup
		for range permits {
			all.Go(func() { use(t, l, false, 10*time.Millisecond) })
		}
		all.Wait()
		assert.Less(t, time.Since(began), time.Second)
	})
}

func TestARingKeepsABudgetOnOneNode(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		ring := redis.NewRing(&redis.RingOptions{
			Addrs:  map[string]string{"one": "192.0.2.1:6379", "two": "192.0.2.2:6379"},
			Dialer: r.client.Options().Dialer,
		})
		defer ring.Close()
		l, err := redislimit.New(ring, "budget", 2)
		require.NoError(t, err)
		for range 2 {
			assert.Zero(t, waited(t, l, false))
		}
		assert.InDelta(t, 60, waited(t, l, false).Seconds(), 0.01)
	})
}
