// Package record remembers the latest of something, bounded by number and by bytes.
package record

const maxHistory = 64 << 20

// History remembers the latest of something, bounded by number and by bytes.
type History[T any] struct {
	limit  int
	sizeOf func(*T) int
	bytes  int
	first  int // in all, the oldest that is remembered
	all    []*T
}

// New makes a history of at most limit records. sizeOf returns the bytes that one takes.
func New[T any](limit int, sizeOf func(*T) int) History[T] {
	return History[T]{limit: limit, sizeOf: sizeOf}
}

// Add remembers a record, and forgets the oldest ones that are too many.
func (h *History[T]) Add(record *T) {
	if h.limit == 0 {
		return
	}
	h.all = append(h.all, record)
	h.bytes += h.sizeOf(record)
	for len(h.all)-h.first > h.limit || h.bytes > maxHistory && len(h.all)-h.first > 1 {
		h.bytes -= h.sizeOf(h.all[h.first])
		h.all[h.first] = nil
		h.first++
	}
	if h.first > len(h.all)/2 {
		h.all = append([]*T(nil), h.all[h.first:]...)
		h.first = 0
	}
}

// Remembered returns what is remembered, oldest first.
func (h *History[T]) Remembered() []*T {
	return h.all[h.first:]
}

// Clear forgets everything.
func (h *History[T]) Clear() {
	h.all, h.first, h.bytes = nil, 0, 0
}
