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
		return nil, &TimeoutError{after: s.after}
	}
	return response, err
}

// TimeoutError says that an attempt took too long. It matches
// [context.DeadlineExceeded], as the errors of net/http do.
type TimeoutError struct {
	after time.Duration
}

// Error says how long the attempt could take.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("no complete answer within %s", e.after)
}

// Timeout returns true.
func (e *TimeoutError) Timeout() bool { return true }

// Is matches context.DeadlineExceeded.
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
