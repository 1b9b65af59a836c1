package limits_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

func newLimiter(t *testing.T, perMinute int) *helpcrunch.RateLimiter {
	t.Helper()
	limiter, err := helpcrunch.NewRateLimiter(perMinute)
	require.NoError(t, err)
	return limiter
}

// acquire takes a permit.
func acquire(t *testing.T, limiter *helpcrunch.RateLimiter) helpcrunch.Permit {
	t.Helper()
	permit, err := limiter.Acquire(t.Context(), helpcrunch.PermitRequest{})
	require.NoError(t, err)
	return permit
}

// respond releases a permit as after a response that is no 429.
func respond(limiter *helpcrunch.RateLimiter, permit helpcrunch.Permit) {
	limiter.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now(), Responded: true})
}

// pauseAfter reports a 429 and waits for the end of the pause. It returns the length.
func pauseAfter(limiter *helpcrunch.RateLimiter, permit helpcrunch.Permit) time.Duration {
	limiter.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
	length := time.Until(limiter.Pause(helpcrunch.PauseRequest{Granted: permit.Granted, Longest: time.Minute}))
	time.Sleep(length)
	return length
}

// TestL11OnlyAResponseFromAfterThePauseEndsTheBackoff: a response to a request from before a 429
// says nothing about the limit.
func TestL11OnlyAResponseFromAfterThePauseEndsTheBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, 1000)
		old, limited := acquire(t, limiter), acquire(t, limiter)
		assert.Equal(t, time.Second, pauseAfter(limiter, limited))
		respond(limiter, old)
		assert.Equal(t, 2*time.Second, pauseAfter(limiter, acquire(t, limiter)))
		respond(limiter, acquire(t, limiter))
		assert.Equal(t, time.Second, pauseAfter(limiter, acquire(t, limiter)))
	})
}

// TestL11APauseRejectsWaitersWhoseDeadlineItPasses: they fail at once, whatever their priority,
// and others keep waiting.
func TestL11APauseRejectsWaitersWhoseDeadlineItPasses(t *testing.T) {
	for _, background := range []bool{false, true} {
		t.Run(fmt.Sprint("background=", background), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limiter := newLimiter(t, 10)
				first := acquire(t, limiter)
				respond(limiter, first)
				for range 9 {
					respond(limiter, acquire(t, limiter))
				}
				wait := func(deadline time.Duration) <-chan error {
					failure := make(chan error, 1)
					ctx, cancel := context.WithTimeout(t.Context(), deadline)
					t.Cleanup(cancel)
					go func() {
						permit, err := limiter.Acquire(ctx, helpcrunch.PermitRequest{Background: background})
						if err == nil {
							respond(limiter, permit)
						}
						failure <- err
					}()
					return failure
				}
				early, late := wait(90*time.Second), wait(time.Hour)
				synctest.Wait()
				require.Empty(t, early, "it waits")
				began := time.Now()
				limiter.Pause(helpcrunch.PauseRequest{Granted: first.Granted, RetryAfter: 2 * time.Minute, Longest: time.Hour})
				require.ErrorIs(t, <-early, context.DeadlineExceeded)
				assert.Zero(t, time.Since(began), "it fails at once")
				require.NoError(t, <-late)
				assert.InDelta(t, 120, time.Since(began).Seconds(), 1)
			})
		})
	}
}

// TestL8NewcomersDoNotOvertakeTheQueue: permits of one priority are granted in order of arrival.
func TestL8NewcomersDoNotOvertakeTheQueue(t *testing.T) {
	for _, background := range []bool{false, true} {
		t.Run(fmt.Sprint("background=", background), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limiter := newLimiter(t, 10)
				var mu sync.Mutex
				var order []int
				done := make(chan struct{})
				const callers = 40
				for i := range callers {
					go func() {
						time.Sleep(time.Duration(i) * 700 * time.Millisecond)
						permit, err := limiter.Acquire(t.Context(), helpcrunch.PermitRequest{Background: background})
						assert.NoError(t, err)
						mu.Lock()
						order = append(order, i) // no two permits are granted at one time
						mu.Unlock()
						time.Sleep(time.Millisecond)
						respond(limiter, permit)
						done <- struct{}{}
					}()
				}
				for range callers {
					<-done
				}
				for i, caller := range order {
					assert.Equal(t, i, caller)
				}
			})
		})
	}
}

// TestL8ANewcomerAtTheTimeOfAFreeSlotDoesNotOvertake: the slot belongs to who waited for it.
func TestL8ANewcomerAtTheTimeOfAFreeSlotDoesNotOvertake(t *testing.T) {
	for range 50 { // who runs first is up to the scheduler
		synctest.Test(t, func(t *testing.T) {
			limiter := newLimiter(t, 1)
			respond(limiter, acquire(t, limiter))
			waiting := make(chan helpcrunch.Permit, 1)
			go func() {
				permit := acquire(t, limiter)
				respond(limiter, permit)
				waiting <- permit
			}()
			synctest.Wait()
			time.Sleep(time.Minute)
			newcomer := acquire(t, limiter)
			assert.Equal(t, time.Minute, newcomer.Granted.Sub((<-waiting).Granted))
		})
	}
}
