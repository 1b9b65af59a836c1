package redislimit_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// TestL14VeryLongTimesDoNotOverflow: they hold a slot or a pause as good as for ever.
func TestL14VeryLongTimesDoNotOverflow(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 2, redislimit.WithAttemptTimeout(math.MaxInt64))
		for _, counted := range []time.Duration{0, math.MaxInt64} {
			permit, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{AttemptTimeout: math.MaxInt64})
			require.NoError(t, err)
			l.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now().Add(counted)})
		}
		time.Sleep(30 * time.Second)
		assert.InDelta(t, 30, waited(t, l, false).Seconds(), 0.1)
		assert.InDelta(t, 60, waited(t, l, false).Seconds(), 0.1, "the other slot alone comes free")

		until := l.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: math.MaxInt64, Longest: math.MaxInt64})
		assert.Greater(t, time.Until(until), 200*365*24*time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := l.Acquire(ctx, helpcrunch.PermitRequest{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
