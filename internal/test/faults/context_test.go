package faults_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// plainLimiter is a Limiter that waits for the end of the context and does not tell its cause.
type plainLimiter struct{}

func (plainLimiter) Wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func unavailable(*http.Request) (*http.Response, error) {
	return respond(http.StatusServiceUnavailable, "", "Retry-After", "30"), nil
}

func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

// TestT11TheCauseOfAContextIsFoundWhereverItEndsACall: the text says where.
func TestT11TheCauseOfAContextIsFoundWhereverItEndsACall(t *testing.T) {
	shutdown := errors.New("shutting down")
	limited := func(t *testing.T) hc.Option {
		t.Helper()
		limits, err := hc.NewRateLimiter(1)
		require.NoError(t, err)
		require.NoError(t, limits.Wait(t.Context()))
		return hc.WithRateLimiter(limits)
	}
	for _, c := range []struct {
		name      string
		transport transportFunc
		limit     func(*testing.T) hc.Option
		ended     bool // before the call
		text      string
	}{
		{"before", silent, nil, true, "nothing was sent: context canceled: shutting down"},
		{"queue", silent, limited, false, "rate limit"},
		{"queue of a plain limiter", silent, func(*testing.T) hc.Option { return hc.WithRateLimiter(plainLimiter{}) }, false, "rate limit"},
		{"in flight", silent, nil, false, "no complete response: context canceled: shutting down"},
		{"backoff", unavailable, nil, false, "waiting to retry: context canceled: shutting down"},
		{"pause", kit.RateLimited("30").Strike, nil, false, "rate limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var opts []hc.Option
				if c.limit != nil {
					opts = append(opts, c.limit(t))
				}
				client := kit.NewClient(t, c.transport, opts...)
				ctx, cancel := context.WithCancelCause(t.Context())
				if c.ended {
					cancel(shutdown)
				}
				time.AfterFunc(time.Second, func() { cancel(shutdown) })
				err := kit.Get(ctx, client)
				require.ErrorIs(t, err, shutdown)
				require.ErrorIs(t, err, context.Canceled)
				assert.ErrorContains(t, err, c.text)
			})
		})
	}
}

// TestT11AnAttemptTimeoutIsANetError has all three methods.
func TestT11AnAttemptTimeoutIsANetError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := kit.Get(t.Context(), kit.NewClient(t, transportFunc(silent), hc.WithMaxRetries(0)))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		timeout, ok := errors.AsType[net.Error](err)
		require.True(t, ok)
		assert.True(t, timeout.Timeout() && timeout.Temporary()) //nolint:staticcheck // of a net.Error
		assert.NotErrorIs(t, err, context.Canceled)
	})
}

// TestT11TheCallersDeadlineIsNotAnAttemptTimeout: its text names no attempt timeout.
func TestT11TheCallersDeadlineIsNotAnAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := errors.New("the budget is spent")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, budget)
		defer cancel()
		err := kit.Get(ctx, kit.NewClient(t, transportFunc(silent)))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, budget)
		assert.NotContains(t, err.Error(), "within")
	})
}

// TestR6AnEndWhileQueuedForARetryNamesTheFailureBefore: the caller learns why there was a retry.
func TestR6AnEndWhileQueuedForARetryNamesTheFailureBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.NewClient(t, transportFunc(func(*http.Request) (*http.Response, error) { return nil, kit.ErrReset }),
			hc.WithRateLimiter(&kit.CountingLimiter{Limit: 1}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := kit.Get(ctx, client)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, kit.ErrReset)
	})
}

// TestR3ALongRetryAfterOfA503FailsAtOnce too, not that of a 429 alone.
func TestR3ALongRetryAfterOfA503FailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		err := kit.Get(t.Context(), kit.NewClient(t, transportFunc(func(*http.Request) (*http.Response, error) {
			return respond(http.StatusServiceUnavailable, "", "Retry-After", "86400"), nil
		})))
		apiError, ok := errors.AsType[*hc.APIError](err)
		require.True(t, ok)
		assert.Equal(t, 24*time.Hour, apiError.RetryAfter)
		assert.Equal(t, 1, apiError.Attempts)
		assert.Zero(t, time.Since(started))
	})
}
