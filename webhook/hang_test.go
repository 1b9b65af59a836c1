package webhook_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// TestW1AHangingDeduplicatorGets503InTime: its driver ignores the context.
func TestW1AHangingDeduplicatorGets503InTime(t *testing.T) {
	failed := errors.New("no")
	for name, test := range map[string]struct {
		hang func(*storeFunc, chan struct{})
		fn   error
		want time.Duration
	}{
		"Begin": {func(s *storeFunc, c chan struct{}) {
			s.begin = func(context.Context) (webhook.Claim, error) { <-c; return s, nil }
		}, nil, 5 * time.Second},
		"Commit": {func(s *storeFunc, c chan struct{}) {
			s.commit = func(context.Context) error { <-c; return nil }
		}, nil, 5 * time.Second},
		"Abandon": {func(s *storeFunc, c chan struct{}) {
			s.abandon = func(context.Context) error { <-c; return nil }
		}, failed, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, release := &storeFunc{}, make(chan struct{})
				test.hang(store, release)
				var hooked errorList
				h := newHandler(t, func(context.Context, *webhook.Event) error { return test.fn },
					webhook.WithDeduplicator(store), webhook.WithErrorHook(hooked.add))
				started := time.Now()
				response := serve(h, signed(delivery("x")))
				assert.Equal(t, http.StatusServiceUnavailable, response.Code)
				assert.Equal(t, "10", response.Header().Get("Retry-After"))
				assert.Equal(t, test.want, time.Since(started))
				err := hooked.only(t)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorContains(t, err, "webhook: the deduplicator did not return within 5s")
				close(release)
				synctest.Wait()
			})
		})
	}
}

// TestW1AHangingCommitAfterASlowFunctionGets503InTime: the patience is one for both.
func TestW1AHangingCommitAfterASlowFunctionGets503InTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		store := &storeFunc{commit: func(context.Context) error { <-release; return nil }}
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			time.Sleep(9 * time.Second)
			return nil
		}, webhook.WithDeduplicator(store))
		started := time.Now()
		assert.Equal(t, http.StatusServiceUnavailable, deliver(h, "x"))
		assert.Equal(t, 11*time.Second, time.Since(started))
	})
}

// TestAClaimThatComesLateIsAbandoned, so that the next delivery can have it.
func TestAClaimThatComesLateIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, release := &storeFunc{}, make(chan struct{})
		store.begin = func(context.Context) (webhook.Claim, error) { <-release; return store, nil }
		h := newHandler(t, notCalled(t), webhook.WithDeduplicator(store))
		assert.Equal(t, http.StatusServiceUnavailable, deliver(h, "x"))
		assert.Empty(t, store.ended)
		close(release)
		synctest.Wait()
		assert.Equal(t, []string{"abandon"}, store.ended)
	})
}

// byChat is the key of a sequence: all test deliveries have one chat.
func byChat(event *webhook.Event) string {
	if event.ID == "free" {
		return ""
	}
	return "chat 7"
}

// TestEventsOfASequenceAreHandledOneAfterTheOther in the order of their arrival; an event
// without a key is not held up.
func TestEventsOfASequenceAreHandledOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, free atomic.Int32
		var order []string
		h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
			if event.ID == "free" {
				free.Add(1)
				return nil
			}
			assert.EqualValues(t, 1, running.Add(1), "one at a time")
			defer running.Add(-1)
			time.Sleep(time.Second)
			order = append(order, event.ID)
			return nil
		}, webhook.WithSequence(byChat))
		started := time.Now()
		for _, id := range []string{"a", "b", "c", "d"} {
			go func() { assert.Equal(t, http.StatusOK, deliver(h, id)) }()
			synctest.Wait()
		}
		assert.Equal(t, http.StatusOK, deliver(h, "free"))
		assert.Zero(t, time.Since(started))
		assert.EqualValues(t, 1, free.Load())
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []string{"a", "b", "c", "d"}, order)
	})
}

// TestTwoQuickMessagesGreetOnce: a function that looks first and writes then.
func TestTwoQuickMessagesGreetOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		greeted, greetings := false, 0
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			before := greeted
			time.Sleep(time.Second) // the look-up
			if !before {
				greeted = true
				greetings++
			}
			return nil
		}, webhook.WithSequence(byChat))
		for _, id := range []string{"a", "b"} {
			go deliver(h, id)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, 1, greetings)
	})
}

// TestW1AHangingSequenceGets503InTime: those behind a hanging function too, and they are
// handled when they are delivered again.
func TestW1AHangingSequenceGets503InTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var handled []string
		var hooked errorList
		h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
			<-release
			handled = append(handled, event.ID)
			return nil
		}, webhook.WithSequence(byChat), webhook.WithErrorHook(hooked.add))
		go deliver(h, "a")
		synctest.Wait()
		started := time.Now()
		response := serve(h, signed(delivery("b")))
		assert.Equal(t, http.StatusServiceUnavailable, response.Code)
		assert.Equal(t, "10", response.Header().Get("Retry-After"))
		assert.Equal(t, 11*time.Second, time.Since(started))
		synctest.Wait()
		assert.Contains(t, []string{hooked.errors[0].Error(), hooked.errors[1].Error()},
			"webhook: the earlier events of the sequence did not end within 11s: context deadline exceeded")
		close(release)
		synctest.Wait()
		assert.Equal(t, http.StatusOK, deliver(h, "b"))
		assert.Equal(t, []string{"a", "b"}, handled)
	})
}

// TestASequenceGoesOnWhateverFails: errors, panics, duplicates and a deduplicator that is down.
func TestASequenceGoesOnWhateverFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storeFunc{}
		fail := func() error { panic("made up") }
		h := newHandler(t, func(context.Context, *webhook.Event) error { return fail() },
			webhook.WithSequence(byChat), webhook.WithDeduplicator(store))
		assert.Equal(t, http.StatusInternalServerError, deliver(h, "a"))
		fail = func() error { return errors.New("no") }
		assert.Equal(t, http.StatusInternalServerError, deliver(h, "a"))
		for want, begin := range map[int]error{500: errors.New("down"), 200: webhook.ErrHandled, 503: webhook.ErrRunning} {
			store.begin = func(context.Context) (webhook.Claim, error) { return nil, begin }
			assert.Equal(t, want, deliver(h, "a"))
		}
		store.begin, fail = nil, func() error { return nil }
		started := time.Now()
		assert.Equal(t, http.StatusOK, deliver(h, "a"))
		assert.Zero(t, time.Since(started))
	})
}

func TestAPanicOfTheSequencesFunctionIs500(t *testing.T) {
	var hooked errorList
	h := newHandler(t, notCalled(t), webhook.WithErrorHook(hooked.add),
		webhook.WithSequence(func(*webhook.Event) string { panic("made up") }))
	assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
	assert.EqualError(t, hooked.only(t), "webhook: the function of WithSequence panicked: made up")
}

// TestTheFunctionsErrorIsItsOwn, also one that Begin returns for duplicates.
func TestTheFunctionsErrorIsItsOwn(t *testing.T) {
	for _, err := range []error{webhook.ErrHandled, webhook.ErrRunning, context.DeadlineExceeded} {
		h := newHandler(t, func(context.Context, *webhook.Event) error { return err })
		assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
	}
}

func TestW1TheWaitInASequenceIsPartOfThePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			time.Sleep(8 * time.Second)
			return nil
		}, webhook.WithSequence(byChat))
		started := time.Now()
		go deliver(h, "a")
		synctest.Wait()
		assert.Equal(t, http.StatusServiceUnavailable, deliver(h, "b"))
		assert.Equal(t, 11*time.Second, time.Since(started))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Equal(t, http.StatusOK, deliver(h, "b"), "it was handled in the end")
		assert.Equal(t, 16*time.Second, time.Since(started))
	})
}
