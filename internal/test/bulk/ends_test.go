package bulk_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
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

// TestBulkWritesWhoseContextEnds: by the server's record some items succeeded, some were sent and
// got no response, and some were not sent.
func TestBulkWritesWhoseContextEnds(t *testing.T) {
	const items = 300
	for method, write := range bulkWrites(items) {
		for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(8730*time.Millisecond, cancel)
				return ctx, cancel
			},
			"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 8730*time.Millisecond)
			},
		} {
			t.Run(method+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := bulkServer(t, items, afterArrival(2*time.Second))
					ctx, cancel := end(t.Context())
					defer cancel()
					started := time.Now()
					errs := write(ctx, kit.SimulatedClient(server))
					assert.Equal(t, 8730*time.Millisecond, time.Since(started), "returns at once")
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

// TestBatchUpdateWhoseContextEnds: the error matches the context's, although items were changed.
func TestBatchUpdateWhoseContextEnds(t *testing.T) {
	for _, c := range []struct {
		name    string
		latency time.Duration
		cancel  bool // the context, which has no deadline
		early   bool // nothing is in flight when the context ends
		want    error
	}{
		{"deadline", 2 * time.Second, false, false, context.DeadlineExceeded},
		{"cancelled", 2 * time.Second, true, false, context.Canceled},
		{"no permit comes before the deadline", 0, false, true, context.DeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := bulkServer(t, 300, afterArrival(c.latency))
				ctx, cancel := context.WithCancel(t.Context())
				if c.cancel {
					time.AfterFunc(5*time.Second, cancel)
				} else {
					ctx, cancel = context.WithTimeout(ctx, 5*time.Second)
				}
				defer cancel()
				started := time.Now()
				outcomes, err := kit.SimulatedClient(server).Customers.BatchUpdate(ctx, nameItems(300))
				assert.Equal(t, c.early, time.Since(started) < 5*time.Second)
				require.ErrorIs(t, err, c.want)
				require.Len(t, outcomes, 300)
				assert.NoError(t, outcomes[0].Err)
				assert.ErrorIs(t, outcomes[299].Err, c.want)
				assert.NotErrorIs(t, outcomes[299].Err, hc.ErrMaybeApplied)
				if !c.cancel {
					assert.ErrorContains(t, outcomes[299].Err, "rate limit", "it says why it was not sent")
				}
			})
		})
	}
}

// TestBatchUpdateWhoseAttemptTimesOut: an attempt timeout is not the end of the context.
func TestBatchUpdateWhoseAttemptTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 20, afterArrival(time.Second))
		server.Inject(helpcrunchtest.SlowHeaders(time.Minute).Once())
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		outcomes, err := kit.SimulatedClient(server, hc.WithMaxRetries(0)).Customers.BatchUpdate(ctx, nameItems(20))
		require.NoError(t, err)
		failed := slices.DeleteFunc(outcomes, func(o hc.Outcome[hc.CustomerBatchItem, *hc.Customer]) bool { return o.Err == nil })
		require.Len(t, failed, 10)
		assert.ErrorIs(t, failed[0].Err, context.DeadlineExceeded)
		assert.ErrorIs(t, failed[0].Err, hc.ErrMaybeApplied)
	})
}

// transportTimeout is like the errors of net/http, which match the deadline of a context.
type transportTimeout struct{ error }

func (transportTimeout) Timeout() bool        { return true }
func (transportTimeout) Temporary() bool      { return true }
func (transportTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// TestBatchUpdateWhoseTransportTimesOut: neither is a timeout of the transport's own.
func TestBatchUpdateWhoseTransportTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			if strings.Contains(string(body), `"customer":11,`) {
				return nil, transportTimeout{errors.New("timeout awaiting response headers")}
			}
			return kit.NewResponse(r, http.StatusOK, `[{"id":1}]`), nil
		}), hc.WithMaxRetries(0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		items := make([]hc.CustomerBatchItem, 20)
		for i := range items {
			items[i] = hc.CustomerBatchItem{ID: int64(i + 1), Patch: hc.CustomerPatch{Name: hc.Set("Nora")}}
		}
		outcomes, err := client.Customers.BatchUpdate(ctx, items)
		require.NoError(t, err)
		require.NoError(t, outcomes[0].Err)
		assert.Regexp(t, "does not contain customer 2: .*; repeating it is safe$", outcomes[1].Err.Error())
		assert.ErrorIs(t, outcomes[10].Err, context.DeadlineExceeded)
	})
}

// TestBatchUpdateWhoseContextEndsAfterA429 has a group of ten that is rejected, and
// retried in part. The outcome of the others is unknown.
func TestBatchUpdateWhoseContextEndsAfterA429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bulkServer(t, 9, afterArrival(time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		outcomes, err := kit.SimulatedClient(server).Customers.BatchUpdate(ctx, nameItems(10))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, outcomes, 10)
		for i, outcome := range outcomes {
			if i < 2 {
				assert.NoError(t, outcome.Err)
				continue
			}
			assert.ErrorIs(t, outcome.Err, context.DeadlineExceeded)
			assert.ErrorIs(t, outcome.Err, hc.ErrMaybeApplied)
			assert.Regexp(t, "repeating it is safe$", outcome.Err.Error())
		}
		assert.Equal(t, 4, server.Count(), "the group, two of its items, and a third")
	})
}

// TestBulkWritesAfterTheirContextEnded: nothing is sent, and each item has the error.
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
