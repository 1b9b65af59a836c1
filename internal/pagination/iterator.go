// Package pagination iterates over a list page after page. It prefetches pages and yields
// each row once. It does not depend on resources or clients.
//
// A list with a stable sort is read without gaps, even if rows are created, deleted or changed
// meanwhile. Each page repeats the last row of the previous page. If the page contains that row, or
// an earlier one, no row between the pages is missing. Otherwise deletions moved rows to lower
// offsets. The iterator then keeps the page as pending. It requests pages at lower offsets until
// one joins the rows already yielded.
//
// Other lists are read like a plain loop over offsets: a gap can't be distinguished from a row that
// moved.
package pagination

import (
	"context"
	"fmt"
	"iter"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// All iterates over the list. If it fails, it yields the error last.
func (l List[T]) All(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		it := newIterator(ctx, l)
		defer it.calls.Stop()
		first, err := it.request(it.Offset)
		if err == nil {
			err = it.run(first, yield)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

const (
	// After a gap, each of the next widePages pages repeats wideOverlap rows. More rows may be
	// deleted, and the overlap avoids requests at lower offsets.
	wideOverlap = 4
	widePages   = 20
)

// iterator is one iteration over a list.
type iterator[T any] struct {
	List[T]

	ctx   context.Context
	seen  *seen[T]
	calls *pipeline.Pipeline[result[T]]

	offset  int      // of the next page to request
	size    int      // rows of a page; 0 before the second page
	pending *Page[T] // the page after a gap that is being filled
	wide    int      // how many more pages use wideOverlap; may be negative
}

func newIterator[T any](ctx context.Context, l List[T]) *iterator[T] {
	return &iterator[T]{
		List:  l,
		ctx:   ctx,
		seen:  newSeen(l),
		calls: pipeline.New[result[T]](ctx, l.Pipeline),
	}
}

// result is the outcome of one request.
type result[T any] struct {
	page *Page[T]
	err  error
}

// run yields all rows from page on. It returns nil if the consumer stops the iteration.
func (it *iterator[T]) run(page *Page[T], yield func(*T, error) bool) (err error) {
	for err == nil {
		before := it.seen.yielded
		for i := range page.Items {
			if it.seen.record(&page.Items[i]) {
				row := page.Items[i] // a row that the consumer keeps must not keep the page in memory
				if !yield(&row, nil) {
					return nil
				}
			}
		}
		it.report(page)
		if !page.HasMore() {
			return it.complete()
		}
		if err := it.seen.advance(page, it.seen.yielded > before); err != nil {
			return err
		}
		if err := it.ctx.Err(); err != nil {
			return fmt.Errorf("helpcrunch: iteration ended: %w", contexterr.Wrap(it.ctx, err))
		}
		page, err = it.after(page)
	}
	return err
}

// complete returns an error if fewer rows were yielded than the first total. It returns nil if the
// total fell, because rows may have been deleted. If every page joined and all sort keys differ, no
// row can be missing, and it also returns nil. New rows, before those yielded, then replaced
// deleted rows in the total.
func (it *iterator[T]) complete() error {
	total := it.seen.firstTotal - it.Offset
	joined := it.overlapRows() > 0 && !it.seen.hasTies
	if it.seen.totalFell || it.seen.yielded >= total || joined {
		return nil
	}
	return it.Incomplete(it.seen.yielded, total)
}

// report calculates and reports the progress.
func (it *iterator[T]) report(page *Page[T]) {
	total := -1
	if page.Total >= 0 {
		total = max(it.seen.yielded, page.Total-it.Offset)
	}
	if !page.HasMore() {
		total = it.seen.yielded
	}
	perPage := it.size - it.overlapRows()
	if it.size == 0 {
		perPage = page.Limit
	}
	it.calls.Report(it.seen.yielded, total, perPage)
}

// after returns the page that follows the rows yielded.
func (it *iterator[T]) after(latest *Page[T]) (*Page[T], error) {
	if page := it.pending; page != nil {
		if it.pending = nil; it.joins(page, latest) {
			return page, nil
		}
		it.calls.Stop() // prefetched pages are stale: restart after the filled gap
	}
	page, err := it.next(latest)
	if err != nil {
		return nil, err
	}
	if err := page.check(); err != nil { // again, because accept has set a missing total
		// Deletions may explain one empty page, but not several.
		if it.overlapRows() == 0 {
			return nil, err
		}
		it.seen.stalled += maxStalled / 3
	}
	if it.joins(page, latest) {
		return page, nil
	}
	it.pending, it.wide = page, widePages
	return it.lookBack(page, latest)
}

// next returns the next prefetched page.
func (it *iterator[T]) next(latest *Page[T]) (*Page[T], error) {
	if it.size == 0 && it.seen.sorted {
		it.Limit = min(it.Limit+1, it.MaxLimit) // room for the repeated row
	}
	it.size = it.Limit
	if n := len(latest.Items); n > 0 && n < latest.Limit {
		it.size = n // the service returns shorter pages than requested
	}
	if it.calls.Len() == 0 {
		it.offset = latest.NextOffset() - it.overlapRows()
	}
	return it.await()
}

// more returns the request of the next page that is known to exist. Without a total, that is
// only the page after the latest.
func (it *iterator[T]) more() (call pipeline.Call[result[T]], later <-chan struct{}) { //nolint:unparam // the signature that Next takes
	if it.calls.Len() > 0 && it.offset+it.overlapRows() >= it.seen.total {
		return nil, nil
	}
	call = it.call(it.offset)
	it.wide--
	it.offset += it.size - it.overlapRows()
	return call, nil
}

func (it *iterator[T]) call(offset int) pipeline.Call[result[T]] {
	limit := it.Limit
	return func(ctx context.Context, job *pipeline.Job) result[T] {
		page, err := it.Fetch(ctx, offset, limit, job.OnPermit)
		return result[T]{page, err}
	}
}

// request requests a page, and waits for it before any prefetched page.
func (it *iterator[T]) request(offset int) (*Page[T], error) {
	it.calls.Insert(it.call(offset))
	return it.await()
}

// await waits for the next page and prefetches more.
func (it *iterator[T]) await() (*Page[T], error) {
	r, _ := it.calls.Next(it.more)
	if r.err != nil {
		return nil, r.err
	}
	return r.page, it.accept(r.page)
}

// accept checks a page and sets a missing total to the latest known one.
func (it *iterator[T]) accept(page *Page[T]) error {
	it.seen.observe(page)
	err := page.check()
	if page.Total < 0 {
		page.Total = it.seen.total
	}
	return err
}

// overlapRows returns how many rows of a page the next one repeats.
func (it *iterator[T]) overlapRows() int {
	switch {
	case !it.seen.sorted || it.size < 2:
		return 0
	case it.wide > 0:
		return min(wideOverlap, it.size/2)
	}
	return 1
}

// joins reports whether no row is missing between the rows yielded and the page.
func (it *iterator[T]) joins(page, latest *Page[T]) bool {
	if it.overlapRows() == 0 {
		return page.Offset <= latest.NextOffset()
	}
	return it.seen.joins(page)
}

// lookBack returns a page at a lower offset that joins. It doubles the step each time, and fails
// if the page at offset 0 does not join.
func (it *iterator[T]) lookBack(page, latest *Page[T]) (*Page[T], error) {
	step := max(1, it.size-1)
	offset := page.Offset - step
	if page.Offset > latest.NextOffset() { // latest was shorter than the other pages
		offset = latest.NextOffset() - it.overlapRows()
	}
	for ; ; step *= 2 {
		offset = max(0, offset)
		page, err := it.request(offset)
		if err != nil || it.joins(page, latest) {
			return page, err
		}
		if offset == 0 {
			return nil, errPositionLost
		}
		offset -= step
	}
}
