package engine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
)

// Class decides after which failures a call is retried.
type Class uint8

const (
	// Read calls change nothing. They are retried after connection errors, truncated bodies,
	// attempt timeouts, 429, 500, 502, 503 and 504.
	Read Class = iota
	// Idempotent calls have the same effect however often they are carried out. They are
	// retried like reads.
	Idempotent
	// NonIdempotent calls are retried only if the service can't have carried them out. That is
	// after 429, and after errors which prove that nothing was sent.
	NonIdempotent
)

// maxRateLimitedTime is the most time that a call spends on attempts with a 429 and the pauses
// after them. The wait in the limiter's queue is not included. A 429 does not count towards
// MaxRetries.
const maxRateLimitedTime = 150 * time.Second

// rateLimitedBudget returns maxRateLimitedTime, or 25 times the maximum wait if that is less.
func (c *call) rateLimitedBudget() time.Duration {
	return 25 * min(c.config.MaxWait, maxRateLimitedTime/25) // the product cannot overflow
}

// decideRetry decides whether the call is retried, and sets the wait.
func (c *call) decideRetry() bool {
	c.wait = leastWait
	if c.attempt.rateLimited() {
		c.waiting = c.retryRateLimited()
	} else {
		c.waiting = c.retryFailure()
	}
	return c.waiting
}

// retryFailure decides whether to retry after an attempt without a 429, and sets the wait.
func (c *call) retryFailure() bool {
	if !c.mayRetry() || c.failures >= c.config.MaxRetries || c.response.RetryAfter > c.config.MaxWait {
		return false
	}
	c.failures++
	wait, err := c.config.backoff(c.ctx, c.failures, c.response.RetryAfter)
	if err != nil {
		c.waitFailed = err
		return false
	}
	c.record(slog.LevelWarn, "helpcrunch retry", c.attempt.err,
		slog.Int("attempt", c.permits), slog.Duration("wait", wait))
	c.wait = c.config.shortened(wait)
	return true
}

// shortened returns wait, or less with the transport of the fake server.
func (c *Config) shortened(wait time.Duration) time.Duration {
	if short, ok := c.HTTPClient.Transport.(waitShortener); ok {
		return max(leastWait, short.ShortenWait(wait, c.MaxWait))
	}
	return wait
}

// WaitToRetry waits as the engine does between two attempts, for callers that retry by
// themselves. It returns an error if the context ends, if retryAfter exceeds MaxWait, or if the
// wait would pass the deadline.
func (e *Engine) WaitToRetry(ctx context.Context, failures int, retryAfter time.Duration) error {
	if retryAfter > e.config.MaxWait {
		return fmt.Errorf("the service asks to wait %s", retryAfter)
	}
	wait, err := e.config.backoff(ctx, failures, retryAfter)
	if err != nil {
		return err
	}
	select {
	case <-time.After(e.config.shortened(wait)):
		return nil
	case <-ctx.Done():
		return contexterr.Wrap(ctx, fmt.Errorf("waiting to retry: %w", ctx.Err()))
	}
}

// waitShortener is a transport that shortens waits between attempts, such as the fake server's.
// Deadline checks and logs use the full wait.
type waitShortener interface {
	ShortenWait(wait, maxWait time.Duration) time.Duration
}

// leastWait is how long the retry loop waits after a 429: the limiter waits for the end of the
// pause. It is not 0, because of a crash in the race detector of Go 1.26. A testing/synctest bubble
// triggers it if a timer is due at once and another fires at the same time.
const leastWait = time.Nanosecond

// retryRateLimited decides whether to retry after a 429. The next attempt waits in the limiter
// until the pause ends.
func (c *call) retryRateLimited() bool {
	until := c.attempt.pausedUntil
	if c.config.MaxRetries == 0 || until.IsZero() || c.response.RetryAfter > c.config.MaxWait {
		return false
	}
	c.rateLimitedTime += until.Sub(c.attempt.permit.Granted)
	if c.rateLimitedTime > c.rateLimitedBudget() {
		return false
	}
	c.waitFailed = cannotWait(c.ctx, time.Until(until))
	return c.waitFailed == nil
}

// retriedStatuses are the statuses after which idempotent calls are retried. A 429 has its own rule.
var retriedStatuses = []int{
	http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// mayRetry reports whether the class of the call allows a retry after the last outcome.
func (c *call) mayRetry() bool {
	switch c.attempt.outcome {
	case outcomeUnsent:
		return true
	case outcomeLost:
		return c.request.Class != NonIdempotent
	case outcomeResponded:
		return c.request.Class != NonIdempotent && slices.Contains(retriedStatuses, c.response.Status)
	}
	return false
}

// backoff returns how long to wait before a retry: retryAfter, or a random time if it is 0. It
// returns an error if the wait would pass the caller's deadline.
func (c *Config) backoff(ctx context.Context, failures int, retryAfter time.Duration) (time.Duration, error) {
	wait := cmp.Or(retryAfter, c.jitter(failures))
	return wait, cannotWait(ctx, wait)
}

// cannotWait returns an error if a wait would pass the caller's deadline.
func cannotWait(ctx context.Context, wait time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Now().Add(wait).After(deadline) {
		return fmt.Errorf("the wait of %s before another attempt would pass the deadline: %w",
			wait.Round(time.Millisecond), context.DeadlineExceeded)
	}
	return nil
}

// jitter returns a random wait up to a bound that doubles with each failure: exponential
// backoff with full jitter.
func (c *Config) jitter(failures int) time.Duration {
	bound := c.MinWait
	for range failures - 1 {
		bound += min(bound, c.MaxWait-bound)
	}
	return rand.N(bound) + 1
}
