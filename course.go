package helpcrunch

import (
	"errors"
	"fmt"
	"time"
)

// rows says how a walk tells the rows of a list apart.
type rows[T any] struct {
	id func(*T) int64
	// moment is the time by which the list is sorted if its sort is the stable one, in
	// which rows keep their places towards each other. It may be nil.
	moment      func(*T) time.Time
	stable      string
	newestFirst bool // whatever the order asked for
}

var (
	customerRows = rows[Customer]{
		id:     (*Customer).id,
		moment: func(c *Customer) time.Time { return c.FirstSeen.Time },
		stable: string(CustomerSortFirstSeen),
	}
	chatRows = rows[Chat]{
		id:     (*Chat).id,
		moment: func(c *Chat) time.Time { return c.CreatedAt.Time },
		stable: string(ChatSortCreatedAt),
	}
	messageRows = rows[Message]{
		id:          (*Message).id,
		moment:      func(m *Message) time.Time { return m.CreatedAt.Time },
		newestFirst: true,
	}
	agentRows      = rows[Agent]{id: (*Agent).id}
	departmentRows = rows[Department]{id: (*Department).id}
)

const (
	// remembered is how many of the latest rows a walk knows again.
	remembered = 1000
	// maxRepeats is how often the same short page may come again at other offsets. A long
	// one counts for more: it is less likely to do so by chance.
	maxRepeats = 10
)

var errNoAdvance = errors.New("helpcrunch: the list does not advance")

// course is how far a walk has come. It passes rows on once each, and tells
// whether rows were skipped because others were deleted or created in front of them.
type course[T any] struct {
	rows     rows[T]
	later    func(a, b time.Time) bool // whether a comes after b in the list; nil if unknown
	total    int                       // what the service said last, -1 while it said nothing
	standing int                       // rows of the latest pages, which brought nothing new
	repeats  int                       // of the same page among them
	offset   int                       // of the latest page
	first    int64                     // the id of its first row
	passed   int                       // rows
	furthest time.Time                 // of them all
	known    map[int64]bool            // the latest rows passed
	ring     []int64                   // the same, the oldest at next once it is full
	next     int
}

func newCourse[T any](r rows[T], p part) *course[T] {
	c := &course[T]{rows: r, total: -1, known: make(map[int64]bool)}
	switch {
	case r.moment == nil || p.sort != r.stable:
	case r.newestFirst || p.order == OrderDescending:
		c.later = time.Time.Before
	default:
		c.later = time.Time.After
	}
	return c
}

// check refuses a page that can't be right. One without a total gets the one that was
// told before.
func (c *course[T]) check(page *Page[T]) error {
	switch {
	case len(page.Items) > page.Limit:
		return fmt.Errorf("helpcrunch: a page of %d rows was asked for at offset %d, and %d came",
			page.Limit, page.Offset, len(page.Items))
	case len(page.Items) == 0 && page.Total > page.Offset:
		return noRows(page)
	case page.Total < 0:
		page.Total = c.total
	}
	return nil
}

// noRows is the error of a list that ends before its total.
func noRows[T any](page *Page[T]) error {
	return fmt.Errorf("%w: no rows at offset %d of %d", errNoAdvance, page.Offset, page.Total)
}

// joins reports whether a page goes on from the rows passed without a gap: it holds one of
// them, or one from before them, whatever was deleted or created.
func (c *course[T]) joins(page *Page[T]) bool {
	return c.passed == 0 || page.Offset == 0 || c.join(page) >= 0
}

// join is the index of the first row of the page that was passed, or else of the last
// that comes before those; -1 if there is none.
func (c *course[T]) join(page *Page[T]) int {
	at := -1
	for i := range page.Items {
		row := &page.Items[i]
		if c.isKnown(row) {
			return i
		}
		if c.passed > 0 && c.later != nil && c.later(c.furthest, c.rows.moment(row)) {
			at = i
		}
	}
	return at
}

func (c *course[T]) isKnown(row *T) bool { return c.known[c.rows.id(row)] }

// advance takes the next page, and returns its rows from the first new one on. It fails
// when the pages go round in circles. Pages may bring nothing new although there is more, as
// rows that are created in front of the walk move those of one page into the next.
func (c *course[T]) advance(page *Page[T]) ([]T, error) {
	fresh := page.Items[c.join(page)+1:]
	for len(fresh) > 0 && c.isKnown(&fresh[0]) {
		fresh = fresh[1:]
	}
	first, offset := c.first, c.offset
	c.total, c.offset = page.Total, page.Offset
	if len(page.Items) > 0 {
		c.first = c.rows.id(&page.Items[0])
	}
	if len(fresh) > 0 || !page.HasMore() {
		c.standing, c.repeats = 0, 0
		return fresh, nil
	}
	c.standing += len(page.Items) + 1
	if page.Offset > offset && first == c.first {
		c.repeats += 1 + len(page.Items)/20
	}
	if c.repeats <= maxRepeats && c.standing <= remembered+page.Total {
		return nil, nil
	}
	return nil, fmt.Errorf("%w: the rows at offset %d came before", errNoAdvance, page.Offset)
}

// pass takes note of a row that is passed on, and reports whether it is the first time.
func (c *course[T]) pass(row *T) bool {
	if c.isKnown(row) {
		return false
	}
	c.passed++
	id := c.rows.id(row)
	c.known[id] = true
	if len(c.ring) < remembered {
		c.ring = append(c.ring, id)
	} else {
		delete(c.known, c.ring[c.next])
		c.ring[c.next] = id
		c.next = (c.next + 1) % remembered
	}
	if c.later != nil {
		if moment := c.rows.moment(row); c.furthest.IsZero() || c.later(moment, c.furthest) {
			c.furthest = moment
		}
	}
	return true
}
