// Package record stores the latest records, bounded by number and by bytes.
package record

// maxBytes bounds the records of a history.
const maxBytes = 64 << 20

// History stores the latest records, bounded by number and by bytes.
type History[T any] struct {
	limit  int
	sizeOf func(*T) int
	bytes  int
	all    []*T
}

// New returns a history of at most limit records. sizeOf returns the size of a record in bytes.
func New[T any](limit int, sizeOf func(*T) int) History[T] {
	return History[T]{limit: limit, sizeOf: sizeOf}
}

// Add adds a record and drops the oldest ones beyond the bounds.
func (h *History[T]) Add(record *T) {
	if h.limit == 0 {
		return
	}
	h.all = append(h.all, record)
	h.bytes += h.sizeOf(record)
	for len(h.all) > h.limit || h.bytes > maxBytes && len(h.all) > 1 {
		h.bytes -= h.sizeOf(h.all[0])
		h.all[0] = nil
		h.all = h.all[1:]
	}
}

// All returns the stored records, oldest first.
func (h *History[T]) All() []*T {
	return h.all
}

// Clear drops all records.
func (h *History[T]) Clear() {
	h.all, h.bytes = nil, 0
}
