package pagination

import (
	"context"
	"fmt"
	"iter"
	"time"
)

const (
	// maxTies is the most rows with the newest time that Since reads again after it yielded
	// them. Another row may have got the same time in between.
	maxTies = 300
	// maxBisections is the most pages requested to find the first row with a sort key.
	maxBisections = 40
)

// Since iterates over the rows whose sort key is not before since. The list must be descending.
// A row that gets a later sort key moves to the top. Each row is yielded once. Rows that move to
// the top during the iteration are yielded at the end, when the top is read again.
//
// Rows without a sort key may come last or first. If they come first, Since bisects the list to
// find where they end.
func (l List[T]) Since(ctx context.Context, since time.Time) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s := &sinceIterator[T]{List: l, ctx: ctx, yield: yield, yielded: make(map[int64]bool)}
		s.Incomplete = func(int, int) error { return nil } // rows that moved to the top are not missing
		if err := s.run(since); err != nil {
			yield(nil, err)
		}
	}
}

// sinceIterator is one iteration of Since.
type sinceIterator[T any] struct {
	List[T]

	ctx     context.Context
	yield   func(*T, error) bool
	yielded map[int64]bool
	stopped bool // by the consumer
}

// run reads the list down to since. It then reads the top again until one page contains all rows
// that moved there meanwhile. If the service ignores the sort, it reads the whole list.
func (s *sinceIterator[T]) run(since time.Time) error {
	for sorted := true; ; {
		top, err := s.top(sorted)
		if err != nil || len(top.Items) == 0 {
			return err
		}
		newest, yielded := s.SortKey(&top.Items[0]), len(s.yielded)
		it, err := s.yieldFrom(top, since, sorted)
		switch {
		case err != nil || s.stopped || !sorted:
			return err
		case !it.seen.sorted:
			sorted, s.Offset = false, 0
			continue
		case it.size == 0: // one page
			return nil
		case len(s.yielded) == yielded && !newest.After(since):
			return nil // more than one page of rows has the newest time
		}
		since = newest
	}
}

// top returns the first page of rows with a sort key, without the rows before them. It first
// requests the page where they began last time, then bisects. An unsorted list begins with its
// first page.
func (s *sinceIterator[T]) top(sorted bool) (*Page[T], error) {
	low, high := 0, 1<<30 // rows before low have no sort key, rows from high on have one
	for range maxBisections {
		page, err := s.Fetch(s.ctx, s.Offset, s.Limit, func() {})
		if err != nil || !sorted {
			return page, err
		}
		rows, unset := len(page.Items), 0
		for unset < rows && s.SortKey(&page.Items[unset]).IsZero() {
			unset++
		}
		begin := page.Offset + unset
		switch {
		case unset == 0 && page.Offset > 0:
			high = page.Offset
		case unset == rows && page.HasMore():
			low = begin
		default:
			s.Offset = max(0, begin-s.Limit/2)
			return &Page[T]{Items: page.Items[unset:], Total: page.Total, Offset: begin, Limit: page.Limit - unset}, nil
		}
		if page.Total >= 0 {
			high = min(high, page.Total)
		}
		s.Offset = max(0, (low+high-rows)/2)
	}
	return nil, fmt.Errorf("%w: it has no first row with a time", errNoAdvance)
}

// yieldFrom yields the rows from a page on. In a sorted list it stops at the first row before since.
func (s *sinceIterator[T]) yieldFrom(first *Page[T], since time.Time, sorted bool) (*iterator[T], error) {
	list := s.List
	list.Offset = first.Offset
	if !sorted {
		list.SortKey = nil
	}
	it := newIterator(s.ctx, list)
	defer it.calls.Stop()
	if err := it.accept(first); err != nil {
		return it, err
	}
	ties := 0
	return it, it.run(first, func(row *T, _ error) bool {
		id, key := s.ID(row), s.SortKey(row)
		switch {
		case it.seen.sorted != sorted:
			return false
		case key.Before(since):
			return !sorted
		case !s.yielded[id]:
			s.yielded[id] = true
			s.stopped = !s.yield(row, nil)
		case sorted && key.Equal(since):
			ties++
		}
		return !s.stopped && ties < maxTies
	})
}
