package helpcrunch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// historyRow is a row of a list that others change.
type historyRow struct {
	id      int64
	moment  int64 // in seconds, by which the list is sorted; 0 for none
	present bool  // from the beginning on, and not deleted
}

// history is a list that is changed while it is walked over.
type history struct {
	*rand.Rand
	seed       uint64
	descending bool
	noTotal    bool
	missing    bool // 404 for a search without rows
	cutTo      int  // rows a page has at most
	latency    time.Duration
	pause      time.Duration // between events
	deletes    bool          // the consumer deletes most of the rows that it gets
	moments    int           // how many different ones the rows have at first
	zeroFirst  bool          // rows without a moment come first

	mu     sync.Mutex
	rows   []historyRow
	nextID int64
}

func newHistory(seed uint64) *history {
	h := &history{seed: seed, Rand: rand.New(rand.NewPCG(seed, 0)), nextID: 1}
	h.descending = h.IntN(3) == 0
	h.noTotal = h.IntN(5) == 0
	h.missing = h.IntN(2) == 0
	h.cutTo = 100
	if !h.noTotal && h.IntN(5) == 0 {
		h.cutTo = 2 + h.IntN(20)
	}
	h.latency = time.Duration(1+h.IntN(4000)) * time.Millisecond
	h.pause = time.Duration(1+h.IntN(20)) * h.latency / 4
	h.deletes = h.IntN(20) == 0
	h.moments = []int{100, 100, 3, 1}[h.IntN(4)]
	h.zeroFirst = h.IntN(2) == 0
	size := 150
	if seed%200 == 0 { // more than a walk remembers
		h.deletes, h.cutTo, size = true, 100, 2500
	}
	for range 1 + h.IntN(size) {
		h.create(int64(h.IntN(h.moments)))
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
		order = -order
	}
	if (a.moment == 0) != (b.moment == 0) && (a.moment == 0) == h.zeroFirst {
		return -1
	} else if (a.moment == 0) != (b.moment == 0) {
		return 1
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
	status, body := h.page(r)
	if err := pass(r.Context(), latency-before); err != nil {
		return nil, err
	}
	return answer(r, status, body), nil
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

// page answers a list or a search, which may say by 404 that there are no rows.
func (h *history) page(r *http.Request) (status int, body string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	offset, limit := asked(r)
	limit = min(limit, h.cutTo)
	var rows []string
	for _, row := range h.rows[min(offset, len(h.rows)):min(offset+limit, len(h.rows))] {
		moment := fmt.Sprint(row.moment)
		if row.moment == 0 {
			moment = "null"
		}
		rows = append(rows, fmt.Sprintf(`{"id":%d,"firstSeen":%s,"createdAt":%s}`, row.id, moment, moment))
	}
	if len(rows) == 0 && r.Method == http.MethodPost && h.missing {
		return http.StatusNotFound, `{"errors":[]}`
	}
	body = `{"data":[` + strings.Join(rows, ",") + `]`
	if !h.noTotal {
		body += fmt.Sprintf(`,"total":%d`, len(h.rows))
	}
	return http.StatusOK, body + "}"
}

// asked is the part of a list that a request asks for, in its query or its body.
func asked(r *http.Request) (offset, limit int) {
	if r.Method == http.MethodPost {
		var search struct{ Offset, Limit int }
		_ = json.NewDecoder(r.Body).Decode(&search) // of the client, which others test
		return search.Offset, search.Limit
	}
	query := r.URL.Query()
	offset, _ = strconv.Atoi(query.Get("offset"))
	limit, _ = strconv.Atoi(query.Get("limit"))
	return offset, limit
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
	histories := uint64(2000)
	if raceDetector {
		histories = 500 // it makes them six times slower
	}
	for seed := range histories {
		synctest.Test(t, func(t *testing.T) {
			h := newHistory(seed)
			ids := h.walk(t)
			present := h.present()
			var passed []int64
			for _, id := range ids {
				if slices.Contains(present, id) {
					passed = append(passed, id)
				}
			}
			require.Equal(t, present, passed, "history %d", seed)
			slices.Sort(ids)
			require.Len(t, slices.Compact(slices.Clone(ids)), len(ids), "history %d: a row came twice", seed)
		})
	}
}

// TestP2ADeletionCostsOneRequest: the gap is filled, and the pages asked ahead are still used. It
// costs one more where a page from before the deletion comes between two from after it.
func TestP2ADeletionCostsOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := seeded(t, 5000, exactly(time.Second))
		requests := func(each func(row int)) int {
			server.ForgetRequests()
			row := 0
			for _, err := range simulatedClient(server).Customers.All(t.Context(), nil) {
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

// walk walks over the list while it changes, and returns the ids that came.
func (h *history) walk(t *testing.T) (ids []int64) {
	prefetch := []int{1, 2, 3, 8, 64}[h.IntN(5)]
	client := newClient(t, h, helpcrunch.WithPrefetch(prefetch), helpcrunch.WithRateLimit(600))
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
		require.NoError(t, err, "history %d", h.seed)
		if ids = append(ids, id); h.deletes && (len(ids) > 200 || len(ids)%2 == 0) {
			h.delete(id)
		}
	}
	return ids
}

// list is a walk of one of all kinds.
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
		return idsIn(client.Customers.All(ctx, &helpcrunch.CustomerListOptions{Limit: limit, Order: order}))
	case kind == 1:
		return idsIn(client.Customers.SearchAll(ctx, &helpcrunch.CustomerSearch{Limit: limit, Order: order}))
	case kind == 2:
		return idsIn(client.Chats.All(ctx, &helpcrunch.ChatListOptions{Limit: limit, Order: order}))
	case kind == 3 && h.descending:
		return idsIn(client.Messages.All(ctx, 7, &helpcrunch.ListOptions{Limit: limit}))
	}
	return idsIn(client.Chats.SearchAll(ctx, &helpcrunch.ChatSearch{Limit: limit, Order: order}))
}

// idsIn is the ids of the rows of a walk.
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

// delete deletes one row.
func (h *history) delete(id int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rows = slices.DeleteFunc(h.rows, func(row historyRow) bool { return row.id == id })
}
