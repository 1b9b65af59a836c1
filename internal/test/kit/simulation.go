package kit

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// SeededServer is a SimulatedServer with a number of customers.
func SeededServer(t *testing.T, customers int, latency func() time.Duration) *helpcrunchtest.Server {
	t.Helper()
	server := SimulatedServer(t, latency, false)
	for i := range customers - 1 { // one is there already
		server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) { c.ID = int64(1000 + i) }))
	}
	return server
}

// SeenProgress is a Progress and the time of its report.
type SeenProgress struct {
	helpcrunch.Progress
	When time.Time
}

// AssertEstimates compares each estimate, once a tenth is done, with what became true.
func AssertEstimates(t *testing.T, seen []SeenProgress) {
	t.Helper()
	end := seen[len(seen)-1].When
	for _, p := range seen {
		if 10*p.Done >= p.Total {
			assert.InDelta(t, end.Sub(p.When).Seconds(), p.Remaining.Seconds(), 0.1*end.Sub(p.When).Seconds()+3,
				"at %d of %d, after %s", p.Done, p.Total, p.When.Sub(seen[0].When))
		}
	}
}

// Budget is the service's limit in requests per minute.
const Budget = 120

// SimulatedServer is the fake server with the service's limit and a latency. A random part of the
// latency comes before the request is counted.
func SimulatedServer(t *testing.T, latency func() time.Duration, fixed bool) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: Budget, Fixed: fixed}),
		helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) {
			whole := latency()
			before = rand.N(whole + 1)
			return before, whole - before
		}))
	t.Cleanup(server.Close)
	server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) { c.ID = 7 }))
	server.AddChat(helpcrunchtest.MakeChat(7, func(c *helpcrunch.Chat) { c.ID = 7 }))
	return server
}

// SimulatedClient is a client of the server with the default limit and waits.
func SimulatedClient(server *helpcrunchtest.Server, opts ...helpcrunch.Option) *helpcrunch.Client {
	return server.Client(append([]helpcrunch.Option{
		helpcrunch.WithRateLimit(Budget),
		helpcrunch.WithRetryWait(500*time.Millisecond, time.Minute),
	}, opts...)...)
}

// AssertWithinLimit checks that no minute at the server exceeded the limit.
func AssertWithinLimit(t *testing.T, server *helpcrunchtest.Server) {
	t.Helper()
	assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
	assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), Budget)
}
