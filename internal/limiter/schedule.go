package limiter

import "time"

const (
	// fullBurst is how many background turns may come at once: enough for a walk to make up
	// for the wait for its first page. A much larger first burst leaves a hole that the window
	// repeats every minute.
	fullBurst = 8
	// pausedBurst is how many turns may come at once when a pause is over.
	pausedBurst = 3
	// backgroundShare lets every ninth turn go to the background while it waits.
	backgroundShare = 9
	// reserveFrom is the smallest limit at which background leaves a slot free.
	reserveFrom = 10
)

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
// that it costs. A turn that goes ahead of waiting background costs one too, which is borrowed:
// the background makes up for it, so that the minute is not used up before its end.
func (l *Limiter) ready(background bool, now time.Time) bool {
	l.tokens.resize(now, l.burst(now))
	if now.Before(l.pause.until) || l.free(now) < l.needed(background, now) {
		return false
	}
	if l.paced(background, now) {
		return l.tokens.take(now)
	}
	if !l.isGate() && !l.background.empty() {
		l.tokens.borrow(now)
	}
	return true
}

// free is the number of slots that are free now.
func (l *Limiter) free(now time.Time) int {
	if l.isGate() {
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

// paced reports whether a turn of the lane waits for a token: all turns do for a minute after
// a pause.
func (l *Limiter) paced(background bool, now time.Time) bool {
	return now.Before(l.pause.pacedUntil) || l.alwaysPaced(background)
}

// burst is how many turns may come at once.
func (l *Limiter) burst(now time.Time) int {
	if now.Before(l.pause.pacedUntil) {
		return pausedBurst
	}
	return fullBurst
}

// alwaysPaced reports whether the lane's next turn waits for a token even without a pause:
// those of the background do, but for its share and a gate's.
func (l *Limiter) alwaysPaced(background bool) bool {
	return background && !l.isGate() && !l.shareDue()
}

// costToken reports whether a turn cost a token when it was granted. That a foreground turn
// cost none, as no background waited, is not remembered; a token too many does no harm. A turn
// from before the latest pause need not be told apart: the pause has filled the bucket.
func (l *Limiter) costToken(permit Permit) bool {
	return !permit.Granted.Before(l.pause.until) &&
		(!l.isGate() || permit.Granted.Before(l.pause.pacedUntil))
}

// tokenMoment is when there will be so many tokens for a turn of the lane. A turn that
// is paced because of a pause alone needs none once that is over.
func (l *Limiter) tokenMoment(tokens int, background bool, now time.Time) time.Time {
	moment := l.tokens.when(now, tokens)
	if !l.alwaysPaced(background) && moment.After(l.pause.pacedUntil) {
		return l.pause.pacedUntil
	}
	return moment
}

// dispatch hands out all the turns that are due and sets the timer for the next.
func (l *Limiter) dispatch(now time.Time) {
	for {
		background, ok := l.nextLane(now)
		if !ok {
			break
		}
		l.grant(background)
		l.laneOf(background).pop().ready <- answer{permit: Permit{Background: background, Granted: now}}
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
	moment, ok := l.slotsFreeAt(l.needed(background, now), now)
	if lapse := l.foreSeen.Add(Period); !ok || moment.After(lapse) {
		// From then on background needs one slot alone.
		if one, oneOK := l.slotsFreeAt(1, now); oneOK {
			moment, ok = later(one, lapse), true
		}
	}
	if !ok {
		return time.Time{}, false
	}
	moment = later(moment, l.pause.until)
	if l.paced(background, moment) {
		moment = later(moment, l.tokenMoment(1, background, now))
	}
	return moment, true
}

// slotsFreeAt is when a number of slots is free if no permit is released before. It
// returns false if that takes a release.
func (l *Limiter) slotsFreeAt(slots int, now time.Time) (time.Time, bool) {
	missing := slots - l.free(now)
	if missing <= 0 {
		return now, true
	}
	if missing > l.used.length() {
		return time.Time{}, false
	}
	return l.used.at(missing - 1), true
}

// earliest is a lower bound for the turn of a waiter with so many ahead of it, unless foreground
// calls to come bring the background its share before. Those that wait bring it turns too.
func (l *Limiter) earliest(ahead int, background bool, now time.Time) time.Time {
	moment := later(now, l.pause.until)
	if !l.isGate() {
		// A request in flight may yet prove unsent, so its slot may come back now.
		rounds, index := ahead/l.limit, ahead%l.limit
		if taken := index - (l.limit - l.used.length()); taken >= 0 {
			moment = later(moment, l.used.at(taken))
		}
		moment = moment.Add(time.Duration(rounds) * Period)
	}
	tokens := ahead + 1
	if background {
		tokens -= (l.sinceShare + l.foreground.length()) / (backgroundShare - 1)
	}
	if tokens > 0 && l.paced(background, moment) {
		moment = later(moment, l.tokenMoment(min(tokens, l.tokens.perMinute()), background, now))
	}
	return moment
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
