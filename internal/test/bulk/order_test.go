package bulk_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// slowFirst returns a server, and a client whose first request arrives after ten seconds and the
// others after two. Requests that contain "other" do not count as the first.
func slowFirst(t *testing.T) (*helpcrunchtest.Server, *hc.Client) {
	t.Helper()
	server := bulkServer(t, 30, afterArrival(0))
	var begun atomic.Bool
	transport := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		latency := 2 * time.Second
		if !bytes.Contains(body, []byte("other")) && begun.CompareAndSwap(false, true) {
			latency = 10 * time.Second
		}
		if err := kit.Sleep(r.Context(), latency); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		return server.Transport().RoundTrip(r)
	})
	return server, server.Client(hc.WithHTTPClient(&http.Client{Transport: transport}))
}

// TestUpdatesOfOneCustomerKeepTheirOrder: they wait for each other, and delay no others.
func TestUpdatesOfOneCustomerKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := slowFirst(t)
		items := []hc.CustomerBatchItem{nameItem(1, "first"), nameItem(1, "second"), nameItem(2, "other"), nameItem(1, "third")}
		started := time.Now()
		var names []string
		for outcome := range client.Customers.UpdateEach(t.Context(), slices.Values(items)) {
			require.NoError(t, outcome.Err)
			names = append(names, outcome.Value.Name)
		}
		assert.Equal(t, []string{"first", "second", "other", "third"}, names)
		assert.Equal(t, "third", name(server, 1))
		assert.Equal(t, 14*time.Second, time.Since(started))
		other := server.RequestsFor(helpcrunchtest.UpdateCustomer)
		at := slices.IndexFunc(other, func(r helpcrunchtest.Request) bool { return strings.HasSuffix(r.Path, "/2") })
		assert.Less(t, other[at].Time.Sub(started), 10*time.Second, "another customer's does not wait")
	})
}

// TestUpsertsOfOneUserIDCreateOnce: the second finds what the first created.
func TestUpsertsOfOneUserIDCreateOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := slowFirst(t)
		var outcomes []hc.Outcome[hc.CustomerInput, hc.Upserted]
		inputs := []hc.CustomerInput{{UserID: "new", Name: "first"}, {UserID: "new", Name: "second"}, {UserID: "other"}}
		for outcome := range client.Customers.UpsertEach(t.Context(), slices.Values(inputs)) {
			require.NoError(t, outcome.Err)
			outcomes = append(outcomes, outcome)
		}
		assert.Equal(t, hc.UpsertCreated, outcomes[0].Value.Result)
		assert.Equal(t, hc.UpsertUpdated, outcomes[1].Value.Result)
		assert.Equal(t, outcomes[0].Value.Customer.ID, outcomes[1].Value.Customer.ID)
		assert.Equal(t, "second", name(server, int(outcomes[0].Value.Customer.ID)))
		assert.Equal(t, 2, server.Count(helpcrunchtest.CreateCustomer))
	})
}

// TestBatchesOfOneCustomerKeepTheirOrder has a customer in two groups of ten, and twice in the second.
func TestBatchesOfOneCustomerKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := slowFirst(t)
		items := append(nameItems(12), nameItem(1, "second"), nameItem(1, "third"), nameItem(13, "other"))
		outcomes, err := client.Customers.BatchUpdate(t.Context(), items)
		require.NoError(t, err)
		require.Len(t, outcomes, 15)
		for i, outcome := range outcomes {
			require.NoError(t, outcome.Err)
			patch, _ := items[i].Patch.Name.Get()
			assert.Equal(t, patch, outcome.Value.Name, "each item has its own outcome")
		}
		assert.Equal(t, "third", name(server, 1))
		assert.Equal(t, 3, server.Count())
	})
}

// TestBulkItemsOfOneCustomerWhenTheContextEnds: an item that waits for another was not sent.
func TestBulkItemsOfOneCustomerWhenTheContextEnds(t *testing.T) {
	for method, write := range map[string]func(context.Context, *hc.Client) []error{
		"BatchUpdate": func(ctx context.Context, c *hc.Client) []error {
			outcomes, _ := c.Customers.BatchUpdate(ctx, []hc.CustomerBatchItem{nameItem(1, "first"), nameItem(1, "second")})
			return kit.OutcomeErrors(slices.Values(outcomes))
		},
		"UpdateEach": func(ctx context.Context, c *hc.Client) []error {
			items := []hc.CustomerBatchItem{nameItem(1, "first"), nameItem(1, "second")}
			return kit.OutcomeErrors(c.Customers.UpdateEach(ctx, slices.Values(items)))
		},
	} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := bulkServer(t, 1, afterArrival(10*time.Second))
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				errs := write(ctx, kit.SimulatedClient(server))
				require.Len(t, errs, 2)
				for _, err := range errs {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
				}
				assert.ErrorIs(t, errs[0], hc.ErrMaybeApplied)
				assert.NotErrorIs(t, errs[1], hc.ErrMaybeApplied)
				assert.Equal(t, 1, server.Count())
			})
		})
	}
}
