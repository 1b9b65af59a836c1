package main

import (
	"slices"
	"strconv"

	"github.com/helpcrunch-go/helpcrunch"
)

// word is a status or a rating, and how the page calls it. The key names its colour in
// page.css.
type word[T ~string] struct {
	value      T
	key, label string
}

// statuses are in the order in which they are stacked, from below. The last stands for
// those that the service may have besides.
var statuses = []word[helpcrunch.ChatStatus]{
	{helpcrunch.ChatStatusClosed, "closed", "Closed"},
	{helpcrunch.ChatStatusPending, "pending", "Pending"},
	{helpcrunch.ChatStatusOpened, "opened", "Opened"},
	{helpcrunch.ChatStatusOnHold, "on-hold", "On hold"},
	{helpcrunch.ChatStatusNew, "new", "New"},
	{helpcrunch.ChatStatusNoCommunication, "no-communication", "No communication"},
	{helpcrunch.ChatStatusEmpty, "empty", "Empty"},
	{"", "other", "Other"},
}

// ratings are from the best on, by the names that the product shows. The last stands for
// those that the service may have besides.
var ratings = []word[helpcrunch.Rating]{
	{helpcrunch.RatingPerfect, "perfect", "Excellent"},
	{helpcrunch.RatingGreat, "great", "Good"},
	{helpcrunch.RatingAverage, "average", "Average"},
	{helpcrunch.RatingPoor, "poor", "Poor"},
	{helpcrunch.RatingVeryPoor, "very-poor", "Very poor"},
	{"", "other", "Other"},
}

func statusIndex(status helpcrunch.ChatStatus) int { return wordIndex(statuses, status) }
func ratingIndex(rating helpcrunch.Rating) int     { return wordIndex(ratings, rating) }

// wordIndex is the place of a value, the last for one that nobody has seen yet.
func wordIndex[T ~string](words []word[T], value T) int {
	i := slices.IndexFunc(words, func(w word[T]) bool { return w.value == value })
	if i < 0 {
		return len(words) - 1
	}
	return i
}

// counted is a number of things in words.
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

// percent is a share in words, none of nothing.
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
