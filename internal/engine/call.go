package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// call is the record of one call. It is the context of its attempts, so that each
// step of the chain and each decision of the retry loop finds it.
type call struct {
	context.Context
	config     *Config
	class      Class
	background bool
	onPermit   func()
	started    time.Time // for the log

	permits    int           // how many attempts got their permit
	failures   int           // attempts that used up a retry
	refusals   time.Duration // spent on attempts answered with 429, and on the pauses after them
	repeated   bool          // an attempt before the latest may have been carried out
	wait       time.Duration // before the next attempt
	waitFailed error         // why waiting for another attempt makes no sense
	cause      error         // the error of the attempt before the latest
	response   Response      // the last one, unless a later attempt was lost
	attempt    *attempt      // the latest

	// The rest is here to be allocated together.
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
	pausedUntil time.Time // the end of the pause after a 429, if there is one
	wire        wire
}

// outcome sorts attempts by what may follow.
type outcome uint8

const (
	outcomeNone      outcome = iota // nothing was attempted: no turn, or a request that can't be sent
	outcomeResponded                // an answer with a status, read to its end if that is below 300
	outcomeUnsent                   // failed, and proved that nothing reached the service
	outcomeLost                     // failed after something may have been sent
	outcomePermanent                // failed in a way that another attempt would repeat
	outcomeEnded                    // the caller's context ended
)

// noHeader is the header of requests before the last step puts one on. Only a cookie
// jar would write into it, and gets one of its own.
var noHeader = http.Header{}

func newCall(ctx context.Context, config *Config, request Request) *call {
	c := &call{
		Context: ctx, config: config,
		class: request.Class, background: request.Background, onPermit: request.OnPermit,
	}
	if config.Logger != nil {
		c.started = time.Now()
	}
	header := noHeader
	if config.HTTPClient.Jar != nil {
		header = http.Header{}
	}
	c.url = *config.BaseURL
	c.url.Path, c.url.RawPath, c.url.RawQuery = request.Path, request.RawPath, request.RawQuery
	c.outer.Method, c.outer.URL, c.outer.Header = request.Method, &c.url, header
	c.outer = *c.outer.WithContext(c)
	c.retryable.Request = &c.outer
	c.attempt = &c.first
	return c
}

type callKey struct{}

// Value finds the call from the context of its attempts.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// callOf returns the call to which a context of the chain belongs.
func callOf(ctx context.Context) *call {
	return ctx.Value(callKey{}).(*call)
}

// permitRequest describes an attempt of the call to the limiter.
func (c *call) permitRequest() limiter.PermitRequest {
	return limiter.PermitRequest{Background: c.background, AttemptTimeout: c.config.AttemptTimeout}
}

// begin starts the record of another attempt.
func (c *call) begin() *attempt {
	c.repeated = c.repeated || c.attempt.maybeApplied()
	c.cause = c.attempt.err
	if c.attempt.call == nil {
		c.attempt.call = c
	} else {
		c.attempt = &attempt{call: c}
	}
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

// finalError is the error of the call: nil when the last attempt was answered and
// nothing hindered another one that should have followed.
func (c *call) finalError(loopErr error) error {
	switch {
	case c.waitFailed != nil:
		return joined(c.waitFailed, c.attempt.err)
	case loopErr == nil:
		return nil
	case c.attempt.err == nil:
		return withoutURL(loopErr) // net/http refused the request
	case c.attempt.outcome == outcomeNone:
		return joined(c.attempt.err, c.cause)
	case c.Err() != nil && !errors.Is(c.attempt.err, c.Err()):
		// The loop looks at the context between an attempt and the next.
		return joined(fmt.Errorf("waiting to try again: %w", c.Err()), c.attempt.err)
	}
	return c.attempt.err
}

// joined adds the error that led to a wait to the one that ended it.
func joined(err, cause error) error {
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w, after: %w", err, cause)
}

// result is the answer to return.
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
