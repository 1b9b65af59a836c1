package webhook

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// storeTimeout bounds each call of the deduplicator.
const storeTimeout = 5 * time.Second

// PanicError is a recovered panic of the function, the deduplicator, the function of
// [WithSequence] or the error hook.
type PanicError struct {
	// Value is the value of the panic.
	Value any
	// Stack is the stack of the goroutine, as [debug.Stack] formats it.
	Stack []byte

	what string
}

// Error contains what panicked and the value.
func (e *PanicError) Error() string {
	return fmt.Sprintf("webhook: %s panicked: %v", e.what, e.Value)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// protect calls f and turns a panic into an error.
func protect(what string, f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack(), what: what}
		}
	}()
	return f()
}

// lateError is the error of a delivery that gets 503 because something took too long.
type lateError struct {
	what  string
	limit time.Duration
}

func (e *lateError) Error() string {
	return fmt.Sprintf("webhook: %s within %s: %v", e.what, e.limit, context.DeadlineExceeded)
}

func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// runner calls the function and the deduplicator.
type runner struct {
	fn           func(context.Context, *Event) error
	timeout      time.Duration
	deduplicator Deduplicator
}

// begin claims an event.
func (r *runner) begin(ctx context.Context, event *Event) (Claim, error) {
	if event.ID == "" {
		return noClaim{}, nil
	}
	var claim Claim
	begin := func(ctx context.Context) (err error) {
		claim, err = r.deduplicator.Begin(ctx, string(event.Type)+" "+event.ID)
		if err == nil && claim == nil {
			return errors.New("it returned no claim and no error")
		}
		return err
	}
	// The event of a late claim is not handled, so release the claim.
	late := func() {
		if claim != nil {
			_ = r.store(ctx, claim.Abandon, nil)
		}
	}
	if err := r.store(ctx, begin, late); err != nil {
		return nil, err
	}
	return claim, nil
}

// start calls the function in a goroutine. The channel receives the error after the claim has
// ended. The function gets a copy of the event, which it may change.
func (r *runner) start(ctx context.Context, event Event, claim Claim, release func()) <-chan error {
	done := make(chan error, 1)
	go func() {
		err := errors.New("webhook: the function ended its goroutine")
		defer func() {
			err = r.settle(ctx, claim, err)
			release()
			done <- err
		}()
		limited, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		err = protect("the function", func() error { return r.fn(limited, &event) })
	}()
	return done
}

// settle commits a claim if the function succeeded, and abandons it otherwise.
func (r *runner) settle(ctx context.Context, claim Claim, err error) error {
	if err == nil {
		return r.store(ctx, claim.Commit, nil)
	}
	if failure := r.store(ctx, claim.Abandon, nil); failure != nil {
		return fmt.Errorf("%w; %w", err, failure)
	}
	return err
}

// store makes one call to the deduplicator. It waits at most storeTimeout. If the call returns
// later, late is called unless it is nil.
func (r *runner) store(ctx context.Context, call func(context.Context) error, late func()) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	done, timedOut := make(chan error), make(chan struct{})
	go func() {
		err := errors.New("webhook: the deduplicator ended its goroutine")
		defer func() {
			select {
			case done <- err:
			case <-timedOut:
				if late != nil {
					late()
				}
			}
		}()
		if err = protect("the deduplicator", func() error { return call(ctx) }); err != nil {
			err = fmt.Errorf("webhook: the deduplicator failed: %w", err)
		}
	}()
	tooLate := &lateError{"the deduplicator did not return", storeTimeout}
	select {
	case err := <-done:
		if err != nil && ctx.Err() != nil { // a call that ended because of its context is late too
			return fmt.Errorf("%w; %w", tooLate, err)
		}
		return err
	case <-ctx.Done():
		close(timedOut)
		return tooLate
	}
}
