package helpcrunch_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestUpsertEachReleasesItsLocks: also those of inputs that were read, and not written because the
// loop broke off.
func TestUpsertEachReleasesItsLocks(t *testing.T) {
	for _, breakAfter := range []int{1, 20, 30, 100} {
		synctest.Test(t, func(t *testing.T) {
			server := helpcrunchtest.NewServer()
			defer server.Close()
			client := server.Client()
			inputs := make([]helpcrunch.CustomerInput, 100)
			for i := range inputs {
				inputs[i] = helpcrunch.CustomerInput{UserID: fmt.Sprint("crm-", i), Name: "x"}
			}
			n := 0
			for outcome := range client.Customers.UpsertEach(t.Context(), slices.Values(inputs)) {
				require.NoError(t, outcome.Err)
				if n++; n == breakAfter {
					break
				}
			}
			synctest.Wait()
			assert.Zero(t, helpcrunch.ClaimedKeys(client))
		})
	}
}
