package export

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// unlimited limits nothing.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }

// serveCustomers serves pages of rows in JSON. order, if not nil, is called with them before each page.
func serveCustomers(t *testing.T, rows []string, order func([]string)) *helpcrunch.Client {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		mu.Lock()
		defer mu.Unlock()
		if order != nil {
			order(rows)
		}
		page := rows[min(offset, len(rows)):min(offset+limit, len(rows))]
		fmt.Fprintf(w, `{"data":[%s],"total":%d}`, strings.Join(page, ","), len(rows))
	}))
	t.Cleanup(server.Close)
	client, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithBaseURL(server.URL), helpcrunch.WithRateLimiter(unlimited{}))
	require.NoError(t, err)
	return client
}

// tied returns customers with the same firstSeen.
func tied(n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":%d,"firstSeen":"1767225600"}`, i+1)
	}
	return rows
}

func shuffle(rows []string) {
	rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
}

// TestRowsInAnotherOrderEachTimeAreAllRead has a service that sorts customers with the same
// firstSeen by chance. A run that gives up says so, and the next one completes it.
func TestRowsInAnotherOrderEachTimeAreAllRead(t *testing.T) {
	o := newOptions(t, customerList, formatJSONLines)
	client := serveCustomers(t, tied(1000), shuffle)
	for range 50 {
		err := newExport(t, o, client, io.Discard).run(t.Context())
		if err == nil {
			break
		}
		require.ErrorContains(t, err, "of 1000 rows; ")
		require.ErrorContains(t, err, "customers are kept in ")
		require.NoFileExists(t, o.out)
	}
	assert.Len(t, readLines[helpcrunch.Customer](t, o.out), 1000)
	assertOnly(t, o.out)
}

// TestAnIncompleteListIsNotWritten has a service that never returns the last 50 customers.
func TestAnIncompleteListIsNotWritten(t *testing.T) {
	rows := tied(300)
	o := newOptions(t, customerList, formatJSONLines)
	client := serveCustomers(t, rows, func(rows []string) { copy(rows[250:], rows[:50]) })
	for range 3 {
		err := newExport(t, o, client, io.Discard).run(t.Context())
		require.ErrorContains(t, err, "got 250 of 300 rows; 250 customers are kept in "+journalOf(o))
		assertOnly(t, journalOf(o))
	}
}

// TestAFieldThatCannotBeReadCostsNoRow: the other fields of its row are exported.
func TestAFieldThatCannotBeReadCostsNoRow(t *testing.T) {
	rows := []string{
		`{"id":1,"userId":"a"}`,
		`{"id":2,"userId":"b","lastSeen":false,"tags":["vip"],"location":"Lviv"}`,
		`{"id":3,"userId":"c","lastSeen":{"date":"2026"}}`,
	}
	for _, format := range []string{formatCSV, formatJSONLines} {
		o := newOptions(t, customerList, format)
		stdout := exports(t, o, serveCustomers(t, rows, nil))
		assert.Contains(t, stdout, "Wrote 3 customers to "+o.out+".\n")
		assert.Contains(t, stdout, "Fields that could not be read are empty, in 2 customers: lastSeen, location, tags\n")
		assert.Contains(t, read(t, o.out), "c")
	}
}
