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
	// remembered is how many of the latest rows a walk knows again at least. It knows all those
	// with the latest time, up to maxRemembered, as time can't tell them from others.
	remembered    = 1000
	maxRemembered = 100_000
	// maxRepeats is how often the same short page may come again at other offsets. A long
	// one counts for more: it is less likely to do so by chance.
	maxRepeats = 20
)

var (
	errNoAdvance = errors.New("helpcrunch: the list does not advance")
	errLost      = errors.New("helpcrunch: none of the latest rows is left in the list: there is no telling where to go on")
)

// course is how far a walk has come. It passes rows on once each, and tells
// whether rows were skipped because others were deleted or created in front of them.
type course[T any] struct {
	rows       rows[T]
	sorted     bool // by the moment of the rows
	descending bool
	zerosFirst bool // rows without a moment come before the others, for certain
	skipped    int  // rows in front of the walk

	total    int                 // what the service said last, -1 while it said nothing
	standing int                 // rows of the latest pages, which brought nothing new
	repeats  int                 // of the same page among them
	offset   int                 // of the latest page
	firstID  int64               // the id of its first row
	passed   int                 // rows
	nameless bool                // some of them have no id
	furthest time.Time           // of them all
	known    map[int64]time.Time // the moments of the rows that are known, by id
	latest   []int64             // their ids, the oldest first
}

func newCourse[T any](r rows[T], p part) *course[T] {
	return &course[T]{
		rows:       r,
		sorted:     r.moment != nil && p.sort == r.stable,
		descending: r.newestFirst || p.order == OrderDescending,
		skipped:    p.offset,
		total:      -1,
		known:      make(map[int64]time.Time),
	}
}

// isLater reports whether a row with the moment a comes after one with b for certain.
func (c *course[T]) isLater(a, b time.Time) bool {
	switch {
	case !c.sorted:
		return false
	case a.IsZero() != b.IsZero():
		return c.zerosFirst && b.IsZero()
	case c.descending:
		return a.Before(b)
	}
	return a.After(b)
}

// look finds out from a page whether rows without a moment come first, and whether the list
// is sorted by moments at all.
func (c *course[T]) look(page *Page[T]) {
	for i := 1; i < len(page.Items) && c.sorted; i++ {
		a, b := c.moment(&page.Items[i-1]), c.moment(&page.Items[i])
		c.sorted = !c.isLater(a, b)
		c.zerosFirst = c.zerosFirst || a.IsZero() && !b.IsZero()
	}
}

// moment is the time of a row, if the list is sorted by it.
func (c *course[T]) moment(row *T) time.Time {
	if !c.sorted {
		return time.Time{}
	}
	return c.rows.moment(row)
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
	c.look(page)
	return nil
}

// noRows is the error of a list that ends before its total.
func noRows[T any](page *Page[T]) error {
	return fmt.Errorf("%w: no rows at offset %d of %d", errNoAdvance, page.Offset, page.Total)
}

// joins reports whether a page goes on from the rows passed without a gap: it holds one of
// them, or one from before them, whatever was deleted or created.
func (c *course[T]) joins(page *Page[T]) bool {
	atStart := page.Offset == 0 &&
		(c.skipped == 0 || len(page.Items) == 0 || c.isLater(c.moment(&page.Items[0]), c.furthest))
	return c.passed == 0 || atStart || c.join(page) >= 0
}

// join is the index of the first row of the page that was passed where it is now, or else of
// the last that comes before those; -1 if there is none. A row that was passed elsewhere, and
// changed so that it moved, does not tell whether those in front of it were passed.
func (c *course[T]) join(page *Page[T]) int {
	at := -1
	for i := range page.Items {
		row := &page.Items[i]
		moment, ok := c.known[c.rows.id(row)]
		if ok && (!c.sorted || moment.Equal(c.moment(row))) {
			return i
		}
		if c.passed > 0 && c.isLater(c.furthest, c.moment(row)) {
			at = i
		}
	}
	return at
}

func (c *course[T]) isKnown(row *T) bool {
	_, ok := c.known[c.rows.id(row)]
	return ok
}

// advance takes the next page, and returns its rows from the first new one on. It fails
// when the pages go round in circles. Pages may bring nothing new although there is more, as
// rows that are created in front of the walk move those of one page into the next.
func (c *course[T]) advance(page *Page[T]) ([]T, error) {
	fresh := page.Items[c.join(page)+1:]
	for len(fresh) > 0 && c.isKnown(&fresh[0]) {
		c.pass(&fresh[0])
		fresh = fresh[1:]
	}
	before, offset := c.firstID, c.offset
	c.total, c.offset = page.Total, page.Offset
	if len(page.Items) > 0 {
		c.firstID = c.rows.id(&page.Items[0])
	}
	if len(fresh) > 0 || !page.HasMore() {
		c.standing, c.repeats = 0, 0
		return fresh, nil
	}
	c.standing += len(page.Items) + 1
	if page.Offset > offset && before == c.firstID {
		c.repeats += 1 + len(page.Items)/10
	}
	if c.repeats <= maxRepeats && c.standing <= remembered+page.Total {
		return nil, nil
	}
	return nil, fmt.Errorf("%w: the rows at offset %d came before", errNoAdvance, page.Offset)
}

// pass takes note of a row that the walk has come to, and reports whether it is to be passed on:
// it was not before, and does not come from before those that were. A row without an id can't be
// known again.
func (c *course[T]) pass(row *T) bool {
	id, moment := c.rows.id(row), c.moment(row)
	if c.passed > 0 && c.isLater(c.furthest, moment) {
		return false
	}
	if c.passed == 0 || c.isLater(moment, c.furthest) {
		c.furthest = moment
	}
	if c.isKnown(row) {
		c.known[id] = moment
		return false
	}
	c.passed++
	if id == 0 {
		c.nameless = true
		return true
	}
	c.known[id] = moment
	c.latest = append(c.latest, id)
	c.forget()
	return true
}

// forget drops the oldest rows that need not be known.
func (c *course[T]) forget() {
	for len(c.latest) > remembered {
		oldest := c.latest[0]
		if c.sorted && !c.isLater(c.furthest, c.known[oldest]) && len(c.latest) <= maxRemembered {
			return
		}
		delete(c.known, oldest)
		c.latest = c.latest[1:]
	}
}
