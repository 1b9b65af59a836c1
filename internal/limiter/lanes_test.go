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

func TestForegroundTakesAnyFreeSlotAtOnce(t *testing.T) {
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

// order starts a waiter for each lane named, in order, and returns the order in which
// they get their turns.
func order(t *testing.T, l *Limiter, lanes []bool) []bool {
	var mu sync.Mutex
	var got []bool
	var all sync.WaitGroup
	for _, background := range lanes {
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

func TestForegroundGoesAheadButForEveryNinthTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		use(t, l, false)
		lanes := slices.Repeat([]bool{true}, 2)
		lanes = append(lanes, slices.Repeat([]bool{false}, 20)...)
		got := order(t, l, lanes)
		var background []int
		for i, isBackground := range got {
			if isBackground {
				background = append(background, i+1)
			}
		}
		assert.Equal(t, []int{9, 18}, background)
	})
}

func TestBackgroundLeavesASlotFreeBesideForegroundCalls(t *testing.T) {
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

// TestL5TheBackgroundMakesUpForWhatWentAheadOfIt: else it would use the minute up before its
// end, and foreground calls would have to wait for that. A dozen at once need 6.75 s: as many
// slots are free again in that time, of which the background gets every ninth.
func TestL5TheBackgroundMakesUpForWhatWentAheadOfIt(t *testing.T) {
	const simulated = 10 * time.Minute
	for _, latency := range []time.Duration{50 * time.Millisecond, time.Second, 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			l := New(120)
			go saturate(t, l, true, 20, latency, simulated)
			waits := interactive(t, l, latency, simulated)
			possible := 120 * simulated.Minutes() * float64(Period) / float64(Period+latency)
			assert.GreaterOrEqual(t, float64(l.Load().Turns), 0.98*possible)
			assert.LessOrEqual(t, slices.Max(waits), 7500*time.Millisecond, "latency %s", latency)
			time.Sleep(Period)
		})
	}
}

// TestTheBackgroundGetsItsShareWhateverItHasToMakeUpFor: a flood of foreground calls does not
// starve it.
func TestTheBackgroundGetsItsShareWhateverItHasToMakeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const simulated = 5 * time.Minute
		l := New(120)
		go saturate(t, l, false, 150, time.Second, simulated)
		turns := saturate(t, l, true, 20, time.Second, simulated)
		assert.GreaterOrEqual(t, float64(turns), 120*simulated.Minutes()/backgroundShare)
		time.Sleep(2 * Period)
	})
}

func TestTheBackgroundMakesUpForNoTurnThatWasUnsent(t *testing.T) {
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

// TestNothingIsToBeMadeUpForAfterAPause: then the foreground is paced too, and must not wait for
// what went ahead of the background before.
func TestNothingIsToBeMadeUpForAfterAPause(t *testing.T) {
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

// TestAWaiterKnowsOfTheShareThatWaitingForegroundBringsIt, although a debt of tokens is to be
// paid first otherwise.
func TestAWaiterKnowsOfTheShareThatWaitingForegroundBringsIt(t *testing.T) {
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
