package limiter

import (
	"container/list"
	"context"
)

// queue holds the waiting calls of one priority in FIFO order.
type queue struct {
	list.List
}

// waiter is a call that waits for a permit.
type waiter struct {
	ctx     context.Context
	done    chan result // buffered for one result
	element *list.Element
}

// result is the permit of a waiter, or an error.
type result struct {
	permit Permit
	err    error
}

func (q *queue) push(ctx context.Context) *waiter {
	w := &waiter{ctx: ctx, done: make(chan result, 1)}
	w.element = q.PushBack(w)
	return w
}

// finish removes a waiter and sends it its result.
func (q *queue) finish(element *list.Element, r result) {
	q.Remove(element).(*waiter).done <- r
}
