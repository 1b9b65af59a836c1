package main

import (
	"fmt"
	"strconv"
)

// chart is what the charts have in common. A chart without marks shows only what is
// missing.
type chart struct {
	ID, Title, Lead string
	// Description says in a sentence what there is to see.
	Description string
	// Missing is shown in place of a chart that would be empty.
	Missing string
	Legend  []legend
	Table   table
}

// legend is the meaning of a colour.
type legend struct{ Class, Label string }

// table holds the numbers of a chart. The first cell of each row is its heading.
type table struct {
	Head []string
	Rows [][]string
}

// mark is a piece of a chart.
type mark struct {
	Class               string // its colour in page.css
	Chart, Bucket       string // the chart, and what is counted there, as in "2026-03-01 closed"
	Value               int
	X, Y, Width, Height share
	Title               string
}

// label is a text at a place of an axis.
type label struct {
	At    share
	Text  string
	Minor bool // shown only where there is room
}

// share is a part of a length, from 0 to 1.
type share float64

// String is the share as SVG takes it.
func (s share) String() string {
	return strconv.FormatFloat(100*float64(s), 'f', -1, 32) + "%"
}

// smallest is how large a mark is at least, so that each can be seen and pointed at.
const smallest share = 0.012

// stack divides a length, which stands for a number of things, between some of them. Marks of a few
// things are as large as the smallest may be, at the cost of the others. It returns where each
// mark begins, and at the end of the list where the last one ends.
func stack(counts []int, length int) []share {
	sizes := make([]share, len(counts))
	var lent, spare share
	for i, n := range counts {
		if n > 0 {
			exact := share(n) / share(length)
			sizes[i] = max(exact, smallest)
			lent += sizes[i] - exact
			spare += sizes[i] - smallest
		}
	}
	at := make([]share, len(counts)+1)
	for i, size := range sizes {
		if spare > 0 && size > smallest {
			size -= (size - smallest) * min(lent/spare, 1)
		}
		at[i+1] = at[i] + size
	}
	return at
}

// axis is round numbers from 0 to the highest count or a little more, about five of them.
func axis(highest int) (top int, ticks []label) {
	step := stepFor(highest)
	top = max((highest+step-1)/step, 1) * step
	for n := 0; n <= top; n += step {
		ticks = append(ticks, label{At: 1 - share(n)/share(top), Text: number(n)})
	}
	return top, ticks
}

// stepFor is the smallest of 1, 2, 5, 10, 20, 50, ... of which five make up the highest count.
func stepFor(highest int) int {
	for power := 1; ; power *= 10 {
		for _, step := range []int{power, 2 * power, 5 * power} {
			if 5*step >= highest {
				return step
			}
		}
	}
}

// row is one bar, with what stands beside it.
type row struct {
	ID, Name    string
	Description string
	Values      []string
	Marks       []mark
}

// barChart is a chart of horizontal bars. Heads are the headings of the rows' values.
type barChart struct {
	chart
	Heads []string
	Rows  []row
}

// drawRatings draws a bar for each rating.
func drawRatings(f *figures) barChart {
	rated := f.rated()
	c := barChart{chart: chart{
		ID: "ratings", Title: "Ratings", Lead: "How customers rated these chats.",
		Missing: "No chat of these days has been rated.",
		Table:   table{Head: []string{"Rating", "Chats", "Share"}},
	}}
	if rated == 0 {
		return c
	}
	c.Lead = fmt.Sprintf("%s of %s rated.", counted(rated, "chat"), number(f.chats))
	highest := 0
	for _, n := range f.ratings {
		highest = max(highest, n)
	}
	for i, n := range f.ratings {
		if n == 0 && !f.offers(i) {
			continue
		}
		word, part := ratings[i], percent(n, rated)
		r := row{ID: fmt.Sprintf("ratings-%s", word.key), Name: word.label, Values: []string{number(n), part}}
		r.Description = fmt.Sprintf("%s, %s of all ratings", counted(n, "chat"), part)
		if n > 0 {
			r.Marks = []mark{{
				Class: "rating-" + word.key, Chart: c.ID, Bucket: word.key, Value: n,
				Width: stack([]int{n}, highest)[1], Height: 1,
				Title: fmt.Sprintf("%s: %s", word.label, r.Description),
			}}
		}
		c.Rows = append(c.Rows, r)
		c.Table.Rows = append(c.Table.Rows, []string{word.label, number(n), part})
	}
	return c
}

// offers tells whether customers could choose a rating. Accounts with three steps have
// neither the best nor the worst one.
func (f *figures) offers(rating int) bool {
	switch ratings[rating].key {
	case "other":
		return false
	case "perfect", "very-poor":
		return f.ratings[0] > 0 || f.ratings[len(ratings)-2] > 0
	}
	return true
}

// drawWaits draws a bar for each of several groups of first answers, divided by how long
// they took.
func drawWaits(id, title, lead, head string, groups []waits) barChart {
	c := barChart{
		chart: chart{
			ID: id, Title: title, Lead: lead,
			Missing: "No chat of these days has a first answer yet.",
			Table:   table{Head: []string{head, "Answers", "Median", "90% within"}},
		},
		Heads: []string{"Median", "90% within", "Answers"},
	}
	for _, class := range waitClasses {
		c.Legend = append(c.Legend, legend{"wait-" + class.key, class.label})
		c.Table.Head = append(c.Table.Head, class.label)
	}
	for _, w := range groups {
		if w.count == 0 {
			continue
		}
		c.Rows = append(c.Rows, drawWait(id, w))
		cells := []string{w.name, number(w.count), inWords(w.median), inWords(w.ninety)}
		for _, n := range w.classes {
			cells = append(cells, number(n))
		}
		c.Table.Rows = append(c.Table.Rows, cells)
	}
	return c
}

func drawWait(chart string, w waits) row {
	r := row{
		ID: fmt.Sprintf("%s-%d", chart, w.id), Name: w.name,
		Values: []string{inWords(w.median), inWords(w.ninety), number(w.count)},
		Description: fmt.Sprintf("%s: half within %s, nine of ten within %s",
			counted(w.count, "first answer"), inWords(w.median), inWords(w.ninety)),
	}
	at := stack(w.classes, w.count)
	for i, n := range w.classes {
		if n == 0 {
			continue
		}
		class := waitClasses[i]
		r.Marks = append(r.Marks, mark{
			Class: "wait-" + class.key, Chart: chart, Bucket: fmt.Sprintf("%d %s", w.id, class.key), Value: n,
			X: at[i], Width: at[i+1] - at[i], Height: 1,
			Title: fmt.Sprintf("%s, %s: %s, %s", w.name, class.label, counted(n, "answer"), percent(n, w.count)),
		})
	}
	return r
}
