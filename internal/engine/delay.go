package engine

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// delay is the step that waits between attempts, for as long as checkRetry decided, but for
// what the retry loop has waited.
type delay struct {
	next step
}

func (s *delay) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	if wait := a.call.wait - leastWait; wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting to try again: %w", ctx.Err())
		}
	}
	return s.next.do(ctx, a, r)
}
