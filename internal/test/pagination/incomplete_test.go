package pagination_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// visitedList is a list of customers or agents, sorted by their last visit. Before each
// request but the first, visits happen.
type visitedList struct {
	lastSeen   []int // by id, from 1
	descending bool
	visit      func(l *visitedList)
	requests   int
}

func newVisitedList(rows int, visit func(l *visitedList)) *visitedList {
	l := &visitedList{visit: visit}
	for i := range rows {
		l.lastSeen = append(l.lastSeen, 1000+i)
	}
	return l
}

func (l *visitedList) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.requests++; l.requests > 1 {
		l.visit(l)
	}
	ids := make([]int, len(l.lastSeen))
	for i := range ids {
		ids[i] = i
	}
	slices.SortFunc(ids, func(a, b int) int {
		order := cmp.Compare(l.lastSeen[a], l.lastSeen[b])
		if l.descending {
			return -order
		}
		return order
	})
	offset, limit := asked(r)
	var rows []string
	for _, id := range ids[min(offset, len(ids)):min(offset+limit, len(ids))] {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"lastSeen":%d}`, id+1, l.lastSeen[id]))
	}
	return kit.NewResponse(r, 200, fmt.Sprintf(`{"data":[%s],"total":%d}`, strings.Join(rows, ","), len(ids))), nil
}

// plainLoop reads a list page by page and returns the number of different rows.
func plainLoop[T any](t *testing.T, list func(offset int) (*helpcrunch.Page[T], error), id func(T) int64) int {
	rows := make(map[int64]bool)
	for offset := 0; ; {
		page, err := list(offset)
		require.NoError(t, err)
		for _, row := range page.Items {
			rows[id(row)] = true
		}
		if offset = page.NextOffset(); !page.HasMore() {
			return len(rows)
		}
	}
}

// iterated returns the number of different rows of an iteration, which ends with an
// IncompleteError if there are fewer than total.
func iterated(t *testing.T, rows iter.Seq2[int64, error], total int) int {
	var ids []int64
	var failure error
	for id, err := range rows {
		require.NoError(t, failure, "an error is last")
		if failure = err; err == nil {
			ids = append(ids, id)
		}
	}
	got := distinct(ids)
	assert.Len(t, ids, got, "each row comes once")
	if got == total {
		assert.NoError(t, failure)
		return got
	}
	var incomplete *helpcrunch.IncompleteError
	if assert.ErrorAs(t, failure, &incomplete) {
		assert.Equal(t, helpcrunch.IncompleteError{Got: got, Total: total}, *incomplete)
	}
	return got
}

// TestP5CustomersByLastSeenLoseNoMoreThanAPlainLoop with visits between the requests.
func TestP5CustomersByLastSeenLoseNoMoreThanAPlainLoop(t *testing.T) {
	for _, customers := range []int{150, 199, 1000} {
		for _, visits := range []int{1, 5} {
			for _, order := range []helpcrunch.Order{helpcrunch.OrderAscending, helpcrunch.OrderDescending} {
				for seed := range uint64(5) {
					list := func() *visitedList {
						random, now := rand.New(rand.NewPCG(seed, 1)), 5000
						l := newVisitedList(customers, func(l *visitedList) {
							for range visits {
								now++
								l.lastSeen[random.IntN(len(l.lastSeen))] = now
							}
						})
						l.descending = order == helpcrunch.OrderDescending
						return l
					}
					opts := helpcrunch.CustomerListOptions{Sort: helpcrunch.CustomerSortLastSeen, Order: order}
					client := kit.NewClient(t, list(), helpcrunch.WithRateLimit(1<<30), helpcrunch.WithPrefetch(1))
					got := iterated(t, idsIn(client.Customers.All(t.Context(), &opts)), customers)
					client = kit.NewClient(t, list(), helpcrunch.WithRateLimit(1<<30))
					plain := plainLoop(t, func(offset int) (*helpcrunch.Page[helpcrunch.Customer], error) {
						opts.Offset = offset
						return client.Customers.List(t.Context(), &opts)
					}, func(c helpcrunch.Customer) int64 { return c.ID })
					assert.GreaterOrEqual(t, got, plain, "%d customers, %d visits, %s, seed %d", customers, visits, order, seed)
				}
			}
		}
	}
}

// TestP5AnAgentThatMovesHidesNoOthers: of 180 agents, in the service's own order.
func TestP5AnAgentThatMovesHidesNoOthers(t *testing.T) {
	list := newVisitedList(180, func(l *visitedList) { l.lastSeen[3] = 5000 })
	client := kit.NewClient(t, list, helpcrunch.WithRateLimit(1<<30))
	assert.GreaterOrEqual(t, iterated(t, idsIn(client.Agents.All(t.Context(), nil)), 180), 179)
}

// TestP5TiesInRandomOrderAreAnError after all rows: 1,000 customers have one firstSeen.
func TestP5TiesInRandomOrderAreAnError(t *testing.T) {
	for _, prefetch := range []int{1, 64} {
		for _, offset := range []int{0, 100} {
			client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
				offset, limit := asked(r)
				var rows []string
				for _, id := range rand.Perm(1000)[min(offset, 1000):min(offset+limit, 1000)] {
					rows = append(rows, fmt.Sprintf(`{"id":%d,"firstSeen":1767225600}`, id+1))
				}
				return kit.NewResponse(r, 200, `{"data":[`+strings.Join(rows, ",")+`],"total":1000}`), nil
			}), helpcrunch.WithRateLimit(1<<30), helpcrunch.WithPrefetch(prefetch))
			opts := &helpcrunch.CustomerListOptions{Offset: offset}
			got := iterated(t, idsIn(client.Customers.All(t.Context(), opts)), 1000-offset)
			assert.Less(t, got, 1000-offset)
			assert.Greater(t, got, 400)
		}
	}
}

// TestP5DeletedRowsAreNotMissing: the total fell.
func TestP5DeletedRowsAreNotMissing(t *testing.T) {
	row := func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, i) }
	list := listOf(1000, row)
	client := kit.NewClient(t, list, helpcrunch.WithRateLimit(1<<30), helpcrunch.WithPrefetch(1))
	n := 0
	for _, err := range client.Customers.All(t.Context(), nil) {
		require.NoError(t, err)
		if n++; n == 500 {
			list.delete(row(900))
		}
	}
	assert.Equal(t, 999, n)
}

// TestP5AnIterationThatIsBrokenOffIsNotIncomplete: nobody asked for the rest.
func TestP5AnIterationThatIsBrokenOffIsNotIncomplete(t *testing.T) {
	list := listOf(1000, func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, i) })
	for _, err := range kit.NewClient(t, list).Customers.All(context.Background(), nil) {
		require.NoError(t, err)
		break
	}
}

// TestC3ARowThatIsKeptDoesNotKeepItsPage: 200 of 20,000 rows.
func TestC3ARowThatIsKeptDoesNotKeepItsPage(t *testing.T) {
	list := listOf(20_000, func(i int) string {
		return fmt.Sprintf(`{"id":%d,"firstSeen":%d,"notes":"%s"}`, i+1, 1000+i, strings.Repeat("n", 250))
	})
	client := kit.NewClient(t, list, helpcrunch.WithRateLimit(1<<30))
	heap := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := heap()
	var kept []*helpcrunch.Customer
	for customer, err := range client.Customers.All(t.Context(), nil) {
		require.NoError(t, err)
		if customer.ID%100 == 0 {
			kept = append(kept, customer)
		}
	}
	assert.Less(t, heap()-before, int64(1<<20))
	assert.Len(t, kept, 200)
}
