package limiter

import (
	"math"
	"slices"
	"time"
)

// window holds the times at which used slots become free, earliest first. Times are rounded up
// to milliseconds, and slots with the same time form a group.
type window struct {
	began  time.Time
	groups []slotGroup
	count  int // slots in all groups
}

// slotGroup is a number of slots that become free at the same millisecond after began.
type slotGroup struct {
	millisecond int64
	count       int
}

// at returns the time at which the slot with the given index becomes free. Index 0 is the earliest.
func (w *window) at(index int) time.Time {
	group := 0
	for index >= w.groups[group].count {
		index -= w.groups[group].count
		group++
	}
	return w.began.Add(time.Duration(w.groups[group].millisecond) * time.Millisecond)
}

// add inserts a slot. It searches from the end, where nearly all new times belong.
func (w *window) add(freeAt time.Time) {
	const longest = math.MaxInt64 - time.Millisecond
	millisecond := int64((min(freeAt.Sub(w.began), longest) + time.Millisecond - 1) / time.Millisecond)
	w.count++
	at := len(w.groups)
	for at > 0 && w.groups[at-1].millisecond > millisecond {
		at--
	}
	if at > 0 && w.groups[at-1].millisecond == millisecond {
		w.groups[at-1].count++
		return
	}
	w.groups = slices.Insert(w.groups, at, slotGroup{millisecond, 1})
}

// expire drops the slots that are free by now.
func (w *window) expire(now time.Time) {
	millisecond := int64(now.Sub(w.began) / time.Millisecond)
	for len(w.groups) > 0 && w.groups[0].millisecond <= millisecond {
		w.count -= w.groups[0].count
		w.groups = w.groups[1:]
	}
}
