package kit

import (
	"context"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// CountingLimiter grants every permit at once, counts them, and never pauses.
type CountingLimiter struct {
	Limit int // of permits; 0 for none

	mu       sync.Mutex
	granted  int
	released []helpcrunch.PermitResult
}

// Wait is not used by the client.
func (l *CountingLimiter) Wait(context.Context) error { panic("a PermitLimiter has permits") }

// Acquire grants a permit, or waits for the end of the context beyond the limit.
func (l *CountingLimiter) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	l.mu.Lock()
	free := l.Limit == 0 || l.granted < l.Limit
	if free {
		l.granted++
	}
	l.mu.Unlock()
	if !free {
		<-ctx.Done()
		return helpcrunch.Permit{}, ctx.Err()
	}
	return helpcrunch.Permit{Background: request.Background, Granted: time.Now()}, ctx.Err()
}

// Release records the result.
func (l *CountingLimiter) Release(result helpcrunch.PermitResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.released = append(l.released, result)
}

// Pause ends at once.
func (l *CountingLimiter) Pause(helpcrunch.PauseRequest) time.Time { return time.Now() }

// Granted returns how many permits were granted.
func (l *CountingLimiter) Granted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.granted
}

// Released returns the results, and how many of them were for requests proved unsent.
func (l *CountingLimiter) Released() (results []helpcrunch.PermitResult, unsent int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, result := range l.released {
		if result.CountedAt.IsZero() {
			unsent++
		}
	}
	return l.released, unsent
}
