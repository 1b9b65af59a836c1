package limiter

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// call makes a call of some latency, and returns how long it waited for its permit.
func call(t *testing.T, l *Limiter, background bool, latency time.Duration) time.Duration {
	t.Helper()
	asked := time.Now()
	permit, err := l.Acquire(t.Context(), PermitRequest{Background: background})
	assert.NoError(t, err)
	time.Sleep(latency)
	l.Release(PermitResult{Permit: permit, CountedAt: time.Now(), Responded: true})
	return permit.Granted.Sub(asked)
}

// use takes a permit for a call that takes no time, and returns how long it waited for it.
func use(t *testing.T, l *Limiter, background bool) time.Duration {
	t.Helper()
	return call(t, l, background, 0)
}

func TestASlotIsHeldUntilAMinuteAfterTheRequestWasCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		permit, err := l.Acquire(t.Context(), PermitRequest{})
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		l.Release(PermitResult{Permit: permit, CountedAt: time.Now().Add(5 * time.Second)})
		assert.InDelta(t, 65, use(t, l, false).Seconds(), 0.01)
	})
}

func TestAnUnsentRequestCostsNothing(t *testing.T) {
	for _, background := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := New(3)
			for range 20 {
				permit, err := l.Acquire(t.Context(), PermitRequest{Background: background})
				require.NoError(t, err)
				l.Release(PermitResult{Permit: permit})
			}
			for range 3 {
				assert.Zero(t, use(t, l, background))
			}
		})
	}
}

func TestWaitNeedsNoRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(2)
		started := time.Now()
		for range 5 {
			require.NoError(t, l.Wait(t.Context()))
		}
		assert.InDelta(t, 120, time.Since(started).Seconds(), 0.1)
	})
}

func TestPausesGrowWithConsecutive429sUntilAResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1000)
		rateLimited := func() time.Duration {
			permit, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
			until := l.Pause(PauseRequest{Granted: permit.Granted, Longest: time.Minute})
			l.Release(PermitResult{Permit: permit, CountedAt: time.Now()})
			return time.Until(until)
		}
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 32} {
			assert.Equal(t, want*time.Second, rateLimited())
		}
		use(t, l, false)
		assert.Equal(t, time.Second, rateLimited())
	})
}

func TestConcurrent429sCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1000)
		permit := Permit{Granted: time.Now()}
		for range 8 {
			_, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
		}
		time.Sleep(100 * time.Millisecond)
		var until time.Time
		for range 8 {
			until = l.Pause(PauseRequest{Granted: permit.Granted, Longest: time.Minute})
			l.Release(PermitResult{Permit: permit, CountedAt: time.Now()})
		}
		assert.Equal(t, time.Second, time.Until(until))
	})
}

func TestAPauseOnlyGrowsAndIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1000)
		assert.Equal(t, 20*time.Second, time.Until(l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 20 * time.Second, Longest: time.Minute})))
		assert.Equal(t, 20*time.Second, time.Until(l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 5 * time.Second, Longest: time.Minute})))
		assert.Equal(t, 30*time.Second, time.Until(l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: time.Hour, Longest: 30 * time.Second})))
		assert.Equal(t, 30*time.Second, use(t, l, false))
	})
}

func TestAPauseRejectsWaitersWhoseDeadlineItPasses(t *testing.T) {
	for _, background := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := New(2)
			use(t, l, false)
			use(t, l, false)
			started := time.Now()
			failed := make(chan error)
			for _, deadline := range []time.Duration{70 * time.Second, 90 * time.Second} {
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				go func() {
					_, err := l.Acquire(ctx, PermitRequest{Background: background})
					failed <- err
				}()
				synctest.Wait()
			}
			l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 80 * time.Second, Longest: 2 * time.Minute})
			require.ErrorIs(t, <-failed, context.DeadlineExceeded)
			assert.Zero(t, time.Since(started))
			require.NoError(t, <-failed, "the other one has time")
			assert.Equal(t, 80*time.Second, time.Since(started))
		})
	}
}

// TestAnOldResponseDoesNotResetThePauses: it belongs to a request from before the last 429. Nor
// does a request without a response.
func TestAnOldResponseDoesNotResetThePauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1000)
		slow, err := l.Acquire(t.Context(), PermitRequest{})
		require.NoError(t, err)
		pause := func(want time.Duration) {
			permit, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
			assert.Equal(t, want, time.Until(l.Pause(PauseRequest{Granted: permit.Granted, Longest: Period})))
			l.Release(PermitResult{Permit: permit, CountedAt: time.Now()})
		}
		pause(time.Second)
		l.Release(PermitResult{Permit: slow, CountedAt: time.Now(), Responded: true})
		lost, err := l.Acquire(t.Context(), PermitRequest{})
		require.NoError(t, err)
		l.Release(PermitResult{Permit: lost, CountedAt: time.Now()})
		pause(2 * time.Second)
	})
}

// TestTokensThatAreGivenBackAreBounded: however many, no more come at once than the bucket holds.
func TestTokensThatAreGivenBackAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		var permits []Permit
		for range fullBurst {
			permit, err := l.Acquire(t.Context(), PermitRequest{Background: true})
			require.NoError(t, err)
			permits = append(permits, permit)
		}
		time.Sleep(30 * time.Second) // the bucket is full again
		for _, permit := range permits {
			l.Release(PermitResult{Permit: permit})
		}
		for range fullBurst {
			require.Zero(t, use(t, l, true))
		}
		assert.NotZero(t, use(t, l, true))
	})
}

// TestANewcomerDoesNotOvertakeTheQueue, even if it comes before a late timer.
func TestANewcomerDoesNotOvertakeTheQueue(t *testing.T) {
	for _, background := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := New(1)
			use(t, l, false)
			first := make(chan time.Duration)
			go func() { first <- use(t, l, background) }()
			synctest.Wait()
			l.mu.Lock()
			l.timer.Stop()
			l.mu.Unlock()
			time.Sleep(Period + time.Second)
			newcomer := make(chan time.Duration)
			go func() { newcomer <- use(t, l, background) }()
			assert.Equal(t, Period+time.Second, <-first)
			assert.InDelta(t, Period.Seconds(), (<-newcomer).Seconds(), 0.01)
		})
	}
}

// TestT11TheErrorOfAWaiterHoldsTheCause of its context.
func TestT11TheErrorOfAWaiterHoldsTheCause(t *testing.T) {
	cause := errors.New("shutting down")
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		use(t, l, false)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		for range 2 { // while it waits, and before
			err := l.Wait(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, cause)
			assert.ErrorContains(t, err, "rate limit of 1 requests per minute: waiting for a permit: ")
		}
	})
}

func TestADeadlineBeforeThePermitIsAnErrorAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(2)
		use(t, l, false)
		use(t, l, false)
		started := time.Now()
		for range 3 {
			go func() { _ = l.Wait(t.Context()) }()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 119*time.Second)
		defer cancel()
		err := l.Wait(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Regexp(t, `^rate limit of 2 requests per minute: next permit in 120(\.\d+)? s, after the deadline$`, err.Error())
		assert.Zero(t, time.Since(started))
		time.Sleep(5 * time.Minute)
	})
}

func TestAnUnlimitedLimiterOnlyPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewUnlimited(120)
		for range 1000 {
			require.Zero(t, use(t, l, rand.N(2) == 0))
		}
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 5 * time.Second, Longest: time.Minute})
		assert.Equal(t, 5*time.Second, use(t, l, false))
		time.Sleep(2 * time.Minute)
		for range 1000 {
			require.Zero(t, use(t, l, true))
		}
	})
}

// TestL11NoMoreThanThreePermitsComeAtOnceAfterAPause, with and without tokens left before it.
func TestL11NoMoreThanThreePermitsComeAtOnceAfterAPause(t *testing.T) {
	for before, limit := range map[int]int{0: 60, 100: 240} {
		synctest.Test(t, func(t *testing.T) {
			l := New(limit)
			for i := range before {
				use(t, l, i < fullBurst)
			}
			until := l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: time.Second, Longest: Period})
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
			defer cancel()
			require.ErrorIs(t, l.Wait(ctx), context.DeadlineExceeded)
			assert.Zero(t, time.Since(began), "it is known at once")
			for range pausedBurst {
				use(t, l, false)
				assert.Equal(t, until, time.Now())
			}
			assert.Equal(t, Period/time.Duration(limit), use(t, l, false))
		})
	}
}

// TestAPauseWakesWhoeverWaitsForADebt that it cancels.
func TestAPauseWakesWhoeverWaitsForADebt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range fullBurst {
			use(t, l, true)
		}
		waits := make(chan time.Duration)
		go func() { waits <- use(t, l, true) }()
		synctest.Wait()
		for range backgroundShare - 2 {
			_, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
		}
		go func() { waits <- use(t, l, true) }()
		synctest.Wait()
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 2 * time.Second, Longest: Period})
		for range 2 {
			assert.LessOrEqual(t, <-waits, 2*time.Second)
		}
	})
}

// TestTheWindowKeepsSlotsOfOneMillisecondTogether, so that a large limit costs little.
func TestTheWindowKeepsSlotsOfOneMillisecondTogether(t *testing.T) {
	w := window{began: time.Now()}
	for i := range 10_000 {
		w.add(w.began.Add(time.Duration(i) * time.Microsecond))
	}
	assert.Equal(t, 10_000, w.count)
	assert.Len(t, w.groups, 11)
}

// TestTheWindowAgainstAModel compares a window with a sorted list of times.
func TestTheWindowAgainstAModel(t *testing.T) {
	began := time.Now()
	s := window{began: began}
	var model []time.Duration
	now := time.Duration(0)
	for range 5000 {
		now += time.Duration(rand.N(5)) * time.Millisecond
		if rand.N(3) > 0 {
			moment := now + time.Duration(rand.N(50))*time.Millisecond
			s.add(began.Add(moment))
			model = append(model, moment)
			slices.Sort(model)
		}
		s.expire(began.Add(now))
		for len(model) > 0 && model[0] <= now {
			model = model[1:]
		}
		require.Equal(t, len(model), s.count)
		if len(model) > 0 {
			i := rand.N(len(model))
			require.Equal(t, began.Add(model[i]), s.at(i))
		}
	}
}

func BenchmarkLimiter(b *testing.B) {
	l := New(1 << 30)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		permit, err := l.Acquire(ctx, PermitRequest{})
		if err != nil {
			b.Fatal(err)
		}
		l.Release(PermitResult{Permit: permit, CountedAt: permit.Granted, Responded: true})
	}
}

// TestTokensAreNeededForAMinuteAfterAPauseAlone: a later deadline is not rejected for lack of
// tokens.
func TestTokensAreNeededForAMinuteAfterAPauseAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: time.Second, Longest: time.Minute})
		time.Sleep(56 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() { assert.NoError(t, l.Wait(ctx)) })
		}
		started := time.Now()
		all.Wait()
		assert.InDelta(t, 5, time.Since(started).Seconds(), 0.01)
	})
}

func TestAnUnsentRequestAfterAPauseGivesItsTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(6)
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: time.Second, Longest: time.Minute})
		time.Sleep(2 * time.Second)
		for range 20 {
			permit, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
			l.Release(PermitResult{Permit: permit})
		}
		assert.Zero(t, use(t, l, false))
	})
}
