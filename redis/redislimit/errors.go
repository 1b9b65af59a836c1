package redislimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Error is an error of this package that can be matched with [errors.Is]. Its values are
// constants.
type Error string

// ErrUnavailable marks a turn that was refused because Redis can't be reached, or does not
// do what it is asked. Nothing was sent to the service.
const ErrUnavailable Error = "redis is unavailable"

// Error returns the error in words.
func (e Error) Error() string { return string(e) }

// unavailableError says what went wrong with Redis.
type unavailableError struct {
	limit string
	cause error
}

func (e *unavailableError) Error() string {
	return fmt.Sprintf("%s: no turns without Redis: %v", e.limit, e.cause)
}

func (e *unavailableError) Is(target error) bool { return target == ErrUnavailable }

func (e *unavailableError) Unwrap() error { return e.cause }

func (l *Limiter) unavailable() error { return &unavailableError{limit: l.describe(), cause: l.down} }

// withoutContext keeps an error of our own timeout from being taken for one of the caller's
// context.
func (l *Limiter) withoutContext(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New("no answer within " + l.timeout.String() + ": " + err.Error())
	}
	return err
}

// tooLate is the error of a turn that can't come before the deadline, or nil.
func (l *Limiter) tooLate(ctx context.Context, moment, now time.Time) error {
	deadline, ok := ctx.Deadline()
	if !ok || !moment.After(deadline) {
		return nil
	}
	return fmt.Errorf("%s: the next turn comes in %s, after the deadline: %w",
		l.describe(), moment.Sub(now).Round(time.Millisecond), context.DeadlineExceeded)
}

func (l *Limiter) waitError(cause error) error {
	return fmt.Errorf("%s: waiting for a turn: %w", l.describe(), cause)
}
