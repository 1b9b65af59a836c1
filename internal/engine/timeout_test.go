package engine

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTimeoutBoundsTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := &timeout{after: time.Second, next: stepFunc(func(ctx context.Context, _ *attempt, _ *http.Request) (*http.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})}
		a, r := newAttempt(t.Context(), testConfig(nil))
		started := time.Now()
		_, err := step.do(t.Context(), a, r)
		assert.Equal(t, time.Second, time.Since(started))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var slow net.Error
		require.ErrorAs(t, err, &slow)
		assert.True(t, slow.Timeout() && slow.Temporary()) //nolint:staticcheck // a net.Error has all three
		assert.IsType(t, &TimeoutError{}, err)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, r = newAttempt(ctx, testConfig(nil))
		_, err = step.do(ctx, a, r)
		require.ErrorIs(t, err, context.Canceled, "the caller's own end is not a timeout")
	})
}

// TestATimeoutAfterAByteClosesNoIdleConnections: the connection works, so the others may.
func TestATimeoutAfterAByteClosesNoIdleConnections(t *testing.T) {
	for _, gotByte := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			closed := false
			next := stepFunc(func(ctx context.Context, a *attempt, _ *http.Request) (*http.Response, error) {
				if gotByte {
					a.wire.responded = time.Now()
				}
				<-ctx.Done()
				return nil, ctx.Err()
			})
			step := &timeout{next: next, after: time.Second, closeIdle: func() { closed = true }}
			a, r := newAttempt(t.Context(), testConfig(nil))
			_, err := step.do(t.Context(), a, r)
			require.Error(t, err)
			assert.Equal(t, !gotByte, closed)
		})
	}
}
