package bulk_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// bulkServer is the fake server with the service's limit, and customers with the ids and the
// userIds from 1 on.
func bulkServer(t *testing.T, customers int, latency func() (before, after time.Duration)) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: kit.Budget}),
		helpcrunchtest.WithLatencyFunc(latency))
	t.Cleanup(server.Close)
	for id := 1; id <= customers; id++ {
		server.AddCustomer(hc.Customer{ID: int64(id), Name: "before", UserID: userID(id)})
	}
	return server
}

// afterArrival is a latency between the arrival of a request and its response.
func afterArrival(latency time.Duration) func() (before, after time.Duration) {
	return func() (before, after time.Duration) { return 0, latency }
}

// aroundArrival is a latency of which a random part comes before the request arrives.
func aroundArrival(latency time.Duration) func() (before, after time.Duration) {
	return func() (before, after time.Duration) {
		before = rand.N(latency + 1)
		return before, latency - before
	}
}

func userID(number int) string { return fmt.Sprintf("crm-%d", number) }

// nameItem changes the name of a customer.
func nameItem(id int, name string) hc.CustomerBatchItem {
	return hc.CustomerBatchItem{ID: int64(id), Patch: hc.CustomerPatch{Name: hc.Set(name)}}
}

// nameItems changes the names of the customers from 1 on.
func nameItems(n int) []hc.CustomerBatchItem {
	items := make([]hc.CustomerBatchItem, n)
	for i := range items {
		items[i] = nameItem(i+1, fmt.Sprintf("after %d", i+1))
	}
	return items
}

// nameInputs are the inputs that set the same names by userId.
func nameInputs(n int) []hc.CustomerInput {
	inputs := make([]hc.CustomerInput, n)
	for i := range inputs {
		inputs[i] = hc.CustomerInput{UserID: userID(i + 1), Name: fmt.Sprintf("after %d", i+1)}
	}
	return inputs
}

// assertSpeed checks the number of requests, that they took at most 1.05 of what the limit alone
// allows, and that none was rate-limited.
func assertSpeed(t *testing.T, server *helpcrunchtest.Server, requests int, took time.Duration) {
	t.Helper()
	kit.AssertWithinLimit(t, server)
	assert.Equal(t, requests, server.Count())
	optimum := time.Duration(requests) * time.Minute / kit.Budget
	assert.LessOrEqual(t, took.Seconds(), 1.05*optimum.Seconds())
	t.Logf("%d requests took %s, %.3f of the optimum", requests, took, took.Seconds()/optimum.Seconds())
}

func TestUpdateEachIsAsFastAsTheLimitAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 1000, aroundArrival(2*time.Second))
		started := time.Now()
		next := 0
		for outcome := range kit.SimulatedClient(server).Customers.UpdateEach(t.Context(), slices.Values(nameItems(1000))) {
			next++
			require.NoError(t, outcome.Err)
			require.Equal(t, int64(next), outcome.Input.ID, "in the order of the items")
			require.Equal(t, fmt.Sprintf("after %d", next), outcome.Value.Name)
		}
		assert.Equal(t, 1000, next)
		assertSpeed(t, server, 1000, time.Since(started))
	})
}

// TestC4UpsertEachIsAsFastAsTheLimitAllows has inputs of which half are new and half differ. Each takes
// a request, and each 20 a look-up.
func TestC4UpsertEachIsAsFastAsTheLimitAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 250, aroundArrival(2*time.Second))
		started := time.Now()
		next := 0
		for outcome := range kit.SimulatedClient(server).Customers.UpsertEach(t.Context(), slices.Values(nameInputs(500))) {
			next++
			require.NoError(t, outcome.Err)
			require.Equal(t, userID(next), outcome.Input.UserID)
			require.Equal(t, userID(next), outcome.Value.Customer.UserID)
			require.Equal(t, next > 250, outcome.Value.Result == hc.UpsertCreated, next)
		}
		assert.Equal(t, 250, server.Effects(helpcrunchtest.CreateCustomer))
		assertSpeed(t, server, 525, time.Since(started))
	})
}

func TestBatchUpdateSendsGroupsOfTenConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 1205, aroundArrival(10*time.Second))
		started := time.Now()
		outcomes, err := kit.SimulatedClient(server).Customers.BatchUpdate(t.Context(), nameItems(1205))
		require.NoError(t, err)
		require.Len(t, outcomes, 1205)
		for i, outcome := range outcomes {
			require.NoError(t, outcome.Err)
			require.Equal(t, int64(i+1), outcome.Input.ID)
			require.Equal(t, fmt.Sprintf("after %d", i+1), outcome.Value.Name)
		}
		assert.Equal(t, 121, server.Count(helpcrunchtest.BatchUpdateCustomers))
		assert.Equal(t, 121, server.Count())
		// One request more than fits into a window, which waits for the first to leave it.
		assert.LessOrEqual(t, time.Since(started), 82*time.Second)
		kit.AssertWithinLimit(t, server)
	})
}

// TestBulkWritesYieldToInteractiveCalls: an interactive call does not wait behind bulk writes.
func TestBulkWritesYieldToInteractiveCalls(t *testing.T) {
	for name, write := range bulkWrites(200) {
		synctest.Test(t, func(t *testing.T) {
			server := bulkServer(t, 200, aroundArrival(time.Second))
			client := kit.SimulatedClient(server)
			over := make(chan struct{})
			go func() {
				defer close(over)
				write(t.Context(), client)
			}()
			for range 3 {
				time.Sleep(3 * time.Second)
				took, err := kit.Timed(func() error { return kit.Get(t.Context(), client) })
				require.NoError(t, err, name)
				assert.Equal(t, time.Second, took, name)
			}
			<-over
		})
	}
}

// counted counts the items read from a sequence.
func counted[T any](source iter.Seq[T], taken *int) iter.Seq[T] {
	return func(yield func(T) bool) {
		for value := range source {
			*taken++
			if !yield(value) {
				return
			}
		}
	}
}

// TestBulkItemsAreReadWhenNeeded: two items wait for permits, those before them are in
// flight, and breaking off sends nothing more.
func TestBulkItemsAreReadWhenNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 1000, afterArrival(2*time.Second))
		client := kit.SimulatedClient(server)
		read, outcomes := 0, 0
		for range client.Customers.UpdateEach(t.Context(), counted(slices.Values(nameItems(1000)), &read)) {
			require.LessOrEqual(t, read, server.Count()+3)
			if outcomes++; outcomes == 100 {
				break
			}
		}
		sent := server.Count()
		assert.LessOrEqual(t, sent, 108)
		time.Sleep(time.Hour)
		assert.Equal(t, sent, server.Count(), "nothing is sent after the end of the range")
	})
}

// TestC3ASlowConsumerBoundsTheItemsReadAhead: each call has its permit before the next
// item is read.
func TestC3ASlowConsumerBoundsTheItemsReadAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 1000, afterArrival(time.Second))
		read, used, most := 0, 0, 0
		items := func(yield func(hc.CustomerBatchItem) bool) {
			for _, item := range nameItems(200) {
				synctest.Wait()
				if read++; !yield(item) {
					return
				}
			}
		}
		for outcome := range kit.SimulatedClient(server).Customers.UpdateEach(t.Context(), items) {
			require.NoError(t, outcome.Err)
			if used++; used > 50 {
				most = max(most, read-used)
			}
			time.Sleep(time.Minute)
		}
		assert.Equal(t, 200, used)
		assert.LessOrEqual(t, most, 6)
		assert.Positive(t, most)
	})
}

func TestBulkWritesWithoutAConsumerSendNothing(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	read := 0
	_ = server.Client().Customers.UpdateEach(t.Context(), counted(slices.Values(nameItems(10)), &read))
	assert.Zero(t, read)
	assert.Zero(t, server.Count())
}

// TestT6NoGoroutineOutlivesBulkWrites leaves the loop while calls are in flight and items wait
// for earlier ones of the same customer.
func TestT6NoGoroutineOutlivesBulkWrites(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/1") {
			return kit.NewResponse(r, 200, kit.CustomerJSON), nil
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}), hc.WithRateLimit(1_000_000))
	items := append(nameItems(5), nameItem(2, "again"), nameItem(2, "and again"))
	for outcome := range client.Customers.UpdateEach(t.Context(), slices.Values(items)) {
		require.NoError(t, outcome.Err)
		break
	}
	assert.PanicsWithValue(t, "the loop's own", func() {
		for range client.Customers.UpdateEach(t.Context(), slices.Values(items)) {
			panic("the loop's own")
		}
	})
	assert.PanicsWithValue(t, "the source's own", func() {
		broken := func(yield func(hc.CustomerBatchItem) bool) {
			_ = yield(items[1]) && yield(items[2])
			panic("the source's own")
		}
		for range client.Customers.UpdateEach(t.Context(), broken) {
			require.Fail(t, "no call has ended")
		}
	})
}

// TestBulkWritesHoldOnlyItemsInFlight holds C3: it sends 20,000 items of 2 kB each.
func TestBulkWritesHoldOnlyItemsInFlight(t *testing.T) {
	enough := 20_000
	if kit.RaceDetector {
		enough = 3000 // the race detector makes them ten times slower
	}
	client := kit.NewClient(t, kit.TransportFunc(kit.Always(200, kit.CustomerJSON)), hc.WithRateLimit(1<<30))
	items := func(yield func(hc.CustomerBatchItem) bool) {
		for id := 1; yield(nameItem(id, strings.Repeat("x", 2_000))); id++ {
		}
	}
	before, outcomes := heap(), 0
	for outcome := range client.Customers.UpdateEach(t.Context(), items) {
		require.NoError(t, outcome.Err)
		if outcomes++; outcomes == enough {
			assert.Less(t, heap(), before+2<<20, "bytes")
			break
		}
	}
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
