package limiter

import (
	"context"
	"slices"
)

// queue holds the waiting calls of one priority in FIFO order.
type queue []*waiter

// waiter is a call that waits for a permit.
type waiter struct {
	ctx  context.Context
	done chan result // buffered for one result
}

// result is the permit of a waiter, or an error.
type result struct {
	permit Permit
	err    error
}

func (q *queue) push(ctx context.Context) *waiter {
	w := &waiter{ctx: ctx, done: make(chan result, 1)}
	*q = append(*q, w)
	return w
}

func (q *queue) remove(w *waiter) {
	*q = slices.DeleteFunc(*q, func(other *waiter) bool { return other == w })
}
