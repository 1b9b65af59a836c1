package pagination

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// Page is one page of a list.
type Page[T any] struct {
	Items  []T
	Total  int // of the whole list, -1 if unknown
	Offset int
	Limit  int
}

// HasMore reports whether more rows follow the page. Without a total, a page shorter than its
// limit is the last one.
func (p *Page[T]) HasMore() bool {
	if p.Total >= 0 {
		return len(p.Items) > 0 && p.NextOffset() < p.Total
	}
	return len(p.Items) >= p.Limit && len(p.Items) > 0
}

// NextOffset returns the offset of the next page.
func (p *Page[T]) NextOffset() int {
	return p.Offset + len(p.Items)
}

// check rejects a page that is too long, or empty before the end of the list.
func (p *Page[T]) check() error {
	if len(p.Items) > p.Limit {
		return fmt.Errorf("helpcrunch: a page of %d rows was requested at offset %d, and %d came",
			p.Limit, p.Offset, len(p.Items))
	}
	if len(p.Items) == 0 && p.Total > p.Offset {
		return fmt.Errorf("%w: no rows at offset %d of %d", errNoAdvance, p.Offset, p.Total)
	}
	return nil
}

var (
	errNoAdvance    = errors.New("helpcrunch: the list does not advance")
	errPositionLost = errors.New("helpcrunch: none of the latest rows is left in the list: cannot tell where to continue")
)

// List says how to read a list.
type List[T any] struct {
	// Fetch requests a page. It calls onPermit when an attempt has its permit.
	Fetch func(ctx context.Context, offset, limit int, onPermit func()) (*Page[T], error)
	// ID identifies a row.
	ID func(*T) int64
	// SortKey is the time by which the list is sorted. All requires that it never changes;
	// for Since it may. Nil means that the list has no stable sort.
	SortKey    func(*T) time.Time
	Descending bool
	// Offset is how many rows to skip. Limit is the size of a page, at most MaxLimit.
	Offset, Limit, MaxLimit int
	// Pipeline holds the settings of the concurrent requests.
	Pipeline pipeline.Config
	// Incomplete returns the error of an iteration that yielded fewer rows than the list has.
	Incomplete func(got, total int) error
}
