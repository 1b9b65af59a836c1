package limits_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// recordingLimiter records what the client tells a limiter.
type recordingLimiter struct {
	*helpcrunch.RateLimiter
	requests []helpcrunch.PermitRequest
	results  []helpcrunch.PermitResult
	pauses   []helpcrunch.PauseRequest
}

func (l *recordingLimiter) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	l.requests = append(l.requests, request)
	return l.RateLimiter.Acquire(ctx, request)
}

func (l *recordingLimiter) Release(result helpcrunch.PermitResult) {
	l.results = append(l.results, result)
	l.RateLimiter.Release(result)
}

func (l *recordingLimiter) Pause(request helpcrunch.PauseRequest) time.Time {
	l.pauses = append(l.pauses, request)
	return l.RateLimiter.Pause(request)
}

// TestL2APermitLimiterOfTheCallersIsTold the priority, the attempt timeout, how each permit
// was used, and each 429.
func TestL2APermitLimiterOfTheCallersIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, err := helpcrunch.NewRateLimiter(10)
		require.NoError(t, err)
		recording := &recordingLimiter{RateLimiter: limiter}
		transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.RateLimited("2")}, Respond: kit.Always(200, kit.CustomerJSON)}
		client := kit.NewClient(t, transport, helpcrunch.WithRateLimiter(recording), helpcrunch.WithAttemptTimeout(7*time.Second))
		require.NoError(t, kit.Get(t.Context(), client.InBackground()))

		request := helpcrunch.PermitRequest{Background: true, AttemptTimeout: 7 * time.Second}
		assert.Equal(t, []helpcrunch.PermitRequest{request, request}, recording.requests)
		require.Len(t, recording.results, 2)
		granted := recording.results[0].Permit.Granted
		pause := helpcrunch.PauseRequest{Granted: granted, RetryAfter: 2 * time.Second, Longest: time.Minute}
		assert.Equal(t, []helpcrunch.PauseRequest{pause}, recording.pauses)
		assert.False(t, recording.results[0].Responded)
		assert.True(t, recording.results[1].Responded)
		assert.True(t, recording.results[1].Permit.Background)
		assert.Equal(t, 2*time.Second, recording.results[1].CountedAt.Sub(granted))
		assert.Equal(t, helpcrunch.RateLimiterStats{Limit: 10, Free: 8}, limiter.Stats())
	})
}
