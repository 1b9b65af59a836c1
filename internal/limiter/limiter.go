// Package limiter keeps a client within a number of requests per rolling minute.
//
// A Limiter hands out turns. A turn holds a slot: from the moment it is granted
// until Period after its request finished. Turns in flight and slots not yet free
// together never exceed the limit, so no window of a minute at the service, rolling
// or fixed, ever sees more than the limit, wherever between sending and answer the
// service counts.
package limiter

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Period is the span in which the service counts requests.
const Period = time.Minute

// Limiter hands out turns in two lanes: foreground turns come at once while a slot is
// free; background turns are paced evenly and give way. It starts no goroutines.
type Limiter struct {
	limit int // turns per Period; 0 is no limit (only pauses hold)

	mu         sync.Mutex
	inFlight   int
	used       slots // when each used slot is free again
	foreground lane
	background lane
	tokens     bucket
	sinceShare int       // foreground turns granted since the last background turn
	foreSeen   time.Time // when foreground last asked for a turn
	pause      pause
	timer      *time.Timer // wakes dispatch; nil until first needed
	load       Load
}

// New returns a Limiter of so many turns per minute, which must be positive.
func New(perMinute int) *Limiter {
	return &Limiter{
		limit:  perMinute,
		used:   slots{began: time.Now()},
		tokens: newBucket(rate.Limit(float64(perMinute)/Period.Seconds()), fullBurst),
	}
}

// Limit returns the turns per minute.
func (l *Limiter) Limit() int { return l.limit }

// NewGate returns a Limiter that holds turns back only during a pause and, for a
// minute after it, paces them at so many a minute.
func NewGate(perMinute int) *Limiter {
	gate := New(perMinute)
	gate.limit = 0
	return gate
}

// isGate reports whether only pauses hold turns back.
func (l *Limiter) isGate() bool { return l.limit == 0 }

// Acquire waits for a turn, and returns when it was granted. It fails when ctx ends,
// and at once when the turn can't come before the deadline of ctx. Every turn must be
// handed back with Finish.
func (l *Limiter) Acquire(ctx context.Context, background bool) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, l.waitError(err)
	}
	l.mu.Lock()
	now := time.Now()
	own := l.laneOf(background)
	if !background {
		l.foreSeen = now
	}
	if own.empty() && !l.yields(background) && l.ready(background, now) {
		l.grant(background)
		l.mu.Unlock()
		return now, nil
	}
	if err := l.tooLate(ctx, l.earliest(own.length(), background, now), now); err != nil {
		l.mu.Unlock()
		return time.Time{}, err
	}
	w := &waiter{ctx: ctx, ready: make(chan answer, 1)}
	own.push(w)
	l.dispatch(now)
	l.mu.Unlock()

	select {
	case a := <-w.ready:
		return a.granted, a.err
	case <-ctx.Done():
		return l.abandon(own, w)
	}
}

// Wait takes a turn whose request counts as finished when Wait returns. It is for
// callers that can't tell when their request finished.
func (l *Limiter) Wait(ctx context.Context) error {
	granted, err := l.Acquire(ctx, false)
	if err != nil {
		return err
	}
	l.Finish(Turn{Granted: granted, Settled: time.Now()})
	return nil
}

// abandon takes a waiter whose context ended out of its lane. A turn granted in the
// same moment stands: its holder finds the context ended and hands the turn back.
func (l *Limiter) abandon(own *lane, w *waiter) (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case a := <-w.ready:
		return a.granted, a.err
	default:
	}
	own.remove(w)
	l.dispatch(time.Now())
	return time.Time{}, l.waitError(w.ctx.Err())
}

// Turn is what became of a turn.
type Turn struct {
	// Background is the lane in which it was acquired.
	Background bool
	// Granted is when it was acquired.
	Granted time.Time
	// Settled is the last moment at which the service may have counted the request.
	// Zero means that nothing was sent: the turn is as if it had never been.
	Settled time.Time
	// Answered says that the service took the request: it answered, and not with 429.
	Answered bool
}

// Finish hands a turn back. Its slot is free a Period after it settled.
func (l *Limiter) Finish(turn Turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	switch {
	case turn.Settled.IsZero():
		if l.costToken(turn) {
			l.tokens.giveBack()
		}
	case !l.isGate():
		l.used.add(turn.Settled.Add(Period))
	}
	if turn.Answered && !turn.Granted.Before(l.pause.until) {
		l.pause.step = 0
	}
	if !l.foreground.empty() || !l.background.empty() {
		l.dispatch(time.Now())
	}
}

// grant gives a turn to one who may have it.
func (l *Limiter) grant(background bool) {
	l.inFlight++
	l.load.Turns++
	if background {
		l.sinceShare = 0
	} else if !l.background.empty() {
		l.sinceShare++
	}
}

func (l *Limiter) laneOf(background bool) *lane {
	if background {
		return &l.background
	}
	return &l.foreground
}

// tooLate is the error of a turn that can't come before the deadline, or nil.
func (l *Limiter) tooLate(ctx context.Context, moment, now time.Time) error {
	deadline, ok := ctx.Deadline()
	if !ok || !moment.After(deadline) {
		return nil
	}
	return fmt.Errorf("%s: the next turn comes in %s, after the deadline: %w",
		l.describe(), moment.Sub(now).Round(time.Millisecond), context.DeadlineExceeded)
}

func (l *Limiter) waitError(cause error) error {
	return fmt.Errorf("%s: waiting for a turn: %w", l.describe(), cause)
}

func (l *Limiter) describe() string {
	if l.isGate() {
		return "rate limit"
	}
	return fmt.Sprintf("rate limit of %d requests a minute", l.limit)
}
