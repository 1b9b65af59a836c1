package engine

import (
	"context"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTimeoutBoundsTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := &timeout{next: stepFunc(func(ctx context.Context, _ *attempt, _ *http.Request) (*http.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})}
		a, r := newAttempt(t.Context(), testConfig(nil))
		started := time.Now()
		_, err := step.do(t.Context(), a, r)
		assert.Equal(t, 10*time.Second, time.Since(started))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var slow interface{ Timeout() bool }
		require.ErrorAs(t, err, &slow)
		assert.True(t, slow.Timeout())

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, r = newAttempt(ctx, testConfig(nil))
		_, err = step.do(ctx, a, r)
		require.ErrorIs(t, err, context.Canceled, "the caller's own end is not a timeout")
	})
}

func TestAnAttemptIsOverForThoseWhoLookAtItsContextLater(t *testing.T) {
	var kept context.Context
	step := &timeout{next: stepFunc(func(ctx context.Context, _ *attempt, _ *http.Request) (*http.Response, error) {
		kept = ctx
		return respond(200, ""), nil
	})}
	a, r := newAttempt(t.Context(), testConfig(nil))
	_, err := step.do(t.Context(), a, r)
	require.NoError(t, err)
	<-kept.Done()
	require.ErrorIs(t, kept.Err(), context.Canceled)
	assert.Same(t, a.call, callOf(kept))
}

func TestNetHTTPFollowsAnAttemptWithoutAGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := &timeout{next: stepFunc(func(ctx context.Context, _ *attempt, _ *http.Request) (*http.Response, error) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancelCause(ctx) // as net/http does
			defer cancel(nil)
			assert.Equal(t, before, runtime.NumGoroutine())
			<-ctx.Done()
			return nil, ctx.Err()
		})}
		a, r := newAttempt(t.Context(), testConfig(nil))
		_, err := step.do(t.Context(), a, r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
