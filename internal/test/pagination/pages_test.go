package pagination_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// rowsServer is a list of customers with ids from 1 on. The firstSeen of the first is unset.
type rowsServer struct {
	rows      int
	noTotal   bool
	shortened int // how many rows a page lacks
	requests  []string
	strike    map[int]kit.Fault // by request number from 1
}

func (s *rowsServer) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	s.requests = append(s.requests, query.Get("offset")+"+"+query.Get("limit"))
	if f, ok := s.strike[len(s.requests)]; ok {
		return f.Strike(r)
	}
	offset, _ := strconv.Atoi(query.Get("offset"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	var rows []string
	for id := offset + 1; id <= min(s.rows, offset+limit-s.shortened); id++ {
		firstSeen := "null"
		if id > 1 {
			firstSeen = strconv.Itoa(1_700_000_000 + id)
		}
		rows = append(rows, fmt.Sprintf(`{"id":%d,"firstSeen":%s}`, id, firstSeen))
	}
	body := `{"data":[` + strings.Join(rows, ",") + `]`
	if !s.noTotal {
		body += fmt.Sprintf(`,"total":%d`, s.rows)
	}
	return kit.NewResponse(r, 200, body+"}"), nil
}

// collect takes at most atMost rows of an iteration over all customers.
func collect(t *testing.T, s http.RoundTripper, atMost int, opts *helpcrunch.CustomerListOptions) ([]int64, error) {
	var ids []int64
	client := kit.NewClient(t, s, helpcrunch.WithRateLimit(100_000), helpcrunch.WithPrefetch(1))
	if atMost == 0 {
		for range client.Customers.All(t.Context(), opts) {
			break
		}
		return nil, nil
	}
	for customer, err := range client.Customers.All(t.Context(), opts) {
		if err != nil {
			return ids, err
		}
		if ids = append(ids, customer.ID); len(ids) == atMost {
			break
		}
	}
	return ids, nil
}

func upToID(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	return ids
}

func TestP1OffsetsMoveByTheRowsReceived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &rowsServer{rows: 250, shortened: 40}
		ids, err := collect(t, server, -1, nil)
		require.NoError(t, err)
		assert.Equal(t, upToID(250), ids)
		assert.Equal(t, []string{"0+100", "59+100", "118+100", "177+100", "236+100"}, server.requests)
	})
}

func TestP1PagesThatDoNotAdvanceEndTheIteration(t *testing.T) {
	rows := func(n int) string {
		page, err := json.Marshal(map[string]any{"data": make([]map[string]int, n), "total": 1000})
		require.NoError(t, err)
		return strings.ReplaceAll(string(page), "null", `{"id":1}`)
	}
	for name, c := range map[string]struct{ body, says string }{
		"the same rows again": {rows(100), "does not advance"},
		"no rows":             {`{"data":[],"total":1000}`, "does not advance"},
		"too many rows":       {rows(101), "a page of 100 rows was requested at offset 0, and 101 came"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := collect(t, kit.TransportFunc(kit.Always(200, c.body)), -1, nil)
				assert.ErrorContains(t, err, c.says)
			})
		})
	}
}

func TestP1WithoutATotalAShortPageIsTheLast(t *testing.T) {
	for rows, requests := range map[int]int{0: 1, 99: 1, 100: 2, 101: 2} {
		synctest.Test(t, func(t *testing.T) {
			server := &rowsServer{rows: rows, noTotal: true}
			ids, err := collect(t, server, -1, nil)
			require.NoError(t, err)
			assert.Len(t, ids, rows)
			assert.Len(t, server.requests, requests, "%d rows", rows)
		})
	}
}

func TestP3BreakingOffFetchesNothingMore(t *testing.T) {
	for taken, requests := range map[int]int{1: 1, 99: 1, 100: 1, 101: 2, 199: 2, 200: 3, 250: 3} {
		synctest.Test(t, func(t *testing.T) {
			server := &rowsServer{rows: 250}
			_, err := collect(t, server, taken, nil)
			require.NoError(t, err)
			assert.Len(t, server.requests, requests, "taking %d rows", taken)
		})
	}
}

// TestP3TakingNoRowsMakesNoRequest: an iterator alone makes no request.
func TestP3TakingNoRowsMakesNoRequest(t *testing.T) {
	server := &rowsServer{rows: 250}
	client := kit.NewClient(t, server)
	rows := client.Customers.All(t.Context(), nil)
	assert.NotNil(t, rows)
	assert.Empty(t, server.requests)
}

func TestP3AnIteratorCanBeReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &rowsServer{rows: 30}
		client := kit.NewClient(t, server)
		opts := &helpcrunch.CustomerListOptions{Offset: 10, Limit: 20}
		rows := client.Customers.All(t.Context(), opts)
		opts.Offset = 29 // options are copied
		for range 2 {
			n := 0
			for _, err := range rows {
				require.NoError(t, err)
				n++
			}
			assert.Equal(t, 20, n)
		}
		assert.Equal(t, []string{"10+20", "10+20"}, server.requests)
	})
}

func TestP4A429InTheMiddleResumesAtTheSamePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &rowsServer{rows: 250, strike: map[int]kit.Fault{2: kit.RateLimited("5"), 3: kit.RateLimited("")}}
		ids, err := collect(t, server, -1, nil)
		require.NoError(t, err)
		assert.Equal(t, upToID(250), ids)
		assert.Equal(t, []string{"0+100", "99+100", "99+100", "99+100", "198+100"}, server.requests)
	})
}

func TestP4AnErrorIsYieldedOnceAfterTheRowsBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := kit.StatusFault(http.StatusForbidden, false)
		server := &rowsServer{rows: 250, strike: map[int]kit.Fault{3: broken}}
		client := kit.NewClient(t, server, helpcrunch.WithPrefetch(1))
		var rows, failures int
		for customer, err := range client.Customers.All(t.Context(), nil) {
			if err != nil {
				failures++
				assert.Nil(t, customer)
				assert.True(t, errors.Is(err, helpcrunch.ErrForbidden))
				continue // the iteration ends by itself
			}
			rows++
		}
		assert.Equal(t, 199, rows)
		assert.Equal(t, 1, failures)
	})
}
