package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// timeout is the step that bounds an attempt, the reading of its body included.
type timeout struct {
	next step
}

func (s *timeout) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	a.timed.call = a.call
	defer a.timed.end(nil)
	response, err := s.next.do(&a.timed, a, r)
	if err != nil && ctx.Err() == nil {
		if slow, ok := errors.AsType[*timeoutError](context.Cause(&a.timed)); ok {
			return nil, slow
		}
	}
	return response, err
}

// timed is the context of an attempt. It is made, and its time begins, when somebody first
// looks at it: net/http's transport does at once. One that never does could not be stopped
// anyway, and needs no timer.
type timed struct {
	call   *call
	mu     sync.Mutex
	made   context.Context // nil until somebody looks
	cancel context.CancelCauseFunc
	timer  *time.Timer
	over   bool
}

// get returns the context with the timeout.
func (t *timed) get() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.made == nil {
		// A timer beside a plain context costs half of what context.WithTimeout does.
		t.made, t.cancel = context.WithCancelCause(t.call)
		t.timer = time.AfterFunc(t.call.config.AttemptTimeout, t.timeIsUp)
		if t.over {
			t.stop(nil)
		}
	}
	return t.made
}

func (t *timed) timeIsUp() {
	t.end(&timeoutError{after: t.call.config.AttemptTimeout})
}

// end ends the attempt, whoever still looks at its context. The first cause counts.
func (t *timed) end(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.made != nil {
		t.stop(cause)
	}
}

func (t *timed) stop(cause error) {
	t.timer.Stop()
	t.cancel(cause)
}

func (t *timed) Deadline() (time.Time, bool) { return t.get().Deadline() }
func (t *timed) Done() <-chan struct{}       { return t.get().Done() }
func (t *timed) Err() error                  { return t.get().Err() }
func (t *timed) Value(key any) any           { return t.get().Value(key) }

// timeoutError says that an attempt took too long. It matches
// [context.DeadlineExceeded], as the errors of net/http do.
type timeoutError struct {
	after time.Duration
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("no complete answer within %s", e.after)
}

func (e *timeoutError) Timeout() bool { return true }

func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
