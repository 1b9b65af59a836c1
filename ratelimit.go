package helpcrunch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Limiter decides when an attempt may be sent. Wait returns nil as soon as one request may be sent,
// or an error if ctx ends first. The client calls Wait before every request, retries included.
// Calls are concurrent. A golang.org/x/time/rate.Limiter is a Limiter.
//
// After a 429 the client itself pauses all calls. For the minute after the pause it limits them to
// [DefaultRateLimit] per minute. A [PermitLimiter] must do both itself.
type Limiter interface {
	Wait(ctx context.Context) error
}

// PermitLimiter is a [Limiter] with priorities, releases and pauses. The client calls Acquire
// instead of Wait, and Release once for each permit. After a 429 it calls Pause before Release.
type PermitLimiter interface {
	Limiter
	// Acquire waits for a permit to send one request. If no permit can come before the deadline of
	// ctx, it should fail at once. The error should match [context.DeadlineExceeded].
	Acquire(ctx context.Context, request PermitRequest) (Permit, error)
	// Release hands a permit back.
	Release(result PermitResult)
	// Pause stops all permits after a 429, and returns the end of the pause. If it returns
	// the zero time, the call is not retried.
	Pause(request PauseRequest) time.Time
}

// PermitRequest describes the attempt that needs a permit.
type PermitRequest struct {
	// Background is the priority of the call: background calls yield to interactive ones.
	Background bool
	// AttemptTimeout is the longest time that the attempt may take.
	AttemptTimeout time.Duration
}

// Permit allows one request.
type Permit struct {
	// Background is the priority with which the permit was granted.
	Background bool
	// Granted is when the permit was granted. It is never the zero time.
	Granted time.Time
}

// PermitResult reports how a permit was used.
type PermitResult struct {
	// Permit is what Acquire returned.
	Permit Permit
	// CountedAt is the latest time at which the service may have counted the request. It may
	// be in the future. Zero means that the request was never sent.
	CountedAt time.Time
	// Responded reports that the service responded with another status than 429.
	Responded bool
}

// PauseRequest describes a 429.
type PauseRequest struct {
	// Granted is when the attempt got its permit.
	Granted time.Time
	// RetryAfter is the value of the Retry-After header, 0 if there was none.
	RetryAfter time.Duration
	// Longest is the maximum length of a pause.
	Longest time.Duration
}

// RateLimiter is the default limiter. Make one with [NewRateLimiter], and share it between
// the clients of one account: the limit belongs to the account. It is a [PermitLimiter], and
// safe for concurrent use.
//
// Requests in flight and those counted in the last 60 s together never exceed the limit. No window
// of 60 s, rolling or fixed, contains more requests than the limit. Interactive calls take any free
// slot at once. Background calls are spread over the minute and yield to interactive ones. For a
// minute after a pause, interactive calls are spread too.
type RateLimiter struct {
	limiter *limiter.Limiter
}

// NewRateLimiter returns a limiter of perMinute requests per minute, which must be positive.
func NewRateLimiter(perMinute int) (*RateLimiter, error) {
	if perMinute <= 0 {
		return nil, inMethod("NewRateLimiter", invalid("perMinute: at least 1, got %d", perMinute))
	}
	return &RateLimiter{limiter: limiter.New(perMinute)}, nil
}

// Wait waits for an interactive permit and releases it. It assumes that the service counts the
// request when Wait returns. If you know when the request ends, use Acquire and Release instead.
func (l *RateLimiter) Wait(ctx context.Context) error {
	if err := l.usable(ctx); err != nil {
		return inMethod("RateLimiter.Wait", err)
	}
	return l.limiter.Wait(ctx)
}

// usable rejects a limiter that was not made by NewRateLimiter, and a nil context.
func (l *RateLimiter) usable(ctx context.Context) error {
	return cmp.Or(
		invalidIf(l == nil || l.limiter == nil, "the limiter was not made by NewRateLimiter"),
		invalidIf(ctx == nil, "ctx: must not be nil"))
}

// Acquire waits for a permit. It fails when ctx ends, and at once if no permit can come
// before the deadline of ctx. Every permit must be released.
func (l *RateLimiter) Acquire(ctx context.Context, request PermitRequest) (Permit, error) {
	if err := l.usable(ctx); err != nil {
		return Permit{}, inMethod("RateLimiter.Acquire", err)
	}
	permit, err := l.limiter.Acquire(ctx, limiter.PermitRequest(request))
	return Permit(permit), err
}

// Release hands a permit back. Its slot is free 60 s after result.CountedAt, or at once if
// the request was never sent.
func (l *RateLimiter) Release(result PermitResult) {
	l.limiter.Release(limiter.PermitResult{
		Permit: limiter.Permit(result.Permit), CountedAt: result.CountedAt, Responded: result.Responded,
	})
}

// Pause stops all permits for request.RetryAfter. Without one the pause is 1 s, doubled for
// each consecutive 429 up to 32 s. A pause is never longer than request.Longest, and a
// shorter pause never ends a longer one. Pause returns the end of the pause.
func (l *RateLimiter) Pause(request PauseRequest) time.Time {
	return l.limiter.Pause(limiter.PauseRequest(request))
}

// RateLimiterStats is the state of a [RateLimiter] at one moment.
type RateLimiterStats struct {
	// Limit is the number of requests per minute.
	Limit int
	// InFlight is the number of permits that are not released.
	InFlight int
	// Free is the number of slots that are free now. The others are in flight, or counted in
	// the last minute.
	Free int
	// Waiting is the number of calls that wait for a permit, of either priority.
	Waiting int
	// WaitingBackground is how many of those are background calls.
	WaitingBackground int
	// PausedUntil is the end of the pause after a 429, and zero if there is none.
	PausedUntil time.Time
}

// Stats returns the current state, for instance for metrics.
func (l *RateLimiter) Stats() RateLimiterStats {
	if l == nil || l.limiter == nil {
		return RateLimiterStats{}
	}
	return RateLimiterStats(l.limiter.Stats())
}

// engineLimiter adapts a limiter to the engine.
func engineLimiter(l Limiter) engine.Limiter {
	switch l := l.(type) {
	case *RateLimiter:
		return l.limiter
	case PermitLimiter:
		return permitAdapter{l}
	}
	return &waitAdapter{limiter.NewUnlimited(DefaultRateLimit), l}
}

// permitAdapter adapts a caller's PermitLimiter.
type permitAdapter struct {
	limiter PermitLimiter
}

func (a permitAdapter) Acquire(ctx context.Context, request limiter.PermitRequest) (limiter.Permit, error) {
	permit, err := a.limiter.Acquire(ctx, PermitRequest(request))
	return limiter.Permit(permit), err
}

func (a permitAdapter) Release(result limiter.PermitResult) {
	a.limiter.Release(PermitResult{
		Permit: Permit(result.Permit), CountedAt: result.CountedAt, Responded: result.Responded,
	})
}

func (a permitAdapter) Pause(request limiter.PauseRequest) time.Time {
	return a.limiter.Pause(PauseRequest(request))
}

// waitAdapter adapts a caller's Limiter that has only Wait. The embedded limiter adds the pauses.
type waitAdapter struct {
	*limiter.Limiter

	waiter Limiter
}

func (a *waitAdapter) Acquire(ctx context.Context, request limiter.PermitRequest) (limiter.Permit, error) {
	if err := a.waiter.Wait(ctx); err != nil {
		return limiter.Permit{}, rateLimitError(ctx, err)
	}
	return a.Limiter.Acquire(ctx, request)
}

// rateLimitError adds "rate limit" to an error of Wait, and makes an error about a deadline match
// [context.DeadlineExceeded].
func rateLimitError(ctx context.Context, err error) error {
	_, hasDeadline := ctx.Deadline()
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
	case ctx.Err() != nil:
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	case hasDeadline && strings.Contains(err.Error(), "deadline"):
		err = fmt.Errorf("%w: %w", err, context.DeadlineExceeded)
	}
	return fmt.Errorf("rate limit: %w", err)
}
