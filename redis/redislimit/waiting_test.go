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
)

func TestTheQueueKnowsWhenAPermitIsTooLate(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 2), r.limiter(t, 2)
		use(t, one, false, 0)
		use(t, two, false, 0)
		started := time.Now()
		for range 3 {
			go func() { _ = one.Wait(t.Context()) }()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 119*time.Second)
		defer cancel()
		require.ErrorContains(t, one.Wait(ctx), "rate limit of 2 requests per minute: next permit in 120")
		assert.Zero(t, time.Since(started))
		time.Sleep(5 * time.Minute)
	})
}

// TestTheQueueKnowsWhoWaitsInOtherProcesses, each of which has one permit in a round.
func TestTheQueueKnowsWhoWaitsInOtherProcesses(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		use(t, one, false, 0)
		started := time.Now()
		for range 3 {
			go func() { _ = one.Wait(t.Context()) }()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 119*time.Second)
		defer cancel()
		require.ErrorContains(t, two.Wait(ctx), "next permit in 120")
		assert.Zero(t, time.Since(started))
		ctx, cancel = context.WithTimeout(t.Context(), 121*time.Second)
		defer cancel()
		require.NoError(t, two.Wait(ctx))
		time.Sleep(5 * time.Minute)
	})
}

// TestDeadlinesAreKnownFromTheQueue: newcomers need no call to be sent away.
func TestDeadlinesAreKnownFromTheQueue(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 1)
		use(t, l, false, 0)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = l.Wait(ctx) }()
		synctest.Wait()
		calls := r.calls.Load()
		for range 50 {
			soon, cancel := context.WithTimeout(t.Context(), time.Minute)
			require.ErrorIs(t, l.Wait(soon), context.DeadlineExceeded)
			cancel()
		}
		assert.Equal(t, calls, r.calls.Load())
		cancel()
	})
}

func TestAPermitThatComesInTimeIsWaitedFor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 4), r.limiter(t, 4)
		for range 4 {
			use(t, one, false, 0)
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				minutes := time.Duration(1 + i/4)
				ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute+time.Second)
				defer cancel()
				assert.NoError(t, two.Wait(ctx), i)
			})
		}
		all.Wait()
	})
}

// TestCancellingManyWaitersDelaysNobody: neither in their own process nor in another.
func TestCancellingManyWaitersDelaysNobody(t *testing.T) {
	for _, background := range []bool{false, true} {
		for _, elsewhere := range []bool{false, true} {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				one, two := r.limiter(t, 12), r.limiter(t, 12)
				if !elsewhere {
					two = one
				}
				nextPermit := func(crowd int) time.Duration {
					var all sync.WaitGroup
					for range 12 {
						all.Go(func() { use(t, one, background, 0) })
					}
					all.Wait()
					ctx, cancel := context.WithCancel(t.Context())
					for range crowd {
						all.Go(func() {
							_, err := one.Acquire(ctx, helpcrunch.PermitRequest{Background: background})
							assert.ErrorIs(t, err, context.Canceled)
						})
					}
					synctest.Wait()
					cancel()
					all.Wait()
					took := waited(t, two, background)
					time.Sleep(3 * time.Minute)
					return took
				}
				alone := nextPermit(0)
				assert.InDelta(t, alone.Seconds(), nextPermit(500).Seconds(), 0.01)
			})
		}
	}
}

// TestCancelledWaitersLetThoseOfOtherProcessesComeForward: a process that was to ask later asks
// again soon enough.
func TestCancelledWaitersLetThoseOfOtherProcessesComeForward(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 2), r.limiter(t, 2)
		use(t, one, false, 0)
		time.Sleep(30 * time.Second)
		use(t, one, false, 0)
		ctx, cancel := context.WithCancel(t.Context())
		for range 100 {
			go func() { _, _ = one.Acquire(ctx, helpcrunch.PermitRequest{}) }()
		}
		synctest.Wait()
		time.AfterFunc(20*time.Second, cancel)
		assert.InDelta(t, 30, waited(t, two, false).Seconds(), 5.01, "the permit that the others would have had")
	})
}

func TestACancelledWaiterOfADeadPriorityLeavesNoPlaceBehind(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 1)
		use(t, l, false, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { _ = l.Wait(t.Context()) }()
		_, err := l.Acquire(ctx, helpcrunch.PermitRequest{Background: true})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(2 * time.Minute)
		assert.False(t, r.mini.Exists("{budget}:waiting"))
	})
}

// TestAPermitGrantedToNobodyGoesBack: its waiter was cancelled while the call was under way.
func TestAPermitGrantedToNobodyGoesBack(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			permit, err := one.Acquire(ctx, helpcrunch.PermitRequest{})
			if err == nil {
				one.Release(helpcrunch.PermitResult{Permit: permit})
			}
		}
		synctest.Wait()
		assert.Zero(t, waited(t, two, false))
	})
}
