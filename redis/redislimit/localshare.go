package redislimit

import "time"

const (
	// backgroundShare lets every ninth permit go to the background while it waits, and
	// reserveFrom is the smallest limit at which background leaves a slot free. The script
	// has the same.
	backgroundShare = 9
	reserveFrom     = 10
)

// local is how a process works without Redis.
type local struct {
	active          bool
	since           time.Time
	held            int           // slots held at that moment
	granted         int           // interactive permits since the last background permit
	seen            time.Time     // when interactive last asked for a permit
	paced           time.Time     // when the last paced permit was granted
	pauseStep       time.Duration // the latest pause of a length of our own choosing
	pauseUnreported bool          // Redis has not heard of the pause yet
}

// enterLocal begins to work without Redis, if there is a local share.
func (l *Limiter) enterLocal(now time.Time) {
	if l.processes == 0 || l.local.active {
		return
	}
	l.local.active = true
	l.local.since = now
	l.local.held = l.ownSlots.taken(now)
	l.recheck()
}

// leaveLocal returns to Redis and reports at once what happened meanwhile.
func (l *Limiter) leaveLocal() {
	if !l.local.active {
		return
	}
	l.local.active = false
	l.urgent = l.urgent || !l.ownSlots.unreported().IsZero()
	l.recheck()
}

// recheck has all deadlines checked again.
func (l *Limiter) recheck() {
	for _, background := range priorities {
		own := l.queueOf(background)
		own.tail = tail{}
		own.each(func(w *waiter, _ int) {
			_, hasDeadline := w.ctx.Deadline()
			w.checked = !hasDeadline
			own.check = own.check || hasDeadline
			l.urgent = l.urgent || hasDeadline
		})
	}
}

// fullFrom is when all permits that any process got from Redis are free again, so that each
// may use its whole share.
func (l *Limiter) fullFrom() time.Time { return l.local.since.Add(l.lease()) }

// slots returns how many slots the process may hold. At first these are the ones that it held when
// Redis was lost, because the other processes continue to use theirs.
func (l *Limiter) slots(now time.Time) int {
	if now.Before(l.fullFrom()) {
		return min(l.local.held, l.share())
	}
	return l.share()
}

// isLocal reports whether permits may be granted without Redis. While Redis holds permits back after
// a lost state, this ends a little before the hold, so that all permits are reported by then.
func (l *Limiter) isLocal(now time.Time) bool {
	if !l.local.active || len(l.rateLimits) > 0 || l.calling != nil && len(l.calling.ask.rateLimits) > 0 {
		return false
	}
	return l.down != nil || now.Before(l.holdUntil.Add(-3*l.patience()))
}

// grantLocally grants the permits that are due without Redis.
func (l *Limiter) grantLocally(now time.Time) {
	if !l.isLocal(now) {
		return
	}
	l.checkLocally(now)
	for {
		background, ok := l.localPriority(now)
		if !ok {
			return
		}
		if background {
			l.local.granted = 0
		} else if !l.background.empty() {
			l.local.granted++
		}
		if l.isPaced(background, now) {
			l.local.paced = now
		}
		l.ownSlots.take()
		l.ownSlots.newsAt = sooner(l.ownSlots.newsAt, now)
		l.queueOf(background).pop().ready <- grantNow(background, now)
	}
}

// localPriority returns the queue whose first waiter may have a permit now.
func (l *Limiter) localPriority(now time.Time) (background, ok bool) {
	if l.shareDue() && l.ready(true, now) {
		return true, true
	}
	if !l.interactive.empty() {
		return false, l.ready(false, now)
	}
	return true, !l.background.empty() && l.ready(true, now)
}

func (l *Limiter) shareDue() bool {
	return !l.background.empty() && l.local.granted >= backgroundShare-1
}

// ready reports whether the queue's first may have a permit now.
func (l *Limiter) ready(background bool, now time.Time) bool {
	slots, needed := l.slots(now), 1
	if background && slots >= reserveFrom && !l.shareDue() && now.Sub(l.local.seen) < l.window {
		needed = 2
	}
	return !now.Before(l.pausedUntil) && slots-l.ownSlots.taken(now) >= needed &&
		(!l.isPaced(background, now) || !now.Before(l.local.paced.Add(l.pace())))
}

// isPaced reports whether a permit of the queue comes at an even pace: those of the background
// do, and all do for a window after a pause.
func (l *Limiter) isPaced(background bool, now time.Time) bool {
	return background || now.Before(l.pausedUntil.Add(l.window))
}

// pace is the time from one paced permit to the next.
func (l *Limiter) pace() time.Duration { return l.window / time.Duration(l.share()) }

// localMoment is when the next permit may be due without Redis; zero for never.
func (l *Limiter) localMoment(now time.Time) time.Time {
	if !l.isLocal(now) || l.interactive.empty() && l.background.empty() {
		return time.Time{}
	}
	moments := []time.Time{l.pausedUntil, l.fullFrom(), l.local.paced.Add(l.pace())}
	if l.ownSlots.taken(now) > len(l.ownSlots.flight) {
		moments = append(moments, l.ownSlots.frees[0])
	}
	if slots := l.slots(now); slots >= reserveFrom {
		moments = append(moments, l.local.seen.Add(l.window))
	}
	var next time.Time
	for _, moment := range moments {
		if moment.After(now) {
			next = sooner(next, moment)
		}
	}
	return next
}

// checkLocally rejects waiters whose permit can't come in time.
func (l *Limiter) checkLocally(now time.Time) {
	for _, background := range priorities {
		own := l.queueOf(background)
		if !own.check {
			continue
		}
		own.check = false
		own.reject(func(w *waiter, ahead int) error {
			if w.checked {
				return nil
			}
			w.checked = true
			return l.deadlineError(w.ctx, l.earliest(ahead, now), now)
		})
	}
}

// earliest is a lower bound for the permit of a waiter, given how many are ahead of it.
func (l *Limiter) earliest(ahead int, now time.Time) time.Time {
	slots, full := l.slots(now), l.fullFrom()
	if slots == 0 {
		return later(full, l.pausedUntil)
	}
	moment, frees := later(now, l.pausedUntil), l.ownSlots.frees[:l.ownSlots.taken(now)-len(l.ownSlots.flight)]
	// A request under way may yet prove unsent, so its slot may come back now.
	if taken := ahead%slots - (slots - len(frees)); taken >= 0 {
		moment = later(moment, frees[taken])
	}
	moment = moment.Add(time.Duration(ahead/slots) * l.window)
	if now.Before(full) && full.Before(moment) {
		return full // there may be more slots then
	}
	return moment
}
