package limiter

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheForecastSaysWhenBackgroundWorkIsDone: from a limiter at rest and from one in use, with and
// without interactive calls beside it.
func TestTheForecastSaysWhenBackgroundWorkIsDone(t *testing.T) {
	for _, latency := range []time.Duration{50 * time.Millisecond, 2 * time.Second} {
		for _, others := range []int{0, 20, 60} { // a minute
			for _, used := range []int{0, 60} {
				for _, permits := range []int{40, 100, 300} {
					name := fmt.Sprintf("latency %s, %d others, %d used, %d permits", latency, others, used, permits)
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							l := New(120)
							saturateWith(t, l, used, latency)
							ctx, cancel := context.WithCancel(t.Context())
							if others > 0 {
								go steady(ctx, t, l, time.Minute/time.Duration(others), latency)
							}
							forecast := l.Forecast(permits, latency, float64(others))
							began := time.Now()
							saturateWith(t, l, permits, latency)
							cancel()
							took := time.Since(began) - latency
							assert.InEpsilon(t, took.Seconds(), forecast.Seconds(), 0.08)
							time.Sleep(Period)
						})
					})
				}
			}
		}
	}
}

// saturateWith makes background calls, and returns when all have ended.
func saturateWith(t *testing.T, l *Limiter, calls int, latency time.Duration) {
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { call(t, l, true, latency) })
	}
	all.Wait()
}

// steady makes an interactive call at each tick.
func steady(ctx context.Context, t *testing.T, l *Limiter, every, latency time.Duration) {
	for ctx.Err() == nil {
		go call(t, l, false, latency)
		time.Sleep(every)
	}
}

func TestTheForecastIncludesRequestsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range 120 {
			_, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
		}
		assert.Equal(t, Period+2*time.Second, l.Forecast(1, 2*time.Second, 0))
	})
}

func TestTheForecastIncludesTheReservedSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		for range 118 {
			use(t, l, false)
		}
		assert.Zero(t, l.Forecast(1, 0, 1))
		assert.Zero(t, l.Forecast(2, 0, 0))
		assert.Equal(t, Period, l.Forecast(2, 0, 1))
	})
}

func TestTheForecastIncludesThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(120)
		l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: 20 * time.Second, Longest: Period})
		forecast, began := l.Forecast(50, 0, 0), time.Now()
		saturateWith(t, l, 50, 0)
		assert.InEpsilon(t, time.Since(began).Seconds(), forecast.Seconds(), 0.02)
	})
}

func TestTheForecastCountsNoMoreOthersThanLeaveBackgroundItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		share := New(120).Forecast(400, 0, 1e9)
		assert.InEpsilon(t, (400 * Period / 120 * backgroundShare).Seconds(), share.Seconds(), 0.03)
	})
}

func TestTheForecastOfNoPermitsIsZero(t *testing.T) {
	assert.Zero(t, New(120).Forecast(0, time.Second, 10))
	assert.Zero(t, New(120).Forecast(-1000, time.Second, 10))
}
