// Package pagination iterates over a list page after page. It prefetches pages and yields
// each row once. It knows no resource and no client.
//
// A list with a stable sort is read without gaps although rows are created, deleted and
// changed meanwhile. Each page repeats the last row of the page before. If that row is
// there, or one that comes before it, no row between the pages was missed. Otherwise
// deletions moved rows to lower offsets: the iterator keeps the page, looks back for one
// that joins, and continues from there.
//
// Any other list is read like a plain loop over offsets. No look back could tell a gap from
// a row that moved.
package pagination

import (
	"context"
	"fmt"
	"iter"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// All iterates over the list. It yields an error last.
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
	// wideOverlap is how many rows pages repeat while rows are being deleted: for widePages
	// pages after a gap. A look back takes a request and its latency.
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
	pending *Page[T] // follows a gap that is being filled
	wide    int      // pages for which the overlap is wide
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

// run yields all rows from a page on. It returns nil if the consumer broke off.
func (it *iterator[T]) run(page *Page[T], yield func(*T, error) bool) (err error) {
	for err == nil {
		before := it.seen.yielded
		for i := range page.Items {
			if it.seen.record(&page.Items[i]) {
				row := page.Items[i] // a row that is kept must not keep its page
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

// complete returns an error if rows are missing. Where the total fell they may have been
// deleted. Where every page joins and no two rows have one sort key, none can be missing:
// rows were deleted, and as many were created in front of those yielded.
func (it *iterator[T]) complete() error {
	total := it.seen.firstTotal - it.Offset
	joined := it.overlapRows() > 0 && !it.seen.hasTies
	if it.seen.totalFell || it.seen.yielded >= total || joined {
		return nil
	}
	return it.Incomplete(it.seen.yielded, total)
}

// report reports the progress.
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

// after returns the page that continues the rows yielded.
func (it *iterator[T]) after(latest *Page[T]) (*Page[T], error) {
	if page := it.pending; page != nil {
		if it.pending = nil; it.joins(page, latest) {
			return page, nil
		}
		it.calls.Stop() // and restart where the gap was filled to
	}
	page, err := it.next(latest)
	if err != nil {
		return nil, err
	}
	if err := page.check(); err != nil { // it did not tell its total
		// Deletions may explain a page without rows, but not several in spite of look backs.
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
		it.Limit = min(it.Limit+1, it.MaxLimit) // for the row that is repeated
	}
	it.size = it.Limit
	if n := len(latest.Items); n > 0 && n < latest.Limit {
		it.size = n // the service shortens pages
	}
	if it.calls.Len() == 0 {
		it.offset = latest.NextOffset() - it.overlapRows()
	}
	return it.await()
}

// more returns the request of the next page that exists for certain. Without a total, that is
// only the one after the latest.
func (it *iterator[T]) more() (call pipeline.Call[result[T]], later <-chan struct{}) {
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

// request requests a page at once.
func (it *iterator[T]) request(offset int) (*Page[T], error) {
	it.calls.Insert(it.call(offset))
	return it.await()
}

// await waits for the next page, and requests more meanwhile.
func (it *iterator[T]) await() (*Page[T], error) {
	r, _ := it.calls.Next(it.more)
	if r.err != nil {
		return nil, r.err
	}
	return r.page, it.accept(r.page)
}

// accept checks a page and adds what others told.
func (it *iterator[T]) accept(page *Page[T]) error {
	it.seen.observe(page)
	err := page.check()
	if page.Total < 0 {
		page.Total = it.seen.total
	}
	return err
}

// overlapRows is how many rows of a page the next one repeats.
func (it *iterator[T]) overlapRows() int {
	switch {
	case !it.seen.sorted || it.size < 2:
		return 0
	case it.wide > 0:
		return min(wideOverlap, it.size/2)
	}
	return 1
}

// joins reports whether no row between the rows yielded and the page is missing.
func (it *iterator[T]) joins(page, latest *Page[T]) bool {
	if it.overlapRows() == 0 {
		return page.Offset <= latest.NextOffset()
	}
	return it.seen.joins(page)
}

// lookBack returns a page in front of another that joins. It looks further back each time.
func (it *iterator[T]) lookBack(page, latest *Page[T]) (*Page[T], error) {
	step := max(1, it.size-1)
	offset := page.Offset - step
	if page.Offset > latest.NextOffset() { // after a page that was shorter than others
		offset = latest.NextOffset() - it.overlapRows()
	}
	for ; ; step *= 2 {
		offset = max(0, offset)
		page, err := it.request(offset)
		if err != nil || it.joins(page, latest) {
			return page, err
		}
		if offset == 0 {
			return nil, errLost
		}
		offset -= step
	}
}
