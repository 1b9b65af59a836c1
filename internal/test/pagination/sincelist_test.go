package pagination_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// sinceList is a long list of chats, newest first, of which some have no message.
type sinceList struct {
	rows, unset int
	last        bool // those without a message
	shuffled    bool
	ties        bool // all have one time
	requests    int
}

func (l *sinceList) RoundTrip(r *http.Request) (*http.Response, error) {
	l.requests++
	offset, limit := asked(r)
	var rows []string
	for i := offset; i < min(offset+limit, l.rows); i++ {
		at := fmt.Sprint(1_000_000 - i)
		if l.shuffled {
			at = fmt.Sprint(1_000_000 - i*7919%l.rows)
		}
		if l.ties {
			at = "1000000"
		}
		if l.last && i >= l.rows-l.unset || !l.last && i < l.unset {
			at = "null"
		}
		rows = append(rows, fmt.Sprintf(`{"id":%d,"lastMessageAt":%s}`, i+1, at))
	}
	return kit.NewResponse(r, 200, fmt.Sprintf(`{"data":[%s],"total":%d}`, strings.Join(rows, ","), l.rows)), nil
}

// count checks that all chats with a message come, and returns the number of requests.
func (l *sinceList) count(t *testing.T, ordered bool) int {
	t.Helper()
	l.requests = 0
	client := kit.NewClient(t, l, helpcrunch.WithRateLimit(1<<30))
	chats, err := helpcrunch.Collect(client.Chats.ActiveSince(t.Context(), time.Unix(1, 0)))
	assert.NoError(t, err)
	assert.Len(t, chats, l.rows-l.unset)
	if ordered && len(chats) > 0 {
		assert.EqualValues(t, l.unset+1, chats[0].ID)
	}
	return l.requests
}

// TestCollect returns what came before an error, and the error.
func TestCollect(t *testing.T) {
	server := &rowsServer{rows: 250, strike: map[int]kit.Fault{3: kit.StatusFault(http.StatusForbidden, false)}}
	client := kit.NewClient(t, server, helpcrunch.WithRateLimit(1<<30), helpcrunch.WithPrefetch(1))
	rows, err := helpcrunch.Collect(client.Customers.All(t.Context(), nil))
	assert.Error(t, err)
	assert.Len(t, rows, 199)
	server.strike = nil
	rows, err = helpcrunch.Collect(client.Customers.All(t.Context(), nil))
	assert.NoError(t, err)
	assert.Len(t, rows, 250)
	_, err = helpcrunch.Collect[helpcrunch.Customer](nil)
	assert.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	assert.ErrorContains(t, err, "Collect: seq: must not be nil")
}
