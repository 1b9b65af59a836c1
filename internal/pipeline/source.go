package pipeline

import (
	"iter"
	"runtime"
	"sync/atomic"
	"time"
)

// patience is how long Next waits for an item before it returns without one.
const patience = 100 * time.Millisecond

// Source reads a sequence in a goroutine of its own, an item whenever it is asked for one. So its
// consumer is not held up by a sequence that waits for its next item. Only one goroutine may
// use a Source. Stop must be called.
type Source[T any] struct {
	seq      iter.Seq[T]
	requests chan *delivery[T] // nil before the first
	asked    *delivery[T]      // that was not taken yet
	done     chan struct{}     // closed when the sequence has ended
	left     atomic.Bool       // Stop did not wait for the end
	returned bool              // seq did, without a panic or Goexit
	panicked any
}

// delivery is a request for an item, and then the item.
type delivery[T any] struct {
	ready chan struct{} // closed when the item is there, or the sequence has ended
	late  bool          // Next waited for it once
	ok    bool
	item  T
}

// NewSource returns a source that has read nothing yet.
func NewSource[T any](seq iter.Seq[T]) *Source[T] {
	return &Source[T]{seq: seq, done: make(chan struct{})}
}

// Next returns the next item. If the sequence does not yield it within 100 ms, Next returns a
// channel that is closed when it is worth calling Next again. Without item and channel, the
// sequence has ended. A panic and Goexit of the sequence reach the caller.
func (s *Source[T]) Next() (item T, ok bool, later <-chan struct{}) {
	if s.requests == nil {
		s.requests = make(chan *delivery[T])
		go s.read()
	}
	if s.asked == nil {
		asked := &delivery[T]{ready: make(chan struct{})}
		select {
		case s.requests <- asked:
			s.asked = asked
		case <-s.done:
			return item, false, nil
		}
	}
	d := s.asked
	if !d.arrived() {
		return item, false, d.ready
	}
	s.asked = nil
	if !d.ok {
		s.raise()
	}
	return d.item, d.ok, nil
}

// arrived reports whether the item is there. The first call waits for it a moment.
func (d *delivery[T]) arrived() bool {
	if !d.late {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-d.ready:
		case <-timer.C:
			d.late = true
		}
	}
	return isClosed(d.ready)
}

// Stop ends the sequence. If the sequence waits for its next item, Stop does not wait for it: the
// sequence ends when it yields the item.
func (s *Source[T]) Stop() {
	if s.requests == nil {
		return
	}
	close(s.requests)
	if s.asked != nil && !isClosed(s.asked.ready) {
		s.left.Store(true)
		return
	}
	<-s.done
	s.raise()
}

// raise does to the consumer's goroutine, once, what the sequence did to its own.
func (s *Source[T]) raise() {
	panicked, returned := s.panicked, s.returned
	s.panicked, s.returned = nil, true
	switch {
	case panicked != nil:
		panic(panicked)
	case !returned:
		runtime.Goexit()
	}
}

// read ranges over the sequence.
func (s *Source[T]) read() {
	asked := <-s.requests
	defer func() {
		if !s.left.Load() { // else nobody would learn of a panic
			s.panicked = recover()
		}
		close(s.done)
		if asked != nil {
			close(asked.ready)
		}
	}()
	for item := range s.seq {
		asked.item, asked.ok = item, true
		close(asked.ready)
		if asked = <-s.requests; asked == nil {
			break
		}
	}
	s.returned = true
}
