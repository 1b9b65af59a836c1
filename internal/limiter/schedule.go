package limiter

import "time"

const (
	// fullBurst is how many background permits may come at once. It makes up for the wait for
	// the first page of an iteration. A much larger burst leaves a hole that the window repeats
	// every minute.
	fullBurst = 8
	// pausedBurst is how many permits may come at once after a pause.
	pausedBurst = 3
	// backgroundShare gives every ninth permit to background work while it waits.
	backgroundShare = 9
	// reserveFrom is the smallest limit at which background work leaves a slot free.
	reserveFrom = 10
)

// dispatch grants all permits that are due, and sets the timer for the next one.
func (l *Limiter) dispatch(now time.Time) {
	for background, ok := l.nextPriority(now); ok; background, ok = l.nextPriority(now) {
		own := l.queueOf(background)
		own.finish(own.Front(), result{permit: l.grant(background, now)})
	}
	l.schedule(now)
}

// nextPriority returns the priority whose first waiter gets a permit now, if any does.
func (l *Limiter) nextPriority(now time.Time) (background, ok bool) {
	if l.shareDue() && l.ready(true, now) {
		return true, true
	}
	if l.interactive.Len() > 0 {
		return false, l.ready(false, now)
	}
	return true, l.background.Len() > 0 && l.ready(true, now)
}

// shareDue reports whether the next permit belongs to background work.
func (l *Limiter) shareDue() bool {
	return l.background.Len() > 0 && l.sinceBackground >= backgroundShare-1
}

// ready reports whether a call of the priority may have a permit now, and takes the token for
// it. A permit that overtakes waiting background work borrows a token: background work
// slows down to repay it, so that the minute is not used up before its end.
func (l *Limiter) ready(background bool, now time.Time) bool {
	l.tokens.resize(now, l.burst(now))
	if now.Before(l.pause.until) || l.free(now) < l.slotsNeeded(background, now) {
		return false
	}
	if l.paced(background, now) {
		return l.tokens.take(now)
	}
	if l.background.Len() > 0 {
		l.tokens.borrow(now)
	}
	return true
}

// free returns the number of slots that are free now.
func (l *Limiter) free(now time.Time) int {
	l.used.expire(now)
	return l.limit - l.inFlight - l.used.count
}

// slotsNeeded returns how many slots must be free for a permit. Background work leaves one
// free for a minute after each interactive call, except for its share.
func (l *Limiter) slotsNeeded(background bool, now time.Time) int {
	if background && l.limit >= reserveFrom && !l.shareDue() && now.Before(l.reservedUntil()) {
		return 2
	}
	return 1
}

// reservedUntil is when background work may take the last free slot.
func (l *Limiter) reservedUntil() time.Time { return l.lastInteractive.Add(Period) }

// paced reports whether a permit at that time takes a token. All do for a minute after a pause.
func (l *Limiter) paced(background bool, at time.Time) bool {
	return at.Before(l.pause.pacedUntil) || l.alwaysPaced(background)
}

// alwaysPaced reports whether the next permit of the priority takes a token without a pause
// too.
func (l *Limiter) alwaysPaced(background bool) bool {
	return background && l.limit < unlimited && !l.shareDue()
}

// burst returns how many permits may come at once.
func (l *Limiter) burst(now time.Time) int {
	if now.Before(l.pause.pacedUntil) {
		return pausedBurst
	}
	return fullBurst
}

// tokensAt returns when there are so many tokens for the priority. A permit that takes a token
// only because of a pause takes none later.
func (l *Limiter) tokensAt(tokens int, background bool, now time.Time) time.Time {
	at := l.tokens.when(now, tokens)
	if !l.alwaysPaced(background) && at.After(l.pause.pacedUntil) {
		return l.pause.pacedUntil
	}
	return at
}

// schedule sets the timer for the next permit.
func (l *Limiter) schedule(now time.Time) {
	var next time.Time
	for _, background := range []bool{false, true} {
		if at, ok := l.headReadyAt(background, now); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	switch wait := max(next.Sub(now), time.Nanosecond); {
	case next.IsZero(): // a timer that is set does no harm
	case l.timer == nil:
		l.timer = time.AfterFunc(wait, l.wake)
	default:
		l.timer.Reset(wait)
	}
}

func (l *Limiter) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dispatch(time.Now())
}

// headReadyAt returns when the first waiter of the priority may get its permit if nothing is
// released before. It returns false if nobody waits, or if it takes a release.
func (l *Limiter) headReadyAt(background bool, now time.Time) (time.Time, bool) {
	if l.queueOf(background).Len() == 0 {
		return time.Time{}, false
	}
	at, ok := l.slotsFreeAt(l.slotsNeeded(background, now), now)
	if lapse := l.reservedUntil(); !ok || at.After(lapse) {
		// From then on one slot is enough.
		if one, oneOK := l.slotsFreeAt(1, now); oneOK {
			at, ok = later(one, lapse), true
		}
	}
	at = later(at, l.pause.until)
	if l.paced(background, at) {
		at = later(at, l.tokensAt(1, background, now))
	}
	return at, ok
}

// slotsFreeAt returns when a number of slots is free if nothing is released before. It returns
// false if it takes a release.
func (l *Limiter) slotsFreeAt(slots int, now time.Time) (time.Time, bool) {
	missing := slots - l.free(now)
	switch {
	case missing <= 0:
		return now, true
	case missing > l.used.count:
		return time.Time{}, false
	}
	return l.used.at(missing - 1), true
}

// earliest returns a lower bound for the permit of a call with so many waiters ahead of it.
// Interactive calls bring background work its share: those that wait are taken into account,
// later ones are not.
func (l *Limiter) earliest(ahead int, background bool, now time.Time) time.Time {
	at := later(now, l.pause.until)
	// A request in flight may prove unsent, so its slot may come back at once.
	if taken := ahead%l.limit - (l.limit - l.used.count); taken >= 0 {
		at = later(at, l.used.at(taken))
	}
	at = at.Add(time.Duration(ahead/l.limit) * Period)
	tokens := ahead + 1
	if background {
		tokens -= (l.sinceBackground + l.interactive.Len()) / (backgroundShare - 1)
	}
	if l.paced(background, at) {
		at = later(at, l.tokensAt(tokens, background, now))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
