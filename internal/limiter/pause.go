package limiter

import "time"

const (
	// firstPause is the pause after a first 429 without Retry-After; it doubles with
	// each consecutive one up to longestPause.
	firstPause   = time.Second
	longestPause = 32 * time.Second
)

// pause is a span without any turn, after the service answered 429.
type pause struct {
	until      time.Time     // no turn before
	pacedUntil time.Time     // until then every turn costs a token
	step       time.Duration // the latest pause of a length of our own choosing
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
	l.tokens.resize(now, l.burst(now))
	l.tokens.forgive(now) // as for a minute the foreground has to wait for tokens too
	l.sendAway(&l.foreground, now)
	l.sendAway(&l.background, now)
	l.schedule(now)
	return l.pause.until
}

// nextStep is the length of a pause that the service gave no length for. Attempts
// granted before the last pause was over belong to the refusal that caused it.
func (p *pause) nextStep(granted time.Time) time.Duration {
	switch {
	case p.step == 0:
		p.step = firstPause
	case !granted.Before(p.until):
		p.step = min(2*p.step, longestPause)
	}
	return p.step
}

// sendAway refuses those in the lane whose deadline comes before the pause ends.
func (l *Limiter) sendAway(q *lane, now time.Time) {
	for w := range q.all() {
		if err := l.tooLate(w.ctx, l.pause.until, now); err != nil {
			q.remove(w)
			w.ready <- answer{err: err}
		}
	}
}
