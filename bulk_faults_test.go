package helpcrunch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func isMaybeApplied(err error) bool { return errors.Is(err, hc.ErrMaybeApplied) }

// itemRecord is what the server knows of one item.
type itemRecord struct {
	sent    bool // a write of it arrived
	applied bool // one was carried out
}

// itemRecords is what the server knows of the items, the first being that of number 1.
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

// itemsOf are the numbers of the items that a request writes.
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

// assertTruthful compares the outcomes with what the server knows.
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

// bulkFaults go wrong in the middle of bulk writes.
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

// TestBulkOutcomesAreTrueWhateverFails holds R1: it strikes requests at random, lets the context end in the
// middle of every other run, and compares each outcome with the server's record.
func TestBulkOutcomesAreTrueWhateverFails(t *testing.T) {
	t.Parallel()
	const items = 60
	for seed := range uint64(20) {
		for method, write := range bulkWrites(items) {
			t.Run(fmt.Sprintf("%s/%d", method, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					random := rand.New(rand.NewPCG(seed, 0))
					server := bulkServer(t, items*2/3, arriving(time.Duration(1+random.IntN(3000))*time.Millisecond))
					for _, fault := range bulkFaults {
						server.Inject(fault.WithProbability(random.Float64()*0.08, random.Uint64()))
					}
					ctx, cancel := context.WithCancel(t.Context())
					if seed%2 == 0 {
						ctx, cancel = context.WithTimeout(t.Context(), time.Duration(random.IntN(60))*time.Second)
					}
					defer cancel()
					client := simulatedClient(server, hc.WithMaxRetries(random.IntN(4)))
					assertTruthful(t, server, write(ctx, client), items)
					assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), budget)
					assert.Zero(t, server.OpenBodies())
				})
			})
		}
	}
}

// TestBulkWritesSurviveFailures has faults that retries overcome: every item succeeds.
func TestBulkWritesSurviveFailures(t *testing.T) {
	for method, write := range bulkWrites(100) {
		for _, fault := range bulkFaults[1:] {
			if fault.String() == helpcrunchtest.WrongJSON().String() {
				continue // is not sent again
			}
			t.Run(method+"/"+fault.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := bulkServer(t, 100, answering(time.Second))
					injected := server.Inject(fault.After(3).Times(4))
					errs := write(t.Context(), simulatedClient(server))
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

// TestBulkWritesWhoseContextEnds have three kinds of items, by the server's record: those that
// are done, those that were sent and not answered, and those that were not sent.
func TestBulkWritesWhoseContextEnds(t *testing.T) {
	const items = 300
	for method, write := range bulkWrites(items) {
		for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(8500*time.Millisecond, cancel)
				return ctx, cancel
			},
			"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 8500*time.Millisecond)
			},
		} {
			t.Run(method+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := bulkServer(t, items, answering(2*time.Second))
					ctx, cancel := end(t.Context())
					defer cancel()
					started := time.Now()
					errs := write(ctx, simulatedClient(server))
					assert.Equal(t, 8500*time.Millisecond, time.Since(started), "returns at once")
					sent := server.Count()
					assertTruthful(t, server, errs, items)
					done, unanswered := 0, 0
					for i, record := range itemRecords(t, server, items) {
						switch {
						case errs[i] == nil:
							done++
						case record.sent:
							unanswered++
							require.ErrorIs(t, errs[i], ctx.Err())
							require.ErrorIs(t, errs[i], hc.ErrMaybeApplied)
						default:
							require.ErrorIs(t, errs[i], ctx.Err())
							require.NotErrorIs(t, errs[i], hc.ErrMaybeApplied)
						}
					}
					assert.NotZero(t, done)
					assert.NotZero(t, unanswered)
					assert.Less(t, done+unanswered, items)
					time.Sleep(time.Hour)
					assert.Equal(t, sent, server.Count())
				})
			})
		}
	}
}

// TestBatchUpdateWhoseContextEnds: the error tells of it, although items were changed.
func TestBatchUpdateWhoseContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 300, answering(2*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		outcomes, err := simulatedClient(server).Customers.BatchUpdate(ctx, nameItems(300))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, outcomes, 300)
		assert.NoError(t, outcomes[0].Err)
		assert.ErrorContains(t, outcomes[299].Err, "rate limit", "it says why it was not sent")
	})
}

// TestBulkItemsOfOneCustomerWhenTheContextEnds: the one that waits for the other was not sent.
func TestBulkItemsOfOneCustomerWhenTheContextEnds(t *testing.T) {
	for method, write := range map[string]func(context.Context, *hc.Client) []error{
		"BatchUpdate": func(ctx context.Context, c *hc.Client) []error {
			outcomes, _ := c.Customers.BatchUpdate(ctx, []hc.CustomerBatchItem{nameItem(1, "first"), nameItem(1, "second")})
			return updateErrors(slices.Values(outcomes))
		},
		"UpdateEach": func(ctx context.Context, c *hc.Client) []error {
			items := []hc.CustomerBatchItem{nameItem(1, "first"), nameItem(1, "second")}
			return updateErrors(c.Customers.UpdateEach(ctx, slices.Values(items)))
		},
	} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := bulkServer(t, 1, answering(10*time.Second))
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				errs := write(ctx, simulatedClient(server))
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

// TestBatchUpdateWhoseContextEndsAfterARefusal has a ten that is refused, and sent again in part:
// nobody knows what the service made of the others when it refused them.
func TestBatchUpdateWhoseContextEndsAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 9, answering(time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		outcomes, err := simulatedClient(server).Customers.BatchUpdate(ctx, nameItems(10))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, outcomes, 10)
		for i, outcome := range outcomes {
			if i < 2 {
				assert.NoError(t, outcome.Err)
				continue
			}
			assert.ErrorIs(t, outcome.Err, context.DeadlineExceeded)
			assert.ErrorIs(t, outcome.Err, hc.ErrMaybeApplied)
		}
		assert.Equal(t, 4, server.Count(), "the ten, two of it, and a third")
	})
}

// TestBulkWritesAfterTheirContextEnded: nothing is sent, and each item says so.
func TestBulkWritesAfterTheirContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	server := helpcrunchtest.NewServer()
	defer server.Close()
	for method, write := range bulkWrites(100) {
		errs := write(ctx, server.Client())
		require.Len(t, errs, 100, method)
		for _, err := range errs {
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, hc.ErrMaybeApplied)
		}
	}
	assert.Zero(t, server.Count())
}
