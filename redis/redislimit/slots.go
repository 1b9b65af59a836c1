package redislimit

import (
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// slots contains the slots of a process, granted by Redis or locally.
type slots struct {
	next     int64       // the number of the next permit
	flight   []int64     // permits under way, oldest first
	newsAt   time.Time   // since when some of them are unreported; zero when none is
	released []released  // permits that are over, in the order in which they were handed back
	reported int         // how many of those, from the first on, were reported to Redis
	frees    []time.Time // when used slots are free, earliest first
}

// released is a permit that is over.
type released struct {
	id       int64
	result   helpcrunch.PermitResult
	at, free time.Time // when it was handed back, when its slot is free again
}

// take adds a new permit.
func (b *slots) take() {
	b.flight = append(b.flight, b.next)
	b.next++
}

// finish releases a permit. It counts as the oldest in flight: a younger permit in its place has a
// lease at least as long.
func (b *slots) finish(result helpcrunch.PermitResult, window time.Duration) {
	if len(b.flight) == 0 {
		return
	}
	over := released{id: b.flight[0], result: result, at: time.Now()}
	b.flight = b.flight[1:]
	if !result.CountedAt.IsZero() {
		over.free = result.CountedAt.Add(window)
		at, _ := slices.BinarySearchFunc(b.frees, over.free, time.Time.Compare)
		b.frees = slices.Insert(b.frees, at, over.free)
	}
	b.released = append(b.released, over)
}

// giveBack releases the newest permit unused.
func (b *slots) giveBack(background bool, now time.Time) {
	last := len(b.flight) - 1
	permit := helpcrunch.Permit{Background: background, Granted: now}
	unused := released{id: b.flight[last], at: now, result: helpcrunch.PermitResult{Permit: permit}}
	b.flight = b.flight[:last]
	b.released = append(b.released, unused)
}

// taken is how many slots are taken, in flight and by requests counted in the last window.
func (b *slots) taken(now time.Time) int {
	for len(b.frees) > 0 && !b.frees[0].After(now) {
		b.frees = b.frees[1:]
	}
	return len(b.flight) + len(b.frees)
}

// unreported returns when the oldest unreported permit was granted or released; zero when there is
// none.
func (b *slots) unreported() time.Time {
	oldest := b.newsAt
	if b.reported < len(b.released) {
		if at := b.released[b.reported].at; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// expire drops permits whose slot is free and that are reported, or that Redis has dropped too.
func (b *slots) expire(now time.Time, lease time.Duration) {
	gone := 0
	for _, over := range b.released {
		if over.free.After(now) || gone >= b.reported && now.Sub(over.at) <= lease {
			break
		}
		gone++
	}
	b.released = b.released[gone:]
	b.reported = max(0, b.reported-gone)
}
