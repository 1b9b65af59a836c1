// Package record remembers the latest of something, bounded by number and by bytes.
package record

const maxHistory = 64 << 20

// History remembers the latest of something, bounded by number and by bytes.
type History[T any] struct {
	limit  int
	sizeOf func(*T) int
	bytes  int
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
	for len(h.all) > h.limit || h.bytes > maxHistory && len(h.all) > 1 {
		h.bytes -= h.sizeOf(h.all[0])
		h.all[0] = nil
		h.all = h.all[1:]
	}
}

// Remembered returns what is remembered, oldest first.
func (h *History[T]) Remembered() []*T {
	return h.all
}

// Clear forgets everything.
func (h *History[T]) Clear() {
	h.all, h.bytes = nil, 0
}
