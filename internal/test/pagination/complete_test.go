package pagination_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestP2RowsPresentDuringTheWholeIterationAreYieldedOnce iterates over lists that others change, and
// sometimes the consumer changes them too. One that begins at an offset may end with an error
// when all that it passed is gone.
func TestP2RowsPresentDuringTheWholeIterationAreYieldedOnce(t *testing.T) {
	t.Parallel()
	histories := uint64(2000)
	if kit.RaceDetector {
		histories = 200 // it makes them six times slower
	}
	for seed := range histories {
		synctest.Test(t, func(t *testing.T) {
			h := newHistory(seed)
			ids, err := h.iterate(t)
			present := h.present()
			var passed []int64
			for _, id := range ids {
				if slices.Contains(present, id) {
					passed = append(passed, id)
				}
			}
			if incomplete, ok := errors.AsType[*helpcrunch.IncompleteError](err); ok {
				// Rows were deleted and others created in front of the iterator between two pages.
				require.Equal(t, distinct(ids), incomplete.Got, "history %d", seed)
				require.Less(t, incomplete.Got, incomplete.Total, "history %d", seed)
			} else if h.offset > 0 && err != nil { // there was nothing left to go on from
				require.ErrorContains(t, err, "none of the latest rows is left", "history %d", seed)
				present = present[:min(len(passed), len(present))]
			} else {
				require.NoError(t, err, "history %d", seed)
			}
			require.Equal(t, fmt.Sprint(present), fmt.Sprint(passed), "history %d", seed)
			if !h.moves {
				require.Equal(t, len(ids), distinct(ids), "history %d: a row came twice", seed)
			}
		})
	}
}

// distinct counts the different ids.
func distinct(ids []int64) int {
	return len(slices.Compact(slices.Sorted(slices.Values(ids))))
}

// TestP2ADeletionCostsAtMostTwoRequests: the gap is filled, and the prefetched pages are still used. It
// costs one more where a page from before the deletion comes between two from after it.
func TestP2ADeletionCostsAtMostTwoRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.SeededServer(t, 5000, kit.Exactly(time.Second))
		requests := func(each func(row int)) int {
			server.ForgetRequests()
			row := 0
			for _, err := range kit.SimulatedClient(server).Customers.All(t.Context(), nil) {
				require.NoError(t, err)
				each(row)
				row++
			}
			return server.Count(helpcrunchtest.ListCustomers)
		}
		quiet := requests(func(int) {})
		busy := requests(func(row int) {
			if row == 500 || row == 2500 {
				require.NoError(t, server.Client().Customers.Delete(t.Context(), int64(1000+row/10)))
			}
		})
		require.LessOrEqual(t, busy, quiet+6)
	})
}

// iterate iterates over the list while it changes, and returns the ids in order.
func (h *history) iterate(t *testing.T) (ids []int64, err error) {
	prefetch := []int{1, 2, 3, 8, 64}[h.IntN(5)]
	client := kit.NewClient(t, h, helpcrunch.WithPrefetch(prefetch), helpcrunch.WithRateLimit(600))
	list := h.list(t.Context(), client)
	over := make(chan struct{})
	go func() {
		for {
			h.happen()
			select {
			case <-over:
				return
			case <-time.After(h.pause):
			}
		}
	}()
	defer synctest.Wait()
	defer close(over)
	for id, err := range list {
		if err != nil {
			return ids, err
		}
		if ids = append(ids, id); h.deletes && (len(ids) > 200 || len(ids)%2 == 0) {
			h.delete(id)
		}
	}
	return ids, nil
}

// list returns an iterator of one of all kinds.
func (h *history) list(ctx context.Context, client *helpcrunch.Client) iter.Seq2[int64, error] {
	order, limit := []helpcrunch.Order{"asc", "ASC"}[h.IntN(2)], 1+h.IntN(40)
	if h.descending {
		order = []helpcrunch.Order{"desc", "DESC"}[h.IntN(2)]
	}
	if len(h.rows) > 1000 {
		limit = 0
	}
	switch kind := h.IntN(5); {
	case kind == 0:
		return idsIn(client.Customers.All(ctx, &helpcrunch.CustomerListOptions{Offset: h.offset, Limit: limit, Order: order}))
	case kind == 1:
		return idsIn(client.Customers.SearchAll(ctx, &helpcrunch.CustomerSearch{Offset: h.offset, Limit: limit, Order: order}))
	case kind == 2:
		return idsIn(client.Chats.All(ctx, &helpcrunch.ChatListOptions{Offset: h.offset, Limit: limit, Order: order}))
	case kind == 3 && h.descending:
		return idsIn(client.Messages.All(ctx, 7, &helpcrunch.ListOptions{Offset: h.offset, Limit: limit}))
	}
	return idsIn(client.Chats.SearchAll(ctx, &helpcrunch.ChatSearch{Offset: h.offset, Limit: limit, Order: order}))
}

// idsIn returns the ids of the rows of an iteration.
func idsIn[T any](rows iter.Seq2[*T, error]) iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		for row, err := range rows {
			var id int64
			if err == nil {
				id = reflect.ValueOf(row).Elem().FieldByName("ID").Int()
			}
			if !yield(id, err) {
				return
			}
		}
	}
}
