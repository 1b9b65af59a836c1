package limiter

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// call makes a call of some latency, and returns how long it waited for its turn.
func call(t *testing.T, l *Limiter, background bool, latency time.Duration) time.Duration {
	t.Helper()
	asked := time.Now()
	permit, err := l.Acquire(t.Context(), PermitRequest{Background: background})
	assert.NoError(t, err)
	time.Sleep(latency)
	l.Release(PermitResult{Permit: permit, CountedAt: time.Now(), Responded: true})
	return permit.Granted.Sub(asked)
}

// use takes a turn whose call takes no time, and returns how long it waited for it.
func use(t *testing.T, l *Limiter, background bool) time.Duration {
	t.Helper()
	return call(t, l, background, 0)
}

func TestASlotIsHeldUntilAMinuteAfterItSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		permit, err := l.Acquire(t.Context(), PermitRequest{})
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		l.Release(PermitResult{Permit: permit, CountedAt: time.Now().Add(5 * time.Second)})
		assert.InDelta(t, 65, use(t, l, false).Seconds(), 0.01)
	})
}

func TestAnUnsentTurnIsAsIfItHadNeverBeen(t *testing.T) {
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

func TestWaitAloneNeedsNoFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(2)
		started := time.Now()
		for range 5 {
			require.NoError(t, l.Wait(t.Context()))
		}
		assert.InDelta(t, 120, time.Since(started).Seconds(), 0.1)
	})
}

func TestPauseGrowsWithConsecutiveRefusalsAndStartsAgainAfterAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1000)
		refuse := func() time.Duration {
			permit, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
			until := l.Pause(PauseRequest{Granted: permit.Granted, Longest: time.Minute})
			l.Release(PermitResult{Permit: permit, CountedAt: time.Now()})
			return time.Until(until)
		}
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 32} {
			assert.Equal(t, want*time.Second, refuse())
		}
		use(t, l, false)
		assert.Equal(t, time.Second, refuse())
	})
}

func TestRefusalsOfOneMomentAreOne(t *testing.T) {
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

func TestAPauseSendsAwayThoseWhoseDeadlineItPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		use(t, l, false)
		ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second)
		defer cancel()
		failed := make(chan error)
		go func() {
			_, err := l.Acquire(ctx, PermitRequest{})
			failed <- err
		}()
		synctest.Wait()
		started := time.Now()
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 80 * time.Second, Longest: 2 * time.Minute})
		require.ErrorIs(t, <-failed, context.DeadlineExceeded)
		assert.Zero(t, time.Since(started))
	})
}

func TestTheQueueKnowsWhenATurnIsTooLate(t *testing.T) {
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
		require.ErrorContains(t, l.Wait(ctx), "rate limit of 2 requests a minute: the next turn comes in 2m0")
		assert.Zero(t, time.Since(started))
		time.Sleep(5 * time.Minute)
	})
}

func TestGateHoldsTurnsBackDuringAPauseAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(120)
		for range 1000 {
			require.Zero(t, use(t, gate, rand.N(2) == 0))
		}
		gate.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 5 * time.Second, Longest: time.Minute})
		assert.Equal(t, 5*time.Second, use(t, gate, false))
		time.Sleep(2 * time.Minute)
		for range 1000 {
			require.Zero(t, use(t, gate, true))
		}
	})
}

// TestSlotsAgainstAModel compares slots with a sorted list of moments.
func TestSlotsAgainstAModel(t *testing.T) {
	began := time.Now()
	s := slots{began: began}
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
		require.Equal(t, len(model), s.length())
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

// TestTokensAreNeededNoLongerThanAMinuteAfterAPause: a deadline behind that minute is not
// refused for want of tokens.
func TestTokensAreNeededNoLongerThanAMinuteAfterAPause(t *testing.T) {
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

func TestAnUnsentTurnAfterAPauseGivesItsTokenBack(t *testing.T) {
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
