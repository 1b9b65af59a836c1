package report

import (
	"fmt"
	"slices"
)

// drawRatings draws a bar for each rating.
func drawRatings(f *figures) barChart {
	rated, highest := total(f.ratings), slices.Max(f.ratings)
	c := barChart{chart: chart{
		ID: "ratings", Title: "Ratings",
		Subtitle:    fmt.Sprintf("%s of %s rated.", counted(rated, "chat"), number(f.chats)),
		Explanation: "Chats without a rating are not in this chart.",
		Missing:     "No chat of this period has been rated.",
		Table:       table{Head: []string{"Rating", "Chats", "Share"}},
	}}
	if rated == 0 {
		return c
	}
	for i, n := range f.ratings {
		if n == 0 && !f.offers(i) {
			continue
		}
		class, part := ratings[i], percent(n, rated)
		r := row{ID: "ratings-" + class.css(), Name: class.label, Values: []string{number(n), part}}
		r.Alt = fmt.Sprintf("%s, %s of all ratings", counted(n, "chat"), part)
		if n > 0 {
			r.Marks = []mark{{
				Class: "rating-" + class.css(), Chart: c.ID, Bucket: class.css(), Value: n,
				Width: stack([]int{n}, highest)[1], Height: 1,
				Title: fmt.Sprintf("%s: %s", class.label, r.Alt),
			}}
		}
		c.Rows = append(c.Rows, r)
		c.Table.Rows = append(c.Table.Rows, []string{class.label, number(n), part})
	}
	return c
}

// offers reports whether customers could choose a rating. Accounts with three steps have
// neither the best nor the worst one.
func (f *figures) offers(rating int) bool {
	switch ratings[rating].key {
	case "other":
		return false
	case "perfect", "very poor":
		return f.ratings[index(ratings, "perfect")]+f.ratings[index(ratings, "very poor")] > 0
	}
	return true
}
