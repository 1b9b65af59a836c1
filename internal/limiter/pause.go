package limiter

import "time"

const (
	// firstPause is the pause after a first 429 without Retry-After; it doubles with
	// each consecutive one up to longestPause.
	firstPause   = time.Second
	longestPause = 32 * time.Second
)

// pause is a span without permits, after a 429.
type pause struct {
	until      time.Time     // no permit before
	pacedUntil time.Time     // until then every permit takes a token
	step       time.Duration // the latest pause without Retry-After
}

// Pause stops all permits after a 429, and returns the end of the pause. Without
// Retry-After the pause is 1 s, doubled for each consecutive 429 up to 32 s. A shorter
// pause never ends a longer one.
func (l *Limiter) Pause(request PauseRequest) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.load.Pauses++
	now := time.Now()
	length := request.RetryAfter
	if length <= 0 {
		length = l.pause.nextStep(request.Granted)
	}
	l.pause.until = later(l.pause.until, now.Add(min(length, request.Longest)))
	l.pause.pacedUntil = l.pause.until.Add(Period)
	l.tokens.forgive(now) // for a minute interactive calls wait for tokens too
	l.rejectLate(&l.interactive, now)
	l.rejectLate(&l.background, now)
	l.schedule(now) // earlier, as the debt is cancelled
	return l.pause.until
}

// nextStep returns the length of a pause without Retry-After. Attempts granted before the end
// of the last pause belong to the 429 that caused it.
func (p *pause) nextStep(granted time.Time) time.Duration {
	switch {
	case p.step == 0:
		p.step = firstPause
	case !granted.Before(p.until):
		p.step = min(2*p.step, longestPause)
	}
	return p.step
}

// rejectLate rejects the waiters whose deadline comes before the end of the pause.
func (l *Limiter) rejectLate(q *queue, now time.Time) {
	for element := q.Front(); element != nil; {
		next := element.Next()
		if err := l.deadlineError(element.Value.(*waiter).ctx, l.pause.until, now); err != nil {
			q.finish(element, result{err: err})
		}
		element = next
	}
}
