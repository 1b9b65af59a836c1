package redislimit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// Error is an error of this package that can be matched with [errors.Is]. Its values are
// constants.
type Error string

// ErrUnavailable is the error of a call that gets no permit because Redis can't be reached, or
// returns an error. Nothing was sent to the service.
const ErrUnavailable Error = "redis is unavailable"

// Error returns the error in words.
func (e Error) Error() string { return string(e) }

// unavailableError says what went wrong with Redis.
type unavailableError struct {
	limit string
	cause error
}

func (e *unavailableError) Error() string {
	return fmt.Sprintf("%s: no permits without Redis: %v", e.limit, e.cause)
}

func (e *unavailableError) Is(target error) bool { return target == ErrUnavailable }

func (e *unavailableError) Unwrap() error { return e.cause }

func (l *Limiter) unavailable() error {
	if mismatch, ok := errors.AsType[*mismatchError](l.down); ok {
		return mismatch
	}
	return &unavailableError{limit: l.describe(), cause: l.down}
}

// mismatchError says that processes give different limits under one name.
type mismatchError struct {
	name, ours, theirs string
}

func (e *mismatchError) Error() string {
	return fmt.Sprintf("redislimit: budget %q: this process gives %s, others give %s", e.name, e.ours, e.theirs)
}

func (e *mismatchError) Unwrap() error { return helpcrunch.ErrInvalidArgument }

// withoutContext keeps an error of our own timeout from being taken for one of the caller's
// context.
func (l *Limiter) withoutContext(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errors.New("no reply within " + l.timeout.String() + ": " + err.Error())
	}
	return err
}

// deadlineError is the error of a permit that can't come before the deadline, or nil.
func (l *Limiter) deadlineError(ctx context.Context, moment, now time.Time) error {
	deadline, ok := ctx.Deadline()
	if !ok || !moment.After(deadline) {
		return nil
	}
	return &lateError{limit: l.describe(), wait: moment.Sub(now)}
}

// lateError says that the next permit comes after the deadline.
type lateError struct {
	limit string
	wait  time.Duration
}

func (e *lateError) Error() string {
	return fmt.Sprintf("%s: next permit in %s s, after the deadline",
		e.limit, strconv.FormatFloat(float64(e.wait.Milliseconds())/1000, 'f', -1, 64))
}

func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// contextError is the error of a context that ended before the permit came.
func (l *Limiter) contextError(ctx context.Context) error {
	err := fmt.Errorf("%s: waiting for a permit: %w", l.describe(), ctx.Err())
	if cause := context.Cause(ctx); cause != ctx.Err() { //nolint:errorlint // the same value
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
