package pagination

import (
	"context"
	"fmt"
	"iter"
	"time"
)

const (
	// maxTies is how many rows with the newest time, all of them yielded before, are read again
	// in search of one that rose to the same time.
	maxTies = 300
	// maxBisections is how many pages are requested in search of the first row with a sort key.
	maxBisections = 40
)

// Since iterates over the rows whose sort key is since or later. The list is descending, and a
// row that gets a later sort key rises to the top. Each row is yielded once: those that rise
// meanwhile at the end, when the top is read again.
//
// Rows without a sort key may come last or first. If they come first, Since bisects the list to
// find where they end.
func (l List[T]) Since(ctx context.Context, since time.Time) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s := &sinceIterator[T]{List: l, ctx: ctx, yield: yield, yielded: make(map[int64]bool)}
		s.Incomplete = func(int, int) error { return nil } // rows that rise are not missing
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

// run reads the list down to since, and then the top again until one page shows everything
// that rose meanwhile.
func (s *sinceIterator[T]) run(since time.Time) error {
	for {
		top, err := s.top()
		if err != nil || len(top.Items) == 0 {
			return err
		}
		newest, yielded := s.SortKey(&top.Items[0]), len(s.yielded)
		it, err := s.pass(top, since)
		switch {
		case err != nil || s.stopped:
			return err
		case !it.seen.sorted:
			return s.readAll(since)
		case it.size == 0: // one page
			return nil
		case len(s.yielded) == yielded && !newest.After(since):
			return nil // more rows than a page have the newest time
		}
		since = newest
	}
}

// top returns the page at which the rows with a sort key begin, without the rows before them.
// It first requests the page where they began the last time.
func (s *sinceIterator[T]) top() (*Page[T], error) {
	low, high := 0, 1<<30 // before low no row has a sort key, from high on all have
	for range maxBisections {
		page, err := s.Fetch(s.ctx, s.Offset, s.Limit, func() {})
		if err != nil {
			return nil, err
		}
		rows, unset := len(page.Items), 0
		for unset < rows && s.SortKey(&page.Items[unset]).IsZero() {
			unset++
		}
		begin := page.Offset + unset
		if unset == 0 && page.Offset > 0 {
			high = page.Offset
		} else if unset == rows && page.HasMore() {
			low = begin
		} else {
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

// pass yields the rows from the top down to since.
func (s *sinceIterator[T]) pass(top *Page[T], since time.Time) (*iterator[T], error) {
	list := s.List
	list.Offset = top.Offset
	it := newIterator(s.ctx, list)
	defer it.calls.Stop()
	if err := it.accept(top); err != nil {
		return it, err
	}
	ties := 0
	return it, it.run(top, func(row *T, _ error) bool {
		key := s.SortKey(row)
		if !it.seen.sorted || key.Before(since) {
			return false
		}
		if key.Equal(since) && s.yielded[s.ID(row)] {
			ties++
		}
		return s.offer(row) && ties < maxTies
	})
}

// readAll yields the rows of a list whose sort the service ignores.
func (s *sinceIterator[T]) readAll(since time.Time) error {
	list := s.List
	list.Offset, list.SortKey = 0, nil
	for row, err := range list.All(s.ctx) {
		if err != nil {
			return err
		}
		if !s.SortKey(row).Before(since) && !s.offer(row) {
			return nil
		}
	}
	return nil
}

// offer yields a row that was not yielded, and reports whether the consumer goes on.
func (s *sinceIterator[T]) offer(row *T) bool {
	if id := s.ID(row); !s.yielded[id] {
		s.yielded[id] = true
		s.stopped = !s.yield(row, nil)
	}
	return !s.stopped
}
