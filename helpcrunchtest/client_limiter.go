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
	until time.Time // no turn before
}

var _ helpcrunch.TurnLimiter = (*unlimited)(nil)

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

// Acquire is Wait; both lanes are equal.
func (l *unlimited) Acquire(ctx context.Context, _ bool) (time.Time, error) {
	err := l.Wait(ctx)
	return time.Now(), err
}

// Finish has nothing to take back.
func (l *unlimited) Finish(helpcrunch.Turn) {}

// Pause holds all turns back for as long as the service asked, or for a second when it
// did not say, and never longer than longest.
func (l *unlimited) Pause(_ time.Time, retryAfter, longest time.Duration) time.Time {
	if retryAfter <= 0 {
		retryAfter = time.Second
	}
	until := time.Now().Add(min(retryAfter, longest))
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) {
		l.until = until
	}
	return l.until
}
