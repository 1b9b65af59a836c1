// Package limiter limits the requests per rolling minute.
//
// A Limiter grants permits. A permit occupies a slot until 1 minute after the service counted its
// request. The slots in use never exceed the limit. No minute at the service, rolling or fixed,
// contains more requests.
package limiter

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
)

// Period is the span in which the service counts requests.
const Period = time.Minute

// unlimited is the limit of a Limiter that only pauses.
const unlimited = 1 << 30

// Limiter grants permits to calls of two priorities. Interactive calls take any free slot at once.
// Background calls are spread over the minute and yield to interactive ones. A Limiter starts
// no goroutines.
type Limiter struct {
	limit int // permits per Period

	mu              sync.Mutex
	inFlight        int
	used            window
	interactive     queue
	background      queue
	tokens          bucket
	sinceBackground int       // interactive permits since the last background permit
	lastInteractive time.Time // when an interactive call last asked for a permit
	pause           pause
	timer           *time.Timer // runs dispatch; nil until first needed
	load            Load
}

// PermitRequest describes the attempt that needs a permit.
type PermitRequest struct {
	Background     bool
	AttemptTimeout time.Duration // for other limiters; Limiter ignores it
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
	// means that the request was never sent.
	CountedAt time.Time
	// Responded reports that the service responded with a status other than 429.
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

// New returns a Limiter of perMinute permits per minute, which must be positive.
func New(perMinute int) *Limiter {
	return &Limiter{limit: perMinute, used: window{began: time.Now()}, tokens: newBucket(perMinute)}
}

// NewUnlimited returns a Limiter that only pauses. For a minute after each pause it grants
// afterPause permits per minute.
func NewUnlimited(afterPause int) *Limiter {
	l := New(afterPause)
	l.limit = unlimited
	return l
}

// Limit returns the permits per minute, 1<<30 if unlimited.
func (l *Limiter) Limit() int { return l.limit }

// Acquire waits for a permit. It fails when ctx ends, and at once if no permit can come
// before the deadline of ctx. The caller must release every permit.
func (l *Limiter) Acquire(ctx context.Context, request PermitRequest) (Permit, error) {
	if ctx.Err() != nil {
		return Permit{}, l.contextError(ctx)
	}
	l.mu.Lock()
	now, background := time.Now(), request.Background
	if !background {
		l.lastInteractive = now
	}
	if l.waiting() == 0 && l.ready(background, now) {
		permit := l.grant(background, now)
		l.mu.Unlock()
		return permit, nil
	}
	own := l.queueOf(background)
	if err := l.deadlineError(ctx, l.earliest(len(*own), background, now), now); err != nil {
		l.mu.Unlock()
		return Permit{}, err
	}
	w := own.push(ctx)
	l.dispatch(now)
	l.mu.Unlock()

	select {
	case result := <-w.done:
		return result.permit, result.err
	case <-ctx.Done():
		return l.abandon(own, w)
	}
}

// Wait waits for an interactive permit and releases it. It assumes that the service counts the
// request when Wait returns.
func (l *Limiter) Wait(ctx context.Context) error {
	permit, err := l.Acquire(ctx, PermitRequest{})
	if err != nil {
		return err
	}
	l.Release(PermitResult{Permit: permit, CountedAt: time.Now()})
	return nil
}

// abandon removes a waiter whose context ended. If the waiter got its result at the same moment,
// abandon returns that result. The caller must release a permit in it.
func (l *Limiter) abandon(own *queue, w *waiter) (Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case result := <-w.done:
		return result.permit, result.err
	default:
	}
	own.remove(w) // no dispatch: the next waiter needs the same slot or token
	return Permit{}, l.contextError(w.ctx)
}

// Release releases a permit. Its slot becomes free 1 minute after CountedAt, or at once if the
// request was never sent.
func (l *Limiter) Release(result PermitResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	if result.CountedAt.IsZero() {
		l.tokens.giveBack(time.Now(), 1) // harmless if the permit took no token
	} else {
		l.used.add(result.CountedAt.Add(Period))
	}
	// Ignore responses to attempts granted before the end of the last pause.
	if result.Responded && !result.Permit.Granted.Before(l.pause.until) {
		l.pause.backoff = 0
	}
	if l.waiting() > 0 {
		l.dispatch(time.Now())
	}
}

// Stats returns the current state.
func (l *Limiter) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	stats := Stats{
		Limit: l.limit, InFlight: l.inFlight, Free: l.free(now),
		Waiting: l.waiting(), WaitingBackground: len(l.background),
	}
	if l.pause.until.After(now) {
		stats.PausedUntil = l.pause.until
	}
	return stats
}

// grant grants a permit to a call that is ready.
func (l *Limiter) grant(background bool, now time.Time) Permit {
	l.inFlight++
	l.load.Permits++
	if background {
		l.sinceBackground = 0
	} else if len(l.background) > 0 {
		l.sinceBackground++
	}
	return Permit{Background: background, Granted: now}
}

func (l *Limiter) waiting() int { return len(l.interactive) + len(l.background) }

func (l *Limiter) queueOf(background bool) *queue {
	if background {
		return &l.background
	}
	return &l.interactive
}

// deadlineError returns an error if permitAt is not before the deadline of ctx.
func (l *Limiter) deadlineError(ctx context.Context, permitAt, now time.Time) error {
	deadline, ok := ctx.Deadline()
	if !ok || permitAt.Before(deadline) {
		return nil
	}
	return &lateError{limit: l.describe(), wait: permitAt.Sub(now)}
}

// lateError says that the next permit comes after the deadline.
type lateError struct {
	limit string
	wait  time.Duration
}

func (e *lateError) Error() string {
	return fmt.Sprintf("%s: next permit in %s s, after the deadline",
		e.limit, strconv.FormatFloat(float64(e.wait.Milliseconds())/1000, 'f', -1, 64))
}

func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// contextError returns the error for a context that ended before the permit was granted.
func (l *Limiter) contextError(ctx context.Context) error {
	return contexterr.Wrap(ctx, fmt.Errorf("%s: waiting for a permit: %w", l.describe(), ctx.Err()))
}

func (l *Limiter) describe() string {
	if l.limit == unlimited {
		return "rate limit"
	}
	return fmt.Sprintf("rate limit of %d requests per minute", l.limit)
}
