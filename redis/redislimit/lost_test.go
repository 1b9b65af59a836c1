package redislimit_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// TestAScriptThatRedisForgotIsSentAgain, and means that it was restarted.
func TestAScriptThatRedisForgotIsSentAgain(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 2)
		use(t, l, false, 0)
		require.NoError(t, r.client.ScriptFlush(t.Context()).Err())
		assert.Equal(t, lease, waited(t, l, false))
	})
}

// TestAfterALostStateNobodyGetsAPermit until all that was granted before is free.
func TestAfterALostStateNobodyGetsAPermit(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 120), r.limiter(t, 120)
		use(t, one, false, 0)
		r.mini.FlushAll()
		lost := time.Now()
		use(t, one, false, 0)
		assert.Equal(t, lease, time.Since(lost))
		assert.Zero(t, waited(t, two, false), "it has seen nothing of before")
	})
}

// TestALostStateIsNoticedEvenIfANewcomerCameFirst: the wait begins with the new state.
func TestALostStateIsNoticedEvenIfANewcomerCameFirst(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one := r.limiter(t, 120)
		use(t, one, false, 0)
		r.mini.FlushAll()
		time.Sleep(time.Second)
		require.Zero(t, waited(t, r.limiter(t, 120), false), "it can't know")
		lost := time.Now()
		time.Sleep(10 * time.Second)
		use(t, one, false, 0)
		assert.Equal(t, lease, time.Since(lost))
	})
}

// TestAStateThatIsOlderThanWhatWasSeenIsLost: as from a snapshot, or a replica that lagged behind.
func TestAStateThatIsOlderThanWhatWasSeenIsLost(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		use(t, l, false, 0)
		rollBack := r.snapshot(t)
		use(t, l, false, 0)
		rollBack()
		assert.Equal(t, lease, waited(t, l, false))
		assert.Zero(t, waited(t, l, false))
	})
}

// TestARollBackIsNoticedAlthoughOthersHaveAskedSince: as many exchanges of another process
// do not make up for those that were lost.
func TestARollBackIsNoticedAlthoughOthersHaveAskedSince(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l, other := r.limiter(t, 120), r.limiter(t, 120)
		use(t, other, false, 0)
		use(t, l, false, 0)
		rollBack := r.snapshot(t)
		use(t, l, false, 0)
		rollBack()
		for range 10 {
			use(t, other, false, 0)
		}
		assert.Equal(t, lease, waited(t, l, false))
	})
}

// TestAKeyThatRedisEvictedIsALostState whichever it is.
func TestAKeyThatRedisEvictedIsALostState(t *testing.T) {
	for _, key := range []string{"state", "used", "leases"} {
		inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
			one, two := r.limiter(t, 120), r.limiter(t, 120)
			use(t, one, false, 0)
			_, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{})
			require.NoError(t, err)
			require.True(t, r.mini.Del("{budget}:"+key))
			assert.Equal(t, lease, waited(t, two, false), key)
		})
	}
}

// TestACallThatTheRedisClientRepeatsTakesNoMorePermits: its first reply was lost on the way.
func TestACallThatTheRedisClientRepeatsTakesNoMorePermits(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l, err := redislimit.New(&repeating{UniversalClient: r.client}, "budget", 5)
		require.NoError(t, err)
		for range 5 {
			assert.Zero(t, waited(t, l, false))
		}
	})
}

// TestACallThatComesLateDoesNothing: the permit of a later call has the number that it was to have.
func TestACallThatComesLateDoesNothing(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 9), r.limiter(t, 9)
		for range 8 {
			_, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{Background: true})
			require.NoError(t, err)
		}
		r.late.Store(int64(3 * time.Second))
		for range 2 {
			_, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{Background: true})
			require.ErrorIs(t, err, redislimit.ErrUnavailable)
			time.Sleep(time.Second)
		}
		r.late.Store(0)
		_, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		time.Sleep(2 * time.Second) // the late calls have come
		assert.GreaterOrEqual(t, waited(t, two, false), time.Minute, "all permits are under way")
	})
}

// repeating sends each script call twice.
type repeating struct{ redis.UniversalClient }

func (r *repeating) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	r.UniversalClient.EvalSha(ctx, sha, keys, args...)
	return r.UniversalClient.EvalSha(ctx, sha, keys, args...)
}

// TestAStateThatExpiredIsNotLost: when nobody has asked for long, nothing is under way.
func TestAStateThatExpiredIsNotLost(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		use(t, l, false, 0)
		time.Sleep(10 * time.Minute)
		r.mini.FastForward(10 * time.Minute)
		require.Empty(t, r.mini.Keys())
		assert.Zero(t, waited(t, l, false))
	})
}

func TestAClockSetBackCostsNoMoreThanAWait(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		use(t, one, false, 0)
		r.mini.SetTime(time.Now().Add(-24 * time.Hour))
		defer r.runClock(-24 * time.Hour)()
		assert.InDelta(t, 60, waited(t, two, false).Seconds(), 1)
		assert.InDelta(t, 60, waited(t, one, false).Seconds(), 1)
	})
}

// TestALocalShareBridgesALostState: permits come locally while Redis waits.
func TestALocalShareBridgesALostState(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 20, redislimit.WithLocalShare(2))
		for range 4 {
			use(t, l, false, 0)
		}
		time.Sleep(50 * time.Second)
		r.mini.FlushAll()
		assert.InDelta(t, 10, waited(t, l, false).Seconds(), 0.1, "one of its own slots is free again")
		time.Sleep(2 * time.Minute)
		for range 20 {
			assert.Zero(t, waited(t, l, false), "back to the whole limit")
		}
	})
}

// TestALocalShareEndsBeforeRedisGrantsAgain: what was used locally must have been reported.
func TestALocalShareEndsBeforeRedisGrantsAgain(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 20, redislimit.WithLocalShare(2))
		for range 4 {
			use(t, l, false, 0)
		}
		r.mini.FlushAll()
		go use(t, l, false, 0) // notices
		time.Sleep(lease - 2*time.Second)
		assert.Equal(t, 2*time.Second, waited(t, l, false))
	})
}
