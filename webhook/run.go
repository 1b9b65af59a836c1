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

// PanicError is a panic that the handler lived through: of the function, the deduplicator
// or the error hook.
type PanicError struct {
	// Value is what was panicked with.
	Value any
	// Stack is the stack of the goroutine, as [debug.Stack] formats it.
	Stack []byte

	what string
}

// Error says what panicked, with what value.
func (e *PanicError) Error() string {
	return fmt.Sprintf("webhook: %s panicked: %v", e.what, e.Value)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// protect calls f, and turns a panic into an error.
func protect(what string, f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack(), what: what}
		}
	}()
	return f()
}

// runner calls the function with events that it has claimed.
type runner struct {
	fn           func(context.Context, *Event) error
	timeout      time.Duration
	deduplicator Deduplicator
}

// begin claims an event.
func (r *runner) begin(ctx context.Context, event *Event) (claim Claim, err error) {
	if event.ID == "" {
		return noClaim{}, nil
	}
	err = r.store(ctx, func(ctx context.Context) error {
		var err error
		claim, err = r.deduplicator.Begin(ctx, string(event.Type)+" "+event.ID)
		if err == nil && claim == nil {
			return errors.New("it returned no claim and no error")
		}
		return err
	})
	return claim, err
}

// start calls the function in a goroutine. The error comes once the claim has ended. The
// event is a copy, so that the function may change it while others read theirs.
func (r *runner) start(ctx context.Context, event Event, claim Claim) <-chan error {
	done := make(chan error, 1)
	go func() {
		result := errors.New("webhook: the deduplicator ended its goroutine")
		defer func() { done <- result }()
		err := errors.New("webhook: the function ended its goroutine")
		defer func() { result = r.settle(ctx, claim, err) }()
		limited, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		err = protect("the function", func() error { return r.fn(limited, &event) })
	}()
	return done
}

// settle ends a claim by how the function ended.
func (r *runner) settle(ctx context.Context, claim Claim, err error) error {
	if err == nil {
		return r.store(ctx, func(ctx context.Context) error { return claim.Commit(ctx) })
	}
	if failure := r.store(ctx, func(ctx context.Context) error { return claim.Abandon(ctx) }); failure != nil {
		return fmt.Errorf("%w; %w", err, failure)
	}
	return err
}

// store makes one call of the deduplicator.
func (r *runner) store(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := protect("the deduplicator", func() error { return call(ctx) }); err != nil {
		return fmt.Errorf("webhook: the deduplicator failed: %w", err)
	}
	return nil
}
