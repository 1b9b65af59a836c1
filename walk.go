package helpcrunch

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// find asks for one page of a search. A 404 is a page without rows. It says that no row
// matches only where none was skipped.
func find[T any](ctx context.Context, c *Client, r request, q query) (*Page[T], error) {
	p, err := q.part.checked()
	if err = cmp.Or(r.err, err); err != nil {
		return nil, r.invalid(err)
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
	r.background, r.caller = true, strings.TrimSuffix(r.name, "List")+"All"
	if _, err := p.checked(); err != nil {
		return failed[T](r.invalid(cmp.Or(r.err, err)))
	}
	return walk(ctx, c, p, rows, func(ctx context.Context, c *Client, p part, onPermit func()) (*Page[T], error) {
		r := r
		r.onPermit = onPermit
		return list[T](ctx, c, r, p)
	})
}

// walkSearch walks over a search in the background, unless it can't be right.
func walkSearch[T any](ctx context.Context, c *Client, r request, q query, err error, rows rows[T]) iter.Seq2[*T, error] {
	r.background, r.caller = true, r.name+"All"
	if _, problem := q.part.checked(); err != nil || problem != nil {
		return failed[T](r.invalid(cmp.Or(err, problem)))
	}
	return walk(ctx, c, q.part, rows, searchPages[T](r, q))
}

// searchPages asks for the pages of a search.
func searchPages[T any](r request, q query) fetch[T] {
	return func(ctx context.Context, c *Client, p part, onPermit func()) (*Page[T], error) {
		q, r := q, r
		q.part, r.onPermit = p, onPermit
		return find[T](ctx, c, r, q)
	}
}

// searchSequentially iterates over a search without prefetch and progress, with the client's
// priority, for methods that are single calls to their users.
func searchSequentially[T any](ctx context.Context, c *Client, op operationID, q query, err error, rows rows[T]) iter.Seq2[*T, error] {
	if err != nil {
		return failed[T](err)
	}
	c = c.derive(func(m *mode) { m.prefetch, m.progress = 1, nil })
	return walk(ctx, c, q.part, rows, searchPages[T](c.request(op), q))
}

// failed is a walk that can't begin.
func failed[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}

// walk yields every row of a list, page after page. A failure is yielded once, last.
func walk[T any](ctx context.Context, c *Client, p part, rows rows[T], fetch fetch[T]) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		p, err := p.checked()
		if err != nil {
			yield(nil, err)
			return
		}
		w := newWalker(ctx, c, p, rows, fetch)
		defer w.pages.Stop()
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
			if err = ctx.Err(); err != nil {
				err = fmt.Errorf("helpcrunch: walk: %w", err)
				break
			}
			page, err = w.after(page)
		}
		yield(nil, err)
	}
}

// fetch asks for the page of a walk that starts at an offset.
type fetch[T any] func(ctx context.Context, c *Client, p part, onPermit func()) (*Page[T], error)

// fetched is what became of it.
type fetched[T any] struct {
	page *Page[T]
	err  error
}

// walker fetches the pages of a walk, in an order without gaps.
type walker[T any] struct {
	ctx     context.Context
	client  *Client
	fetch   fetch[T]
	course  *course[T]
	pages   *pipeline.Pipeline[fetched[T]]
	plan    part     // the next page to ask for
	size    int      // how many rows a page brings
	overlap overlap  // how many of them came with the page before
	end     int      // of the latest page
	total   int      // how many rows there are, as far as known
	held    *Page[T] // comes after a gap that is being filled
}

func newWalker[T any](ctx context.Context, c *Client, p part, rows rows[T], fetch fetch[T]) *walker[T] {
	w := &walker[T]{ctx: ctx, client: c, fetch: fetch, plan: p, course: newCourse(rows, p)}
	width := 0
	if c != nil {
		width = c.mode.prefetch
	}
	w.pages = pipeline.New[fetched[T]](ctx, c.pipelineConfig(width))
	return w
}

// report tells how far the walk has come.
func (w *walker[T]) report(page *Page[T]) {
	total := -1
	if page.Total >= 0 {
		total = max(w.course.passed, page.Total-w.course.skipped)
	}
	if !page.HasMore() {
		total = w.course.passed
	}
	perPage := w.size - w.lap()
	if w.size == 0 { // the first page
		perPage = min(page.Limit, maxLimit-1)
	}
	w.pages.Report(w.course.passed, total, perPage)
}

// get asks for one page and waits for it.
func (w *walker[T]) get(p part) (*Page[T], error) {
	result := w.pages.Do(w.call(p))
	if result.err != nil {
		return nil, result.err
	}
	return result.page, w.course.check(result.page)
}

// after returns the page that goes on from the rows passed. latest is the one before.
func (w *walker[T]) after(latest *Page[T]) (*Page[T], error) {
	w.end = latest.NextOffset()
	if held := w.held; held != nil {
		if w.held = nil; w.joins(held) {
			return held, nil
		}
		w.pages.Stop() // and begin again where the gap was filled to
	}
	page, err := w.next(latest)
	if err != nil {
		return nil, err
	}
	joins := w.joins(page)
	if w.overlap.adapt(joins, w.pages.Len()); joins {
		return page, nil
	}
	w.held = page
	return w.lookBack(page.Offset)
}

// joins reports whether a page goes on from the rows passed without a gap. Where pages can't
// overlap it need only begin where the one before ended.
func (w *walker[T]) joins(page *Page[T]) bool {
	return w.course.joins(page) || w.lap() == 0 && len(page.Items) > 0 && page.Offset <= w.end
}

// lap is how many rows of a page are asked for again with the next.
func (w *walker[T]) lap() int {
	if w.course.nameless {
		return 0
	}
	return min(w.overlap.rows(), w.size-1)
}

// next returns the page behind the latest one.
func (w *walker[T]) next(latest *Page[T]) (*Page[T], error) {
	if w.size == 0 { // the latest page is the first
		w.plan.limit = min(latest.Limit+1, maxLimit)
	}
	w.size = w.plan.limit
	if n := len(latest.Items); n > 0 && n < latest.Limit {
		w.size = n
	}
	if w.pages.Len() == 0 {
		w.plan.offset = max(0, latest.NextOffset()-w.lap())
	}
	w.total = latest.Total
	result, _ := w.pages.Next(w.more)
	if result.err != nil {
		return nil, result.err
	}
	return result.page, w.course.check(result.page)
}

// more begins the next page that is known to be there. Without a total, that is only the one
// behind the latest.
func (w *walker[T]) more() pipeline.Call[fetched[T]] {
	if w.pages.Len() > 0 && w.plan.offset+w.lap() >= w.total {
		return nil
	}
	p := w.plan
	w.plan.offset += w.size - w.lap()
	return w.call(p)
}

// call asks for a page.
func (w *walker[T]) call(p part) pipeline.Call[fetched[T]] {
	return func(ctx context.Context, job *pipeline.Job) fetched[T] {
		page, err := w.fetch(ctx, w.client, p, job.OnPermit)
		return fetched[T]{page, err}
	}
}

// lookBack returns a page in front of an offset that goes on from the rows passed, where
// rows that were deleted made others move up. It looks twice as far back each time.
func (w *walker[T]) lookBack(offset int) (*Page[T], error) {
	p := w.plan
	for step := max(1, w.size-1); ; step *= 2 {
		p.offset = max(0, offset-step)
		page, err := w.get(p)
		if err != nil || w.joins(page) {
			return page, err
		}
		if p.offset == 0 {
			return nil, errLost
		}
	}
}

// overlap is how many rows of a page are asked for again with the next. While one of them is
// there, no row between was lost to a deletion in front of them. One does on a quiet account; it
// takes more while rows are being deleted.
type overlap struct {
	more int // than one
	calm int // pages that joined since
	old  int // pages under way that were begun with fewer rows
}

func (o *overlap) rows() int { return 1 + o.more }

// adapt takes note of whether a page has joined. So many are under way: of these, some may come
// from before the same deletion and some from after it, which says nothing new.
func (o *overlap) adapt(joined bool, underWay int) {
	const most, calm = 24, 20
	o.old = max(0, o.old-1)
	switch {
	case joined:
		if o.calm++; o.calm == calm {
			o.more, o.calm = o.more/2, 0
		}
	case o.old == 0:
		o.more, o.calm, o.old = min(2*o.more+2, most), 0, underWay
	}
}
