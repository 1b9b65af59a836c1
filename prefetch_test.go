package helpcrunch_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// seeded is a simulated server with so many customers.
func seeded(t *testing.T, customers int, latency func() time.Duration) *helpcrunchtest.Server {
	t.Helper()
	server := simulatedServer(t, latency, false)
	for id := range customers - 1 { // one is there already
		server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) { c.ID = int64(1000 + id) }))
	}
	return server
}

func exactly(latency time.Duration) func() time.Duration {
	return func() time.Duration { return latency }
}

// TestPrefetchReachesTheLimitWhateverTheLatency: the limit alone allows 12,000 rows a minute.
func TestPrefetchReachesTheLimitWhateverTheLatency(t *testing.T) {
	for _, latency := range []func() time.Duration{exactly(10 * time.Millisecond), exactly(2 * time.Second), upTo(4 * time.Second)} {
		synctest.Test(t, func(t *testing.T) {
			server := seeded(t, 10_000, latency)
			rows := 0
			took, err := timed(func() error {
				for _, err := range simulatedClient(server).Customers.All(t.Context(), nil) {
					if err != nil {
						return err
					}
					rows++
				}
				return nil
			})
			require.NoError(t, err)
			assert.Equal(t, 10_000, rows)
			fmt.Println(took, server.Count(http.MethodGet))
			assertWithinLimit(t, server)
		})
	}
}
