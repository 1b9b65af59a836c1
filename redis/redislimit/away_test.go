package redislimit_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// lease is how long a permit holds its slot at most: attempt timeout, window, timeout of Redis.
const lease = 91 * time.Second

func TestWithoutRedisAPermitIsAnErrorAtOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		r.away.Store(true)
		started := time.Now()
		for range 10 {
			err := l.Wait(t.Context())
			require.ErrorIs(t, err, redislimit.ErrUnavailable)
			require.ErrorIs(t, err, errNoRedis)
			assert.EqualError(t, err, "rate limit of 120 requests per minute: no permits without Redis: connection rateLimited")
		}
		assert.Zero(t, time.Since(started))
		assert.EqualValues(t, 1, r.calls.Load(), "Redis is left alone for a second")
	})
}

func TestADeafRedisIsAnErrorAfterASecond(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		r.deaf.Store(true)
		started := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				err := l.Wait(t.Context())
				assert.ErrorIs(t, err, redislimit.ErrUnavailable)
				assert.NotErrorIs(t, err, context.DeadlineExceeded, "it was not the caller's")
			})
		}
		all.Wait()
		assert.Equal(t, time.Second, time.Since(started))
		assert.Less(t, time.Until(l.Pause(helpcrunch.PauseRequest{Granted: time.Now(), Longest: time.Minute})), 2*time.Second)
	})
}

// TestADeafRedisHoldsPauseAndCloseForNoLongerThanTheCallUnderWay: no other is made.
func TestADeafRedisHoldsPauseAndCloseForNoLongerThanTheCallUnderWay(t *testing.T) {
	for name, wait := range map[string]func(l *redislimit.Limiter){
		"Pause": func(l *redislimit.Limiter) {
			l.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 10 * time.Second, Longest: time.Minute})
		},
		"Close": func(l *redislimit.Limiter) { require.ErrorIs(t, l.Close(), redislimit.ErrUnavailable) },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				l := r.limiter(t, 120)
				use(t, l, false, 0)
				r.deaf.Store(true)
				called := time.Now()
				go func() { _ = l.Wait(t.Context()) }()
				time.Sleep(400 * time.Millisecond)
				wait(l)
				assert.Equal(t, time.Second, time.Since(called))
				r.deaf.Store(false)
			})
		})
	}
}

// TestAPauseIsKeptWhenItsCallFails: it is reported when Redis is back.
func TestAPauseIsKeptWhenItsCallFails(t *testing.T) {
	for name, pauseAt := range map[string]time.Duration{"its own": 0, "the one before": 100 * time.Millisecond, "the last one": 500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				one, two := r.limiter(t, 120), r.limiter(t, 120)
				r.slow.Store(int64(400 * time.Millisecond))
				r.losesNext.Store(true)
				if pauseAt > 0 {
					go func() { _ = one.Wait(t.Context()) }()
					time.Sleep(pauseAt)
				}
				until := one.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 10 * time.Second, Longest: time.Minute})
				r.slow.Store(0)
				time.Sleep(2 * time.Second)
				left := time.Until(until)
				assert.InDelta(t, left.Seconds(), waited(t, two, false).Seconds(), 0.01)
				assert.Zero(t, waited(t, one, false))
			})
		})
	}
}

// TestAPauseHoldsForAPermitOnItsWayFromARedisThatIsBack and has not heard of the pause.
func TestAPauseHoldsForAPermitOnItsWayFromARedisThatIsBack(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		r.away.Store(true)
		require.ErrorIs(t, l.Wait(t.Context()), redislimit.ErrUnavailable)
		r.away.Store(false)
		r.slow.Store(int64(400 * time.Millisecond))
		time.Sleep(time.Second)
		granted := make(chan time.Time)
		go func() {
			permit, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{})
			assert.NoError(t, err)
			granted <- permit.Granted
		}()
		time.Sleep(100 * time.Millisecond)
		until := l.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 10 * time.Second, Longest: time.Minute})
		assert.False(t, (<-granted).Before(until))
	})
}

func TestWhenRedisIsBackPermitsComeFromIt(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 2), r.limiter(t, 2)
		permit, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		r.away.Store(true)
		require.ErrorIs(t, one.Wait(t.Context()), redislimit.ErrUnavailable)
		time.Sleep(5 * time.Second)
		one.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
		time.Sleep(5 * time.Second)
		r.away.Store(false)
		time.Sleep(time.Second)
		require.NoError(t, one.Wait(t.Context()))
		assert.InDelta(t, 54, waited(t, two, false).Seconds(), 0.01, "what was over meanwhile has been reported")
	})
}

// TestALocalShareGoesOnWithTheSlotsHeld: and no more, until all that others held is free.
func TestALocalShareGoesOnWithTheSlotsHeld(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		busy, idle := r.limiter(t, 20, redislimit.WithLocalShare(2)), r.limiter(t, 20, redislimit.WithLocalShare(2))
		for range 4 {
			use(t, busy, false, 0)
		}
		r.away.Store(true)
		lost := time.Now()
		for range 4 {
			use(t, busy, false, 0)
		}
		assert.InDelta(t, 60, time.Since(lost).Seconds(), 0.1, "a minute after those before")
		use(t, idle, false, 0)
		assert.InDelta(t, 60+lease.Seconds(), time.Since(lost).Seconds(), 0.1, "it has lost Redis only now")
		for range 9 {
			assert.Zero(t, waited(t, idle, false))
			assert.Zero(t, waited(t, busy, false))
		}
		assert.InDelta(t, 60, waited(t, idle, false).Seconds(), 0.1)
	})
}

func TestALocalShareKnowsWhenAPermitIsTooLate(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 20, redislimit.WithLocalShare(2))
		r.away.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), lease-time.Second)
		defer cancel()
		started := time.Now()
		require.ErrorContains(t, l.Wait(ctx), "next permit in 91 s, after the deadline")
		assert.Zero(t, time.Since(started))
		ctx, cancel = context.WithTimeout(t.Context(), lease+time.Second)
		defer cancel()
		require.NoError(t, l.Wait(ctx))
	})
}

// TestALocalShareKeepsPrioritiesAndPauses without Redis.
func TestALocalShareKeepsPrioritiesAndPauses(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120, redislimit.WithLocalShare(2))
		r.away.Store(true)
		use(t, l, false, 0) // the first permit of the whole share
		time.Sleep(2 * time.Minute)

		started := time.Now()
		for range 11 {
			use(t, l, true, 0)
		}
		assert.Equal(t, 10*time.Second, time.Since(started), "background is paced")
		assert.Zero(t, waited(t, l, false), "interactive is not")

		assert.Equal(t, time.Second, rateLimited(t, l))
		assert.Equal(t, 2*time.Second, rateLimited(t, l))
		assert.Equal(t, 2*time.Second, waited(t, l, false))
		assert.Equal(t, time.Second, waited(t, l, false), "paced after a pause")
	})
}

func TestInteractiveGoesAheadWithoutRedisButForEveryNinthPermit(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 2, redislimit.WithLocalShare(2))
		r.away.Store(true)
		use(t, l, false, 0)
		var mu sync.Mutex
		var got []bool
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				use(t, l, i < 2, 0)
				mu.Lock()
				defer mu.Unlock()
				got = append(got, i < 2)
			})
			synctest.Wait()
		}
		all.Wait()
		for i, background := range got {
			assert.Equal(t, i == 8 || i == 17, background, i)
		}
	})
}

// TestWhatWasUsedLocallyIsReported: when Redis is back, others know of it.
func TestWhatWasUsedLocallyIsReported(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 4, redislimit.WithLocalShare(2)), r.limiter(t, 4)
		use(t, one, false, 0)
		use(t, one, false, 0)
		r.away.Store(true)
		use(t, one, false, 0)
		_, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		r.away.Store(false)
		time.Sleep(5 * time.Second)
		require.Zero(t, waited(t, two, false))
		require.Zero(t, waited(t, two, false))
		assert.InDelta(t, 55, waited(t, two, false).Seconds(), 0.1)
	})
}

// TestL1LocalSharesKeepTheLimit: all processes lose Redis at times, or Redis its state, or both.
func TestL1LocalSharesKeepTheLimit(t *testing.T) {
	const limit, processes = 12, 3
	for name, trouble := range map[string]struct{ away, forgets bool }{
		"away": {away: true}, "forgets": {forgets: true}, "away and forgets": {away: true, forgets: true},
	} {
		if effort < 1 && !(trouble.away && trouble.forgets) {
			continue // the race detector has nothing to find in these that it does not in the third
		}
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				service, began := &model{}, time.Now()
				for at, length := range map[time.Duration]time.Duration{2 * time.Minute: 10 * time.Second, 4 * time.Minute: 2 * time.Minute} {
					time.AfterFunc(at, func() { r.away.Store(trouble.away) })
					time.AfterFunc(at+length, func() {
						if trouble.forgets {
							r.mini.FlushAll()
						}
						r.away.Store(false)
					})
				}
				var all sync.WaitGroup
				for range processes {
					w := r.worker(t, service, limit, redislimit.WithLocalShare(processes))
					all.Go(func() { w.work(t, began.Add(9*time.Minute)) })
				}
				all.Wait()
				most := limit
				if trouble.away && !trouble.forgets { // for two seconds after it is back
					most += limit * (processes - 1) / processes
				}
				assert.LessOrEqual(t, service.most(), most)
				assert.Greater(t, len(service.counted), 40)
			})
		})
	}
}
