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

func (s *timeout) do(c *call, r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), s.after)
	defer cancel()
	response, err := s.next.do(c, r.WithContext(ctx))
	if err != nil && c.Err() == nil && ctx.Err() != nil {
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
