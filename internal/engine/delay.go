package engine

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// delay is the step that waits between attempts, for as long as checkRetry decided.
type delay struct {
	next step
}

func (s *delay) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	if a.call.wait > 0 {
		timer := time.NewTimer(a.call.wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting to try again: %w", ctx.Err())
		}
	}
	return s.next.do(ctx, a, r)
}
