package limits_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// priorityLimiter records the priority of each permit.
type priorityLimiter struct {
	helpcrunch.PermitLimiter
	mu         sync.Mutex
	background []bool
}

func (l *priorityLimiter) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	l.mu.Lock()
	l.background = append(l.background, request.Background)
	l.mu.Unlock()
	return l.PermitLimiter.Acquire(ctx, request)
}

// TestL5IteratorsAndBulkWritesAreBackground: every method that makes any number of calls is background work,
// and no other does.
func TestL5IteratorsAndBulkWritesAreBackground(t *testing.T) {
	for _, c := range kit.OperationCases() {
		t.Run(c.Golden(), func(t *testing.T) {
			permits, err := helpcrunch.NewRateLimiter(1 << 30)
			require.NoError(t, err)
			limiter := &priorityLimiter{PermitLimiter: permits}
			transport := &kit.RecordingTransport{Respond: kit.InOrder(c.Responses)}
			client, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithMaxRetries(0), helpcrunch.WithRateLimiter(limiter),
				helpcrunch.WithHTTPClient(&http.Client{Transport: transport}))
			require.NoError(t, err)
			_ = c.Call(t.Context(), client) // others look at the result
			require.Len(t, limiter.background, len(c.Uses))
			many := strings.HasSuffix(c.Method, "All") || strings.HasSuffix(c.Method, "Since") || strings.HasSuffix(c.Method, "Each") || strings.HasSuffix(c.Method, "BatchUpdate")
			for _, background := range limiter.background {
				assert.Equal(t, many, background)
			}
		})
	}
}
