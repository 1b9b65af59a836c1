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
	key      func(row int64) int64 // nil for the number; 0 is no time
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

func (l *list) sortKey(row *int64) time.Time {
	key := *row
	if l.key != nil {
		key = l.key(key)
	}
	if key == 0 {
		return time.Time{}
	}
	return time.Unix(key, 0)
}

func (l *list) iterate(width int) pagination.List[int64] {
	return pagination.List[int64]{
		Fetch:      l.fetch,
		ID:         func(row *int64) int64 { return *row },
		SortKey:    l.sortKey,
		Limit:      100,
		MaxLimit:   100,
		Pipeline:   pipeline.Config{Width: width},
		Incomplete: func(got, total int) error { return errors.New("incomplete") },
	}
}

// TestP2ALongLookBackYieldsNoRowTwice: it reaches rows that are no longer remembered, with
// different times, with one time, and without a time before others. It takes few requests.
func TestP2ALongLookBackYieldsNoRowTwice(t *testing.T) {
	for name, c := range map[string]struct {
		key            func(row int64) int64
		from, to, rows int
	}{
		"different times": {nil, 1000, 8000, 12_000},
		"one time":        {func(int64) int64 { return 7 }, 500, 8000, 12_000},
		"no time first": {func(row int64) int64 {
			if row <= 100 {
				return 0
			}
			return row
		}, 50, 110_000, 120_000},
	} {
		t.Run(name, func(t *testing.T) {
			for _, width := range []int{1, 64} {
				l := newList(c.rows)
				l.key = c.key
				var last int64
				for row, err := range l.iterate(width).All(t.Context()) {
					require.NoError(t, err)
					require.Greater(t, *row, last, "rows come in order and once")
					if last = *row; int(last) == c.to {
						l.delete(c.from, c.to)
					}
				}
				assert.EqualValues(t, c.rows, last)
				assert.Less(t, l.requests, c.rows/99+2*width+20)
			}
		})
	}
}

// TestP2AListThatBecomesEmptyEnds also for an iteration from an offset.
func TestP2AListThatBecomesEmptyEnds(t *testing.T) {
	l := newList(1000)
	from := l.iterate(1)
	from.Offset = 500
	n := 0
	for _, err := range from.All(t.Context()) {
		require.NoError(t, err)
		if n++; n == 100 {
			l.delete(0, 1000)
		}
	}
	assert.Equal(t, 100, n)
}

// TestP5AnUnsortedListLosesNoRow where the first has no time.
func TestP5AnUnsortedListLosesNoRow(t *testing.T) {
	l := newList(1000)
	l.key = func(row int64) int64 {
		if row <= 150 { // in order at first
			return row - 1
		}
		return row * 7919 % 1000
	}
	n := 0
	for _, err := range l.iterate(1).All(t.Context()) {
		require.NoError(t, err)
		n++
	}
	assert.Equal(t, 1000, n)
}

// TestP1PagesInACircleEndTheIteration, of a service that tells no total, and one whose further
// pages are empty.
func TestP1PagesInACircleEndTheIteration(t *testing.T) {
	for name, c := range map[string]struct {
		page     func(request, offset int) (first int64, rows, total int)
		requests int
	}{
		"a circle": {func(request, _ int) (int64, int, int) { return int64(request % 5 * 99), 100, -1 }, 1100},
		"empty pages": {func(_, offset int) (int64, int, int) {
			if offset == 0 {
				return 0, 100, 1000
			}
			return 0, 0, -1
		}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			l := newList(0)
			circle := l.iterate(1)
			circle.Fetch = func(_ context.Context, offset, limit int, _ func()) (*pagination.Page[int64], error) {
				first, n, total := c.page(l.requests, offset)
				l.requests++
				page := &pagination.Page[int64]{Total: total, Offset: offset, Limit: limit}
				for i := range min(n, limit) {
					page.Items = append(page.Items, first+int64(i)+1)
				}
				return page, nil
			}
			var failure error
			for _, err := range circle.All(t.Context()) {
				failure = err
			}
			assert.Error(t, failure)
			assert.Less(t, l.requests, c.requests)
		})
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

// TestP5ARowDeletedAndOneCreatedInFrontAreNotMissing: the total never falls, and all rows that
// exist throughout are yielded.
func TestP5ARowDeletedAndOneCreatedInFrontAreNotMissing(t *testing.T) {
	l := newList(1000)
	l.key = func(row int64) int64 { return 10_000 + row } // a new row has a lower one
	n := 0
	for _, err := range l.iterate(1).All(t.Context()) {
		require.NoError(t, err)
		if n++; n%100 == 50 {
			l.delete(900-n/10, 901-n/10)
			l.rows = append([]int64{-int64(n)}, l.rows...)
		}
	}
	assert.Less(t, n, 1000)
	assert.Greater(t, n, 900)
}
