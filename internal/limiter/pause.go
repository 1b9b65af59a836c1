package limiter

import (
	"slices"
	"time"
)

const (
	// firstPause is the pause after the first 429 without Retry-After. It doubles with each
	// consecutive 429 up to longestPause.
	firstPause   = time.Second
	longestPause = 32 * time.Second
)

// pause is the state of the latest pause after a 429.
type pause struct {
	until      time.Time     // no permits until then
	pacedUntil time.Time     // every permit takes a token until then
	backoff    time.Duration // length of the latest pause without Retry-After; 0 after another response
}

// Pause stops all permits after a 429, and returns the end of the pause. Without
// Retry-After the pause is 1 s, doubled for each consecutive 429 up to 32 s. A pause is at
// most request.Longest. A shorter pause never ends a longer one.
func (l *Limiter) Pause(request PauseRequest) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.load.Pauses++
	now := time.Now()
	length := request.RetryAfter
	if length <= 0 {
		length = l.pause.nextBackoff(request.Granted)
	}
	l.pause.until = later(l.pause.until, now.Add(min(length, request.Longest)))
	l.pause.pacedUntil = l.pause.until.Add(Period)
	l.tokens.forgive(now) // for a minute interactive calls need tokens too
	l.rejectLate(&l.interactive, now)
	l.rejectLate(&l.background, now)
	l.schedule(now) // tokens come earlier now
	return l.pause.until
}

// nextBackoff returns the length of a pause without Retry-After. Attempts granted before the end of
// the last pause belong to that pause, so they do not double the length.
func (p *pause) nextBackoff(granted time.Time) time.Duration {
	switch {
	case p.backoff == 0:
		p.backoff = firstPause
	case !granted.Before(p.until):
		p.backoff = min(2*p.backoff, longestPause)
	}
	return p.backoff
}

// rejectLate rejects the waiters whose deadline comes before the end of the pause.
func (l *Limiter) rejectLate(q *queue, now time.Time) {
	*q = slices.DeleteFunc(*q, func(w *waiter) bool {
		err := l.deadlineError(w.ctx, l.pause.until, now)
		if err != nil {
			w.done <- result{err: err}
		}
		return err != nil
	})
}
