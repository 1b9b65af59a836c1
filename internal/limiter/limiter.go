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

const (
	// burst is how many background turns may come at once. A larger first burst
	// leaves a hole that the window repeats every minute.
	burst = 3
	// backgroundShare lets every ninth turn go to the background while it waits.
	backgroundShare = 9
	// reserveFrom is the smallest limit at which background leaves a slot free.
	reserveFrom = 10
)

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
}

// New returns a Limiter of so many turns per minute, which must be positive.
func New(perMinute int) *Limiter {
	return &Limiter{
		limit:  perMinute,
		used:   slots{began: time.Now()},
		tokens: newBucket(rate.Limit(float64(perMinute)/Period.Seconds()), burst),
	}
}

// NewGate returns a Limiter that holds turns back only during a pause and, for a
// minute after it, paces them at so many a minute.
func NewGate(perMinute int) *Limiter {
	gate := New(perMinute)
	gate.limit = 0
	return gate
}

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
		if turn.Background {
			l.tokens.giveBack()
		}
	case l.limit > 0:
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
	if background {
		l.sinceShare = 0
	} else if !l.background.empty() {
		l.sinceShare++
	}
}

// yields reports whether a newcomer of the lane must let the other lane go first.
func (l *Limiter) yields(background bool) bool {
	if background {
		return !l.foreground.empty()
	}
	return l.shareDue()
}

// shareDue reports whether the next turn is the one that goes to the background.
func (l *Limiter) shareDue() bool {
	return !l.background.empty() && l.sinceShare >= backgroundShare-1
}

// ready reports whether the lane's first may have a turn now, and takes the token
// that it costs.
func (l *Limiter) ready(background bool, now time.Time) bool {
	if now.Before(l.pause.until) || l.free(now) < l.needed(background, now) {
		return false
	}
	return !l.paced(background, now) || l.tokens.take(now)
}

// free is the number of slots that are free now.
func (l *Limiter) free(now time.Time) int {
	if l.limit == 0 {
		return 1
	}
	l.used.expire(now)
	return l.limit - l.inFlight - l.used.length()
}

// needed is how many slots must be free for a turn: background leaves one free while
// foreground calls have been seen within the last minute, but for its share.
func (l *Limiter) needed(background bool, now time.Time) int {
	if background && l.limit >= reserveFrom && !l.shareDue() &&
		!l.foreSeen.IsZero() && now.Sub(l.foreSeen) < Period {
		return 2
	}
	return 1
}

// paced reports whether a turn of the lane costs a token: background turns always
// do, foreground turns for a minute after a pause.
func (l *Limiter) paced(background bool, now time.Time) bool {
	return now.Before(l.pause.pacedUntil) || (background && l.limit > 0)
}

// dispatch hands out all the turns that are due and sets the timer for the next.
func (l *Limiter) dispatch(now time.Time) {
	for {
		background, ok := l.nextLane(now)
		if !ok {
			break
		}
		l.grant(background)
		l.laneOf(background).pop().ready <- answer{granted: now}
	}
	l.schedule(now)
}

// nextLane returns the lane whose first waiter may have a turn now.
func (l *Limiter) nextLane(now time.Time) (background, ok bool) {
	if l.shareDue() && l.ready(true, now) {
		return true, true
	}
	if !l.foreground.empty() {
		return false, l.ready(false, now)
	}
	return true, !l.background.empty() && l.ready(true, now)
}

// schedule sets the timer for the moment at which the next turn may come.
func (l *Limiter) schedule(now time.Time) {
	next := l.nextMoment(now)
	if next.IsZero() {
		if l.timer != nil {
			l.timer.Stop()
		}
		return
	}
	wait := max(next.Sub(now), time.Nanosecond)
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.wake)
	} else {
		l.timer.Reset(wait)
	}
}

func (l *Limiter) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dispatch(time.Now())
}

// nextMoment is when a waiting lane's first may get its turn if nothing else
// happens; zero when nobody waits or when only a finishing request can help.
func (l *Limiter) nextMoment(now time.Time) time.Time {
	var next time.Time
	for _, background := range []bool{false, true} {
		if l.laneOf(background).empty() {
			continue
		}
		moment, ok := l.firstMoment(background, now)
		if ok && (next.IsZero() || moment.Before(next)) {
			next = moment
		}
	}
	return next
}

// firstMoment is when the lane's first may get its turn if nothing else happens.
func (l *Limiter) firstMoment(background bool, now time.Time) (time.Time, bool) {
	moment := later(now, l.pause.until)
	if missing := l.needed(background, now) - l.free(now); missing > 0 {
		if missing > l.used.length() {
			return time.Time{}, false
		}
		moment = later(moment, l.used.at(missing-1))
	}
	if l.paced(background, moment) {
		moment = later(moment, l.tokens.when(now, 1))
	}
	return moment, true
}

// earliest is a lower bound for the turn of a waiter with so many ahead of it.
func (l *Limiter) earliest(ahead int, background bool, now time.Time) time.Time {
	moment := later(now, l.pause.until)
	if l.limit > 0 {
		// A request in flight may yet prove unsent, so its slot may come back now.
		rounds, index := ahead/l.limit, ahead%l.limit
		if taken := index - (l.limit - l.used.length()); taken >= 0 {
			moment = later(moment, l.used.at(taken))
		}
		moment = moment.Add(time.Duration(rounds) * Period)
	}
	if l.paced(background, moment) {
		tokens := l.tokens.when(now, min(ahead+1, l.tokens.perMinute()))
		moment = later(moment, tokens)
	}
	return moment
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
	if l.limit == 0 {
		return "rate limit"
	}
	return fmt.Sprintf("rate limit of %d requests a minute", l.limit)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
