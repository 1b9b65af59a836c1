package bulk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
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

// upserted returns the outcomes of UpsertEach and counts their results.
func upserted(ctx context.Context, client *hc.Client, inputs []hc.CustomerInput) ([]hc.Outcome[hc.CustomerInput, hc.Upserted], map[hc.UpsertResult]int) {
	count := make(map[hc.UpsertResult]int)
	outcomes := slices.Collect(client.Customers.UpsertEach(ctx, slices.Values(inputs)))
	for _, outcome := range outcomes {
		count[outcome.Value.Result]++
	}
	return outcomes, count
}

// keptInputs are inputs that the customers of bulkServer have already.
func keptInputs(n int) []hc.CustomerInput {
	inputs := nameInputs(n)
	for i := range inputs {
		inputs[i].Name = "before"
	}
	return inputs
}

// TestC4UpsertEachOf10000InputsOfWhich100Differ takes a look-up for 20 inputs and a request for each
// that differs. With the race detector it is a tenth of that.
func TestC4UpsertEachOf10000InputsOfWhich100Differ(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		total := 10_000
		if kit.RaceDetector {
			total = 1000
		}
		differ := total / 200
		server := bulkServer(t, total-differ, aroundArrival(time.Second))
		inputs := keptInputs(total)
		for i := 0; i < len(inputs); i += 200 {
			inputs[i].Name = "after"
		}
		started := time.Now()
		outcomes, count := upserted(t.Context(), kit.SimulatedClient(server), inputs)
		took := time.Since(started)
		require.Len(t, outcomes, total)
		assert.Equal(t, map[hc.UpsertResult]int{hc.UpsertCreated: differ, hc.UpsertUpdated: differ, hc.UpsertUnchanged: total - 2*differ}, count)
		assert.Equal(t, total/20+total/100, server.Count())
		assert.LessOrEqual(t, took, time.Duration(total)*31*time.Millisecond)
		kit.AssertWithinLimit(t, server)
		t.Logf("%d requests in %s", server.Count(), took)
	})
}

// TestC4RequestsPerInput: at most 1.06 for one that is new or differs, 0.06 for each other one, for any
// number from 100 on, and however slow the loop is.
func TestC4RequestsPerInput(t *testing.T) {
	sizes := []int{100, 121, 101, 120}
	for _, n := range sizes[:2*kit.Rounds(2)] {
		for _, pause := range []time.Duration{0, 5 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				server := bulkServer(t, n, aroundArrival(time.Second))
				client := kit.SimulatedClient(server)
				requests := func(inputs []hc.CustomerInput) float64 {
					before := server.Count()
					for outcome := range client.Customers.UpsertEach(t.Context(), slices.Values(inputs)) {
						require.NoError(t, outcome.Err)
						time.Sleep(pause)
					}
					return float64(server.Count()-before) / float64(len(inputs))
				}
				assert.LessOrEqual(t, requests(keptInputs(n)), 0.06, "%d unchanged", n)
				assert.LessOrEqual(t, requests(nameInputs(n)), 1.06, "%d different", n)
				fresh := make([]hc.CustomerInput, n)
				for i := range fresh {
					fresh[i] = hc.CustomerInput{Email: fmt.Sprintf("%d@example.com", i)}
				}
				assert.LessOrEqual(t, requests(fresh), 1.06, "%d new", n)
				assert.LessOrEqual(t, requests(fresh), 0.06, "%d by e-mail", n)
			})
		}
	}
}

// TestAStalledSourceSendsItsGroup after 100 ms, and outcomes come while it waits for its next item.
func TestAStalledSourceSendsItsGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 3, afterArrival(200*time.Millisecond))
		began := time.Now()
		source := func(yield func(hc.CustomerInput) bool) {
			_ = yield(keptInputs(3)[0]) && yield(keptInputs(3)[1])
			time.Sleep(time.Hour)
			yield(keptInputs(3)[2])
		}
		var at []time.Duration
		for outcome := range server.Client().Customers.UpsertEach(t.Context(), source) {
			require.NoError(t, outcome.Err)
			at = append(at, time.Since(began))
		}
		require.Len(t, at, 3)
		assert.Equal(t, 300*time.Millisecond, at[1])
		assert.Equal(t, 2, server.Count())
	})
}

// TestAtMostEightGroupsAreAhead of the outcomes.
func TestAtMostEightGroupsAreAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 1000, afterArrival(10*time.Second))
		var read atomic.Int64
		source := func(yield func(hc.CustomerInput) bool) {
			for _, input := range keptInputs(1000) {
				if read.Add(1); !yield(input) {
					return
				}
			}
		}
		outcomes := 0
		for outcome := range server.Client(hc.WithRateLimit(100_000)).Customers.UpsertEach(t.Context(), source) {
			require.NoError(t, outcome.Err)
			require.LessOrEqual(t, read.Load(), int64(outcomes+180))
			outcomes++
		}
		assert.Equal(t, 1000, outcomes)
	})
}

// TestARepeatedKeyTakesTheOutcomeOfItsPredecessor, also in the group of that one.
func TestARepeatedKeyTakesTheOutcomeOfItsPredecessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 0, afterArrival(time.Second))
		outcomes, count := upserted(t.Context(), server.Client(), []hc.CustomerInput{
			{UserID: "a", Name: "Nora"}, {Email: "A@example.com", Name: "Jonas"}, {UserID: "a", Name: "Nora"},
			{Email: "a@example.com", Name: "Ada"}, {UserID: "a", Phone: "+1"}, {UserID: "A", Name: "another"},
		})
		for _, outcome := range outcomes {
			require.NoError(t, outcome.Err)
		}
		assert.Equal(t, map[hc.UpsertResult]int{hc.UpsertCreated: 3, hc.UpsertUpdated: 2, hc.UpsertUnchanged: 1}, count)
		assert.Len(t, server.Customers(), 3)
		assert.Equal(t, 1, server.Count(helpcrunchtest.SearchCustomers))
		assert.Equal(t, outcomes[0].Value.Customer.ID, outcomes[4].Value.Customer.ID)
		assert.Equal(t, "Nora", outcomes[4].Value.Customer.Name)
	})
}

// TestAnUnknownCreationByEmailIsNotRepeated for the next input with the same e-mail. One by UserID is.
func TestAnUnknownCreationByEmailIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 0, afterArrival(0))
		server.Inject(helpcrunchtest.Status(503).On(helpcrunchtest.CreateCustomer).Once())
		outcomes, _ := upserted(t.Context(), server.Client(), []hc.CustomerInput{{Email: "a@example.com"}, {Email: "A@example.com"}})
		for _, outcome := range outcomes {
			assert.ErrorIs(t, outcome.Err, hc.ErrMaybeApplied)
		}
		assert.Empty(t, server.Customers())
	})
}

// TestMatchesByEmailBeyondAPageAreRead: several share an e-mail, and the group has more than 100.
func TestMatchesByEmailBeyondAPageAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 0, afterArrival(0))
		for range 150 {
			server.AddCustomer(hc.Customer{Email: "many@example.com"})
		}
		last := server.AddCustomer(hc.Customer{Email: "Last@example.com", FirstSeen: hc.Timestamp{Time: time.Now()}})
		outcomes, _ := upserted(t.Context(), server.Client(), []hc.CustomerInput{
			{Email: "many@example.com", Name: "x"}, {Email: "last@example.com", Name: "y"},
		})
		ambiguous, ok := errors.AsType[*hc.AmbiguousError](outcomes[0].Err)
		require.True(t, ok)
		assert.Len(t, ambiguous.IDs, 150)
		require.NoError(t, outcomes[1].Err)
		assert.Equal(t, last.ID, outcomes[1].Value.Customer.ID)
		assert.Len(t, server.Customers(), 151)
	})
}

// TestARejectedGroupIsLookedUpOneByOne: a malformed e-mail fails alone.
func TestARejectedGroupIsLookedUpOneByOne(t *testing.T) {
	var groups atomic.Int64
	client, _ := kit.RespondingClientFunc(t, func(r kit.RecordedRequest) kit.Response {
		var search struct{ Filter []struct{ Value string } }
		require.NoError(t, json.Unmarshal(r.Body, &search))
		switch {
		case !strings.HasSuffix(r.Path, "/search"):
			return kit.OK(kit.CustomerJSON)
		case len(search.Filter) > 1:
			groups.Add(1)
			return kit.Response{Status: 400}
		case search.Filter[0].Value == "malformed":
			return kit.Response{Status: 400}
		}
		return kit.OK(kit.EmptyPageJSON)
	})
	outcomes, count := upserted(t.Context(), client, []hc.CustomerInput{{Email: "a@example.com"}, {Email: "malformed"}, {UserID: "b"}})
	assert.EqualValues(t, 1, groups.Load())
	assert.Equal(t, 2, count[hc.UpsertCreated])
	assert.ErrorIs(t, outcomes[1].Err, hc.ErrBadRequest)
}

// TestAFailedLookUpWritesNothing: its inputs have its error.
func TestAFailedLookUpWritesNothing(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.Response{Status: 401})
	outcomes, _ := upserted(t.Context(), client, nameInputs(3))
	require.Len(t, outcomes, 3)
	for _, outcome := range outcomes {
		assert.ErrorIs(t, outcome.Err, hc.ErrUnauthorized)
	}
	transport.Only(t)
}

// TestUpsertEachSeesWhatAnotherCallCreated after its look-up: customers by e-mail are not created twice.
func TestUpsertEachSeesWhatAnotherCallCreated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 0, afterArrival(time.Second))
		client, inputs := server.Client(), make([]hc.CustomerInput, 60)
		for i := range inputs {
			inputs[i] = hc.CustomerInput{Email: fmt.Sprintf("%d@example.com", i)}
		}
		done := make(chan map[hc.UpsertResult]int)
		for range 2 {
			go func() {
				_, count := upserted(t.Context(), client, inputs)
				done <- count
			}()
		}
		one, two := <-done, <-done
		assert.Equal(t, 60, one[hc.UpsertCreated]+two[hc.UpsertCreated])
		assert.Equal(t, 60, one[hc.UpsertUnchanged]+two[hc.UpsertUnchanged])
		assert.Len(t, server.Customers(), 60)
	})
}

// TestT6BreakingOffUpsertEach leaves no goroutine and no lock behind, wherever it happens.
func TestT6BreakingOffUpsertEach(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, after := range []int{0, 1, 19, 20, 21, 50} {
		synctest.Test(t, func(t *testing.T) {
			server := bulkServer(t, 100, afterArrival(300*time.Millisecond))
			client := server.Client()
			n := 0
			for outcome := range client.Customers.UpsertEach(t.Context(), slices.Values(nameInputs(200))) {
				require.NoError(t, outcome.Err)
				if n++; n > after {
					break
				}
			}
			sent := server.Count()
			time.Sleep(time.Hour)
			assert.Equal(t, sent, server.Count())
			_, _, err := client.Customers.Upsert(t.Context(), &hc.CustomerInput{UserID: userID(150), Name: "x"})
			require.NoError(t, err, "no key is locked")
		})
	}
}

// TestSmallGroupsInFlightAreBounded too: a source that stalls between its inputs.
func TestSmallGroupsInFlightAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 50, afterArrival(10*time.Second))
		source := func(yield func(hc.CustomerInput) bool) {
			for _, input := range keptInputs(50) {
				if !yield(input) {
					return
				}
				time.Sleep(150 * time.Millisecond)
			}
		}
		go func() {
			time.Sleep(9 * time.Second)
			assert.Equal(t, 8, server.Count(), "none has its response yet")
		}()
		for outcome := range server.Client(hc.WithRateLimit(100_000)).Customers.UpsertEach(t.Context(), source) {
			require.NoError(t, outcome.Err)
		}
	})
}

// TestAKeyThatCameLongBeforeIsLookedUpAgain: the customer may have changed since.
func TestAKeyThatCameLongBeforeIsLookedUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 300, afterArrival(time.Second))
		client := server.Client()
		inputs, n := append(keptInputs(300), keptInputs(1)...), 0
		for outcome := range client.Customers.UpsertEach(t.Context(), slices.Values(inputs)) {
			require.NoError(t, outcome.Err)
			switch n++; n {
			case 1:
				_, err := client.Customers.Update(t.Context(), 1, &hc.CustomerPatch{Name: hc.Set("by another")})
				require.NoError(t, err)
			case 301:
				assert.Equal(t, hc.UpsertUpdated, outcome.Value.Result)
			}
		}
	})
}

// TestT6BreakingOffLeavesAStalledSource: the loop ends at once, and the source when it yields.
func TestT6BreakingOffLeavesAStalledSource(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 9, afterArrival(time.Second))
		var yielded atomic.Int64
		source := func(yield func(hc.CustomerInput) bool) {
			for i, input := range keptInputs(9) {
				if i == 3 {
					time.Sleep(time.Hour)
				}
				if yielded.Add(1); !yield(input) {
					return
				}
			}
		}
		began := time.Now()
		for outcome := range server.Client().Customers.UpsertEach(t.Context(), source) {
			require.NoError(t, outcome.Err)
			break
		}
		assert.Less(t, time.Since(began), time.Minute)
		time.Sleep(2 * time.Hour)
		assert.EqualValues(t, 4, yielded.Load(), "it was told to end")
		assert.Equal(t, 1, server.Count())
	})
}
