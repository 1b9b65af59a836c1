package redislimit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestAnIterationReachesTheLimitWhateverTheLatency: the limit alone allows 12,000 rows a minute.
func TestAnIterationReachesTheLimitWhateverTheLatency(t *testing.T) {
	customers := 10_000
	if effort < 1 {
		customers = 2000
	}
	allowed := time.Minute * time.Duration(customers) / (budget * 100)
	for _, latency := range []time.Duration{2 * time.Second} {
		inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
			server := service(t, func() time.Duration { return latency })
			for i := range customers - 1 { // one is there already
				server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) { c.ID = int64(1000 + i) }))
			}
			client := server.Client(helpcrunch.WithRateLimiter(r.limiter(t, budget)))
			began, rows := time.Now(), 0
			for _, err := range client.Customers.All(t.Context(), nil) {
				require.NoError(t, err)
				rows++
			}
			took := time.Since(began)
			t.Logf("%s at a latency of %s", took, latency)
			assert.Equal(t, customers, rows)
			assert.LessOrEqual(t, took, allowed*105/100, "latency %s", latency)
			assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), budget)
		})
	}
}
