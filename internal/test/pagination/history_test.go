package pagination_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// historyRow is a row of a list that others change.
type historyRow struct {
	id      int64
	moment  int64 // in seconds, by which the list is sorted; 0 for none
	present bool  // from the beginning on, and never deleted or moved
}

// history is a list that changes during an iteration.
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
	moves      bool          // rows are changed so that they move
	moments    int           // how many different ones the rows have at first
	zeroFirst  bool          // rows without a moment come first

	mu     sync.Mutex
	rows   []historyRow
	nextID int64
	offset int            // at which the iteration starts
	ahead  map[int64]bool // the rows from there on when it began; nil before
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
	h.moves = h.IntN(3) == 0
	h.moments = []int{100, 100, 3, 1}[h.IntN(4)]
	h.zeroFirst = h.IntN(2) == 0
	size := 150
	if seed%200 == 0 { // more than an iteration stores
		h.deletes, h.cutTo, size = true, 100, 2500
	}
	for range 1 + h.IntN(size) {
		h.create(int64(h.IntN(h.moments)))
	}
	for i := range h.rows {
		h.rows[i].present = true
	}
	if h.IntN(4) == 0 {
		h.offset = h.IntN(len(h.rows))
	}
	return h
}

// create adds a row in its place.
func (h *history) create(moment int64) {
	h.insert(historyRow{id: h.nextID, moment: moment})
	h.nextID++
}

func (h *history) insert(row historyRow) {
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
// account are, and some with an older one, as those of an import are. Most deletions take a few
// rows, and some any part of the list.
func (h *history) happen() {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.moves && h.IntN(3) == 0 && len(h.rows) > 0:
		for range 1 + h.IntN(3) {
			h.move()
		}
	case h.IntN(2) == 0 && len(h.rows) > 0:
		at := h.IntN(len(h.rows))
		most := len(h.rows) - at
		if h.IntN(30) > 0 {
			most = min(40, most)
		}
		n := 1 + h.IntN(1+h.IntN(most))
		h.rows = slices.Delete(h.rows, at, at+n)
	case h.IntN(3) == 0:
		h.create(int64(h.IntN(120)))
	default:
		for range 1 + h.IntN(1+h.IntN(20)) {
			h.create(120)
		}
	}
}

// move gives a row another moment, and with it another place.
func (h *history) move() {
	at := h.IntN(len(h.rows))
	row := h.rows[at]
	row.moment, row.present = int64(h.IntN(130)), false
	h.rows = slices.Delete(h.rows, at, at+1)
	h.insert(row)
}

func (h *history) RoundTrip(r *http.Request) (*http.Response, error) {
	latency, before := h.delays()
	if err := kit.Sleep(r.Context(), before); err != nil {
		return nil, err
	}
	status, body := h.page(r)
	if err := kit.Sleep(r.Context(), latency-before); err != nil {
		return nil, err
	}
	return kit.NewResponse(r, status, body), nil
}

// delays is how long a request takes, and when in that time the list is read.
func (h *history) delays() (latency, before time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	latency = time.Duration(h.Int64N(int64(h.latency))) + 1
	return latency, time.Duration(h.Int64N(int64(latency)))
}

// page responds to a list or a search. Without rows a search may be a 404.
func (h *history) page(r *http.Request) (status int, body string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	offset, limit := asked(r)
	limit = min(limit, h.cutTo)
	if h.ahead == nil {
		h.ahead = make(map[int64]bool)
		for _, row := range h.rows[min(h.offset, len(h.rows)):] {
			h.ahead[row.id] = true
		}
	}
	var rows []string
	for _, row := range h.rows[min(offset, len(h.rows)):min(offset+limit, len(h.rows))] {
		moment := fmt.Sprint(row.moment)
		if row.moment == 0 {
			moment = "null"
		}
		rows = append(rows, fmt.Sprintf(`{"id":%d,"firstSeen":%s,"createdAt":%s}`, row.id, moment, moment))
	}
	if len(rows) == 0 && r.Method == http.MethodPost && h.missing {
		return http.StatusNotFound, notFoundJSON
	}
	body = `{"data":[` + strings.Join(rows, ",") + `]`
	if !h.noTotal {
		body += fmt.Sprintf(`,"total":%d`, len(h.rows))
	}
	return http.StatusOK, body + "}"
}

// notFoundJSON is the body of the service for a search without rows.
const notFoundJSON = `{"errors":[{"code":"not_found","message":"Customer not found"}]}`

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

// present is the rows that the iteration must pass, in order: those that were there all the time, and
// not in front of its offset.
func (h *history) present() []int64 {
	var ids []int64
	for _, row := range h.rows {
		if row.present && h.ahead[row.id] {
			ids = append(ids, row.id)
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
