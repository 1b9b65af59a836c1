package helpcrunchtest

import (
	"context"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

const (
	clientMinWait = time.Millisecond
	// clientMaxWait differs from the SDK's default by 1 ns, which marks clients with short waits.
	clientMaxWait = time.Minute + time.Nanosecond
	// waitDivisor shortens waits: a second becomes a millisecond.
	waitDivisor = 1000
)

// shorten divides a wait by waitDivisor if maxWait marks a client with short waits.
func shorten(wait, maxWait time.Duration) time.Duration {
	if maxWait == clientMaxWait {
		return wait / waitDivisor
	}
	return wait
}

// clientTransport is the transport of [Server.Client]. The SDK's engine calls ShortenWait.
type clientTransport struct {
	serve.Transport
}

// ShortenWait shortens the wait before a retry.
func (*clientTransport) ShortenWait(wait, maxWait time.Duration) time.Duration {
	return shorten(wait, maxWait)
}

// The pauses after a 429 without Retry-After, as the limiter of the SDK has them.
const (
	firstPause   = time.Second
	longestPause = 32 * time.Second
)

// unlimited is the rate limiter of test clients: it has no limit and shortens pauses after a 429.
type unlimited struct {
	core *serve.Core

	mu      sync.Mutex
	until   time.Time     // the end of the full pause
	resumed time.Time     // the end of the shortened pause
	step    time.Duration // the latest pause without Retry-After; 0 after another response
}

var _ helpcrunch.PermitLimiter = (*unlimited)(nil)

// Wait waits for the end of the pause. It fails at once if the pause ends after the deadline.
func (l *unlimited) Wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		until, pause := l.until, time.Until(l.resumed)
		l.mu.Unlock()
		if pause <= 0 {
			return ctx.Err()
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
			return context.DeadlineExceeded
		}
		if err := serve.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// Acquire waits for the end of the pause. Both priorities are equal.
func (l *unlimited) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	err := l.Wait(ctx)
	return helpcrunch.Permit{Background: request.Background, Granted: time.Now()}, err
}

// Release ends the doubling of pauses after a response other than 429.
func (l *unlimited) Release(result helpcrunch.PermitResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if result.Responded && !result.Permit.Granted.Before(l.resumed) {
		l.step = 0
	}
}

// Pause stops all requests for a shortened pause, and returns the end of the full one. The
// difference passes on the clock of the server's rate limit.
func (l *unlimited) Pause(request helpcrunch.PauseRequest) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	length := request.RetryAfter
	if length <= 0 {
		length = l.nextStep(request.Granted)
	}
	length = min(length, request.Longest)
	if !now.Before(l.resumed) { // the last pause has ended early
		l.until, l.resumed = now, now
	}
	if until := now.Add(length); until.After(l.until) {
		resumed := now.Add(shorten(length, request.Longest))
		l.core.Skip(until.Sub(l.until) - resumed.Sub(l.resumed))
		l.until, l.resumed = until, resumed
	}
	return l.until
}

// nextStep returns the pause after a 429 without Retry-After. It doubles with each consecutive one.
func (l *unlimited) nextStep(granted time.Time) time.Duration {
	switch {
	case l.step == 0:
		l.step = firstPause
	case !granted.Before(l.resumed):
		l.step = min(2*l.step, longestPause)
	}
	return l.step
}
