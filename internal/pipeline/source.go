package pipeline

import (
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long Next waits for an item before it returns without one.
const patience = 100 * time.Millisecond

// Source reads a sequence in its own goroutine, one item per request, so that a slow sequence
// does not block the consumer. Only one goroutine may use a Source. The
// caller must call Stop.
type Source[T any] struct {
	seq      iter.Seq[T]
	running  sync.WaitGroup
	requests chan *delivery[T] // nil before the first
	asked    *delivery[T]      // requested and not yet taken
	left     atomic.Bool       // Stop returned before the sequence ended
	end      ending            // of seq
}

// delivery is a request for an item, and later holds the item.
type delivery[T any] struct {
	ready chan struct{} // closed when the item is set or the sequence has ended
	late  bool          // Next waited for it without success
	ok    bool
	item  T
}

// NewSource returns a source that has read nothing yet.
func NewSource[T any](seq iter.Seq[T]) *Source[T] {
	return &Source[T]{seq: seq}
}

// Next returns the next item. If the sequence does not yield it within 100 ms, Next returns a
// channel that is closed when Next should be called again. If ok is false and the channel nil,
// the sequence has ended. Next repeats a panic or Goexit of the sequence.
func (s *Source[T]) Next() (item T, ok bool, later <-chan struct{}) {
	if s.requests == nil {
		s.requests = make(chan *delivery[T])
		s.running.Go(s.read)
	}
	if s.asked == nil {
		s.asked = &delivery[T]{ready: make(chan struct{})}
		s.requests <- s.asked
	}
	d := s.asked
	if !d.arrived() {
		return item, false, d.ready
	}
	s.asked = nil
	if !d.ok {
		s.end.raise()
	}
	return d.item, d.ok, nil
}

// arrived reports whether the item is ready. The first call waits up to 100 ms for it.
func (d *delivery[T]) arrived() bool {
	if d.late {
		return isClosed(d.ready)
	}
	select {
	case <-d.ready:
	case <-time.After(patience):
		d.late = true
	}
	return !d.late
}

// Stop ends the sequence and waits for it. If the sequence is still producing an item, Stop does
// not wait; the sequence ends when it yields the item. Stop repeats a panic or Goexit of the
// sequence if it waited.
func (s *Source[T]) Stop() {
	if s.requests == nil {
		return
	}
	if s.asked != nil && !isClosed(s.asked.ready) {
		s.left.Store(true)
		close(s.requests)
		return
	}
	close(s.requests)
	s.running.Wait()
	s.end.raise()
}

// read ranges over the sequence and delivers one item per request. After the end it completes
// each request without an item.
func (s *Source[T]) read() {
	asked := <-s.requests
	defer func() {
		if s.left.Load() {
			s.end.raise() // no caller is left to receive a panic
		}
		for ; asked != nil; asked = <-s.requests {
			close(asked.ready)
		}
	}()
	s.end.run(func() {
		for item := range s.seq {
			asked.item, asked.ok = item, true
			close(asked.ready)
			if asked = <-s.requests; asked == nil {
				break
			}
		}
	})
}
