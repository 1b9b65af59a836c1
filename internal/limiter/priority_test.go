package limiter

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInteractiveCallsTakeAnyFreeSlotAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range 120 {
			require.Zero(t, use(t, l, false))
		}
		assert.InDelta(t, 60, use(t, l, false).Seconds(), 0.01)
	})
}

func TestBackgroundIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range fullBurst {
			require.Zero(t, use(t, l, true))
		}
		started := time.Now()
		for range 200 {
			// The first burst comes round again with the window.
			assert.LessOrEqual(t, use(t, l, true), 4100*time.Millisecond)
		}
		assert.InDelta(t, 100, time.Since(started).Seconds(), 4)
	})
}

// order starts a waiter of each priority, in order, and returns the order in which they get
// their permits.
func order(t *testing.T, l *Limiter, priorities []bool) []bool {
	var mu sync.Mutex
	var got []bool
	var all sync.WaitGroup
	for _, background := range priorities {
		all.Go(func() {
			use(t, l, background)
			mu.Lock()
			defer mu.Unlock()
			got = append(got, background)
		})
		synctest.Wait()
	}
	all.Wait()
	return got
}

func TestInteractiveCallsTakePriorityExceptForEveryNinthPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		use(t, l, false)
		priorities := slices.Repeat([]bool{true}, 2)
		priorities = append(priorities, slices.Repeat([]bool{false}, 20)...)
		got := order(t, l, priorities)
		var background []int
		for i, isBackground := range got {
			if isBackground {
				background = append(background, i+1)
			}
		}
		assert.Equal(t, []int{9, 18}, background)
	})
}

func TestBackgroundLeavesASlotFreeForInteractiveCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(10)
		use(t, l, false)
		for range 8 {
			use(t, l, true)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := l.Acquire(ctx, PermitRequest{Background: true})
		require.ErrorIs(t, err, context.DeadlineExceeded, "the last free slot is not for background")
		assert.Zero(t, use(t, l, false))
	})
}

// saturate makes one call after the other, in so many goroutines, for a time. It returns how
// many there were.
func saturate(t *testing.T, l *Limiter, background bool, callers int, latency, simulated time.Duration) int {
	var calls atomic.Int64
	until := time.Now().Add(simulated)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for time.Now().Before(until) {
				call(t, l, background, latency)
				calls.Add(1)
			}
		})
	}
	all.Wait()
	return int(calls.Load())
}

// interactive makes a call every 2 to 5 s and, once a minute, a dozen at once. It returns how
// long each waited.
func interactive(t *testing.T, l *Limiter, latency, simulated time.Duration) (waits []time.Duration) {
	random := rand.New(rand.NewPCG(1, 2))
	began, minutes := time.Now(), 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for time.Since(began) < simulated {
		together := 1
		if time.Since(began) > time.Duration(minutes)*time.Minute+30*time.Second {
			together, minutes = 12, minutes+1
		}
		for range together {
			all.Go(func() {
				wait := call(t, l, false, latency)
				mu.Lock()
				defer mu.Unlock()
				waits = append(waits, wait)
			})
		}
		time.Sleep(2*time.Second + time.Duration(random.Int64N(int64(3*time.Second))))
	}
	all.Wait()
	return waits
}

// TestInteractiveCallsThatNeedNotWaitBringBackgroundItsShareToo: it does not wait for its token.
func TestInteractiveCallsThatNeedNotWaitBringBackgroundItsShareToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range fullBurst {
			use(t, l, true)
		}
		waits := make(chan time.Duration, 1)
		go func() { waits <- use(t, l, true) }()
		synctest.Wait()
		for range backgroundShare {
			require.Empty(t, waits)
			_, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
		}
		assert.Zero(t, <-waits)
	})
}

// TestATinyLimitHasNoReservedSlot: it would be half of it.
func TestATinyLimitHasNoReservedSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(2)
		use(t, l, false)
		assert.Zero(t, use(t, l, true))
	})
}

// TestBackgroundIsToldAtOnceThatItsTokenComesTooLate: here 5 of those ahead of it have none.
func TestBackgroundIsToldAtOnceThatItsTokenComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range fullBurst {
			use(t, l, true)
		}
		for range 5 {
			go use(t, l, true)
		}
		synctest.Wait()
		began := time.Now()
		for deadline, late := range map[time.Duration]bool{2900 * time.Millisecond: true, 3100 * time.Millisecond: false} {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			l.mu.Lock()
			err := l.deadlineError(ctx, l.earliest(5, true, began), began)
			l.mu.Unlock()
			assert.Equal(t, late, err != nil, "%s: %v", deadline, err)
		}
		time.Sleep(Period)
	})
}

// TestL5TheBackgroundMakesUpForWhatWentAheadOfIt: otherwise it would use up the minute before its
// end, and interactive calls would wait for the next one. A dozen at once need 6.75 s: so many
// slots become free in that time, of which background work gets every ninth.
func TestL5TheBackgroundMakesUpForWhatWentAheadOfIt(t *testing.T) {
	const simulated = 10 * time.Minute
	for _, latency := range []time.Duration{50 * time.Millisecond, time.Second, 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			l := New(120)
			go saturate(t, l, true, 20, latency, simulated)
			waits := interactive(t, l, latency, simulated)
			possible := 120 * simulated.Minutes() * float64(Period) / float64(Period+latency)
			assert.GreaterOrEqual(t, float64(l.Load().Permits), 0.98*possible)
			assert.LessOrEqual(t, slices.Max(waits), 7500*time.Millisecond, "latency %s", latency)
			time.Sleep(Period)
		})
	}
}

// TestBackgroundGetsItsShareWhateverItHasToRepay: a flood of interactive calls does not starve it.
func TestBackgroundGetsItsShareWhateverItHasToRepay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const simulated = 5 * time.Minute
		l := New(120)
		go saturate(t, l, false, 150, time.Second, simulated)
		permits := saturate(t, l, true, 20, time.Second, simulated)
		assert.GreaterOrEqual(t, float64(permits), 120*simulated.Minutes()/backgroundShare)
		time.Sleep(2 * Period)
	})
}

func TestBackgroundRepaysNoPermitThatWasUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range fullBurst {
			use(t, l, true)
		}
		waits := make(chan time.Duration)
		go func() { waits <- use(t, l, true) }()
		synctest.Wait()
		for range 5 {
			permit, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
			l.Release(PermitResult{Permit: permit})
		}
		assert.InDelta(t, 0.5, (<-waits).Seconds(), 0.001)
	})
}

// TestAPauseCancelsTheDebtOfTokens: interactive calls are paced after it, and must not wait for
// tokens that were borrowed before.
func TestAPauseCancelsTheDebtOfTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		go saturate(t, l, true, 1, 0, 5*time.Second)
		synctest.Wait()
		for range 60 {
			use(t, l, false)
		}
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 2 * time.Second, Longest: Period})
		assert.Equal(t, 2*time.Second, use(t, l, false))
		time.Sleep(Period)
	})
}

// TestTheDeadlineCheckKnowsOfTheShareThatWaitingInteractiveCallsBring, although a debt of tokens
// is to be repaid first otherwise.
func TestTheDeadlineCheckKnowsOfTheShareThatWaitingInteractiveCallsBring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range 60 {
			use(t, l, false)
			time.Sleep(time.Second)
		}
		for range 14 {
			go use(t, l, true)
		}
		synctest.Wait()
		for range 300 {
			go func() { _ = l.Wait(t.Context()) }()
		}
		time.Sleep(12500 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := l.Acquire(ctx, PermitRequest{Background: true})
		assert.NoError(t, err)
		time.Sleep(5 * Period)
	})
}
