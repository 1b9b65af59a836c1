package redislimit

import (
	"container/list"
	"context"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// waiter is a caller that waits for its permit.
type waiter struct {
	ctx     context.Context
	own     *queue
	ready   chan grantResult // has room for the one result
	element *list.Element
	checked bool // whether its permit may come in time
}

// grantResult contains a permit, or the error of a waiter that gets none.
type grantResult struct {
	permit helpcrunch.Permit
	err    error
}

// grantNow returns a permit that is granted now.
func grantNow(background bool, now time.Time) grantResult {
	return grantResult{permit: helpcrunch.Permit{Background: background, Granted: now}}
}

// queue contains the waiters of a priority, first come first served.
type queue struct {
	waiters list.List
	tail    tail
	known   bool // Redis keeps a place for it
	check   bool // it contains waiters that are not checked
}

// tail is the bound for the permit of a newcomer.
type tail struct {
	ahead  int       // how many are ahead of the newcomer
	moment time.Time // no permit before
	until  time.Time // when the bound is out of date
}

func (q *queue) empty() bool { return q.waiters.Len() == 0 }

// mustLeave reports whether Redis keeps a place for an empty queue.
func (q *queue) mustLeave() bool { return q.known && q.empty() }

func (q *queue) length() int { return q.waiters.Len() }

// checksLater reports whether the next call is soon enough to check a waiter's deadline. It is if the
// deadline is more than a window after the earliest moment of its permit.
func (q *queue) checksLater(w *waiter, ahead int, window time.Duration) bool {
	deadline, _ := w.ctx.Deadline()
	return w.checked || !q.tail.moment.IsZero() && ahead <= q.tail.ahead+1 && deadline.After(q.tail.moment.Add(window))
}

func (q *queue) push(w *waiter) {
	w.own, w.element = q, q.waiters.PushBack(w)
	q.check = q.check || !w.checked
}

func (q *queue) pop() *waiter {
	w := q.waiters.Front().Value.(*waiter)
	w.leave()
	return w
}

// leave removes a waiter from its queue, and reports whether it was in.
func (w *waiter) leave() bool {
	if w.element == nil {
		return false
	}
	w.own.waiters.Remove(w.element)
	w.element = nil
	return true
}

// each calls a function with every waiter and how many are ahead of it.
func (q *queue) each(visit func(w *waiter, ahead int)) {
	ahead := 0
	for element := q.waiters.Front(); element != nil; element = element.Next() {
		visit(element.Value.(*waiter), ahead)
		ahead++
	}
}

// reject rejects the waiters for which check, which gets how many are ahead, returns an error.
func (q *queue) reject(check func(w *waiter, ahead int) error) {
	ahead := 0
	for element := q.waiters.Front(); element != nil; {
		w := element.Value.(*waiter)
		element = element.Next()
		if err := check(w, ahead); err != nil {
			w.reject(err)
			continue
		}
		ahead++
	}
}

// reject ends the wait of a waiter with an error, if it still waits.
func (w *waiter) reject(err error) {
	if err != nil && w.leave() {
		w.ready <- grantResult{err: err}
	}
}
