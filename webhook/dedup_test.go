package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// commit handles an event.
func commit(t *testing.T, d webhook.Deduplicator, id string) {
	t.Helper()
	claim, err := d.Begin(t.Context(), id)
	require.NoError(t, err, id)
	require.NoError(t, claim.Commit(t.Context()))
}

// state is what Begin says of an event, which is not claimed afterwards.
func state(t *testing.T, d webhook.Deduplicator, id string) error {
	t.Helper()
	claim, err := d.Begin(t.Context(), id)
	if err == nil {
		require.NoError(t, claim.Abandon(t.Context()))
	}
	return err
}

func TestMemoryForgetsTheOldestBeyondItsBound(t *testing.T) {
	memory, err := webhook.NewMemoryDeduplicator(3, time.Hour)
	require.NoError(t, err)
	for i := range 5 {
		commit(t, memory, fmt.Sprint(i))
	}
	for id, want := range map[string]error{"0": nil, "1": nil, "2": webhook.ErrHandled, "3": webhook.ErrHandled, "4": webhook.ErrHandled} {
		assert.Equal(t, want, state(t, memory, id), id)
	}
}

func TestMemoryForgetsWhatIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, err := webhook.NewMemoryDeduplicator(10, time.Hour)
		require.NoError(t, err)
		commit(t, memory, "old")
		commit(t, memory, "as old")
		time.Sleep(30 * time.Minute)
		commit(t, memory, "new")
		time.Sleep(30*time.Minute - 1)
		assert.Equal(t, webhook.ErrHandled, state(t, memory, "old"))
		time.Sleep(1)
		assert.NoError(t, state(t, memory, "as old"))
		assert.NoError(t, state(t, memory, "old"))
		assert.Equal(t, webhook.ErrHandled, state(t, memory, "new"))
		commit(t, memory, "old")
		assert.Equal(t, webhook.ErrHandled, state(t, memory, "old"), "it is remembered anew")
	})
}

func TestByDefaultADayIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := newHandler(t, func(context.Context, *webhook.Event) error { calls++; return nil })
		deliver(h, "x")
		time.Sleep(24*time.Hour - 1)
		deliver(h, "x")
		assert.Equal(t, 1, calls)
		time.Sleep(1)
		deliver(h, "x")
		assert.Equal(t, 2, calls)
	})
}

// TestAClaimInMemoryStandsUntilItEnds, whatever the bounds.
func TestAClaimInMemoryStandsUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, err := webhook.NewMemoryDeduplicator(1, time.Second)
		require.NoError(t, err)
		claim, err := memory.Begin(t.Context(), "running")
		require.NoError(t, err)
		commit(t, memory, "a")
		commit(t, memory, "b")
		time.Sleep(time.Hour)
		assert.Equal(t, webhook.ErrRunning, state(t, memory, "running"))
		require.NoError(t, claim.Abandon(t.Context()))
		assert.NoError(t, state(t, memory, "running"))
	})
}

func TestMemoryNeedsBounds(t *testing.T) {
	_, err := webhook.NewMemoryDeduplicator(0, time.Hour)
	require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	assert.EqualError(t, err, "webhook: NewMemoryDeduplicator: maxEntries: at least 1, got 0")
	_, err = webhook.NewMemoryDeduplicator(1, -time.Hour)
	require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	assert.EqualError(t, err, "webhook: NewMemoryDeduplicator: maxAge: must be positive, got -1h0m0s")
}

// storeFunc is a deduplicator that does as its functions say; one that is nil succeeds.
type storeFunc struct {
	begin           func(context.Context) (webhook.Claim, error)
	commit, abandon func(context.Context) error
	begun, ended    []string
}

func (s *storeFunc) Begin(ctx context.Context, id string) (webhook.Claim, error) {
	s.begun = append(s.begun, id)
	if s.begin != nil {
		return s.begin(ctx)
	}
	return s, nil
}

func (s *storeFunc) Commit(ctx context.Context) error {
	s.ended = append(s.ended, "commit")
	if s.commit != nil {
		return s.commit(ctx)
	}
	return nil
}

func (s *storeFunc) Abandon(ctx context.Context) error {
	s.ended = append(s.ended, "abandon")
	if s.abandon != nil {
		return s.abandon(ctx)
	}
	return nil
}

// TestAClaimEndsOnce: committed after a success, abandoned after a failure.
func TestAClaimEndsOnce(t *testing.T) {
	for want, failure := range map[string]error{"commit": nil, "abandon": errors.New("no")} {
		store := &storeFunc{}
		h := newHandler(t, func(context.Context, *webhook.Event) error { return failure },
			webhook.WithDeduplicator(store))
		deliver(h, "x")
		assert.Equal(t, []string{"chat.new x"}, store.begun)
		assert.Equal(t, []string{want}, store.ended)
	}
}

// TestAStoreThatFailsIs500, so that the service delivers again. The function is called only
// with a claim.
func TestAStoreThatFailsIs500(t *testing.T) {
	down := errors.New("the store is down")
	returns := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	panics := func(context.Context) error { panic(down) }
	for name, test := range map[string]struct {
		store  *storeFunc
		fn     error
		called bool
	}{
		"begin fails":    {&storeFunc{begin: func(context.Context) (webhook.Claim, error) { return nil, down }}, nil, false},
		"begin panics":   {&storeFunc{begin: func(context.Context) (webhook.Claim, error) { panic(down) }}, nil, false},
		"commit fails":   {&storeFunc{commit: returns(down)}, nil, true},
		"commit panics":  {&storeFunc{commit: panics}, nil, true},
		"abandon fails":  {&storeFunc{abandon: returns(down)}, errors.New("no"), true},
		"abandon panics": {&storeFunc{abandon: panics}, errors.New("no"), true},
	} {
		t.Run(name, func(t *testing.T) {
			called := false
			var hooked errorList
			h := newHandler(t, func(context.Context, *webhook.Event) error {
				called = true
				return test.fn
			}, webhook.WithDeduplicator(test.store), webhook.WithErrorHook(hooked.add))
			assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
			assert.Equal(t, test.called, called)
			err := hooked.only(t)
			assert.ErrorIs(t, err, down)
			assert.ErrorContains(t, err, "webhook: the deduplicator ")
			if test.fn != nil {
				assert.ErrorIs(t, err, test.fn)
			}
		})
	}
}

// TestAStoreThatEndsItsGoroutineIs500, and none is left behind.
func TestAStoreThatEndsItsGoroutineIs500(t *testing.T) {
	exit := func(context.Context) error { runtime.Goexit(); return nil }
	for _, failure := range []error{nil, errors.New("no")} {
		synctest.Test(t, func(t *testing.T) { // it fails when a goroutine waits for ever
			var hooked errorList
			h := newHandler(t, func(context.Context, *webhook.Event) error { return failure },
				webhook.WithDeduplicator(&storeFunc{commit: exit, abandon: exit}), webhook.WithErrorHook(hooked.add))
			assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
			assert.ErrorContains(t, hooked.only(t), "webhook: the deduplicator ended its goroutine")
		})
	}
}

// TestAStoreWithoutAClaimIs500 before the function is called.
func TestAStoreWithoutAClaimIs500(t *testing.T) {
	store := &storeFunc{begin: func(context.Context) (webhook.Claim, error) { return nil, nil }}
	h := newHandler(t, notCalled(t), webhook.WithDeduplicator(store))
	assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
}

func TestStoresMayWrapTheirErrors(t *testing.T) {
	for status, known := range map[int]error{http.StatusOK: webhook.ErrHandled, http.StatusServiceUnavailable: webhook.ErrRunning} {
		store := &storeFunc{begin: func(context.Context) (webhook.Claim, error) { return nil, fmt.Errorf("store: %w", known) }}
		h := newHandler(t, notCalled(t), webhook.WithDeduplicator(store))
		assert.Equal(t, status, deliver(h, "x"))
	}
}

// TestStoresHaveFiveSeconds, also to end a claim when the function's own time is over.
func TestStoresHaveFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		slow := &storeFunc{begin: func(ctx context.Context) (webhook.Claim, error) { return nil, wait(ctx) }}
		started := time.Now()
		assert.Equal(t, http.StatusServiceUnavailable,
			deliver(newHandler(t, notCalled(t), webhook.WithDeduplicator(slow)), "x"))
		assert.Equal(t, 5*time.Second, time.Since(started))

		started = time.Now()
		store := &storeFunc{abandon: wait}
		h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error { return wait(ctx) },
			webhook.WithDeduplicator(store), webhook.WithTimeout(100*time.Second))
		assert.Equal(t, http.StatusServiceUnavailable, deliver(h, "x"))
		assert.Equal(t, 105*time.Second, time.Since(started))
	})
}

func TestStoresAreNotAskedAboutEventsWithoutAnID(t *testing.T) {
	store := &storeFunc{}
	h := newHandler(t, func(context.Context, *webhook.Event) error { return nil }, webhook.WithDeduplicator(store))
	assert.Equal(t, http.StatusOK, serve(h, signed(`{"event":"chat.new"}`)).Code)
	assert.Empty(t, store.begun)
}

// BenchmarkMemory fills the default deduplicator over and over.
func BenchmarkMemory(b *testing.B) {
	memory, err := webhook.NewMemoryDeduplicator(100_000, 24*time.Hour)
	require.NoError(b, err)
	b.ReportAllocs()
	for i := range b.N {
		claim, err := memory.Begin(b.Context(), fmt.Sprintf("5d1f5b0e-0c55-4a0c-a0b4-%012d", i))
		require.NoError(b, err)
		require.NoError(b, claim.Commit(b.Context()))
	}
}
