package bulk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

func isMaybeApplied(err error) bool { return errors.Is(err, hc.ErrMaybeApplied) }

// itemRecord is what the server recorded about one item.
type itemRecord struct {
	sent    bool // a write of it arrived
	applied bool // one was carried out
}

// itemRecords returns the records of the items, from number 1 on.
func itemRecords(t *testing.T, server *helpcrunchtest.Server, n int) []itemRecord {
	t.Helper()
	records := make([]itemRecord, n+1)
	for _, request := range server.Requests() {
		for _, number := range itemsOf(t, server, request) {
			records[number].sent = true
			records[number].applied = records[number].applied || request.Applied
		}
	}
	return records[1:]
}

// itemsOf returns the numbers of the items that a request writes.
func itemsOf(t *testing.T, server *helpcrunchtest.Server, request helpcrunchtest.Request) []int {
	t.Helper()
	var input struct{ UserID string }
	var items []struct{ Customer int }
	switch request.Operation {
	case helpcrunchtest.UpdateCustomer:
		id, err := strconv.ParseInt(path.Base(request.Path), 10, 64)
		require.NoError(t, err)
		customer, _ := server.Customer(id)
		input.UserID = customer.UserID
	case helpcrunchtest.CreateCustomer:
		require.NoError(t, json.Unmarshal(request.Body, &input))
	case helpcrunchtest.BatchUpdateCustomers:
		require.NoError(t, json.Unmarshal(request.Body, &items))
	}
	var numbers []int
	if input.UserID != "" {
		var number int
		_, err := fmt.Sscanf(input.UserID, userID(0)[:4]+"%d", &number)
		require.NoError(t, err)
		numbers = append(numbers, number)
	}
	for _, item := range items {
		numbers = append(numbers, item.Customer)
	}
	return numbers
}

// assertTruthful compares the outcomes with the server's record.
func assertTruthful(t *testing.T, server *helpcrunchtest.Server, errs []error, n int) {
	t.Helper()
	require.Len(t, errs, n, "an outcome for each item")
	for i, record := range itemRecords(t, server, n) {
		switch {
		case errs[i] == nil:
			customer, _ := server.CustomerByUserID(userID(i + 1))
			require.Equal(t, fmt.Sprintf("after %d", i+1), customer.Name, "item %d succeeded", i)
		case !isMaybeApplied(errs[i]):
			require.False(t, record.applied, "item %d: %v", i, errs[i])
		}
	}
}

// bulkFaults are injected into bulk writes.
var bulkFaults = []helpcrunchtest.Fault{
	helpcrunchtest.Status(400),
	helpcrunchtest.Status(500),
	helpcrunchtest.Status(500).AfterEffect(),
	helpcrunchtest.ProxyError(502).AfterEffect(),
	helpcrunchtest.TooManyRequests(),
	helpcrunchtest.TooManyRequests().RetryAfter(7 * time.Second),
	helpcrunchtest.RefuseConnection(),
	helpcrunchtest.ResetConnection(),
	helpcrunchtest.ResetConnection().AfterEffect(),
	helpcrunchtest.CutBody(),
	helpcrunchtest.WrongJSON(),
	helpcrunchtest.SlowHeaders(time.Minute),
}

// TestBulkOutcomesAreTrueWhateverFails holds R1: requests fail at random, and the context ends
// during every second run. Each outcome matches the server's record.
func TestBulkOutcomesAreTrueWhateverFails(t *testing.T) {
	t.Parallel()
	const items = 60
	seeds := uint64(20)
	if kit.RaceDetector {
		seeds = 8 // the race detector makes them ten times slower
	}
	for seed := range seeds {
		for method, write := range bulkWrites(items) {
			t.Run(fmt.Sprintf("%s/%d", method, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					random := rand.New(rand.NewPCG(seed, 0))
					server := bulkServer(t, items*2/3, aroundArrival(time.Duration(1+random.IntN(3000))*time.Millisecond))
					for _, fault := range bulkFaults {
						server.Inject(fault.WithProbability(random.Float64()*0.08, random.Uint64()))
					}
					ctx, cancel := context.WithCancel(t.Context())
					if seed%2 == 0 {
						ctx, cancel = context.WithTimeout(t.Context(), time.Duration(random.IntN(60))*time.Second)
					}
					defer cancel()
					client := kit.SimulatedClient(server, hc.WithMaxRetries(random.IntN(4)))
					assertTruthful(t, server, write(ctx, client), items)
					assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), kit.Budget)
					assert.Zero(t, server.OpenBodies())
				})
			})
		}
	}
}

// TestBulkWritesSurviveFailures: every item succeeds after faults that retries overcome.
func TestBulkWritesSurviveFailures(t *testing.T) {
	for method, write := range bulkWrites(100) {
		for _, fault := range bulkFaults[1:] {
			if fault.String() == helpcrunchtest.WrongJSON().String() {
				continue // is not retried
			}
			t.Run(method+"/"+fault.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := bulkServer(t, 100, afterArrival(time.Second))
					injected := server.Inject(fault.After(3).Times(4))
					errs := write(t.Context(), kit.SimulatedClient(server))
					assertTruthful(t, server, errs, 100)
					for _, err := range errs {
						require.NoError(t, err)
					}
					assert.Equal(t, 4, injected.Fired())
				})
			})
		}
	}
}
