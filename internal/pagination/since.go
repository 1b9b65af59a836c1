package pagination

import (
	"context"
	"iter"
	"time"
)

// Since iterates over the rows whose sort key is since or later. The list is descending, and a
// row that gets a later sort key rises to the top. Each row is yielded once: those that rise
// meanwhile at the end, when the top is read again.
//
// Rows without a sort key may come last or first. If they come first, Since bisects the list to
// find where they end.
func (l List[T]) Since(ctx context.Context, since time.Time) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s := &sinceIterator[T]{List: l, ctx: ctx, yield: yield, sorted: true, total: -1, yielded: make(map[int64]bool)}
		s.Fetch = s.counted(l.Fetch)
		s.Incomplete = func(int, int) error { return nil } // rows that rise are not missing
		if err := s.run(since); err != nil {
			yield(nil, err)
		}
	}
}

// maxTies is how many rows with the newest time, all of them yielded before, are read again in
// search of one that rose to the same time.
const maxTies = 300

// sinceIterator is one iteration of Since. Its Offset is where the next pass begins.
type sinceIterator[T any] struct {
	List[T]

	ctx      context.Context
	yield    func(*T, error) bool
	stopped  bool // by the consumer
	sorted   bool // as far as known
	requests int
	total    int
	yielded  map[int64]bool
}

// counted counts requests and keeps the total.
func (s *sinceIterator[T]) counted(fetch func(context.Context, int, int, func()) (*Page[T], error)) func(context.Context, int, int, func()) (*Page[T], error) {
	return func(ctx context.Context, offset, limit int, onPermit func()) (*Page[T], error) {
		page, err := fetch(ctx, offset, limit, onPermit)
		if s.requests++; err == nil {
			s.total = page.Total
		}
		return page, err
	}
}

// run reads the list down to since, and then the top again until one page shows everything
// that rose meanwhile.
func (s *sinceIterator[T]) run(since time.Time) error {
	for {
		s.requests = 0
		yielded := len(s.yielded)
		newest, misplaced, err := s.pass(since)
		switch {
		case err != nil || s.stopped:
			return err
		case !s.sorted && s.Offset > 0:
			s.Offset = 0 // the service ignores the sort: read everything
		case misplaced:
			if s.Offset, err = s.bisect(); err != nil {
				return err
			}
		case newest.IsZero() || s.requests == 1 || !s.sorted:
			return nil
		case len(s.yielded) == yielded && !newest.After(since):
			return nil // more rows than a page have the newest time
		default:
			since = newest
		}
	}
}

// pass reads the list down to since and returns the newest sort key. It is misplaced if it
// began after the first row with a sort key, or more than a page before it.
func (s *sinceIterator[T]) pass(since time.Time) (newest time.Time, misplaced bool, err error) {
	it := newIterator(s.ctx, s.List)
	defer it.calls.Stop()
	unset, ties := 0, 0
	err = it.run(func(row *T, _ error) bool {
		s.sorted = s.sorted && it.seen.sorted
		key := s.SortKey(row)
		if key.IsZero() && newest.IsZero() {
			unset++
			misplaced = s.sorted && unset >= s.Limit
			return !misplaced
		}
		if misplaced = s.sorted && s.Offset > 0 && unset == 0; misplaced {
			return false
		}
		if newest.IsZero() {
			newest = key
		}
		if key.Before(since) {
			return !s.sorted
		}
		if id := s.ID(row); !s.yielded[id] {
			s.yielded[id] = true
			s.stopped = !s.yield(row, nil)
		} else if key.Equal(since) {
			ties++
		}
		return !s.stopped && ties < maxTies
	})
	if s.sorted && !misplaced {
		s.Offset = max(0, s.Offset+unset-s.Limit/2)
	}
	return newest, misplaced, err
}

// bisect returns an offset less than a page before the first row with a sort key.
func (s *sinceIterator[T]) bisect() (int, error) {
	low, high := 0, s.total // before low no row has a sort key, from high on all have
	if s.total < 0 {
		high = 1 << 30
	}
	for high-low > s.Limit/2 {
		middle := low + (high-low)/2
		page, err := s.Fetch(s.ctx, middle, s.Limit, func() {})
		if err != nil {
			return 0, err
		}
		unset := 0
		for unset < len(page.Items) && s.SortKey(&page.Items[unset]).IsZero() {
			unset++
		}
		switch {
		case unset == 0:
			high = middle
		case unset == len(page.Items):
			low = middle + unset
		default:
			low, high = middle+unset, middle+unset
		}
	}
	return max(0, low-s.Limit/2), nil
}
