package pagination_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/internal/pagination"
	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// list is a list of rows sorted by their numbers, which may be deleted.
type list struct {
	mu       sync.Mutex
	rows     []int64
	requests int
}

func newList(rows int) *list {
	l := &list{}
	for i := range rows {
		l.rows = append(l.rows, int64(i+1))
	}
	return l
}

// delete deletes the rows from one index to another.
func (l *list) delete(from, to int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows[:from:from], l.rows[to:]...)
}

func (l *list) fetch(_ context.Context, offset, limit int, onPermit func()) (*pagination.Page[int64], error) {
	onPermit()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	rows := l.rows[min(offset, len(l.rows)):min(offset+limit, len(l.rows))]
	return &pagination.Page[int64]{
		Items: append([]int64(nil), rows...), Total: len(l.rows), Offset: offset, Limit: limit,
	}, nil
}

func (l *list) iterate(width int) pagination.List[int64] {
	return pagination.List[int64]{
		Fetch:      l.fetch,
		ID:         func(row *int64) int64 { return *row },
		SortKey:    func(row *int64) time.Time { return time.Unix(*row, 0) },
		Limit:      100,
		MaxLimit:   100,
		Pipeline:   pipeline.Config{Width: width},
		Incomplete: func(got, total int) error { return errors.New("incomplete") },
	}
}

// TestP2ALongLookBackYieldsNoRowTwice: it reaches rows that are no longer remembered.
func TestP2ALongLookBackYieldsNoRowTwice(t *testing.T) {
	for _, width := range []int{1, 64} {
		l := newList(12_000)
		var last int64
		for row, err := range l.iterate(width).All(t.Context()) {
			require.NoError(t, err)
			require.Greater(t, *row, last, "rows come in order and once")
			if last = *row; last == 8000 {
				l.delete(1000, 8000)
			}
		}
		assert.EqualValues(t, 12_000, last)
	}
}

// TestP2PrefetchingRestartsAfterAGap: pages that were requested behind it are dropped, as none
// of them joins.
func TestP2PrefetchingRestartsAfterAGap(t *testing.T) {
	l := newList(40_000)
	n := 0
	for _, err := range l.iterate(64).All(t.Context()) {
		require.NoError(t, err)
		if n++; n == 2000 {
			l.delete(0, 2000)
			l.delete(10_000, 20_000)
		}
	}
	assert.Equal(t, 30_000, n)
	assert.Less(t, l.requests, 30_000/99+64+20)
}
