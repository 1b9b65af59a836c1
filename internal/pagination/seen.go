package pagination

import (
	"fmt"
	"math"
)

const (
	// remembered is how many of the latest rows are recognized at least. Rows with the
	// latest sort key, or without a stable sort, are recognized up to maxRemembered.
	remembered    = 1000
	maxRemembered = 50_000
	// maxStalled is how many pages in a row may bring nothing new. Pages that repeat the one
	// before, or are empty although rows are due, count more.
	maxStalled = 1000
)

// unset is the sort key of a row without a time.
const unset = math.MinInt64

// seen records the rows already yielded, drops repeats and detects gaps.
type seen[T any] struct {
	list List[T]

	sorted     bool // by the sort key
	unsetFirst bool // rows without a time come first, for certain
	hasTies    bool // some rows have one sort key, so that their order may change
	watermark  int64
	yielded    int
	known      map[int64]int64 // sort keys by id
	older      map[int64]int64 // the generation before
	began      int64           // the watermark when known was empty

	firstTotal int // that the service told, -1 before
	total      int // that it told last, -1 before
	totalFell  bool

	stalled int   // pages since the last new row, weighted
	offset  int   // of the latest page
	firstID int64 // of its first row
}

func newSeen[T any](list List[T]) *seen[T] {
	return &seen[T]{
		list:       list,
		sorted:     list.SortKey != nil,
		known:      make(map[int64]int64),
		firstTotal: -1,
		total:      -1,
	}
}

// key returns the sort key of a row. Later rows of the list have higher keys.
func (s *seen[T]) key(row *T) int64 {
	if !s.sorted {
		return unset
	}
	time := s.list.SortKey(row)
	switch {
	case time.IsZero():
		return unset
	case s.list.Descending:
		return -time.UnixMicro()
	}
	return time.UnixMicro()
}

// isLater reports whether a row with key a comes after one with b for certain.
func (s *seen[T]) isLater(a, b int64) bool {
	if a == unset || b == unset {
		return s.unsetFirst && a != b && b == unset
	}
	return a > b
}

// isPassed reports whether a row comes before rows already yielded.
func (s *seen[T]) isPassed(key int64) bool {
	return s.yielded > 0 && s.isLater(s.watermark, key)
}

// isKnown returns the sort key with which a row was yielded, if it is remembered.
func (s *seen[T]) isKnown(id int64) (key int64, ok bool) {
	if key, ok = s.known[id]; !ok {
		key, ok = s.older[id]
	}
	return key, ok
}

// observe reads from a page how the list is sorted and how its total changes.
func (s *seen[T]) observe(page *Page[T]) {
	if page.Total >= 0 {
		if s.firstTotal < 0 {
			s.firstTotal = page.Total
		}
		s.totalFell = s.totalFell || page.Total < s.total
		s.total = page.Total
	}
	for i := 1; i < len(page.Items) && s.sorted; i++ {
		a, b := s.key(&page.Items[i-1]), s.key(&page.Items[i])
		s.unsetFirst = s.unsetFirst || a == unset && b != unset
		s.hasTies = s.hasTies || a == b
		if s.isLater(a, b) {
			s.sorted, s.watermark = false, unset // the service ignores the sort
		}
	}
}

// joins reports whether a page of a sorted list continues the rows yielded without a gap: it has
// a row that was yielded where it is now, or one that comes before those. A row that was
// yielded elsewhere and moved proves nothing.
func (s *seen[T]) joins(page *Page[T]) bool {
	if s.yielded == 0 {
		return true
	}
	if page.Offset == 0 && (s.list.Offset == 0 || len(page.Items) == 0 || s.isLater(s.key(&page.Items[0]), s.watermark)) {
		return true // all of those before are gone
	}
	for i := range page.Items {
		row := &page.Items[i]
		key := s.key(row)
		if before, ok := s.isKnown(s.list.ID(row)); ok && before == key || s.isPassed(key) {
			return true
		}
	}
	return false
}

// advance fails when the pages repeat each other. A page may bring nothing new although rows
// follow: rows created in front move those of one page into the next.
func (s *seen[T]) advance(page *Page[T], anyNew bool) error {
	first := s.list.ID(&page.Items[0])
	repeats := page.Offset > s.offset && first == s.firstID
	s.offset, s.firstID = page.Offset, first
	switch {
	case anyNew:
		s.stalled = 0
	case repeats:
		s.stalled += maxStalled / 40 * (1 + len(page.Items)/5) // chance hardly repeats a long page
	default:
		s.stalled++
	}
	if s.stalled > maxStalled {
		return fmt.Errorf("%w: the rows at offset %d came before", errNoAdvance, page.Offset)
	}
	return nil
}

// record records a row and reports whether to yield it: it is new and does not come before
// rows already yielded.
func (s *seen[T]) record(row *T) bool {
	id, key := s.list.ID(row), s.key(row)
	if s.isPassed(key) {
		return false
	}
	if s.yielded == 0 || s.isLater(key, s.watermark) {
		s.watermark = key
	}
	_, known := s.isKnown(id)
	s.remember(id, key)
	if !known {
		s.yielded++
	}
	return !known
}

// remember keeps two generations of rows. It drops the older one when its rows need not be
// recognized.
func (s *seen[T]) remember(id, key int64) {
	if len(s.known) == 0 {
		s.began = s.watermark
	}
	s.known[id] = key
	most := remembered
	if !s.sorted || s.began == s.watermark {
		most = maxRemembered
	}
	if len(s.known) >= most {
		s.older, s.known = s.known, make(map[int64]int64)
	}
}
