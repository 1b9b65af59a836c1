package bulk_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// watchedWrites makes bulk writes and returns every report of progress.
func watchedWrites(client *hc.Client, write func(*hc.Client)) (seen []kit.SeenProgress) {
	write(client.WithProgress(func(p hc.Progress) {
		seen = append(seen, kit.SeenProgress{Progress: p, When: time.Now()})
	}))
	return seen
}

func TestProgressOfBatchUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.SimulatedClient(bulkServer(t, 4995, aroundArrival(time.Second)))
		seen := watchedWrites(client, func(c *hc.Client) {
			_, err := c.Customers.BatchUpdate(t.Context(), nameItems(4995))
			require.NoError(t, err)
		})
		require.Len(t, seen, 500)
		for i, p := range seen {
			assert.Equal(t, min(10*i+10, 4995), p.Done)
			assert.Equal(t, 4995, p.Total)
		}
		assert.Zero(t, seen[499].Remaining)
		kit.AssertEstimates(t, seen)
	})
}

// assertEstimatesFor compares the estimates, once a tenth is done, with the true times. The client
// does not know the number of items. The last items in flight may take a few seconds more.
func assertEstimatesFor(t *testing.T, items int, seen []kit.SeenProgress) {
	t.Helper()
	require.Len(t, seen, items)
	for i, p := range seen {
		require.Equal(t, i+1, p.Done)
		require.Equal(t, -1, p.Total)
		require.Negative(t, p.Remaining)
		if really := seen[items-1].When.Sub(p.When).Seconds(); 10*p.Done >= items {
			require.InDelta(t, really, p.Estimate(items-p.Done).Seconds(), 0.1*really+6, "%d done", p.Done)
		}
	}
}

func TestProgressOfUpdateEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.SimulatedClient(bulkServer(t, 500, aroundArrival(time.Second)))
		assertEstimatesFor(t, 500, watchedWrites(client, func(c *hc.Client) {
			for outcome := range c.Customers.UpdateEach(t.Context(), slices.Values(nameItems(500))) {
				require.NoError(t, outcome.Err)
			}
		}))
	})
}

// TestProgressOfUpsertEach: 20 items take one look-up, and each takes a request.
func TestProgressOfUpsertEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.SimulatedClient(bulkServer(t, 150, aroundArrival(time.Second)))
		assertEstimatesFor(t, 300, watchedWrites(client, func(c *hc.Client) {
			for outcome := range c.Customers.UpsertEach(t.Context(), slices.Values(nameInputs(300))) {
				require.NoError(t, outcome.Err)
			}
		}))
	})
}
