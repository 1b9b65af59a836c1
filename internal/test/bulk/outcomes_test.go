package bulk_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// bulkWrites are the methods that write many customers, called with n items. Each returns the
// errors of the outcomes.
func bulkWrites(n int) map[string]func(context.Context, *hc.Client) []error {
	return map[string]func(context.Context, *hc.Client) []error{
		"BatchUpdate": func(ctx context.Context, c *hc.Client) []error {
			outcomes, _ := c.Customers.BatchUpdate(ctx, nameItems(n))
			return kit.OutcomeErrors(slices.Values(outcomes))
		},
		"UpdateEach": func(ctx context.Context, c *hc.Client) []error {
			return kit.OutcomeErrors(c.Customers.UpdateEach(ctx, slices.Values(nameItems(n))))
		},
		"UpsertEach": func(ctx context.Context, c *hc.Client) []error {
			return kit.OutcomeErrors(c.Customers.UpsertEach(ctx, slices.Values(nameInputs(n))))
		},
	}
}

// name returns the customer's name at the server.
func name(server *helpcrunchtest.Server, id int) string {
	customer, _ := server.Customer(int64(id))
	return customer.Name
}

// TestBatchUpdateLosesNoOtherItems has an invalid item in the second of three groups. The other
// nine are changed.
func TestBatchUpdateLosesNoOtherItems(t *testing.T) {
	for says, bad := range map[string]hc.CustomerBatchItem{
		"Customer not found": nameItem(999, "nobody"),
		"userId":             {ID: 15, Patch: hc.CustomerPatch{UserID: hc.Set(userID(1)), Name: hc.Set("taken")}},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := bulkServer(t, 30, afterArrival(time.Second))
				items := nameItems(30)
				items[14] = bad
				outcomes, err := kit.SimulatedClient(server).Customers.BatchUpdate(t.Context(), items)
				require.NoError(t, err)
				require.Len(t, outcomes, 30)
				for i, outcome := range outcomes {
					assert.Equal(t, items[i].ID, outcome.Input.ID)
					if i == 14 {
						assert.ErrorContains(t, outcome.Err, says)
						assert.NotErrorIs(t, outcome.Err, hc.ErrMaybeApplied)
						assert.Nil(t, outcome.Value)
						continue
					}
					require.NoError(t, outcome.Err)
					assert.Equal(t, fmt.Sprintf("after %d", i+1), name(server, i+1))
				}
				assert.Equal(t, 3+10, server.Count(), "the group of the invalid item is retried one by one")
			})
		})
	}
}

// TestBatchUpdateLosesNoOtherGroup has a group that fails for good.
func TestBatchUpdateLosesNoOtherGroup(t *testing.T) {
	for _, c := range []struct {
		status int
		lost   bool
	}{{500, true}, {401, false}, {403, false}} {
		synctest.Test(t, func(t *testing.T) {
			server := bulkServer(t, 30, afterArrival(time.Second))
			server.Inject(helpcrunchtest.Status(c.status).On(helpcrunchtest.BatchUpdateCustomers).After(1).Once())
			outcomes, err := kit.SimulatedClient(server, hc.WithMaxRetries(0)).Customers.BatchUpdate(t.Context(), nameItems(30))
			require.NoError(t, err)
			require.Len(t, outcomes, 30)
			var failed []hc.Outcome[hc.CustomerBatchItem, *hc.Customer]
			for _, outcome := range outcomes {
				if outcome.Err != nil {
					failed = append(failed, outcome)
					assert.ErrorContains(t, outcome.Err, strconv.Itoa(c.status))
					assert.Equal(t, c.lost, isMaybeApplied(outcome.Err))
				}
			}
			require.Len(t, failed, 10)
			assert.Equal(t, failed[0].Input.ID+9, failed[9].Input.ID, "they are those of one request")
			assert.Equal(t, 3, server.Count())
		})
	}
}

// TestBatchUpdateFailsWhenNothingSucceeds: the error is that of the first request, and every
// item has an outcome.
func TestBatchUpdateFailsWhenNothingSucceeds(t *testing.T) {
	for _, status := range []int{400, 401, 404, 500} {
		for _, n := range []int{1, 3, 25} {
			client, transport := kit.RespondingClient(t, kit.Response{Status: status})
			outcomes, err := client.Customers.BatchUpdate(t.Context(), nameItems(n))
			require.ErrorContains(t, err, strconv.Itoa(status))
			require.Len(t, outcomes, n)
			for _, outcome := range outcomes {
				assert.ErrorContains(t, outcome.Err, strconv.Itoa(status))
			}
			requests := (n + 9) / 10
			if n > 1 && (status == 400 || status == 404) {
				requests += n
			}
			assert.Len(t, transport.Requests(), requests, "%d items, %d", n, status)
		}
	}
}

// TestBatchUpdateReportsARejectedGroupThatMayHaveBeenApplied: the response to the first attempt was lost,
// and the second was rejected.
func TestBatchUpdateReportsARejectedGroupThatMayHaveBeenApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 3, afterArrival(time.Second))
		server.Inject(helpcrunchtest.ResetConnection().AfterEffect().Once())
		server.Inject(helpcrunchtest.Status(400).Times(2))
		outcomes, err := kit.SimulatedClient(server).Customers.BatchUpdate(t.Context(), nameItems(3))
		require.NoError(t, err)
		require.ErrorIs(t, outcomes[0].Err, hc.ErrBadRequest)
		require.ErrorIs(t, outcomes[0].Err, hc.ErrMaybeApplied)
		assert.Regexp(t, "repeating it is safe$", outcomes[0].Err.Error())
		require.NoError(t, outcomes[1].Err)
		assert.Equal(t, "after 1", name(server, 1))
	})
}

// TestUpdateEachContinuesAfterFailures has invalid items, and an unknown customer.
func TestUpdateEachContinuesAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 10, afterArrival(time.Second))
		items := nameItems(10)
		items[0].ID = 0
		items[3].Patch = hc.CustomerPatch{}
		items[4].Patch.Notes = hc.Set(strings.Repeat("x", 256))
		items[5].ID = 999
		errs := kit.OutcomeErrors(kit.SimulatedClient(server).Customers.UpdateEach(t.Context(), slices.Values(items)))
		require.Len(t, errs, 10)
		wants := map[int]error{0: hc.ErrInvalidArgument, 3: hc.ErrInvalidArgument, 4: hc.ErrInvalidArgument, 5: hc.ErrNotFound}
		for i, err := range errs {
			if want := wants[i]; want != nil {
				assert.ErrorIs(t, err, want)
				continue
			}
			assert.NoError(t, err)
			assert.Equal(t, fmt.Sprintf("after %d", i+1), name(server, i+1))
		}
		assert.Equal(t, 7, server.Count(), "invalid items are not sent")
	})
}

// TestUpsertEachContinuesAfterFailures has invalid inputs, and one that the service rejects.
func TestUpsertEachContinuesAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 3, afterArrival(time.Second))
		server.Inject(helpcrunchtest.Status(400).On(helpcrunchtest.CreateCustomer).Once())
		inputs := []hc.CustomerInput{{}, {Name: "nobody"}, {UserID: "crm-9", Name: "nine"}, {UserID: "crm-1", Name: "one"}}
		var outcomes []hc.Outcome[hc.CustomerInput, hc.Upserted]
		for outcome := range kit.SimulatedClient(server).Customers.UpsertEach(t.Context(), slices.Values(inputs)) {
			outcomes = append(outcomes, outcome)
		}
		require.Len(t, outcomes, 4)
		assert.ErrorContains(t, outcomes[0].Err, "UpsertEach: input: must have at least one field")
		assert.ErrorIs(t, outcomes[1].Err, hc.ErrInvalidArgument)
		assert.ErrorIs(t, outcomes[2].Err, hc.ErrBadRequest)
		assert.Equal(t, "crm-9", outcomes[2].Input.UserID)
		require.NoError(t, outcomes[3].Err)
		assert.Equal(t, "one", outcomes[3].Value.Customer.Name)
		assert.Equal(t, hc.UpsertUpdated, outcomes[3].Value.Result)
	})
}

func TestBulkWritesCanBeIteratedAgain(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.AddCustomer(hc.Customer{ID: 1})
	outcomes := server.Client().Customers.UpdateEach(t.Context(), slices.Values(nameItems(1)))
	for range 2 {
		assert.Equal(t, []error{nil}, kit.OutcomeErrors(outcomes))
	}
	assert.Equal(t, 2, server.Effects(helpcrunchtest.UpdateCustomer))
	assert.Empty(t, kit.OutcomeErrors(server.Client().Customers.UpdateEach(t.Context(), slices.Values(nameItems(0)))))
}

// TestBulkWritesWithInvalidArgumentsYieldOneError yield one outcome with the error.
func TestBulkWritesWithInvalidArgumentsYieldOneError(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	var noContext context.Context
	for want, errs := range map[string][]error{
		"UpdateEach: items: must not be nil":         kit.OutcomeErrors(client.Customers.UpdateEach(t.Context(), nil)),
		"UpsertEach: inputs: must not be nil":        kit.OutcomeErrors(client.Customers.UpsertEach(t.Context(), nil)),
		"UpdateEach: ctx: must not be nil":           kit.OutcomeErrors(client.Customers.UpdateEach(noContext, slices.Values(nameItems(3)))),
		"UpdateEach: the client was not made by New": kit.OutcomeErrors(new(hc.CustomersService).UpdateEach(t.Context(), slices.Values(nameItems(3)))),
		"UpsertEach: the client was not made by New": kit.OutcomeErrors(new(hc.CustomersService).UpsertEach(t.Context(), slices.Values(nameInputs(3)))),
	} {
		require.Len(t, errs, 1, want)
		assert.ErrorIs(t, errs[0], hc.ErrInvalidArgument)
		assert.ErrorContains(t, errs[0], want)
	}
	assert.Empty(t, transport.Requests())
}
