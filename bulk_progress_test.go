package helpcrunch_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
)

// shownProgress is what a callback got, and when.
type shownProgress struct {
	hc.Progress
	at time.Time
}

// assertEstimates checks the time left against the time that it took, once a tenth was done.
func assertEstimates(t *testing.T, all []shownProgress, items int, left func(shownProgress) time.Duration) {
	t.Helper()
	ended := time.Now()
	for _, shown := range all {
		if really := ended.Sub(shown.at); 10*shown.Done >= items && 10*shown.Done <= 9*items {
			require.InEpsilon(t, really.Seconds(), left(shown).Seconds(), 0.1, "%d done", shown.Done)
		}
	}
}

// progress collects what a client's callback gets.
func progress(client *hc.Client) (*hc.Client, *[]shownProgress) {
	all := new([]shownProgress)
	return client.WithProgress(func(p hc.Progress) { *all = append(*all, shownProgress{p, time.Now()}) }), all
}

func TestProgressOfBatchUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, all := progress(simulatedClient(bulkServer(t, 4995, arriving(2*time.Second))))
		_, err := client.Customers.BatchUpdate(t.Context(), nameItems(4995))
		require.NoError(t, err)
		require.Len(t, *all, 500)
		for i, shown := range *all {
			assert.Equal(t, min(10*i+10, 4995), shown.Done)
			assert.Equal(t, 4995, shown.Total)
		}
		assert.Zero(t, (*all)[499].Left)
		assertEstimates(t, *all, 4995, func(p shownProgress) time.Duration { return p.Left })
	})
}

// TestProgressOfUpdateEach: the client does not know how many items there are, and its user
// may.
func TestProgressOfUpdateEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, all := progress(simulatedClient(bulkServer(t, 600, arriving(2*time.Second))))
		for outcome := range client.Customers.UpdateEach(t.Context(), slices.Values(nameItems(600))) {
			require.NoError(t, outcome.Err)
		}
		require.Len(t, *all, 600)
		for i, shown := range *all {
			assert.Equal(t, i+1, shown.Done)
			assert.Equal(t, -1, shown.Total)
			assert.Negative(t, shown.Left)
		}
		assertEstimates(t, *all, 600, func(p shownProgress) time.Duration { return p.TimeFor(600 - p.Done) })
	})
}

// TestProgressOfUpsertEach has two requests for each item.
func TestProgressOfUpsertEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, all := progress(simulatedClient(bulkServer(t, 150, arriving(2*time.Second))))
		for outcome := range client.Customers.UpsertEach(t.Context(), slices.Values(nameInputs(300))) {
			require.NoError(t, outcome.Err)
		}
		require.Len(t, *all, 300)
		assertEstimates(t, *all, 300, func(p shownProgress) time.Duration { return p.TimeFor(300 - p.Done) })
	})
}
