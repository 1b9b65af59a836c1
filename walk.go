package helpcrunch

import (
	"context"
	"iter"
	"net/http"
)

// find asks for one page of a search. A 404 is a page without rows. It says that no row
// matches only where none was skipped.
func find[T any](ctx context.Context, c *Client, r request, q query) (*Page[T], error) {
	p, err := q.part.checked()
	if err != nil {
		return nil, err
	}
	r.body = q.body(p)
	answer, err := c.send(ctx, r)
	if answer != nil && answer.Status == http.StatusNotFound {
		none := &Page[T]{Offset: p.offset, Limit: p.limit}
		if p.offset > 0 {
			none.Total = -1
		}
		return none, nil
	}
	if err != nil {
		return nil, err
	}
	return decodePage[T](c, r, answer, p)
}

// walkList walks over a list in the background.
func walkList[T any](ctx context.Context, c *Client, r request, p part, rows rows[T]) iter.Seq2[*T, error] {
	r.background = true
	return walk(ctx, c, p, rows, func(ctx context.Context, c *Client, p part) (*Page[T], error) {
		return list[T](ctx, c, r, p)
	})
}

// walkSearch walks over a search, unless it can't be right.
func walkSearch[T any](ctx context.Context, c *Client, r request, q query, err error, rows rows[T]) iter.Seq2[*T, error] {
	if err != nil {
		return failed[T](err)
	}
	return walk(ctx, c, q.part, rows, func(ctx context.Context, c *Client, p part) (*Page[T], error) {
		q := q
		q.part = p
		return find[T](ctx, c, r, q)
	})
}

// failed is a walk that can't begin.
func failed[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}

// walk yields every row of a list, page after page. A failure is yielded once, last.
func walk[T any](ctx context.Context, c *Client, p part, rows rows[T], fetch fetch[T]) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		w := newWalker(ctx, c, p, rows, fetch)
		defer w.pages.stop()
		page, err := w.get(p)
		for err == nil {
			var fresh []T
			if fresh, err = w.course.advance(page); err != nil {
				break
			}
			for i := range fresh {
				if row := &fresh[i]; w.course.pass(row) && !yield(row, nil) {
					return
				}
			}
			w.report(page)
			if !page.HasMore() {
				return
			}
			page, err = w.after(page)
		}
		yield(nil, err)
	}
}

// fetch asks for the page of a walk that starts at an offset.
type fetch[T any] func(ctx context.Context, c *Client, p part) (*Page[T], error)

// fetched is what became of it.
type fetched[T any] struct {
	page *Page[T]
	err  error
}

// overlap is how many rows of a page are asked for again with the next. While they are there,
// no row between was lost to a deletion in front of them.
const overlap = 1

// walker fetches the pages of a walk, in an order without gaps.
type walker[T any] struct {
	ctx     context.Context
	client  *Client
	fetch   fetch[T]
	course  *course[T]
	pages   pipeline[fetched[T]]
	plan    part     // the next page to ask for
	size    int      // how many rows a page brings
	total   int      // how many rows there are, as far as known
	skipped int      // rows that were not asked for
	held    *Page[T] // comes after a gap that is being filled
}

func newWalker[T any](ctx context.Context, c *Client, p part, rows rows[T], fetch fetch[T]) *walker[T] {
	w := &walker[T]{ctx: ctx, client: c, fetch: fetch, plan: p, skipped: p.offset, course: newCourse(rows, p)}
	most := c.ahead()
	if c != nil && c.mode.prefetch > 0 {
		most = c.mode.prefetch
	}
	w.pages = pipeline[fetched[T]]{ctx: ctx, most: most, gauge: newGauge(c, most)}
	return w
}

// report tells how far the walk has come.
func (w *walker[T]) report(page *Page[T]) {
	total := -1
	if page.Total >= 0 {
		total = max(w.course.passed, page.Total-w.skipped)
	}
	if !page.HasMore() {
		total = w.course.passed
	}
	perPage := w.size - w.overlap()
	if w.size == 0 { // the first page
		perPage = min(page.Limit, maxLimit-overlap)
	}
	w.pages.gauge.report(w.course.passed, total, perPage, w.pages.underWay())
}

// get asks for one page and waits for it.
func (w *walker[T]) get(p part) (*Page[T], error) {
	page, err := w.fetch(w.ctx, w.client.turning(w.pages.gauge.turned), p)
	if err != nil {
		return nil, err
	}
	return page, w.course.check(page)
}

// after returns the page that goes on from the rows passed. latest is the one before.
func (w *walker[T]) after(latest *Page[T]) (*Page[T], error) {
	if held := w.held; held != nil {
		if w.held = nil; w.joins(held) {
			return held, nil
		}
		w.pages.stop() // and begin again where the gap was filled to
	}
	page, err := w.next(latest)
	if err == nil && !w.joins(page) {
		w.held = page
		return w.lookBack(page.Offset)
	}
	return page, err
}

func (w *walker[T]) joins(page *Page[T]) bool {
	return w.overlap() == 0 && len(page.Items) > 0 || w.course.joins(page)
}

// overlap is 0 where a page brings no more than one row.
func (w *walker[T]) overlap() int { return min(overlap, w.size-1) }

// next returns the page behind the latest one.
func (w *walker[T]) next(latest *Page[T]) (*Page[T], error) {
	if w.size == 0 { // the latest page is the first
		w.plan.limit = min(latest.Limit+overlap, maxLimit)
	}
	w.size = w.plan.limit
	if n := len(latest.Items); n > 0 && n < latest.Limit {
		w.size = n
	}
	if len(w.pages.begun) == 0 {
		w.plan.offset = latest.NextOffset() - w.overlap()
	}
	w.total = latest.Total
	result, _ := w.pages.next(w.more)
	if result.err != nil {
		return nil, result.err
	}
	return result.page, w.course.check(result.page)
}

// more begins the next page that is known to be there. Without a total, that is only the one
// behind the latest.
func (w *walker[T]) more() job[fetched[T]] {
	if len(w.pages.begun) > 0 && w.plan.offset+w.overlap() >= w.total {
		return nil
	}
	p := w.plan
	w.plan.offset += w.size - w.overlap()
	return func(ctx context.Context, turned func()) fetched[T] {
		page, err := w.fetch(ctx, w.client.turning(turned), p)
		return fetched[T]{page, err}
	}
}

// lookBack returns a page in front of an offset that goes on from the rows passed, where
// rows that were deleted made others move up. It looks twice as far back each time.
func (w *walker[T]) lookBack(offset int) (*Page[T], error) {
	p := w.plan
	for step := max(1, w.size-overlap); ; step *= 2 {
		p.offset = max(0, offset-step)
		page, err := w.get(p)
		if err != nil || w.course.joins(page) {
			return page, err
		}
	}
}
