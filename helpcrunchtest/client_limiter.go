package helpcrunchtest

import (
	"context"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// unlimited is the rate limiter of test clients: it limits nothing, and keeps the
// pauses that the service asks for without pacing the calls after them, as the default
// limiter does for a minute.
type unlimited struct {
	mu    sync.Mutex
	until time.Time // no permit before
}

var _ helpcrunch.PermitLimiter = (*unlimited)(nil)

// Wait waits for the end of a pause, if there is one.
func (l *unlimited) Wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		pause := time.Until(l.until)
		l.mu.Unlock()
		if pause <= 0 {
			return ctx.Err()
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause {
			return context.DeadlineExceeded
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// Acquire is Wait; both priorities are equal.
func (l *unlimited) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	err := l.Wait(ctx)
	return helpcrunch.Permit{Background: request.Background, Granted: time.Now()}, err
}

// Release does nothing: permits are unlimited.
func (l *unlimited) Release(helpcrunch.PermitResult) {}

// Pause stops all permits for as long as the service asked, by default for 1 s, and never
// longer than request.Longest.
func (l *unlimited) Pause(request helpcrunch.PauseRequest) time.Time {
	length := request.RetryAfter
	if length <= 0 {
		length = time.Second
	}
	until := time.Now().Add(min(length, request.Longest))
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) {
		l.until = until
	}
	return l.until
}
