package redislimit

import (
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

const (
	// firstPause is the pause after a first 429 without Retry-After; it doubles with each
	// consecutive one up to longestPause. The script has the same.
	firstPause   = time.Second
	longestPause = 32 * time.Second
)

// rateLimited is an attempt that was rate-limited.
type rateLimited struct {
	granted             time.Time
	retryAfter, longest time.Duration
}

// Pause stops the permits of all processes after a 429, and returns the end of the pause.
// Without request.RetryAfter the pause is 1 s, doubled for each consecutive 429 of any
// process up to 32 s. A pause is never longer than request.Longest, and a shorter pause never
// ends a longer one. Pause waits for Redis, but no longer than two commands may take (see
// [WithTimeout]). Without Redis the pause holds for this process alone. When Redis is back, the rest
// of the pause holds for all.
func (l *Limiter) Pause(request helpcrunch.PauseRequest) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := rateLimited{request.Granted, request.RetryAfter, request.Longest}
	if l.down != nil {
		l.pauseLocally(r, time.Now())
		l.start()
		return l.pausedUntil
	}
	l.rateLimits = append(l.rateLimits, r)
	l.exchangeNow()
	return l.pausedUntil
}

// pauseLocally pauses this process, as the script pauses all.
func (l *Limiter) pauseLocally(r rateLimited, now time.Time) {
	length := r.retryAfter
	if length <= 0 {
		switch {
		case l.local.pauseStep == 0:
			l.local.pauseStep = firstPause
		case !r.granted.Before(l.pausedUntil): // not of those that caused the last pause
			l.local.pauseStep = min(2*l.local.pauseStep, longestPause)
		}
		length = l.local.pauseStep
	}
	l.pausedUntil = later(l.pausedUntil, now.Add(min(length, r.longest)))
	l.local.pauseUnreported, l.urgent = true, true
	l.rejectLate(l.pausedUntil, now)
}

// endRateLimits ends a series of 429s after another response.
func (l *Limiter) endRateLimits(result helpcrunch.PermitResult) {
	if result.Responded && !result.Permit.Granted.Before(l.pausedUntil) {
		l.local.pauseStep = 0
	}
}

// rejectLate rejects waiters whose deadline is before any permit can come.
func (l *Limiter) rejectLate(moment, now time.Time) {
	if !moment.After(now) {
		return
	}
	for _, background := range priorities {
		l.queueOf(background).reject(func(w *waiter, _ int) error { return l.deadlineError(w.ctx, moment, now) })
	}
}
