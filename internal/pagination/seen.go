package pagination

import (
	"fmt"
	"math"
)

const (
	// minRemembered is the minimum number of latest rows that are recognized as repeats. Rows
	// with equal sort keys, or without a stable sort, are recognized up to maxRemembered.
	minRemembered = 1000
	maxRemembered = 50_000
	// maxStalled is how many consecutive pages may contain no new row. A page that repeats the
	// previous one, or is empty before the end of the list, counts as several.
	maxStalled = 1000
)

// unset is the sort key of a row without a time.
const unset = math.MinInt64

// seen records the rows already yielded, drops repeats and detects gaps.
type seen[T any] struct {
	list List[T]

	sorted     bool  // by the sort key
	unsetFirst bool  // rows without a time are known to come first
	hasTies    bool  // some rows have equal sort keys, so their order may change
	watermark  int64 // the highest sort key yielded
	yielded    int
	known      map[int64]int64 // sort keys by id, newest generation
	older      map[int64]int64 // the previous generation
	knownSince int64           // the watermark when known was last empty

	firstTotal int // the first total of the list, -1 if unknown
	total      int // the latest one, -1 if unknown
	totalFell  bool

	stalled int   // weighted number of pages since the last new row
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

// key returns the sort key of a row. Rows further down the list have higher keys.
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

// isLater reports whether a row with key a is known to come after one with key b.
func (s *seen[T]) isLater(a, b int64) bool {
	if a == unset || b == unset {
		return s.unsetFirst && a != b && b == unset
	}
	return a > b
}

// isPassed reports whether a row with the key comes before rows already yielded.
func (s *seen[T]) isPassed(key int64) bool {
	return s.yielded > 0 && s.isLater(s.watermark, key)
}

// yieldedKey returns the sort key with which a row was yielded, if it is remembered.
func (s *seen[T]) yieldedKey(id int64) (key int64, ok bool) {
	if key, ok = s.known[id]; !ok {
		key, ok = s.older[id]
	}
	return key, ok
}

// observe updates the total, and detects rows with equal keys and a list that is not sorted.
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

// joins reports whether a page of a sorted list follows the rows yielded without a gap. It does if
// it contains a row that was yielded with the same sort key, or one before the watermark. A row
// whose key changed proves nothing.
func (s *seen[T]) joins(page *Page[T]) bool {
	if s.yielded == 0 {
		return true
	}
	if page.Offset == 0 && (s.list.Offset == 0 || len(page.Items) == 0 || s.isLater(s.key(&page.Items[0]), s.watermark)) {
		return true // all rows before the page were deleted
	}
	for i := range page.Items {
		row := &page.Items[i]
		key := s.key(row)
		if before, ok := s.yieldedKey(s.list.ID(row)); ok && before == key || s.isPassed(key) {
			return true
		}
	}
	return false
}

// advance fails if the pages keep repeating each other. A single page may contain nothing new:
// rows created before it move the rows of one page into the next.
func (s *seen[T]) advance(page *Page[T], anyNew bool) error {
	first := s.list.ID(&page.Items[0])
	repeats := page.Offset > s.offset && first == s.firstID
	s.offset, s.firstID = page.Offset, first
	switch {
	case anyNew:
		s.stalled = 0
	case repeats:
		s.stalled += maxStalled / 40 * (1 + len(page.Items)/5) // long pages count more: they rarely repeat by chance
	default:
		s.stalled++
	}
	if s.stalled > maxStalled {
		return fmt.Errorf("%w: the rows at offset %d came before", errNoAdvance, page.Offset)
	}
	return nil
}

// record records a row and reports whether to yield it: whether it is new and not before the
// watermark.
func (s *seen[T]) record(row *T) bool {
	id, key := s.list.ID(row), s.key(row)
	if s.isPassed(key) {
		return false
	}
	if s.yielded == 0 || s.isLater(key, s.watermark) {
		s.watermark = key
	}
	_, known := s.yieldedKey(id)
	s.remember(id, key)
	if !known {
		s.yielded++
	}
	return !known
}

// remember adds a row. It keeps two generations of rows and drops the older one when the newer
// one is full.
func (s *seen[T]) remember(id, key int64) {
	if len(s.known) == 0 {
		s.knownSince = s.watermark
	}
	s.known[id] = key
	limit := minRemembered
	if !s.sorted || s.knownSince == s.watermark {
		limit = maxRemembered
	}
	if len(s.known) >= limit {
		s.older, s.known = s.known, make(map[int64]int64)
	}
}
