package limits_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// laneLimiter keeps the lane of each turn.
type laneLimiter struct {
	helpcrunch.TurnLimiter
	mu         sync.Mutex
	background []bool
}

func (l *laneLimiter) Acquire(ctx context.Context, background bool) (time.Time, error) {
	l.mu.Lock()
	l.background = append(l.background, background)
	l.mu.Unlock()
	return l.TurnLimiter.Acquire(ctx, background)
}

// TestL5WalksAndBulkWritesAreTheBackground: every method that makes any number of calls gives way,
// and no other does.
func TestL5WalksAndBulkWritesAreTheBackground(t *testing.T) {
	for _, c := range kit.OperationCases() {
		t.Run(c.Golden(), func(t *testing.T) {
			turns, err := helpcrunch.NewRateLimiter(1 << 30)
			require.NoError(t, err)
			limiter := &laneLimiter{TurnLimiter: turns.(helpcrunch.TurnLimiter)}
			transport := &kit.RecordingTransport{Respond: kit.InOrder(c.Responses)}
			client, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithMaxRetries(0), helpcrunch.WithRateLimiter(limiter),
				helpcrunch.WithHTTPClient(&http.Client{Transport: transport}))
			require.NoError(t, err)
			_ = c.Call(t.Context(), client) // others look at the result
			require.Len(t, limiter.background, len(c.Uses))
			many := strings.HasSuffix(c.Method, "All") || strings.HasSuffix(c.Method, "Each") || strings.HasSuffix(c.Method, "BatchUpdate")
			for _, background := range limiter.background {
				assert.Equal(t, many, background)
			}
		})
	}
}
