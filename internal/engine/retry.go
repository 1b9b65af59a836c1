package engine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
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
	// retried as reads are.
	Idempotent
	// NonIdempotent calls are retried only if the service can't have carried them out: after
	// 429, and after errors which prove that nothing was sent.
	NonIdempotent
)

// maxPatience bounds the time that a call spends on responses of 429, which use up no retry:
// those attempts and the pauses after them, without the limiter's queue. With a maximum wait
// below 6 s it is 25 times that.
const maxPatience = 150 * time.Second

func (c *call) patience() time.Duration {
	return 25 * min(c.config.MaxWait, maxPatience/25) // overflows nothing
}

// checkRetry decides whether the call is retried. It looks at the call's record alone.
func (c *call) checkRetry(context.Context, *http.Response, error) (bool, error) {
	c.loop.RetryWaitMin = leastWait
	if c.attempt.rateLimited() {
		c.waiting = c.retryRateLimited()
	} else {
		c.waiting = c.retryFailure()
	}
	return c.waiting, nil
}

// retryFailure decides after anything but a 429.
func (c *call) retryFailure() bool {
	if !c.mayRetry() || c.failures >= c.config.MaxRetries || c.response.RetryAfter > c.config.MaxWait {
		return false
	}
	c.failures++
	wait := cmp.Or(c.response.RetryAfter, c.jitter())
	if c.waitFailed = c.cannotWait(wait); c.waitFailed != nil {
		return false
	}
	c.record(slog.LevelWarn, "helpcrunch retry", c.attempt.err,
		slog.Int("attempt", c.permits), slog.Duration("wait", wait))
	c.loop.RetryWaitMin = c.shortened(wait)
	return true
}

// shortened is how long to wait: all of it, except in front of a fake server.
func (c *call) shortened(wait time.Duration) time.Duration {
	if short, ok := c.config.HTTPClient.Transport.(waitShortener); ok {
		return max(leastWait, short.ShortenWait(wait, c.config.MaxWait))
	}
	return wait
}

// WaitToRetry waits as between two attempts: for a caller that retries by itself. The error says
// why it makes no sense.
func (e *Engine) WaitToRetry(ctx context.Context, failures int, retryAfter time.Duration) error {
	c := newCall(ctx, e, Request{})
	c.failures = failures
	if retryAfter > c.config.MaxWait {
		return fmt.Errorf("the service asks to wait %s", retryAfter)
	}
	wait := cmp.Or(retryAfter, c.jitter())
	if err := c.cannotWait(wait); err != nil {
		return err
	}
	timer := time.NewTimer(c.shortened(wait))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contexterr.Wrap(ctx, fmt.Errorf("waiting to retry: %w", ctx.Err()))
	}
}

// waitShortener is a transport that needs no long waits between attempts, such as that of
// the fake server. Deadlines and logs go by the wait before it is shortened.
type waitShortener interface {
	ShortenWait(wait, maxWait time.Duration) time.Duration
}

// leastWait is how long the retry loop waits where the limiter does the waiting. It is not 0:
// the channel of a timer that is due when it is made may crash the race detector of Go 1.26 in
// a bubble of testing/synctest, which users test with, when another timer fires meanwhile.
const leastWait = time.Nanosecond

// minimalBackoff waits for the minimum, which checkRetry has set for this wait alone.
func minimalBackoff(minimum, _ time.Duration, _ int, _ *http.Response) time.Duration {
	return minimum
}

// retryRateLimited decides after a 429. The pause belongs to the limiter, where the next
// attempt waits it out.
func (c *call) retryRateLimited() bool {
	until := c.attempt.pausedUntil
	if c.config.MaxRetries == 0 || until.IsZero() {
		return false
	}
	c.rateLimitedIn += until.Sub(c.attempt.permit.Granted)
	if c.rateLimitedIn > c.patience() {
		return false
	}
	c.waitFailed = c.cannotWait(time.Until(until))
	return c.waitFailed == nil
}

// mayRetry reports whether the class of the call allows another attempt after the outcome of
// the last one.
func (c *call) mayRetry() bool {
	switch c.attempt.outcome {
	case outcomeUnsent:
		return true
	case outcomeLost:
		return c.request.Class != NonIdempotent
	case outcomeResponded:
		switch c.response.Status {
		case http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return c.request.Class != NonIdempotent
		}
	}
	return false
}

// cannotWait returns an error if a wait would pass the caller's deadline.
func (c *call) cannotWait(wait time.Duration) error {
	if deadline, ok := c.ctx.Deadline(); ok && time.Now().Add(wait).After(deadline) {
		return fmt.Errorf("the wait of %s before another attempt would pass the deadline: %w",
			wait.Round(time.Millisecond), context.DeadlineExceeded)
	}
	return nil
}

// jitter is a random wait up to a bound that doubles with each failure.
func (c *call) jitter() time.Duration {
	bound := c.config.MinWait
	for range c.failures - 1 {
		bound += min(bound, c.config.MaxWait-bound)
	}
	return rand.N(bound) + 1
}
