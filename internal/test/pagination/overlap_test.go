package pagination_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// newestFirst is a chat in which a message arrives after each of its first pages.
type newestFirst struct {
	mu       sync.Mutex // pages may be requested concurrently
	newest   int
	arriving int  // that many in all, one after each page
	silent   bool // about the total
}

func (s *newestFirst) page(t *testing.T, r kit.RecordedRequest) kit.Response {
	var offset, limit int
	_, err := fmt.Sscanf(r.Query, "limit=%d&offset=%d", &limit, &offset)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []string
	for id := s.newest - offset; id > max(0, s.newest-offset-limit); id-- {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"createdAt":"%d"}`, id, 1_700_000_000+id))
	}
	body := `{"data":[` + strings.Join(rows, ",") + `]`
	if !s.silent {
		body += fmt.Sprintf(`,"total":%d`, s.newest)
	}
	if s.arriving > 0 {
		s.arriving--
		s.newest++
	}
	return kit.OK(body + "}")
}

// idsOf collects the ids of the messages of an iteration.
func idsOf(messages iter.Seq2[*helpcrunch.Message, error]) (ids []int64, err error) {
	for message, err := range messages {
		if err != nil {
			return ids, err
		}
		ids = append(ids, message.ID)
	}
	return ids, nil
}

// TestP1RepeatedRowsAreDropped lets messages arrive during the iteration: they push rows
// of one page on to the next.
func TestP1RepeatedRowsAreDropped(t *testing.T) {
	for _, c := range []struct {
		name  string
		chat  *newestFirst
		limit int
	}{
		{"some of a page", &newestFirst{newest: 5, arriving: 2}, 2},
		{"all of a page", &newestFirst{newest: 5, arriving: 1}, 1},
		{"all of three pages", &newestFirst{newest: 5, arriving: 3}, 1},
		{"some of a page, without a total", &newestFirst{newest: 5, arriving: 2, silent: true}, 2},
		{"all of the last page, without a total", &newestFirst{newest: 4, arriving: 1, silent: true}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []int64
			for id := c.chat.newest; id > 0; id-- {
				want = append(want, int64(id))
			}
			client, _ := kit.RespondingClientFunc(t, func(r kit.RecordedRequest) kit.Response { return c.chat.page(t, r) })
			ids, err := idsOf(client.Messages.All(t.Context(), 1, &helpcrunch.ListOptions{Limit: c.limit}))
			require.NoError(t, err)
			assert.Equal(t, want, ids)
		})
	}
}

// TestP1AListThatOnlyGrowsEndsTheIteration tells a larger total with the same row, for ever.
func TestP1AListThatOnlyGrowsEndsTheIteration(t *testing.T) {
	client, transport := kit.RespondingClientFunc(t, func(kit.RecordedRequest) kit.Response { return kit.Response{} })
	transport.Respond = func(kit.RecordedRequest) kit.Response {
		return kit.OK(fmt.Sprintf(`{"data":[{"id":1}],"total":%d}`, 100+len(transport.Requests())))
	}
	ids, err := idsOf(client.Messages.All(t.Context(), 1, &helpcrunch.ListOptions{Limit: 1}))
	assert.ErrorContains(t, err, "does not advance")
	assert.Equal(t, []int64{1}, ids)
	assert.Less(t, len(transport.Requests()), 200)
}

// TestP1AnIterationDoesNotEndBeforeTheTotal has pages that leave out what the first one told.
func TestP1AnIterationDoesNotEndBeforeTheTotal(t *testing.T) {
	first := kit.OK(`{"data":[{"id":1},{"id":2}],"total":3}`)
	none := kit.OK(`{"data":[]}`)
	for _, c := range []struct {
		name    string
		replies []kit.Response // to the pages from row 1 on, row 2 on, and so forth
		rows    int
		says    string // empty for an iteration that succeeds
	}{
		{"no rows and no total", []kit.Response{first, none}, 2, "does not advance"},
		{"404", []kit.Response{first, {Status: 404, Body: notFoundJSON}}, 2, "does not advance"},
		{"404 at first", []kit.Response{{Status: 404, Body: notFoundJSON}}, 0, ""},
		{"a short page without a total, then none",
			[]kit.Response{kit.OK(`{"data":[{"id":1}],"total":3}`), kit.OK(`{"data":[{"id":2}]}`), none}, 2, "does not advance"},
		{"all rows, the last without a total", []kit.Response{first, kit.OK(`{"data":[{"id":2},{"id":3}]}`)}, 3, ""},
		{"a smaller total", []kit.Response{first, kit.OK(`{"data":[{"id":2}],"total":2}`)}, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := kit.RespondingClientFunc(t, func(r kit.RecordedRequest) kit.Response {
				var search struct{ Offset int }
				require.NoError(t, json.Unmarshal(r.Body, &search))
				return c.replies[min(search.Offset, len(c.replies)-1)]
			})
			rows := 0
			var failure error
			for _, err := range client.Customers.SearchAll(t.Context(), &helpcrunch.CustomerSearch{Limit: 2}) {
				if failure = err; err == nil {
					rows++
				}
			}
			assert.Equal(t, c.rows, rows)
			if c.says == "" {
				assert.NoError(t, failure)
			} else {
				assert.ErrorContains(t, failure, c.says)
			}
		})
	}
}
