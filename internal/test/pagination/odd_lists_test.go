package pagination_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// oddList is a list of rows as JSON, whose pages may be shorter than asked for.
type oddList struct {
	cutTo   func(offset int) int // how many rows a page has at most; nil for as many as asked for
	latency time.Duration

	mu   sync.Mutex
	rows []string
}

func (l *oddList) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := kit.Sleep(r.Context(), l.latency); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	offset, limit := asked(r)
	if l.cutTo != nil {
		limit = min(limit, l.cutTo(offset))
	}
	part := l.rows[min(offset, len(l.rows)):min(offset+limit, len(l.rows))]
	return kit.NewResponse(r, 200, fmt.Sprintf(`{"data":[%s],"total":%d}`, strings.Join(part, ","), len(l.rows))), nil
}

// delete deletes a row.
func (l *oddList) delete(row string) {
	l.change(func(rows []string) []string {
		return slices.DeleteFunc(rows, func(r string) bool { return r == row })
	})
}

// change changes the list.
func (l *oddList) change(how func(rows []string) []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = how(l.rows)
}

// listOf returns a list of n rows.
func listOf(n int, row func(i int) string) *oddList {
	l := &oddList{}
	for i := range n {
		l.rows = append(l.rows, row(i))
	}
	return l
}

// TestP1ShortPagesLoseNothing: also where one has a single row, with prefetched pages.
func TestP1ShortPagesLoseNothing(t *testing.T) {
	for name, cut := range map[string]func(offset int) int{
		"one row each":     func(int) int { return 1 },
		"one row in one":   func(offset int) int { return 100 - 99*bit(offset == 198) },
		"one row in some":  func(offset int) int { return 100 - 99*bit(offset%3 == 0) },
		"fewer and fewer":  func(offset int) int { return max(1, 50-offset/10) },
		"seven rows each":  func(int) int { return 7 },
		"more than is due": func(int) int { return 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list := listOf(600, func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, 1000+i) })
				list.cutTo, list.latency = cut, time.Second
				assert.Equal(t, 600, kit.Count(t, kit.NewClient(t, list).Customers.All(t.Context(), nil)))
			})
		})
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestP2RowsWithEqualTimesAreYieldedOnce: the consumer keeps the first rows and deletes more than
// an iteration would store of rows with different times.
func TestP2RowsWithEqualTimesAreYieldedOnce(t *testing.T) {
	for name, moment := range map[string]string{"the same": "7", "none": "null"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				row := func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%s}`, i+1, moment) }
				list := listOf(1700, row)
				list.latency = time.Second
				var ids []int64
				for customer, err := range kit.NewClient(t, list).Customers.All(t.Context(), nil) {
					require.NoError(t, err)
					ids = append(ids, customer.ID)
					if customer.ID > 200 {
						list.delete(row(int(customer.ID) - 1))
					}
				}
				assert.Equal(t, upToID(1700), ids)
			})
		})
	}
}

// TestP2ARowThatMovesHidesNoOthers: it was passed, and comes again behind rows that were not.
func TestP2ARowThatMovesHidesNoOthers(t *testing.T) {
	row := func(id, moment int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, id, moment) }
	for limit := range 5 {
		list := listOf(10, func(i int) string { return row(i+1, 10*i+10) })
		client := kit.NewClient(t, list, helpcrunch.WithPrefetch(1), helpcrunch.WithRateLimit(1<<30))
		var ids []int64
		for customer, err := range client.Customers.All(t.Context(), &helpcrunch.CustomerListOptions{Limit: limit}) {
			require.NoError(t, err)
			if ids = append(ids, customer.ID); customer.ID == 3 {
				list.change(func(rows []string) []string { return slices.Insert(rows[1:], 4, row(1, 55)) })
			}
		}
		assert.Equal(t, upToID(10), ids, "pages of %d", limit)
	}
}

// TestP2AnIterationFromAnOffsetFollowsItsRows: nothing is left of what came before those to
// come, as their times tell.
func TestP2AnIterationFromAnOffsetFollowsItsRows(t *testing.T) {
	list := listOf(1000, func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, i) })
	client := kit.NewClient(t, list, helpcrunch.WithPrefetch(1), helpcrunch.WithRateLimit(1<<30))
	last := int64(500)
	for customer, err := range client.Customers.All(t.Context(), &helpcrunch.CustomerListOptions{Offset: 500}) {
		require.NoError(t, err)
		require.Equal(t, last+1, customer.ID)
		if last++; last == 699 { // the last of a page
			list.change(func(rows []string) []string { return rows[699:] })
		}
	}
	assert.Equal(t, int64(1000), last)
}

// TestP2AnIterationFromAnOffsetYieldsNoEarlierRows: when nothing is left to go on from, that is
// an error.
func TestP2AnIterationFromAnOffsetYieldsNoEarlierRows(t *testing.T) {
	row := func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":7}`, i+1) }
	list := listOf(2000, row)
	var failure error
	for customer, err := range kit.NewClient(t, list, helpcrunch.WithRateLimit(1<<30)).Customers.All(t.Context(),
		&helpcrunch.CustomerListOptions{Offset: 1000}) {
		if failure = err; err == nil {
			require.Greater(t, customer.ID, int64(1000))
			list.delete(row(int(customer.ID) - 1))
		}
	}
	assert.ErrorContains(t, failure, "none of the latest rows is left")
}

// TestP2AListThatIsNotSortedIsIterated: a server that ignores the sort loses nothing on a quiet account,
// also where the first pages happen to be in order.
func TestP2AListThatIsNotSortedIsIterated(t *testing.T) {
	for _, inOrder := range []int{0, 250} {
		list := listOf(1000, func(i int) string {
			firstSeen := i
			if i >= inOrder {
				firstSeen = i * 7919 % 1000
			}
			return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, firstSeen)
		})
		client := kit.NewClient(t, list, helpcrunch.WithRateLimit(1<<30))
		rows := client.Customers.All(t.Context(), &helpcrunch.CustomerListOptions{Offset: 100})
		assert.Equal(t, 900, kit.Count(t, rows), "the first %d in order", inOrder)
	}
}

// TestP2SteadyDeletionsCostLittle: pages overlap by more rows while rows are being deleted.
func TestP2SteadyDeletionsCostLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, 1000+i) }
		list := listOf(10_000, row)
		list.latency = 2 * time.Second
		began, n := time.Now(), 0
		for _, err := range kit.NewClient(t, list).Customers.All(t.Context(), nil) {
			require.NoError(t, err)
			if n++; n%200 == 0 {
				list.delete(row(n / 2)) // with every other page
			}
		}
		assert.Equal(t, 10_000, n)
		assert.Less(t, time.Since(began), 60*time.Second) // 57 to 89 s with an overlap of one row
	})
}

// TestT2AnIterationEndsWithItsContext also where further pages are there already.
func TestT2AnIterationEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := listOf(10_000, func(i int) string { return fmt.Sprintf(`{"id":%d,"firstSeen":%d}`, i+1, 1000+i) })
		list.latency = time.Second
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows, failure := 0, error(nil)
		for _, err := range kit.NewClient(t, list, helpcrunch.WithRateLimit(6000)).Customers.All(ctx, nil) {
			if failure = err; err == nil {
				rows++
			}
			if rows == 300 {
				time.Sleep(10 * time.Second)
				cancel()
			}
		}
		assert.ErrorIs(t, failure, context.Canceled)
		assert.Less(t, rows, 400, "the page at hand is used up, and no other")
	})
}

// TestPanicsOfATransportReachTheCaller, so that they can be recovered from as with other calls.
func TestPanicsOfATransportReachTheCaller(t *testing.T) {
	list := listOf(1000, func(i int) string { return fmt.Sprintf(`{"id":%d}`, i+1) })
	client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		if offset, _ := asked(r); offset > 0 {
			panic("no network")
		}
		return list.RoundTrip(r)
	}), helpcrunch.WithRateLimit(1<<30))
	assert.PanicsWithValue(t, "no network", func() { kit.Count(t, client.Customers.All(t.Context(), nil)) })
}

// TestProgressIsAValue: other goroutines may use it during the iteration.
func TestProgressIsAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := make(chan helpcrunch.Progress, 100)
		client := kit.SimulatedClient(kit.SeededServer(t, 500, kit.Exactly(time.Second))).WithProgress(func(p helpcrunch.Progress) { shown <- p })
		go func() {
			for p := range shown {
				assert.GreaterOrEqual(t, p.Estimate(100), time.Duration(0))
			}
		}()
		assert.Equal(t, 500, kit.Count(t, client.Customers.All(t.Context(), nil)))
		close(shown)
	})
}

// TestProgressEstimatesBesideOtherWork: more of it than the limit has must not make the estimate
// go out of bounds.
func TestProgressEstimatesBesideOtherWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.SeededServer(t, 3000, kit.Exactly(300*time.Millisecond))
		client := kit.SimulatedClient(server)
		over := make(chan struct{})
		for range 5 {
			go repeat(over, time.Second, func() { _ = kit.Getter(client)(t.Context()) })
		}
		var left []time.Duration
		for _, p := range watched(t, client, &helpcrunch.CustomerListOptions{Limit: 30}, func() {}) {
			left = append(left, p.Remaining)
		}
		close(over)
		assert.Less(t, slices.Max(left), time.Hour)
		time.Sleep(time.Hour) // until the last of the calls has its permit
	})
}
