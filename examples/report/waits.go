package main

import (
	"fmt"
	"slices"
	"time"
)

// waits sums up how long the first answers of somebody took.
type waits struct {
	id     int64
	name   string
	count  int
	median time.Duration
	// ninety is within what time nine of ten answers came.
	ninety time.Duration
	// classes are how many answers there are in each of waitClasses.
	classes []int
}

// waitClasses are the lengths of time that the page tells apart, each up to and without
// its bound; the last has none.
var waitClasses = []struct {
	key, label string
	below      time.Duration
}{
	{"minute", "under 1 min", time.Minute},
	{"minutes5", "1 to 5 min", 5 * time.Minute},
	{"minutes15", "5 to 15 min", 15 * time.Minute},
	{"hour", "15 to 60 min", time.Hour},
	{"hours8", "1 to 8 h", 8 * time.Hour},
	{"longer", "8 h and more", 1<<63 - 1},
}

// sum sums a group up. It sorts its waits.
func (g *group) sum(id int64) waits {
	w := waits{id: id, name: g.name, count: len(g.waits), classes: make([]int, len(waitClasses))}
	if w.count == 0 {
		return w
	}
	slices.Sort(g.waits)
	middle := w.count / 2
	w.median = g.waits[middle]
	if w.count%2 == 0 {
		w.median = (g.waits[middle-1] + g.waits[middle]) / 2
	}
	w.ninety = g.waits[(9*w.count+9)/10-1] // the smallest that nine of ten don't exceed
	for _, wait := range g.waits {
		for i, class := range waitClasses {
			if wait < class.below {
				w.classes[i]++
				break
			}
		}
	}
	return w
}

// inWords is a length of time in its largest unit, and the next one while there are only a few
// of the largest.
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d.Round(time.Minute) < time.Hour:
		return units(d, time.Minute, "min", time.Second, "s")
	case d.Round(time.Hour) < day:
		return units(d, time.Hour, "h", time.Minute, "min")
	}
	return units(d, day, "d", time.Hour, "h")
}

func units(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	const few = 10
	if d < few*large {
		d = d.Round(small)
		if rest := d % large / small; rest > 0 {
			return fmt.Sprintf("%d %s %d %s", d/large, largeName, rest, smallName)
		}
	}
	return fmt.Sprintf("%d %s", d.Round(large)/large, largeName)
}
