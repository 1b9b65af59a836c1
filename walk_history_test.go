package helpcrunch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch"
)

// historyRow is a row of a list that others change.
type historyRow struct {
	id      int64
	moment  int64 // in seconds, by which the list is sorted
	present bool  // from the beginning on, and not deleted
}

// history is a list that is changed while it is walked over.
type history struct {
	*rand.Rand
	seed       uint64
	descending bool
	noTotal    bool
	cutTo      int // rows a page has at most
	latency    time.Duration
	pause      time.Duration // between events
	deletes    bool          // the consumer deletes each row that it gets

	mu     sync.Mutex
	rows   []historyRow
	nextID int64
	asked  int
}

func newHistory(seed uint64) *history {
	h := &history{seed: seed, Rand: rand.New(rand.NewPCG(seed, 0)), nextID: 1}
	h.descending = h.IntN(3) == 0
	h.noTotal = h.IntN(5) == 0
	h.cutTo = 100
	if !h.noTotal && h.IntN(5) == 0 {
		h.cutTo = 2 + h.IntN(20)
	}
	h.latency = time.Duration(1+h.IntN(4000)) * time.Millisecond
	h.pause = time.Duration(1+h.IntN(20)) * h.latency / 4
	h.deletes = h.IntN(20) == 0
	for range h.IntN(300) {
		h.create(int64(h.IntN(100)))
	}
	for i := range h.rows {
		h.rows[i].present = true
	}
	return h
}

// create adds a row in its place.
func (h *history) create(moment int64) {
	row := historyRow{id: h.nextID, moment: moment}
	h.nextID++
	at, _ := slices.BinarySearchFunc(h.rows, row, h.compare)
	h.rows = slices.Insert(h.rows, at, row)
}

func (h *history) compare(a, b historyRow) int {
	order := int(a.moment-b.moment)*1_000_000 + int(a.id-b.id)
	if h.descending {
		return -order
	}
	return order
}

// happen changes the list: most rows are created with the newest time, as those of a live
// account are, and some with an older one, as those of an import are.
func (h *history) happen() {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.IntN(2) == 0 && len(h.rows) > 0:
		at := h.IntN(len(h.rows))
		n := 1 + h.IntN(1+h.IntN(min(40, len(h.rows)-at)))
		h.rows = slices.Delete(h.rows, at, at+n)
	case h.IntN(3) == 0:
		h.create(int64(h.IntN(120)))
	default:
		for range 1 + h.IntN(1+h.IntN(20)) {
			h.create(120)
		}
	}
}

func (h *history) RoundTrip(r *http.Request) (*http.Response, error) {
	latency, before := h.delays()
	if err := pass(r.Context(), before); err != nil {
		return nil, err
	}
	body := h.page(r)
	if err := pass(r.Context(), latency-before); err != nil {
		return nil, err
	}
	return answer(r, 200, body), nil
}

// delays is how long a request takes, and when in that time the list is read.
func (h *history) delays() (latency, before time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	latency = time.Duration(h.Int64N(int64(h.latency))) + 1
	return latency, time.Duration(h.Int64N(int64(latency)))
}

// pass lets virtual time pass.
func pass(ctx context.Context, span time.Duration) error {
	select {
	case <-time.After(span):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var traceOn bool

func (h *history) page(r *http.Request) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	query := r.URL.Query()
	offset, _ := strconv.Atoi(query.Get("offset"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	limit = min(limit, h.cutTo)
	var rows []string
	for _, row := range h.rows[min(offset, len(h.rows)):min(offset+limit, len(h.rows))] {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"firstSeen":"%d"}`, row.id, row.moment))
	}
	body := `{"data":[` + strings.Join(rows, ",") + `]`
	if !h.noTotal {
		body += fmt.Sprintf(`,"total":%d`, len(h.rows))
	}
	if traceOn {
		fmt.Println(r.URL.RawQuery, body)
	}
	return body + "}"
}

// present is the rows that were there all the time, in order.
func (h *history) present() []int64 {
	var ids []int64
	for _, row := range h.rows {
		if row.present {
			ids = append(ids, row.id)
		}
	}
	return ids
}

// TestP2RowsPresentDuringTheWholeWalkComeOnce walks over lists that others change, and
// now and then the walk's own consumer too.
func TestP2RowsPresentDuringTheWholeWalkComeOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		t.Run("", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHistory(seed)
				ids := h.walk(t)
				var passed []int64
				for _, id := range ids {
					if slices.Contains(h.present(), id) {
						passed = append(passed, id)
					}
				}
				assert.Equal(t, h.present(), passed, "history %d", seed)
				slices.Sort(ids)
				assert.Len(t, slices.Compact(slices.Clone(ids)), len(ids), "history %d: a row came twice", seed)
			})
		})
	}
}

// walk walks over the list while it changes, and returns the ids that came.
func (h *history) walk(t *testing.T) (ids []int64) {
	prefetch := []int{1, 2, 3, 8, 64}[h.IntN(5)]
	client := newClient(t, h, helpcrunch.WithPrefetch(prefetch), helpcrunch.WithRateLimit(600))
	opts := &helpcrunch.CustomerListOptions{Limit: 1 + h.IntN(40)}
	if h.descending {
		opts.Order = helpcrunch.OrderDescending
	}
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
	for customer, err := range client.Customers.All(t.Context(), opts) {
		if err != nil {
			t.Log("FAILED", h.seed, opts.Limit, prefetch, h.noTotal, h.cutTo, h.deletes, h.descending, err)
			h.rows = nil
			return nil
		}
		if ids = append(ids, customer.ID); h.deletes {
			h.delete(customer.ID)
		}
	}
	return ids
}

// delete deletes one row.
func (h *history) delete(id int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rows = slices.DeleteFunc(h.rows, func(row historyRow) bool { return row.id == id })
}
