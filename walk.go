package helpcrunch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
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
func walkList[T any](ctx context.Context, c *Client, r request, p part, idOf func(*T) int64) iter.Seq2[*T, error] {
	r.background = true
	return walk(ctx, p, idOf, func(ctx context.Context, p part) (*Page[T], error) {
		return list[T](ctx, c, r, p)
	})
}

// walkSearch walks over a search, unless it can't be right.
func walkSearch[T any](ctx context.Context, c *Client, r request, q query, err error, idOf func(*T) int64) iter.Seq2[*T, error] {
	if err != nil {
		return failed[T](err)
	}
	return walk(ctx, q.part, idOf, func(ctx context.Context, p part) (*Page[T], error) {
		q := q
		q.part = p
		return find[T](ctx, c, r, q)
	})
}

// failed is a walk that can't begin.
func failed[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}

// fetch asks for the page of a walk that starts at an offset.
type fetch[T any] func(ctx context.Context, p part) (*Page[T], error)

// walk yields every row of a list, page after page. A failure is yielded once, last.
func walk[T any](ctx context.Context, p part, idOf func(*T) int64, next fetch[T]) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		at := p
		c := course[T]{idOf: idOf, total: -1}
		for {
			page, err := next(ctx, at)
			if err == nil {
				err = c.advance(page)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Items {
				row := &page.Items[i]
				if !c.passed(row) && !yield(row, nil) {
					return
				}
			}
			if !page.HasMore() {
				return
			}
			at.offset = page.NextOffset()
		}
	}
}

// maxStanding is how many pages in a row may bring nothing new.
const maxStanding = 3

var errNoAdvance = errors.New("helpcrunch: the list does not advance")

// course is how far a walk has come.
type course[T any] struct {
	idOf     func(*T) int64
	total    int     // what the service said last, -1 while it said nothing
	ids      []int64 // of the latest page
	before   []int64 // of the page before it
	standing int     // the latest pages that brought nothing new
}

// advance takes the next page, or refuses one that would make the walk end too early or
// go round in circles. A page without a total gets the one that was
// told before.
func (c *course[T]) advance(page *Page[T]) error {
	told := c.total
	if page.Total < 0 {
		page.Total = told
	}
	c.total = page.Total
	switch {
	case len(page.Items) > page.Limit:
		return fmt.Errorf("helpcrunch: a page of %d rows was asked for at offset %d, and %d came",
			page.Limit, page.Offset, len(page.Items))
	case len(page.Items) == 0 && page.Total > page.Offset:
		return fmt.Errorf("%w: no rows at offset %d of %d", errNoAdvance, page.Offset, page.Total)
	}
	c.before, c.ids = c.ids, make([]int64, len(page.Items))
	isNew := false
	for i := range page.Items {
		c.ids[i] = c.idOf(&page.Items[i])
		isNew = isNew || !c.passed(&page.Items[i])
	}
	if isNew || len(page.Items) == 0 {
		c.standing = 0
		return nil
	}
	c.standing++
	// Rows that are added in front of the walk move those of the last page into this one.
	moved := told >= 0 && page.Total != told || page.Total < 0 && !page.HasMore()
	if moved && c.standing <= maxStanding {
		return nil
	}
	return fmt.Errorf("%w: the rows at offset %d came before", errNoAdvance, page.Offset)
}

// passed reports whether a row was on the page before.
func (c *course[T]) passed(row *T) bool {
	return slices.Contains(c.before, c.idOf(row))
}
