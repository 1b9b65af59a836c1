package redislimit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

func TestAPermitOfADeadProcessIsFreeAWindowAfterItsAttemptTimeout(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		dead, alive := r.limiter(t, 1), r.limiter(t, 1)
		_, err := dead.Acquire(t.Context(), helpcrunch.PermitRequest{}) // and nothing more is heard
		require.NoError(t, err)
		// The attempt timeout of 30 s, the window, and a second for the reply on its way; then
		// up to 5 s until it is noticed.
		assert.InDelta(t, 93.5, waited(t, alive, false).Seconds(), 2.51)
	})
}

// TestAYoungPermitOfADeadProcessIsHeldLongEnough although an older one was handed back: both
// are the same to the limiter.
func TestAYoungPermitOfADeadProcessIsHeldLongEnough(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		dead, alive := r.limiter(t, 2), r.limiter(t, 2)
		began := time.Now()
		old, err := dead.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		time.Sleep(25 * time.Second)
		_, err = dead.Acquire(t.Context(), helpcrunch.PermitRequest{}) // and nothing more is heard
		require.NoError(t, err)
		dead.Release(helpcrunch.PermitResult{Permit: old, CountedAt: time.Now()})
		require.NoError(t, dead.Close())
		use(t, alive, false, 0)
		assert.InDelta(t, 85, time.Since(began).Seconds(), 0.1)
		use(t, alive, false, 0)
		assert.InDelta(t, 25+93.5, time.Since(began).Seconds(), 2.51)
	})
}

// TestAPlaceOfADeadProcessIsGivenAway to those who wait behind it.
func TestAPlaceOfADeadProcessIsGivenAway(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		dead, alive := r.worker(t, nil, 1), r.limiter(t, 1)
		use(t, alive, false, 0)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = dead.Wait(ctx) }()
		synctest.Wait()
		dead.wire.dead.Store(true)
		assert.InDelta(t, 62.5, waited(t, alive, false).Seconds(), 3, "the permit that it would have had")
		cancel()
	})
}

// TestALostReplyCostsNothing: what it granted is given back with the next call.
func TestALostReplyCostsNothing(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 2), r.limiter(t, 2)
		use(t, one, false, 0)
		r.losesNext.Store(true)
		require.ErrorIs(t, one.Wait(t.Context()), redislimit.ErrUnavailable)
		time.Sleep(time.Second)
		require.Zero(t, waited(t, one, false))
		assert.InDelta(t, 59, waited(t, two, false).Seconds(), 0.1)
	})
}
