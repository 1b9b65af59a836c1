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
	ready   chan grantResult // has room for the one answer it gets
	element *list.Element
	checked bool // whether its permit may come in time
}

// answer tells a waiter when its permit was granted, or why it gets none.
type grantResult struct {
	permit helpcrunch.Permit
	err    error
}

// grantNow is the answer that grants a permit.
func grantNow(background bool, now time.Time) grantResult {
	return grantResult{permit: helpcrunch.Permit{Background: background, Granted: now}}
}

// queue is a queue, first come first served.
type queue struct {
	waiters list.List
	tail    tail
	known   bool // Redis keeps a place for it
	check   bool // it holds waiters that are not checked
}

// tail is what is known of the permit of one who would come with so many ahead of it.
type tail struct {
	ahead  int
	moment time.Time // no permit before
	until  time.Time // later this is not worth knowing
}

func (q *queue) empty() bool { return q.waiters.Len() == 0 }

// mustLeave reports whether Redis keeps a place for nobody.
func (q *queue) mustLeave() bool { return q.known && q.empty() }

func (q *queue) length() int { return q.waiters.Len() }

// checksLater reports whether a waiter needs no call of its own to check its deadline: the next one
// does, as the deadline is more than a window later than the first permit it may get.
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

// leave takes a waiter out of its queue, and reports whether it was in.
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

// refuse sends a waiter away, if it still waits.
func (w *waiter) reject(err error) {
	if err != nil && w.leave() {
		w.ready <- grantResult{err: err}
	}
}
