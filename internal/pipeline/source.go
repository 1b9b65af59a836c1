package pipeline

import (
	"iter"
	"time"
)

// maxItemWait is how long Next waits for an item before it returns without one.
const maxItemWait = 100 * time.Millisecond

// Source reads a sequence in another goroutine, one item per call of Next. A slow sequence does not
// block the consumer. Only one goroutine may use a Source. The caller must call Stop.
type Source[T any] struct {
	next      func() (T, bool)
	stop      func()
	requested *delivery[T] // not yet taken
}

// delivery is a request for an item, and later holds the item.
type delivery[T any] struct {
	ready chan struct{} // closed when the item is set or the sequence has ended
	late  bool          // Next waited for it without success
	ok    bool
	item  T
	end   ending // of the request
}

// NewSource returns a source that has read nothing yet.
func NewSource[T any](seq iter.Seq[T]) *Source[T] {
	next, stop := iter.Pull(seq)
	return &Source[T]{next: next, stop: stop}
}

// Next returns the next item. If the sequence does not yield it within 100 ms, later is closed when
// Next should be called again. If ok is false and later nil, the sequence has ended. Next repeats a
// panic or Goexit of the sequence.
func (s *Source[T]) Next() (item T, ok bool, later <-chan struct{}) {
	if s.requested == nil {
		s.requested = &delivery[T]{ready: make(chan struct{})}
		go s.requested.fetch(s.next)
	}
	d := s.requested
	if !d.arrived() {
		return item, false, d.ready
	}
	s.requested = nil
	d.end.raise()
	return d.item, d.ok, nil
}

func (d *delivery[T]) fetch(next func() (T, bool)) {
	defer close(d.ready)
	d.end.run(func() { d.item, d.ok = next() })
}

// arrived reports whether the item is ready. The first call waits up to 100 ms for it.
func (d *delivery[T]) arrived() bool {
	if d.late {
		return isClosed(d.ready)
	}
	select {
	case <-d.ready:
	case <-time.After(maxItemWait):
		d.late = true
	}
	return !d.late
}

// Stop ends the sequence and waits for it. If the sequence is still producing an item, Stop does
// not wait. The sequence then ends when it yields the item. Stop repeats a panic or Goexit of the
// sequence if it waited.
func (s *Source[T]) Stop() {
	d := s.requested
	if d != nil && !isClosed(d.ready) {
		go func() {
			<-d.ready
			d.end.raise() // no caller is left to receive a panic
			s.stop()
		}()
		return
	}
	if d != nil {
		d.end.raise()
	}
	s.stop()
}
