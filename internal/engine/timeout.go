package engine

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
)

// timeout is the step that limits the time of an attempt, including reading the body.
type timeout struct {
	next      step
	after     time.Duration
	closeIdle func() // closes the idle connections of the SDK's own transport; may be nil
}

func newTimeout(next step, config *Config) *timeout {
	s := &timeout{next: next, after: config.AttemptTimeout}
	if own, ok := config.HTTPClient.Transport.(ownTransport); ok {
		s.closeIdle = own.CloseIdleConnections
	}
	return s
}

func (s *timeout) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	// WithCancel and a timer cost half as much as context.WithTimeout.
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	a.cancel = cancel
	timer := time.AfterFunc(s.after, cancel)
	response, err := s.next.do(bounded, a, r)
	timeIsUp := !timer.Stop()
	switch {
	case err == nil:
		return response, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("no complete response: %w", contexterr.Wrap(ctx, err))
	case a.wire.watch.snapshot().ended:
		return nil, errResent
	case !timeIsUp:
		return nil, err
	}
	if s.closeIdle != nil && !a.wire.gotByte() {
		s.closeIdle() // the other connections may be dead too
	}
	return nil, &TimeoutError{After: s.after}
}

// TimeoutError says that an attempt took longer than its timeout. It is a [net.Error], and
// matches [context.DeadlineExceeded], as the errors of net/http do. Its type distinguishes it
// from the caller's deadline.
type TimeoutError struct {
	After time.Duration
}

// Error contains the timeout.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("no complete response within %s", e.After)
}

// Timeout returns true.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary returns true, as the timeouts of net/http do.
func (e *TimeoutError) Temporary() bool { return true }

// Is reports whether target is [context.DeadlineExceeded].
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
