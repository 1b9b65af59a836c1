package main

import (
	"slices"
	"sync"
	"time"
)

// job is an event of the spool that is to be worked on.
type job struct {
	name     string
	due      time.Time
	failures int
}

// queue is the order in which events are worked on. The spool is what survives; this is
// made anew at each start.
type queue struct {
	changed chan struct{} // holds one signal at most

	mu   sync.Mutex
	jobs []job // in the order in which they are due
}

func newQueue() *queue {
	return &queue{changed: make(chan struct{}, 1)}
}

// add puts a job behind those that are due before it or at the same time.
func (q *queue) add(added job) {
	q.mu.Lock()
	place, _ := slices.BinarySearchFunc(q.jobs, added, func(j, added job) int {
		if j.due.After(added.due) {
			return 1
		}
		return -1
	})
	q.jobs = slices.Insert(q.jobs, place, added)
	q.mu.Unlock()
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// take returns the first job if it is due, and else how long to wait at most.
func (q *queue) take(now time.Time) (taken job, ok bool, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return job{}, false, time.Hour
	}
	first := q.jobs[0]
	if first.due.After(now) {
		return job{}, false, first.due.Sub(now)
	}
	q.jobs = q.jobs[1:]
	return first, true, 0
}
