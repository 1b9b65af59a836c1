package redislimit

import (
	"container/list"
	"context"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// waiter is a caller that waits for its turn.
type waiter struct {
	ctx     context.Context
	own     *lane
	ready   chan answer // has room for the one answer it gets
	element *list.Element
	checked bool // whether its turn may come in time
}

// answer tells a waiter when its turn was granted, or why it gets none.
type answer struct {
	permit helpcrunch.Permit
	err    error
}

// grantNow is the answer that grants a permit.
func grantNow(background bool, now time.Time) answer {
	return answer{permit: helpcrunch.Permit{Background: background, Granted: now}}
}

// lane is a queue, first come first served.
type lane struct {
	waiters list.List
	tail    tail
	known   bool // Redis keeps a place for it
	check   bool // it holds waiters that are not checked
}

// tail is what is known of the turn of one who would come with so many ahead of it.
type tail struct {
	ahead  int
	moment time.Time // no turn before
	until  time.Time // later this is not worth knowing
}

func (q *lane) empty() bool { return q.waiters.Len() == 0 }

// mustLeave reports whether Redis keeps a place for nobody.
func (q *lane) mustLeave() bool { return q.known && q.empty() }

func (q *lane) length() int { return q.waiters.Len() }

func (q *lane) push(w *waiter) {
	w.own, w.element = q, q.waiters.PushBack(w)
	q.check = q.check || !w.checked
}

func (q *lane) pop() *waiter {
	w := q.waiters.Front().Value.(*waiter)
	w.leave()
	return w
}

// leave takes a waiter out of its lane, and reports whether it was in.
func (w *waiter) leave() bool {
	if w.element == nil {
		return false
	}
	w.own.waiters.Remove(w.element)
	w.element = nil
	return true
}

// each calls a function with every waiter and how many are ahead of it.
func (q *lane) each(visit func(w *waiter, ahead int)) {
	ahead := 0
	for element := q.waiters.Front(); element != nil; element = element.Next() {
		visit(element.Value.(*waiter), ahead)
		ahead++
	}
}

// refuse sends those away for whom the function, which is told how many are ahead, has an error.
func (q *lane) refuse(check func(w *waiter, ahead int) error) {
	ahead := 0
	for element := q.waiters.Front(); element != nil; {
		w := element.Value.(*waiter)
		element = element.Next()
		if err := check(w, ahead); err != nil {
			w.refuse(err)
			continue
		}
		ahead++
	}
}

// refuse sends a waiter away, if it still waits.
func (w *waiter) refuse(err error) {
	if err != nil && w.leave() {
		w.ready <- answer{err: err}
	}
}
