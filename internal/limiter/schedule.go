package limiter

import (
	"slices"
	"time"
)

const (
	// fullBurst is how many background permits may be granted at once. It compensates for the
	// wait for the first page of an iteration. A much larger burst would cause a gap that
	// recurs every minute.
	fullBurst = 8
	// pausedBurst is how many permits may be granted at once after a pause.
	pausedBurst = 3
	// backgroundShare is 9: background work that waits gets at least every ninth permit.
	backgroundShare = 9
	// reserveFrom is the smallest limit at which background work leaves a slot free.
	reserveFrom = 10
)

// dispatch grants all permits that are due, and sets the timer for the next one.
func (l *Limiter) dispatch(now time.Time) {
	for background, ok := l.nextPriority(now); ok; background, ok = l.nextPriority(now) {
		own := l.queueOf(background)
		first := (*own)[0]
		*own = slices.Delete(*own, 0, 1)
		first.done <- result{permit: l.grant(background, now)}
	}
	l.schedule(now)
}

// nextPriority returns the priority that gets the next permit. ok is false if none is due.
func (l *Limiter) nextPriority(now time.Time) (background, ok bool) {
	if l.shareDue() && l.ready(true, now) {
		return true, true
	}
	if len(l.interactive) > 0 {
		return false, l.ready(false, now)
	}
	return true, len(l.background) > 0 && l.ready(true, now)
}

// shareDue reports whether the next permit belongs to background work.
func (l *Limiter) shareDue() bool {
	return len(l.background) > 0 && l.sinceBackground >= backgroundShare-1
}

// ready reports whether a call of the priority may have a permit now, and takes its token.
// Paced calls need a token, and for a minute after a pause all calls do. An interactive call
// that overtakes waiting background work borrows a token. Background work slows down to repay
// it, so that the slots last for the whole minute.
func (l *Limiter) ready(background bool, now time.Time) bool {
	afterPause := now.Before(l.pause.pacedUntil)
	burst := fullBurst
	if afterPause {
		burst = pausedBurst
	}
	l.tokens.resize(now, burst)
	if now.Before(l.pause.until) || l.free(now) < l.slotsNeeded(background, now) {
		return false
	}
	if afterPause || l.paced(background) {
		return l.tokens.take(now)
	}
	if len(l.background) > 0 {
		l.tokens.borrow(now)
	}
	return true
}

// free returns the number of slots that are free now.
func (l *Limiter) free(now time.Time) int {
	l.used.expire(now)
	return l.limit - l.inFlight - l.used.count
}

// slotsNeeded returns how many slots must be free for a permit. For a minute after an interactive
// call, background work leaves one slot free. It does not if its share is due or the limit is below
// reserveFrom.
func (l *Limiter) slotsNeeded(background bool, now time.Time) int {
	if background && l.limit >= reserveFrom && !l.shareDue() && now.Before(l.reservedUntil()) {
		return 2
	}
	return 1
}

// reservedUntil returns the time from which background work may take the last free slot.
func (l *Limiter) reservedUntil() time.Time { return l.lastInteractive.Add(Period) }

// paced reports whether the next permit of the priority takes a token even without a pause.
func (l *Limiter) paced(background bool) bool {
	return background && l.limit < unlimited && !l.shareDue()
}

// schedule sets the timer for the next moment at which a waiter may become ready. A release
// dispatches by itself.
func (l *Limiter) schedule(now time.Time) {
	if l.waiting() == 0 {
		return // a timer that is still set is harmless
	}
	events := []time.Time{l.pause.until, l.pause.pacedUntil, l.reservedUntil(), l.tokens.when(now, 1)}
	if l.used.count > 0 {
		events = append(events, l.used.at(0))
	}
	events = slices.DeleteFunc(events, now.After)
	if len(events) == 0 {
		return
	}
	wait := max(slices.MinFunc(events, time.Time.Compare).Sub(now), time.Nanosecond)
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.wake)
		return
	}
	l.timer.Reset(wait)
}

func (l *Limiter) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dispatch(time.Now())
}

// earliest returns the earliest time at which a call can get its permit. ahead is the number of
// waiters of its priority that come first. Background work needs no token when its share is due.
// earliest counts the interactive calls that wait now towards the shares, and ignores later calls.
func (l *Limiter) earliest(ahead int, background bool, now time.Time) time.Time {
	// A request in flight may prove unsent, so its slot may come back at once.
	at := later(now.Add(l.slotAt(ahead+1, l.limit-l.used.count, Period, now)), l.pause.until)
	tokens := ahead + 1
	if background {
		tokens -= (l.sinceBackground + len(l.interactive)) / (backgroundShare - 1)
	}
	tokenAt := l.tokens.when(now, tokens)
	if !l.paced(background) && tokenAt.After(l.pause.pacedUntil) {
		tokenAt = l.pause.pacedUntil // later permits take no token
	}
	return later(at, tokenAt)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
