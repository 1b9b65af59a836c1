package limiter

import (
	"container/list"
	"context"
	"iter"
	"math"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// waiter is a caller that waits for its turn.
type waiter struct {
	ctx     context.Context
	ready   chan answer // has room for the one answer it gets
	element *list.Element
}

// answer tells a waiter of its permit, or why it gets none.
type answer struct {
	permit Permit
	err    error
}

// lane is a queue, first come first served.
type lane struct {
	waiters list.List
}

func (q *lane) empty() bool { return q.waiters.Len() == 0 }

func (q *lane) length() int { return q.waiters.Len() }

func (q *lane) push(w *waiter) { w.element = q.waiters.PushBack(w) }

func (q *lane) remove(w *waiter) { q.waiters.Remove(w.element) }

func (q *lane) pop() *waiter {
	return q.waiters.Remove(q.waiters.Front()).(*waiter)
}

// all iterates over the waiters; the current one may be removed meanwhile.
func (q *lane) all() iter.Seq[*waiter] {
	return func(yield func(*waiter) bool) {
		for element := q.waiters.Front(); element != nil; {
			next := element.Next()
			if !yield(element.Value.(*waiter)) {
				return
			}
			element = next
		}
	}
}

// slots are the moments at which used slots are free again, earliest first. Those of
// the same millisecond, rounded up, are kept together.
type slots struct {
	began  time.Time
	groups []slotGroup
	count  int // of slots, in all groups
}

// slotGroup is how many slots are free again so many milliseconds after began.
type slotGroup struct {
	millisecond int64
	count       int
}

func (s *slots) length() int { return s.count }

// at returns the moment of the slot with the index, 0 being the earliest.
func (s *slots) at(index int) time.Time {
	for _, group := range s.groups {
		if index < group.count {
			return s.moment(group)
		}
		index -= group.count
	}
	return time.Time{}
}

func (s *slots) moment(group slotGroup) time.Time {
	return s.began.Add(time.Duration(group.millisecond) * time.Millisecond)
}

// add keeps the order. A moment nearly always belongs at the end.
func (s *slots) add(moment time.Time) {
	const longest = math.MaxInt64 - time.Millisecond
	millisecond := int64((min(moment.Sub(s.began), longest) + time.Millisecond - 1) / time.Millisecond)
	s.count++
	at := len(s.groups)
	for at > 0 && s.groups[at-1].millisecond > millisecond {
		at--
	}
	if at > 0 && s.groups[at-1].millisecond == millisecond {
		s.groups[at-1].count++
		return
	}
	s.groups = slices.Insert(s.groups, at, slotGroup{millisecond, 1})
}

// expire drops the slots that are free by now.
func (s *slots) expire(now time.Time) {
	millisecond := int64(now.Sub(s.began) / time.Millisecond)
	for len(s.groups) > 0 && s.groups[0].millisecond <= millisecond {
		s.count -= s.groups[0].count
		s.groups = s.groups[1:]
	}
}

// bucket is a token bucket that takes tokens back, and lends them. Nobody waits in it: who
// holds a reservation can't be overtaken.
type bucket struct {
	rate     *rate.Limiter
	returned int
}

func newBucket(perSecond rate.Limit, size int) bucket {
	return bucket{rate: rate.NewLimiter(perSecond, size)}
}

// resize changes how many tokens the bucket holds.
func (b *bucket) resize(now time.Time, size int) {
	if b.rate.Burst() != size {
		b.rate.SetBurstAt(now, size)
	}
}

// take takes a token if there is one.
func (b *bucket) take(now time.Time) bool {
	if b.left(now) < 1 {
		return false
	}
	b.borrow(now)
	return true
}

// borrow takes a token even if there is none. It is paid with one of those to come.
func (b *bucket) borrow(now time.Time) {
	b.settle(now)
	if b.returned > 0 {
		b.returned--
		return
	}
	b.rate.ReserveN(now, 1)
}

// forgive gives back what was borrowed and not yet paid.
func (b *bucket) forgive(now time.Time) {
	b.returned += max(0, -int(b.left(now)))
}

// giveBack returns a token that was taken for nothing.
func (b *bucket) giveBack() { b.returned++ }

// settle drops the returned tokens for which the bucket has no room any more.
func (b *bucket) settle(now time.Time) {
	room := b.rate.Burst() - int(b.rate.TokensAt(now))
	b.returned = max(0, min(b.returned, room))
}

// left is how many tokens there are: less than 1 when there is none, less than 0 when
// some were borrowed.
func (b *bucket) left(now time.Time) float64 {
	b.settle(now)
	return b.rate.TokensAt(now) + float64(b.returned)
}

// when is the moment at which there are so many tokens, if none is taken meanwhile.
func (b *bucket) when(now time.Time, tokens int) time.Time {
	b.settle(now)
	missing := float64(tokens-b.returned) - b.rate.TokensAt(now)
	if missing <= 0 {
		return now
	}
	wait := missing / float64(b.rate.Limit()) * float64(time.Second)
	return now.Add(time.Duration(wait) + time.Microsecond)
}

func (b *bucket) perMinute() int {
	return int(float64(b.rate.Limit()) * Period.Seconds())
}
