package report

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// class is one of the kinds that a chart tells apart by colours. The key is the service's own
// word where it has one.
type class struct{ key, label string }

// css returns the key as a part of the name of a colour in page.css.
func (c class) css() string { return strings.ReplaceAll(c.key, " ", "-") }

// statuses are in the order in which they are stacked, from below. The last one stands for
// statuses that the service may add.
var statuses = []class{
	{"closed", "Closed"},
	{"pending", "Pending"},
	{"opened", "Opened"},
	{"on hold", "On hold"},
	{"new", "New"},
	{"no communication", "No communication"},
	{"empty", "Empty"},
	{"other", "Other"},
}

// ratings begin with the best one, and have the names that the product shows. The last one
// stands for ratings that the service may add.
var ratings = []class{
	{"perfect", "Excellent"},
	{"great", "Good"},
	{"average", "Average"},
	{"poor", "Poor"},
	{"very poor", "Very poor"},
	{"other", "Other"},
}

// durations are ranges of response times. Each ends before its bound in durationBounds; the
// last one has none.
var durations = []class{
	{"under 1 min", "under 1 min"},
	{"1 to 5 min", "1 to 5 min"},
	{"5 to 15 min", "5 to 15 min"},
	{"15 to 60 min", "15 to 60 min"},
	{"1 to 8 h", "1 to 8 h"},
	{"8 h and more", "8 h and more"},
}

var durationBounds = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 8 * time.Hour}

// durationClass returns the index of the range of a response time.
func durationClass(d time.Duration) int {
	i, found := slices.BinarySearch(durationBounds, d)
	if found {
		i++
	}
	return i
}

// index returns the place of a key, the last one for an unknown key.
func index(classes []class, key string) int {
	i := slices.IndexFunc(classes, func(c class) bool { return c.key == key })
	if i < 0 {
		return len(classes) - 1
	}
	return i
}

// named returns counts by the keys of their classes.
func named(counts []int, classes []class) map[string]int {
	byKey := make(map[string]int, len(counts))
	for i, n := range counts {
		byKey[classes[i].key] = n
	}
	return byKey
}

// total returns the sum of counts.
func total(counts []int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// counted returns a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return number(n) + " " + thing + "s"
}

// number separates thousands.
func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// percent returns a share in words. The share of nothing is 0%.
func percent(part, whole int) string {
	if whole == 0 {
		return "0%"
	}
	share := 100 * float64(part) / float64(whole)
	switch {
	case part > 0 && share < 1:
		return "under 1%"
	case part < whole && share > 99:
		return "over 99%"
	}
	return strconv.FormatFloat(share, 'f', 0, 64) + "%"
}
