package engine

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// timeout is the step that bounds an attempt, the reading of its body included.
type timeout struct {
	next  step
	after time.Duration
}

func (s *timeout) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	// A timer beside a plain context costs half of what context.WithTimeout does.
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	a.cancel = cancel
	timer := time.AfterFunc(s.after, cancel)
	response, err := s.next.do(bounded, a, r)
	if timeIsUp := !timer.Stop(); timeIsUp && err != nil && ctx.Err() == nil {
		return nil, &timeoutError{after: s.after}
	}
	return response, err
}

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
