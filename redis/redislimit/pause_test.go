package redislimit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// rateLimited takes a permit whose request is rate-limited, and returns how long the pause is.
func rateLimited(t *testing.T, l *redislimit.Limiter) time.Duration {
	t.Helper()
	permit, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{})
	require.NoError(t, err)
	until := l.Pause(helpcrunch.PauseRequest{Granted: permit.Granted, Longest: time.Minute})
	l.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
	return time.Until(until)
}

func TestPauseGrowsWithConsecutive429sOfAnyProcess(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		processes := []*redislimit.Limiter{r.limiter(t, 1000), r.limiter(t, 1000)}
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 32} {
			assert.Equal(t, want*time.Second, rateLimited(t, processes[i%2]))
		}
		use(t, processes[0], false, 0)
		use(t, processes[0], false, 0) // reports the first response
		assert.Equal(t, time.Second, rateLimited(t, processes[1]))
	})
}

func Test429sOfOneMomentAreOne(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		processes := []*redislimit.Limiter{r.limiter(t, 1000), r.limiter(t, 1000)}
		permit := helpcrunch.Permit{Granted: time.Now()}
		for i := range 8 {
			_, err := processes[i%2].Acquire(t.Context(), helpcrunch.PermitRequest{})
			require.NoError(t, err)
		}
		time.Sleep(100 * time.Millisecond)
		for i := range 8 {
			until := processes[i%2].Pause(helpcrunch.PauseRequest{Granted: permit.Granted, Longest: time.Minute})
			processes[i%2].Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
			assert.Equal(t, time.Second, time.Until(until))
		}
	})
}

func TestAPauseOnlyGrowsAndIsBounded(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1000), r.limiter(t, 1000)
		assert.Equal(t, 20*time.Second, time.Until(one.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 20 * time.Second, Longest: time.Minute})))
		assert.Equal(t, 20*time.Second, time.Until(two.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 5 * time.Second, Longest: time.Minute})))
		assert.Equal(t, 30*time.Second, time.Until(one.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: time.Hour, Longest: 30 * time.Second})))
		assert.Equal(t, 30*time.Second, waited(t, two, false))
	})
}

// TestAfterAPauseAllProcessesArePaced: at most 3 permits come in the same instant.
func TestAfterAPauseAllProcessesArePaced(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		processes := []*redislimit.Limiter{r.limiter(t, 120), r.limiter(t, 120)}
		began := time.Now()
		processes[0].Pause(helpcrunch.PauseRequest{Granted: began, RetryAfter: 5 * time.Second, Longest: time.Minute})
		var mu sync.Mutex
		permits := map[time.Duration]int{}
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				use(t, processes[i%2], false, 0)
				mu.Lock()
				defer mu.Unlock()
				permits[time.Since(began)]++
			})
		}
		all.Wait()
		assert.Equal(t, 3, permits[5*time.Second])
		for moment, count := range permits {
			assert.GreaterOrEqual(t, moment, 5*time.Second)
			assert.LessOrEqual(t, count, 3)
		}
		assert.InDelta(t, 5+37/2.0, time.Since(began).Seconds(), 0.1)
		time.Sleep(time.Minute)
		for range 50 {
			assert.Zero(t, waited(t, processes[1], false))
		}
	})
}

// TestTheBurstGrowsBackAsTokensCome: what it had no room for after a pause is lost.
func TestTheBurstGrowsBackAsTokensCome(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 12)
		began := time.Now()
		for range 12 {
			permit, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{})
			require.NoError(t, err)
			l.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: permit.Granted.Add(2 * time.Second)})
		}
		l.Pause(helpcrunch.PauseRequest{Granted: began, RetryAfter: time.Second, Longest: time.Minute})
		time.Sleep(30 * time.Second)
		var atOnce atomic.Int64
		for range 8 {
			go func() {
				use(t, l, true, 0)
				if time.Since(began) < 63*time.Second {
					atOnce.Add(1)
				}
			}()
		}
		time.Sleep(time.Minute)
		assert.EqualValues(t, 3, atOnce.Load(), "at 62 s all slots are free, and the pacing after the pause was over at 61 s")
	})
}

func TestAPauseSendsAwayThoseWhoseDeadlineItPasses(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		use(t, one, false, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second)
		defer cancel()
		failed := make(chan error, 2)
		for _, l := range []*redislimit.Limiter{one, two} {
			go func() { failed <- l.Wait(ctx) }()
		}
		synctest.Wait()
		started := time.Now()
		one.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 80 * time.Second, Longest: 2 * time.Minute})
		require.ErrorIs(t, <-failed, context.DeadlineExceeded)
		assert.Zero(t, time.Since(started))
		require.ErrorIs(t, <-failed, context.DeadlineExceeded)
		assert.Less(t, time.Since(started), 70*time.Second, "as soon as the other process asks again")
	})
}

// TestAPermitOnItsWayDoesNotOvertakeAPause: the reply that grants it comes after the 429.
func TestAPermitOnItsWayDoesNotOvertakeAPause(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		r.slow.Store(int64(200 * time.Millisecond))
		granted := make(chan time.Time)
		began := time.Now()
		go func() {
			permit, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{})
			assert.NoError(t, err)
			granted <- permit.Granted
		}()
		time.Sleep(100 * time.Millisecond)
		until := l.Pause(helpcrunch.PauseRequest{Granted: began, RetryAfter: 10 * time.Second, Longest: time.Minute})
		assert.Equal(t, 10400*time.Millisecond, until.Sub(began), "the permit, then the 429, each 200 ms")
		assert.False(t, (<-granted).Before(until))
	})
}
