package limiter

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestL15BackgroundGetsTheReservedSlotWhenTheReserveLapses, although no permit is released and
// no slot becomes free.
func TestL15BackgroundGetsTheReservedSlotWhenTheReserveLapses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(reserveFrom)
		for i := range reserveFrom - 1 {
			_, err := l.Acquire(t.Context(), PermitRequest{Background: i > 0})
			require.NoError(t, err)
		}
		asked := time.Now()
		permit, err := l.Acquire(t.Context(), PermitRequest{Background: true})
		require.NoError(t, err)
		assert.Equal(t, Period, permit.Granted.Sub(asked))
	})
}

// TestL15BackgroundWaitsForTheLapseOrASlotWhicheverIsFirst: here the slots of two requests are free
// 10 s and 70 s after the interactive call.
func TestL15BackgroundWaitsForTheLapseOrASlotWhicheverIsFirst(t *testing.T) {
	for counted, want := range map[time.Duration]time.Duration{-50 * time.Second: 10 * time.Second, 10 * time.Second: Period} {
		synctest.Test(t, func(t *testing.T) {
			l := New(reserveFrom)
			for i := range reserveFrom - 1 {
				permit, err := l.Acquire(t.Context(), PermitRequest{Background: i > 0})
				require.NoError(t, err)
				if i == 1 {
					l.Release(PermitResult{Permit: permit, CountedAt: time.Now().Add(counted)})
				}
			}
			asked := time.Now()
			permit, err := l.Acquire(t.Context(), PermitRequest{Background: true})
			require.NoError(t, err)
			assert.Equal(t, want, permit.Granted.Sub(asked))
		})
	}
}

// TestL15WhoeverWaitsIsServed makes random calls with random ends. Nobody waits for ever while
// requests in flight come to an end, and no window exceeds the limit.
func TestL15WhoeverWaitsIsServed(t *testing.T) {
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			l := New([]int{1, 2, 5, reserveFrom, 30, 120}[random.IntN(6)])
			w := &randomWork{limiter: l}
			var all sync.WaitGroup
			for range 40 {
				random := rand.New(rand.NewPCG(random.Uint64(), 1))
				all.Go(func() {
					for range 6 {
						w.call(t, random)
					}
				})
			}
			done := make(chan struct{})
			go func() { all.Wait(); close(done) }()
			select {
			case <-done:
			case <-time.After(1000 * time.Hour):
				t.Errorf("seed %d: somebody waits for ever: %+v", seed, l.Stats())
			}
			time.Sleep(Period) // the last ones are counted
			assert.Zero(t, l.Stats().InFlight)
			assert.LessOrEqual(t, w.mostInAMinute(), l.Limit(), "seed %d", seed)
		})
	}
}

// randomWork makes calls that are cancelled, rate-limited, never sent, or counted at any time
// up to that which the limiter is told.
type randomWork struct {
	limiter *Limiter
	mu      sync.Mutex
	counted []time.Time
}

func (w *randomWork) call(t *testing.T, random *rand.Rand) {
	ctx, cancel := context.WithTimeout(t.Context(), []time.Duration{
		time.Duration(random.IntN(100)) * time.Second, 100 * time.Hour,
	}[random.IntN(2)])
	defer cancel()
	if random.IntN(4) == 0 {
		time.AfterFunc(time.Duration(random.IntN(100))*time.Second, cancel)
	}
	permit, err := w.limiter.Acquire(ctx, PermitRequest{Background: random.IntN(2) == 0})
	if err != nil {
		return
	}
	took := time.Duration(random.IntN(5000)) * time.Millisecond
	result := PermitResult{Permit: permit}
	switch random.IntN(6) {
	case 0: // never sent
	case 1:
		w.count(took)
		w.limiter.Pause(PauseRequest{
			Granted: permit.Granted, RetryAfter: time.Duration(random.IntN(20)) * time.Second, Longest: time.Minute,
		})
		result.CountedAt = time.Now()
	case 2: // abandoned, and counted later
		late := time.Duration(random.IntN(30)) * time.Second
		go w.count(late)
		result.CountedAt = time.Now().Add(late)
	default:
		w.count(time.Duration(random.Float64() * float64(took)))
		result.CountedAt, result.Responded = time.Now(), true
	}
	w.limiter.Release(result)
}

func (w *randomWork) count(after time.Duration) {
	time.Sleep(after)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counted = append(w.counted, time.Now())
}

func (w *randomWork) mostInAMinute() (most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, first := range w.counted {
		inWindow := 0
		for _, counted := range w.counted {
			if since := counted.Sub(first); since >= 0 && since < Period {
				inWindow++
			}
		}
		most = max(most, inWindow)
	}
	return most
}

// TestL14VeryLongTimesDoNotOverflow: they hold a slot or a pause as good as for ever.
func TestL14VeryLongTimesDoNotOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(2)
		permit, err := l.Acquire(t.Context(), PermitRequest{AttemptTimeout: math.MaxInt64})
		require.NoError(t, err)
		l.Release(PermitResult{Permit: permit, CountedAt: time.Now().Add(math.MaxInt64)})
		time.Sleep(365 * 24 * time.Hour)
		assert.Equal(t, 1, l.Stats().Free)
		assert.Zero(t, use(t, l, false))
		assert.InDelta(t, Period.Seconds(), use(t, l, false).Seconds(), 0.01, "the other slot alone comes free")

		until := l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: math.MaxInt64, Longest: math.MaxInt64})
		assert.Greater(t, time.Until(until), 200*365*24*time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = l.Acquire(ctx, PermitRequest{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
