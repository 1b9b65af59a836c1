package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// call holds the state of one call.
type call struct {
	*Engine

	ctx     context.Context
	request Request

	permits         int           // attempts that got a permit
	failures        int           // attempts that counted towards MaxRetries
	rateLimitedTime time.Duration // time of the attempts with a 429 and the pauses after them
	queued          time.Duration // total wait for permits
	longQueued      bool          // a long wait was logged
	repeated        bool          // an attempt before the latest may have been applied
	waiting         bool          // the loop waits to retry
	wait            time.Duration // how long the loop waits
	waitFailed      error         // why the loop could not wait for a retry
	cause           error         // the error of the attempt before the latest
	response        Response      // of the latest attempt; zero if it got none
	attempt         *attempt      // the latest
	first           attempt       // a field, so that one allocation holds both
}

// attempt holds the state of one attempt.
type attempt struct {
	call        *call
	cancel      context.CancelFunc // ends this attempt, not the call
	outcome     outcome
	err         error
	permit      limiter.Permit
	queued      time.Duration // wait for the permit
	began       time.Time     // when it had the permit
	pausedUntil time.Time     // the end of the pause after a 429, if there is one
	wire        wire

	// The request to send. Transports may change it, so attempts share none of it.
	outgoing http.Request
	url      url.URL
	values   [3]string // of the header
}

// outcome says how an attempt ended, as far as retries depend on it.
type outcome uint8

const (
	outcomeNone      outcome = iota // nothing was attempted: no permit, or a request that can't be sent
	outcomeResponded                // a response; its body is complete if the status is below 300
	outcomeUnsent                   // failed, and nothing reached the service
	outcomeLost                     // failed after the request may have been sent
	outcomePermanent                // failed, and a retry would fail in the same way
	outcomeEnded                    // the caller's context ended
)

func newCall(ctx context.Context, e *Engine, request Request) *call {
	c := &call{Engine: e, ctx: ctx, request: request}
	c.attempt = &c.first
	return c
}

// permitRequest describes an attempt of the call to the limiter.
func (c *call) permitRequest() limiter.PermitRequest {
	return limiter.PermitRequest{Background: c.request.Background, AttemptTimeout: c.config.AttemptTimeout}
}

// try makes one attempt.
func (c *call) try(r *http.Request) error {
	a := c.begin()
	if _, err := c.chain.do(c.ctx, a, r); err != nil { //nolint:bodyclose // the read step closed it
		a.err = withoutKey(withoutURL(err), c.config.APIKey())
	}
	a.report()
	return a.err
}

// report calls OnAttempt. It runs after the permit is released and the body closed, so that a
// panic in OnAttempt leaks neither.
func (a *attempt) report() {
	c := a.call
	if c.request.OnAttempt == nil || a.outcome == outcomeNone {
		return
	}
	c.request.OnAttempt(Attempt{
		Number: c.permits, Queued: a.queued, Duration: time.Since(a.began),
		Status: c.response.Status, Header: c.response.Header, Body: c.response.Body, Err: a.err,
	})
}

// begin returns a new attempt. It first records the error of the previous one and whether that
// may have been applied.
func (c *call) begin() *attempt {
	c.repeated = c.repeated || c.attempt.maybeApplied()
	c.cause = c.attempt.err
	if c.attempt.call != nil {
		c.attempt = &attempt{}
	}
	c.attempt.call = c
	return c.attempt
}

// rateLimited reports whether the response was 429.
func (a *attempt) rateLimited() bool {
	return a.outcome == outcomeResponded && a.call.response.Status == http.StatusTooManyRequests
}

// maybeApplied reports whether the service may have applied the attempt without confirming
// it.
func (a *attempt) maybeApplied() bool {
	switch a.outcome {
	case outcomeResponded:
		return a.call.response.Status >= http.StatusInternalServerError
	case outcomeLost, outcomePermanent, outcomeEnded:
		return !a.wire.provesUnsent(a.err)
	}
	return false
}

// finalError returns the error of the call. It is nil if the last attempt has a response, unless
// the context prevented a retry that was due.
func (c *call) finalError(loopErr error) error {
	switch {
	case c.waitFailed != nil:
		return joined(c.waitFailed, c.attempt.err)
	case loopErr == nil:
		return nil
	case c.waiting: // only the context ends a wait
		return joined(contexterr.Wrap(c.ctx, fmt.Errorf("waiting to retry: %w", c.ctx.Err())), c.attempt.err)
	case c.attempt.outcome == outcomeNone:
		return joined(withoutURL(loopErr), c.cause)
	}
	return withoutURL(loopErr)
}

// joined adds the error of the attempt before a wait to the error that ended the wait.
func joined(err, cause error) error {
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w, after: %w", err, cause)
}

// result returns the response of the call.
func (c *call) result() *Response {
	c.response.Attempts = c.permits
	c.response.MaybeApplied = c.attempt.maybeApplied()
	c.response.Repeated = c.repeated
	return &c.response
}

// withoutURL unwraps the *url.Error of net/http, which contains the URL and its query.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
