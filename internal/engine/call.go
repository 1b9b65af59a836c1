package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// call is the record of one call. It is also the transport of its own retry loop: each
// RoundTrip is an attempt, and the loop's decisions read the record.
type call struct {
	ctx     context.Context
	engine  *Engine
	config  *Config
	request Request
	started time.Time // for the log

	permits       int           // how many attempts got their permit
	failures      int           // how many attempts used up a retry
	rateLimitedIn time.Duration // the time spent on responses of 429 and the pauses after them
	repeated      bool          // an attempt before the latest may have been carried out
	queued        time.Duration // waiting for permits
	longQueued    bool          // the logger knows that it waits for long
	waiting       bool          // the loop waits for the next attempt
	waitFailed    error         // why there is no wait for another attempt
	cause         error         // the error of the attempt before the latest
	response      Response      // the last one, unless a later attempt was lost
	attempt       *attempt      // the latest

	// The rest is here to be allocated together.
	loop      retryablehttp.Client
	client    http.Client
	retryable retryablehttp.Request
	outer     http.Request
	url       url.URL
	first     attempt
}

// attempt is the record of one attempt.
type attempt struct {
	call        *call
	cancel      context.CancelFunc // ends the attempt alone
	outcome     outcome
	err         error
	permit      limiter.Permit
	queued      time.Duration // waiting for the permit
	began       time.Time     // when it had the permit
	pausedUntil time.Time     // the end of the pause after a 429, if there is one
	wire        wire

	// What is sent. No other attempt shares it, as transports may change it.
	outgoing http.Request
	url      url.URL
	values   [3]string // of the header
}

// outcome sorts attempts by what may follow.
type outcome uint8

const (
	outcomeNone      outcome = iota // nothing was attempted: no permit, or a request that can't be sent
	outcomeResponded                // a response with a status, read to its end if that is below 300
	outcomeUnsent                   // failed, and proved that nothing reached the service
	outcomeLost                     // failed after something may have been sent
	outcomePermanent                // failed in a way that another attempt would repeat
	outcomeEnded                    // the caller's context ended
)

// emptyHeader spares http.Client the making of one. The send step puts the header on.
var emptyHeader = http.Header{}

func newCall(ctx context.Context, e *Engine, request Request) *call {
	c := &call{ctx: ctx, engine: e, config: &e.config, request: request, started: time.Now()}
	c.url = *c.config.BaseURL
	c.url.Path, c.url.RawPath, c.url.RawQuery = request.Path, request.RawPath, request.RawQuery
	c.attempt = &c.first
	c.client.Transport = c
	c.loop.HTTPClient = &c.client
	c.loop.RetryMax = math.MaxInt // checkRetry counts
	c.loop.CheckRetry = c.checkRetry
	c.loop.Backoff = minimalBackoff
	c.loop.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.outer = http.Request{Method: request.Method, URL: &c.url, Header: emptyHeader}
	c.outer = *c.outer.WithContext(ctx)
	c.retryable.Request = &c.outer
	if request.Body != nil {
		_ = c.retryable.SetBody(request.Body) // fails only for types it does not know
	}
	return c
}

// permitRequest describes an attempt of the call to the limiter.
func (c *call) permitRequest() limiter.PermitRequest {
	return limiter.PermitRequest{Background: c.request.Background, AttemptTimeout: c.config.AttemptTimeout}
}

// succeeded is what the retry loop gets after every attempt that has a response, whatever its
// status: the loop reads the record, and http.Client finds no redirect to follow.
var succeeded = &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

// RoundTrip makes one attempt. The call has no CloseIdleConnections, so that a failed call
// never reaches the caller's transport.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	a := c.begin()
	if _, err := c.engine.chain.do(c.ctx, a, r); err != nil {
		a.err = withoutKey(withoutURL(err), c.config.APIKey())
	}
	a.report()
	if a.err != nil {
		return nil, a.err
	}
	return succeeded, nil
}

// report tells the caller of the attempt. The permit was released and the body was closed, so
// that a panic there loses neither.
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

// begin starts the record of another attempt.
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

// maybeApplied reports whether the attempt may have been carried out although the
// service did not say so.
func (a *attempt) maybeApplied() bool {
	switch a.outcome {
	case outcomeResponded:
		return a.call.response.Status >= http.StatusInternalServerError
	case outcomeLost, outcomePermanent, outcomeEnded:
		return !a.wire.provesUnsent(a.err)
	}
	return false
}

// finalError is the error of the call: nil when the last attempt has a response and nothing
// hindered another one that should have followed.
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

// joined adds the error that led to a wait to the one that ended it.
func joined(err, cause error) error {
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w, after: %w", err, cause)
}

// result is the response to return.
func (c *call) result() *Response {
	c.response.Attempts = c.permits
	c.response.MaybeApplied = c.attempt.maybeApplied()
	c.response.Repeated = c.repeated
	return &c.response
}

// withoutURL strips what net/http wraps around an error: the URL with its query.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
