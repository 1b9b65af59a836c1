package redislimit

import (
	"context"
	"errors"
	"time"
)

// work is the limiter's goroutine. It ends when nobody waits and nothing is to be reported.
func (l *Limiter) work() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		l.mu.Lock()
		next, x := l.step(time.Now()), l.calling
		if next.IsZero() {
			l.running = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		timer.Reset(time.Until(next))
		l.await(x, timer)
	}
}

// await waits for a wake-up, the timer or a reply, and processes the reply.
func (l *Limiter) await(x *exchange, timer *time.Timer) {
	var done chan outcome
	if x != nil {
		done = x.done
	}
	select {
	case <-l.wake:
		return
	case <-timer.C:
		if x == nil || time.Now().Before(x.end) {
			return
		}
		l.finishCall(x, outcome{err: context.DeadlineExceeded})
	case o := <-done:
		if time.Now().After(x.end) { // this process was frozen: a lease may end too soon
			o = outcome{err: context.DeadlineExceeded}
		}
		l.finishCall(x, o)
	}
}

// step does what is due now, and returns when something will be; zero for never.
func (l *Limiter) step(now time.Time) time.Time {
	l.grantLocally(now)
	if l.calling == nil {
		l.ownSlots.expire(now, l.lease())
		due := l.due(now)
		if due.IsZero() || due.After(now) {
			return sooner(due, l.localMoment(now))
		}
		l.calling = l.call(l.newAsk(now))
	}
	return sooner(l.calling.end, l.localMoment(now))
}

// due is when the next call is; zero for never.
func (l *Limiter) due(now time.Time) time.Time {
	var due time.Time
	waiting := !l.interactive.empty() || !l.background.empty()
	if waiting {
		due = l.askAt
	}
	if news := l.ownSlots.unreported(); !news.IsZero() && !(waiting && l.reportsInTime(news)) {
		due = sooner(due, news.Add(l.reportWithin()))
	}
	if l.renews() {
		due = sooner(due, l.contact.Add(renewal))
	}
	if l.urgent || l.interactive.mustLeave() || l.background.mustLeave() {
		due = now
	}
	if due.IsZero() {
		return due
	}
	return later(due, l.retryAt)
}

// renews reports whether the leases of permits in flight must be renewed.
func (l *Limiter) renews() bool { return l.longest > maxLease && len(l.ownSlots.flight) > 0 }

// reportsInTime reports whether the next call for waiters is early enough to report a permit that was
// released then: no later than its slot is free.
func (l *Limiter) reportsInTime(released time.Time) bool {
	return !l.local.active && l.askAt.Before(released.Add(l.window+l.patience())) &&
		!time.Now().Before(l.pausedUntil.Add(l.window))
}

// reportWithin is the time to report a released permit if nobody waits. Permits that were granted
// without Redis are reported sooner.
func (l *Limiter) reportWithin() time.Duration {
	if l.local.active {
		return l.patience()
	}
	return l.window / 12
}

// newAsk collects the reports and the requests of the next call.
func (l *Limiter) newAsk(now time.Time) *ask {
	l.number++
	a := &ask{
		Process: l.process, Limit: l.limit, Window: milliseconds(l.window), Lease: milliseconds(l.lease()), Number: l.number,
		Interactive: min(l.interactive.length(), l.limit), Background: min(l.background.length(), l.limit),
		Next: l.ownSlots.next, Unsure: l.unsure,
		Flight: []int64{}, Finished: []finishedPermit{}, RateLimits: []rateLimit{}, Probes: []probe{},
		sent: now, done: l.exchanged, rateLimits: l.rateLimits,
	}
	switch {
	case l.local.active:
		a.Epoch, a.Replied = max(1, l.epoch), l.replied // 1 is before all
	case now.Sub(l.contact) < l.lease():
		a.Epoch, a.Replied = l.epoch, l.replied
		a.Expect = l.clock + milliseconds(now.Sub(l.clockAt))
	default:
		l.epoch = 0
	}
	if l.starting(now) {
		a.Interactive, a.Background = 0, 0
	}
	if l.renews() {
		l.ownSlots.newsAt = sooner(l.ownSlots.newsAt, now)
	}
	l.addNews(a)
	l.addProbes(a)
	l.urgent, l.rateLimits, l.exchanged, l.ownSlots.newsAt, l.local.pauseUnreported = false, nil, nil, time.Time{}, false
	return a
}

// addNews reports permits that are over and 429s.
func (l *Limiter) addNews(a *ask) {
	if !l.ownSlots.newsAt.IsZero() {
		a.Flight = append(a.Flight, l.ownSlots.flight...)
	}
	for _, over := range l.ownSlots.released[l.ownSlots.reported:] {
		a.Finished = append(a.Finished, finishedPermit{
			ID: over.id, Background: over.result.Permit.Background, Unsent: over.result.CountedAt.IsZero(), Responded: over.result.Responded,
			Free: milliseconds(over.free.Sub(a.sent)) + 1, // Redis' clock is read in whole milliseconds
			Age:  a.sent.Sub(over.result.Permit.Granted).Milliseconds(),
		})
	}
	for _, r := range l.rateLimits {
		a.RateLimits = append(a.RateLimits, rateLimit{
			Age: a.sent.Sub(r.granted).Milliseconds(), After: milliseconds(r.retryAfter), Longest: milliseconds(r.longest),
		})
	}
	if left := l.pausedUntil.Sub(a.sent); l.local.pauseUnreported && left > 0 {
		a.RateLimits = append(a.RateLimits, rateLimit{After: milliseconds(left), Longest: milliseconds(left)})
	}
}

// addProbes asks for the earliest permit of unchecked waiters, and of the next newcomer.
func (l *Limiter) addProbes(a *ask) {
	for _, background := range priorities {
		l.queueOf(background).each(func(w *waiter, ahead int) {
			if !w.checked {
				a.Probes = append(a.Probes, probe{background, ahead})
				a.checking = append(a.checking, w)
			}
		})
	}
	for _, background := range priorities {
		if own := l.queueOf(background); !own.empty() {
			a.Probes = append(a.Probes, probe{background, own.length()})
			a.tails = append(a.tails, background)
		}
	}
}

// finishCall processes the outcome of a call.
func (l *Limiter) finishCall(x *exchange, o outcome) {
	x.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calling = nil
	done, now := x.ask.done, time.Now()
	if o.err != nil {
		l.failed(x.ask, o.err, now)
		done, l.exchanged = append(done, l.exchanged...), nil // the next call would come late, and fail as well
	} else {
		l.succeeded(x.ask, o.reply, now)
	}
	for _, waiting := range done {
		close(waiting)
	}
}

// failed processes a call that failed, and continues without Redis.
func (l *Limiter) failed(a *ask, err error, now time.Time) {
	l.down = l.withoutContext(err)
	l.retryAt = now.Add(l.patience())
	l.askAt = l.retryAt
	l.unsure = max(l.unsure, a.Interactive+a.Background)
	if len(a.Flight) > 0 {
		l.ownSlots.newsAt = now
	}
	l.interactive.known, l.background.known = false, false
	for _, r := range append(a.rateLimits, l.rateLimits...) {
		l.pauseLocally(r, now)
	}
	l.rateLimits = nil
	if len(a.RateLimits) > 0 {
		l.local.pauseUnreported, l.urgent = true, true
	}
	_, mismatch := errors.AsType[*mismatchError](err)
	switch {
	case l.closed:
		l.ownSlots, l.urgent = slots{next: l.ownSlots.next}, false
	case l.processes > 0 && !mismatch:
		l.enterLocal(now)
	default:
		l.rejectAll(l.unavailable())
	}
}

// succeeded processes a reply.
func (l *Limiter) succeeded(a *ask, r *reply, now time.Time) {
	l.down, l.retryAt, l.contact, l.unsure = nil, time.Time{}, now, 0
	l.ownSlots.reported = min(l.ownSlots.reported+len(a.Finished), len(l.ownSlots.released))
	if l.epoch == 0 && l.strict && !r.certain {
		l.startUntil = a.sent.Add(l.lease())
	}
	l.epoch, l.replied, l.clock, l.clockAt = r.epoch, a.Number, r.clock, a.sent
	if r.pausedFor > 0 {
		l.pausedUntil = later(l.pausedUntil, now.Add(r.pausedFor))
	}
	l.holdUntil = later(a.sent.Add(r.holdFor), l.startUntil)
	l.askAt = now.Add(r.askIn)
	if l.starting(now) { // and stay in contact meanwhile
		l.askAt = sooner(l.startUntil, now.Add(l.lease()/2))
	}
	l.receive(false, a.Interactive, r.interactive, now)
	l.receive(true, a.Background, r.background, now)
	if r.holdFor > 0 {
		l.enterLocal(now) // Redis grants nothing for a while
	} else {
		l.leaveLocal()
	}
	l.check(a, r, now)
}

// starting reports whether a strict start forbids permits: before the first reply, and until
// nothing counts that was granted before.
func (l *Limiter) starting(now time.Time) bool {
	return l.strict && (l.epoch == 0 || now.Before(l.startUntil))
}

// receive passes granted permits to waiters. It releases a permit unused if nobody waits any more, or
// if a pause has begun meanwhile.
func (l *Limiter) receive(background bool, wanted, granted int, now time.Time) {
	own := l.queueOf(background)
	for range granted {
		l.ownSlots.take()
		if own.empty() || len(l.rateLimits) > 0 || l.local.pauseUnreported {
			l.ownSlots.giveBack(background, now)
			l.urgent = true
			continue
		}
		own.pop().ready <- grantNow(background, now)
	}
	own.known = wanted > granted
	if wanted == granted && !own.empty() && !l.starting(now) {
		l.urgent = true // Redis has not heard of those who came meanwhile
	}
}

// check rejects waiters whose permit can't come in time, and stores the bounds for newcomers.
func (l *Limiter) check(a *ask, r *reply, now time.Time) {
	for i, w := range a.checking {
		w.checked = true
		w.reject(l.deadlineError(w.ctx, a.sent.Add(r.bounds[i]), now))
	}
	l.interactive.tail, l.background.tail = tail{}, tail{}
	probes, bounds := a.Probes[len(a.checking):], r.bounds[len(a.checking):]
	for i, background := range a.tails {
		l.queueOf(background).tail = tail{
			ahead:  max(0, probes[i].Position-r.granted(background)),
			moment: a.sent.Add(bounds[i]),
			until:  now.Add(2 * l.patience()),
		}
	}
	for _, background := range priorities {
		own := l.queueOf(background)
		own.each(func(w *waiter, ahead int) {
			l.urgent = l.urgent || !own.checksLater(w, ahead, l.window)
		})
	}
	if l.local.active {
		l.rejectLate(l.pausedUntil, now)
	} else {
		l.rejectLate(later(l.pausedUntil, l.holdUntil), now)
	}
}
