package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// call is the record of one call. It is the context of its attempts, so that each
// step of the chain and each decision of the retry loop finds it.
type call struct {
	context.Context
	config  *Config
	request Request

	sent         int       // attempts that got their turn
	failures     int       // attempts that used up a retry
	firstRefusal time.Time // when the first 429 arrived
	repeated     bool      // an attempt before this one may have been carried out
	wait         time.Duration
	waitFailed   error // why waiting for another attempt makes no sense
	attempt      attempt
	cause        error  // the error of the attempt before the latest
	answer       Answer // the last one that arrived, unless a later attempt was lost
}

// attempt is what is known of the latest attempt.
type attempt struct {
	outcome     outcome
	err         error
	wire        *wire     // nil before the turn
	pausedUntil time.Time // the end of the pause after a 429, if there is one
}

// outcome sorts attempts by what may follow.
type outcome uint8

const (
	outcomeNone     outcome = iota // no attempt was made: no turn, or a request that can't be sent
	outcomeAnswered                // an answer with a status, read to its end if that is below 300
	outcomeUnsent                  // failed, and proved that nothing reached the service
	outcomeLost                    // failed after something may have been sent
	outcomeUseless                 // failed in a way that another attempt would repeat
	outcomeEnded                   // the caller's context ended
)

type callKey struct{}

// Value finds the call from the context of its attempts.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// callOf returns the call to which a request of the chain belongs.
func callOf(r *http.Request) *call {
	return r.Context().Value(callKey{}).(*call)
}

// maybeApplied reports whether the last attempt may have been carried out although
// the service did not say so.
func (c *call) maybeApplied() bool {
	switch c.attempt.outcome {
	case outcomeAnswered:
		return c.answer.Status >= 500
	case outcomeLost, outcomeUseless, outcomeEnded:
		return !c.attempt.wire.provesUnsent(c.attempt.err)
	}
	return false
}

// finalError is the error of the call: nil when the last attempt was answered and
// nothing hindered another one that should have followed.
func (c *call) finalError(loopErr error) error {
	ended := c.Err()
	switch {
	case c.waitFailed != nil:
		return joined(c.waitFailed, c.attempt.err)
	case loopErr == nil:
		return nil
	case c.attempt.outcome == outcomeNone && c.attempt.err == nil:
		return withoutURL(loopErr) // nothing was attempted: net/http refused the request
	case c.attempt.outcome == outcomeNone:
		return joined(c.attempt.err, c.cause)
	case ended != nil && !errors.Is(c.attempt.err, ended):
		return joined(fmt.Errorf("waiting to try again: %w", ended), c.attempt.err)
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

// result is the answer to return with the call's final error.
func (c *call) result(err error) (*Answer, error) {
	c.answer.Attempts = c.sent
	c.answer.MaybeApplied = c.maybeApplied()
	c.answer.Repeated = c.repeated
	return &c.answer, err
}

// withoutURL strips what net/http wraps around an error: the URL with its query.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
