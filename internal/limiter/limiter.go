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

// PermitRequest describes the attempt that needs a permit.
type PermitRequest struct {
	Background     bool
	AttemptTimeout time.Duration
}

// Permit allows one request.
type Permit struct {
	Background bool
	Granted    time.Time
}

// PermitResult reports how a permit was used.
type PermitResult struct {
	Permit Permit
	// CountedAt is the latest time at which the service may have counted the request. Zero
	// means that the request was never sent: the permit is as if it had never been.
	CountedAt time.Time
	// Responded reports that the service responded with another status than 429.
	Responded bool
}

// PauseRequest describes a 429.
type PauseRequest struct {
	Granted    time.Time     // when the attempt got its permit
	RetryAfter time.Duration // 0 if the service sent none
	Longest    time.Duration // the maximum length of a pause
}

// Stats is the state of a Limiter at one moment.
type Stats struct {
	Limit             int
	InFlight          int
	Free              int
	Waiting           int // of either priority
	WaitingBackground int
	PausedUntil       time.Time // zero if there is no pause
}

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

// Acquire waits for a permit. It fails when ctx ends, and at once if no permit can come
// before the deadline of ctx. Every permit must be handed back with Release.
func (l *Limiter) Acquire(ctx context.Context, request PermitRequest) (Permit, error) {
	background := request.Background
	if err := ctx.Err(); err != nil {
		return Permit{}, l.waitError(err)
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
		return Permit{Background: background, Granted: now}, nil
	}
	if err := l.tooLate(ctx, l.earliest(own.length(), background, now), now); err != nil {
		l.mu.Unlock()
		return Permit{}, err
	}
	w := &waiter{ctx: ctx, ready: make(chan answer, 1)}
	own.push(w)
	l.dispatch(now)
	l.mu.Unlock()

	select {
	case a := <-w.ready:
		return a.permit, a.err
	case <-ctx.Done():
		return l.abandon(own, w)
	}
}

// Wait takes a turn whose request counts as finished when Wait returns. It is for
// callers that can't tell when their request finished.
func (l *Limiter) Wait(ctx context.Context) error {
	permit, err := l.Acquire(ctx, PermitRequest{})
	if err != nil {
		return err
	}
	l.Release(PermitResult{Permit: permit, CountedAt: time.Now()})
	return nil
}

// abandon takes a waiter whose context ended out of its lane. A turn granted in the
// same moment stands: its holder finds the context ended and hands the turn back.
func (l *Limiter) abandon(own *lane, w *waiter) (Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case a := <-w.ready:
		return a.permit, a.err
	default:
	}
	own.remove(w)
	l.dispatch(time.Now())
	return Permit{}, l.waitError(w.ctx.Err())
}

// Release hands a permit back. Its slot is free a Period after the request was counted.
func (l *Limiter) Release(result PermitResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	switch {
	case result.CountedAt.IsZero():
		if l.costToken(result.Permit) {
			l.tokens.giveBack()
		}
	case !l.isGate():
		l.used.add(result.CountedAt.Add(Period))
	}
	if result.Responded && !result.Permit.Granted.Before(l.pause.until) {
		l.pause.step = 0
	}
	if !l.foreground.empty() || !l.background.empty() {
		l.dispatch(time.Now())
	}
}

// Stats returns the present state.
func (l *Limiter) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	stats := Stats{
		Limit: l.limit, InFlight: l.inFlight, Free: l.free(now),
		Waiting:           l.foreground.length() + l.background.length(),
		WaitingBackground: l.background.length(),
	}
	if l.pause.until.After(now) {
		stats.PausedUntil = l.pause.until
	}
	return stats
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
