package webhook_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// TestTheContextEndsAfterTenSeconds, and a function that heeds it can be retried at once.
func TestTheContextEndsAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hooked errorList
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
			<-ctx.Done()
			return ctx.Err()
		}, webhook.WithErrorHook(hooked.add))
		for range 2 {
			started := time.Now()
			assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
			assert.Equal(t, 10*time.Second, time.Since(started))
		}
		require.Len(t, hooked.errors, 2)
		assert.ErrorIs(t, hooked.errors[0], context.DeadlineExceeded)
	})
}

// lateHandler is a handler whose function ignores its context until it is released, and
// then returns the error.
func lateHandler(t *testing.T, err error, hooked *errorList) (h http.Handler, release chan struct{}) {
	release = make(chan struct{})
	h = newHandler(t, func(context.Context, *webhook.Event) error {
		<-release
		return err
	}, webhook.WithErrorHook(hooked.add), webhook.WithTimeout(time.Second))
	return h, release
}

// TestW1AHangingFunctionGets503InTime with 503, as are duplicates while it runs.
func TestW1AHangingFunctionGets503InTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hooked errorList
		h, release := lateHandler(t, nil, &hooked)
		defer close(release)
		started := time.Now()
		response := serve(h, signed(delivery("x")))
		assert.Equal(t, http.StatusServiceUnavailable, response.Code)
		assert.Equal(t, "1", response.Header().Get("Retry-After"))
		assert.Equal(t, 1100*time.Millisecond, time.Since(started))
		assert.ErrorIs(t, hooked.only(t), context.DeadlineExceeded)
		assert.EqualError(t, hooked.errors[0], "webhook: the event was not handled within 1.1s: context deadline exceeded")

		assert.Equal(t, http.StatusServiceUnavailable, deliver(h, "x"))
		assert.Equal(t, 1100*time.Millisecond, time.Since(started), "at once")
	})
}

// TestTheLongestTimeoutIsALongOne and does not overflow.
func TestTheLongestTimeoutIsALongOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
			time.Sleep(24 * time.Hour)
			return ctx.Err()
		}, webhook.WithTimeout(math.MaxInt64))
		assert.Equal(t, http.StatusOK, deliver(h, "x"))
	})
}

// TestTheLatestResponse comes after 5 s for the deduplicator to begin, and the timeout and a
// tenth for all else.
func TestTheLatestResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storeFunc{}
		store.begin = func(context.Context) (webhook.Claim, error) {
			time.Sleep(5*time.Second - 1)
			return store, nil
		}
		store.commit = func(context.Context) error {
			time.Sleep(5 * time.Second)
			return nil
		}
		var hooked errorList
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
			<-ctx.Done()
			return nil
		}, webhook.WithDeduplicator(store), webhook.WithErrorHook(hooked.add))
		started := time.Now()
		assert.Equal(t, http.StatusServiceUnavailable, deliver(h, "x"))
		assert.Equal(t, 16*time.Second-1, time.Since(started))
		assert.EqualError(t, hooked.only(t), "webhook: the event was not handled within 11s: context deadline exceeded",
			"the function is not blamed for the deduplicator")
		time.Sleep(5 * time.Second) // the deduplicator returns
	})
}

// TestALateSuccessCountsAsHandled once the function has really returned.
func TestALateSuccessCountsAsHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hooked errorList
		h, release := lateHandler(t, nil, &hooked)
		deliver(h, "x")
		release <- struct{}{}
		synctest.Wait()
		assert.Equal(t, http.StatusOK, deliver(h, "x"))
		hooked.only(t) // the one of the timeout
	})
}

func TestALateFailureIsReportedAndRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hooked errorList
		failed := errors.New("in the end it failed")
		h, release := lateHandler(t, failed, &hooked)
		deliver(h, "x")
		release <- struct{}{}
		synctest.Wait()
		require.Len(t, hooked.errors, 2)
		assert.ErrorIs(t, hooked.errors[1], failed)
		assert.Equal(t, "x", hooked.events[1].ID)

		close(release)
		assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"), "the function is called again")
	})
}

// TestASenderThatHangsUpCancelsNothing: the work is done, and the next delivery gets 200.
func TestASenderThatHangsUpCancelsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5 * time.Second):
				return nil
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.Equal(t, http.StatusOK, serve(h, signed(delivery("x")).WithContext(ctx)).Code)
		assert.Error(t, ctx.Err())
		assert.Equal(t, http.StatusOK, deliver(h, "x"))
	})
}
