package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestAHandledDuplicateIs200AndNotHandledAgain(t *testing.T) {
	calls := 0
	h := newHandler(t, func(context.Context, *webhook.Event) error { calls++; return nil })
	for range 3 {
		assert.Equal(t, http.StatusOK, deliver(h, "x"))
	}
	assert.Equal(t, http.StatusOK, deliver(h, "y"))
	assert.Equal(t, 2, calls)
}

// TestADuplicateWhileTheFirstRunsIs503, and 200 once that has ended.
func TestADuplicateWhileTheFirstRunsIs503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		calls := 0
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			calls++
			<-release
			return nil
		})
		first := make(chan int)
		go func() { first <- deliver(h, "x") }()
		synctest.Wait()

		duplicate := serve(h, signed(delivery("x")))
		assert.Equal(t, http.StatusServiceUnavailable, duplicate.Code)
		assert.Equal(t, "10", duplicate.Header().Get("Retry-After"))
		close(release)
		assert.Equal(t, http.StatusOK, <-first)
		assert.Equal(t, http.StatusOK, deliver(h, "x"))
		assert.Equal(t, 1, calls)
	})
}

func TestEventsWithoutAnIDAreHandledEachTime(t *testing.T) {
	calls := 0
	h := newHandler(t, func(context.Context, *webhook.Event) error { calls++; return nil })
	for range 3 {
		assert.Equal(t, http.StatusOK, serve(h, signed(`{"event":"chat.new"}`)).Code)
	}
	assert.Equal(t, 3, calls)
}

func TestHandlersCanShareADeduplicator(t *testing.T) {
	shared, err := webhook.NewMemoryDeduplicator(10, time.Hour)
	require.NoError(t, err)
	calls := 0
	fn := func(context.Context, *webhook.Event) error { calls++; return nil }
	for range 2 {
		h := newHandler(t, fn, webhook.WithDeduplicator(shared))
		assert.Equal(t, http.StatusOK, deliver(h, "x"))
	}
	assert.Equal(t, 1, calls)
}

// TestEventsOfOneActionMayShareAnID: nothing says that a status change and a closing have
// ids of their own.
func TestEventsOfOneActionMayShareAnID(t *testing.T) {
	var handled []webhook.EventType
	h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
		handled = append(handled, event.Type)
		return nil
	})
	for range 2 {
		for _, name := range []webhook.EventType{webhook.EventTypeChatStatusUpdated, webhook.EventTypeChatClosed} {
			assert.Equal(t, http.StatusOK, serve(h, signed(fmt.Sprintf(`{"event":%q,"id":"x"}`, name))).Code)
		}
	}
	assert.Equal(t, []webhook.EventType{webhook.EventTypeChatStatusUpdated, webhook.EventTypeChatClosed}, handled)
}

// TestEveryEventIsHandledOnce although each is delivered until it gets 200, and
// once more, beside forged ones, by many senders at once, and the function often fails.
func TestEveryEventIsHandledOnce(t *testing.T) {
	const events, senders = 500, 8
	var handled [events]atomic.Int32
	var forged atomic.Int32
	h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
		var number int
		if _, err := fmt.Sscanf(event.ID, "event-%d", &number); err != nil {
			forged.Add(1)
			return err
		}
		switch rand.IntN(4) {
		case 0:
			return errors.New("made up")
		case 1:
			panic("made up")
		}
		handled[number].Add(1)
		return nil
	})
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for _, number := range rand.Perm(events) {
				id := fmt.Sprintf("event-%d", number)
				for deliver(h, id) != http.StatusOK {
				}
				r := signed(delivery("forged-" + id))
				r.Header.Set(webhook.SignatureHeader, sign("another-key", delivery("forged-"+id)))
				assert.Equal(t, http.StatusUnauthorized, serve(h, r).Code)
				assert.Equal(t, http.StatusOK, deliver(h, id))
			}
		})
	}
	all.Wait()
	for number := range handled {
		assert.EqualValues(t, 1, handled[number].Load(), "event %d", number)
	}
	assert.Zero(t, forged.Load())
}
