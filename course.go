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
	zeros      place // where rows without a moment come
	skipped    int   // rows in front of the walk

	total    int       // what the service said last, -1 while it said nothing
	standing int       // rows of the latest pages, which brought nothing new
	repeats  int       // of the same page among them
	offset   int       // of the latest page
	firstID  int64     // the id of its first row
	passed   int       // rows
	nameless bool      // some of them have no id
	furthest time.Time // of them all
	known    map[int64]bool
	latest   []passedRow // those that are known, the oldest first
}

// place is where in a list.
type place int

const (
	unknown place = iota
	first
	last
)

type passedRow struct {
	id     int64
	moment time.Time
}

func newCourse[T any](r rows[T], p part) *course[T] {
	return &course[T]{
		rows:       r,
		sorted:     r.moment != nil && p.sort == r.stable,
		descending: r.newestFirst || p.order == OrderDescending,
		skipped:    p.offset,
		total:      -1,
		known:      make(map[int64]bool),
	}
}

// isLater reports whether a row with the moment a comes after one with b for certain.
func (c *course[T]) isLater(a, b time.Time) bool {
	switch {
	case !c.sorted:
		return false
	case a.IsZero() != b.IsZero():
		return a.IsZero() && c.zeros == last || b.IsZero() && c.zeros == first
	case c.descending:
		return a.Before(b)
	}
	return a.After(b)
}

// look finds out from a page where rows without a moment come, and whether the list is
// sorted by moments at all.
func (c *course[T]) look(page *Page[T]) {
	for i := 1; i < len(page.Items) && c.sorted; i++ {
		a, b := c.moment(&page.Items[i-1]), c.moment(&page.Items[i])
		switch {
		case c.isLater(a, b):
			c.sorted = false
		case c.zeros != unknown || a.IsZero() == b.IsZero():
		case a.IsZero():
			c.zeros = first
		default:
			c.zeros = last
		}
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
	atStart := page.Offset == 0 && (c.skipped == 0 || len(page.Items) == 0)
	return c.passed == 0 || atStart || c.join(page) >= 0
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
		if c.passed > 0 && c.isLater(c.furthest, c.moment(row)) {
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

// pass takes note of a row that is passed on, and reports whether it is to be: it was not
// before, and does not come from before those that were. A row without an id can't be known again.
func (c *course[T]) pass(row *T) bool {
	id, moment := c.rows.id(row), c.moment(row)
	if c.known[id] || c.passed > 0 && c.isLater(c.furthest, moment) {
		return false
	}
	if c.passed++; c.passed == 1 || c.isLater(moment, c.furthest) {
		c.furthest = moment
	}
	if id == 0 {
		c.nameless = true
		return true
	}
	c.known[id] = true
	c.latest = append(c.latest, passedRow{id, moment})
	c.forget()
	return true
}

// forget drops the oldest rows that need not be known.
func (c *course[T]) forget() {
	for len(c.latest) > remembered {
		oldest := c.latest[0]
		if c.sorted && !c.isLater(c.furthest, oldest.moment) && len(c.latest) <= maxRemembered {
			return
		}
		delete(c.known, oldest.id)
		c.latest = c.latest[1:]
	}
}
