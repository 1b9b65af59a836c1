package helpcrunch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// RateLimiter decides when an attempt may be sent. Wait returns nil when it may, and
// an error when ctx ends first. It is called once per attempt, retries included, by
// any number of goroutines; golang.org/x/time/rate.Limiter is one.
//
// After a 429 the client holds the pause itself, and for a minute after it paces all
// calls at [DefaultRateLimit] at most, whatever the limiter's own rate. A limiter that also
// implements [TurnLimiter] is told more, and does both by itself.
type RateLimiter interface {
	Wait(ctx context.Context) error
}

// TurnLimiter is a [RateLimiter] that knows two lanes, when an attempt is over, and
// pauses. The client then calls Acquire in place of Wait, Finish once for each turn
// acquired, and before it Pause after a 429, unless that asks for a longer wait than the
// longest.
type TurnLimiter interface {
	RateLimiter
	// Acquire waits for a turn, and returns the time at which it was granted, never
	// the zero time. Background turns give way to others. It should fail at once, with
	// an error that matches [context.DeadlineExceeded], when the turn can't come before
	// the deadline of ctx.
	Acquire(ctx context.Context, background bool) (time.Time, error)
	// Finish hands a turn back.
	Finish(turn Turn)
	// Pause holds all turns back after a 429, and returns the time at which the pause is
	// over. With the zero time the refused call fails, instead of being sent again.
	// granted is when the refused attempt had got its turn; retryAfter is what the
	// service asked for, 0 when it did not; no pause is longer than longest.
	Pause(granted time.Time, retryAfter, longest time.Duration) time.Time
}

// Turn is what became of a turn.
type Turn struct {
	// Background is the lane in which the turn was acquired.
	Background bool
	// Granted is when it was acquired.
	Granted time.Time
	// Settled is the last moment at which the service may have counted the request.
	// Zero means that it was proved that nothing was sent.
	Settled time.Time
	// Answered says that the service took the request: it answered, and not with 429.
	Answered bool
}

// NewRateLimiter makes the default limiter, for sharing between clients that use the
// same key. perMinute must be positive.
//
// No window of 60 seconds, rolling or fixed, ever sees more requests than the limit:
// requests under way and those finished within the last 60 s together never exceed it.
// Single calls take any free slot at once; background calls are paced evenly and give
// way. It implements [TurnLimiter]. Where only its Wait is used, a request counts as
// finished when Wait returns.
func NewRateLimiter(perMinute int) (RateLimiter, error) {
	if perMinute <= 0 {
		return nil, invalid("rate limit must be 1 request a minute or more, not %d", perMinute)
	}
	return &rateLimiter{turns: limiter.New(perMinute)}, nil
}

// rateLimiter puts this package's types around the default limiter.
type rateLimiter struct {
	turns *limiter.Limiter
}

func (l *rateLimiter) Wait(ctx context.Context) error { return l.turns.Wait(ctx) }

func (l *rateLimiter) Acquire(ctx context.Context, background bool) (time.Time, error) {
	return l.turns.Acquire(ctx, background)
}

func (l *rateLimiter) Finish(turn Turn) { l.turns.Finish(limiter.Turn(turn)) }

func (l *rateLimiter) Pause(granted time.Time, retryAfter, longest time.Duration) time.Time {
	return l.turns.Pause(granted, retryAfter, longest)
}

// turnsOf returns the limiter in the form that the engine uses.
func turnsOf(rateLimit RateLimiter) engine.Limiter {
	switch l := rateLimit.(type) {
	case *rateLimiter:
		return l.turns
	case TurnLimiter:
		return foreignTurns{l}
	}
	return &plainTurns{limiter: rateLimit, gate: limiter.NewGate(DefaultRateLimit)}
}

// foreignTurns is a TurnLimiter of the caller's.
type foreignTurns struct {
	TurnLimiter
}

func (l foreignTurns) Finish(turn limiter.Turn) { l.TurnLimiter.Finish(Turn(turn)) }

// plainTurns is a limiter that knows only Wait, with a gate behind it for pauses.
type plainTurns struct {
	limiter RateLimiter
	gate    *limiter.Limiter
}

func (l *plainTurns) Acquire(ctx context.Context, background bool) (time.Time, error) {
	if err := l.limiter.Wait(ctx); err != nil {
		return time.Time{}, rateLimitError(ctx, err)
	}
	return l.gate.Acquire(ctx, background)
}

func (l *plainTurns) Finish(turn limiter.Turn) { l.gate.Finish(turn) }

func (l *plainTurns) Pause(granted time.Time, retryAfter, longest time.Duration) time.Time {
	return l.gate.Pause(granted, retryAfter, longest)
}

// rateLimitError says that it was the rate limit that failed, and makes sure that an
// error about a deadline matches [context.DeadlineExceeded].
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
