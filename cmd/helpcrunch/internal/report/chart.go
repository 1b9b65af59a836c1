package report

import "strconv"

// chart is what all charts have. A chart without marks shows Missing in place of them.
type chart struct {
	ID, Title, Subtitle string
	Explanation         string // below the chart: what is counted
	Alt                 string // the alternative text
	Missing             string
	Legend              []legend
	Table               table
}

// legend is the meaning of a colour.
type legend struct{ Class, Label string }

// table contains the figures of a chart. The first cell of each row is its heading.
type table struct {
	Head []string
	Rows [][]string
}

// mark is a rectangle of a chart.
type mark struct {
	Class               string // its colour in page.css
	Chart, Bucket       string // the chart, and what is counted there, as in "2026-03-01 closed"
	Value               int
	X, Y, Width, Height share
	Title               string
}

// label is a text on an axis.
type label struct {
	At    share
	Text  string
	Minor bool // shown only where there is room
}

// share is a part of a length, from 0 to 1.
type share float64

// String returns the share as SVG reads it.
func (s share) String() string {
	return strconv.FormatFloat(100*float64(s), 'f', -1, 32) + "%"
}

// smallest is the least size of a mark, so that each can be seen and pointed at.
const smallest share = 0.012

// stack divides a length, which stands for a number of things, into marks. Marks of a few things
// get the smallest size, at the cost of the others. It returns where each mark begins, and as the
// last item where the last mark ends.
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

// axis returns about five round numbers from 0 to the highest count or a little more.
func axis(highest int) (top int, ticks []label) {
	step := stepFor(highest)
	top = max((highest+step-1)/step, 1) * step
	for n := 0; n <= top; n += step {
		ticks = append(ticks, label{At: 1 - share(n)/share(top), Text: number(n)})
	}
	return top, ticks
}

// stepFor returns the smallest of 1, 2, 5, 10, 20, 50, ... of which five reach the highest count.
func stepFor(highest int) int {
	for power := 1; ; power *= 10 {
		for _, step := range []int{power, 2 * power, 5 * power} {
			if 5*step >= highest {
				return step
			}
		}
	}
}

// row is one bar and what stands beside it.
type row struct {
	ID, Name, Alt string
	Values        []string
	Marks         []mark
}

// barChart is a chart of horizontal bars. Heads are the headings of the rows' values.
type barChart struct {
	chart
	Heads []string
	Rows  []row
}
