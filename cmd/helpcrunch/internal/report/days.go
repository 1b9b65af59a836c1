package report

import (
	"fmt"
	"time"
)

// mostColumns is the most days with a column each. Longer spans have a column per week.
const mostColumns = 92

// columnChart is the chart of chats by day or week and status.
type columnChart struct {
	chart
	Ticks, Labels []label
	LongTicks     bool // the texts of the ticks need more room
	Marks         []mark
}

// column contains the chats of some days by status.
type column struct {
	from, before int // days, counted from the first day of the span
	counts       []int
}

// columns returns the days of the figures, or their weeks, which begin on Mondays.
func columns(f *figures) (all []column, weekly bool) {
	weekly = len(f.days) > mostColumns
	for i, day := range f.days {
		if !weekly || i == 0 || f.span.day(i).Weekday() == time.Monday {
			all = append(all, column{from: i, counts: make([]int, len(statuses))})
		}
		c := &all[len(all)-1]
		c.before = i + 1
		for status, n := range day {
			c.counts[status] += n
		}
	}
	return all, weekly
}

// drawDays draws a column for each day or week, divided by status.
func drawDays(f *figures) columnChart {
	cols, weekly := columns(f)
	c := columnChart{chart: chart{
		ID: "days", Title: "Chats per day", Subtitle: "By the day on which they were created.",
		Explanation: "The colours show the status that the chats have now.",
		Missing:     "No chat was created on these days.",
		Table:       table{Head: []string{"Day"}},
	}}
	if weekly {
		c.Title, c.Table.Head = "Chats per week", []string{"Week"}
		c.Subtitle = "By the week in which they were created. The first and the last week may be short."
	}
	if f.chats == 0 {
		return c
	}
	highest, at := 0, 0
	for i, col := range cols {
		if n := total(col.counts); n > highest {
			highest, at = n, i
		}
	}
	c.Alt = fmt.Sprintf("%s in all, the most on %s: %s.", counted(f.chats, "chat"), f.span.dates(cols[at]), number(highest))
	shown := f.statusesShown()
	for _, status := range shown {
		c.Legend = append(c.Legend, legend{"status-" + statuses[status].css(), statuses[status].label})
		c.Table.Head = append(c.Table.Head, statuses[status].label)
	}
	c.Table.Head = append(c.Table.Head, "All")
	top, ticks := axis(highest)
	c.Ticks, c.LongTicks = ticks, top >= 10_000
	for i, col := range cols {
		c.drawColumn(f.span, col, share(i)/share(len(cols)), 1/share(len(cols)), top)
		cells := []string{f.span.dates(col)}
		for _, status := range shown {
			cells = append(cells, number(col.counts[status]))
		}
		c.Table.Rows = append(c.Table.Rows, append(cells, number(total(col.counts))))
	}
	c.Labels = dayLabels(f.span, cols, weekly)
	return c
}

// drawColumn adds the marks of a column.
func (c *columnChart) drawColumn(s span, col column, x, wide share, top int) {
	gap := wide * 0.14
	at := stack(col.counts, top)
	all := total(col.counts)
	for status, n := range col.counts {
		if n == 0 {
			continue
		}
		class := statuses[status]
		c.Marks = append(c.Marks, mark{
			Class: "status-" + class.css(), Chart: c.ID, Bucket: s.day(col.from).Format(dayForm) + " " + class.css(), Value: n,
			X: x + gap/2, Width: wide - gap, Y: 1 - at[status+1], Height: at[status+1] - at[status],
			Title: fmt.Sprintf("%s, %s: %s of %s", s.dates(col), class.label, number(n), counted(all, "chat")),
		})
	}
}

// dates returns the day or days of a column in words.
func (s span) dates(c column) string {
	first, last := s.day(c.from), s.day(c.before-1)
	if first.Equal(last) {
		return first.Format("Mon 2 Jan 2006")
	}
	return first.Format("2 Jan") + " to " + last.Format("2 Jan 2006")
}

// dayLabels returns the texts below the columns: at most ten, at most five of them not minor.
func dayLabels(s span, cols []column, weekly bool) []label {
	candidates := labelled(s, cols, weekly)
	step := (len(candidates) + 9) / 10
	var labels []label
	for i := 0; i < len(candidates); i += step {
		col := candidates[i]
		text := s.day(cols[col].from).Format("2 Jan")
		if weekly {
			text = monthOf(s, cols[col]).Format("Jan 2006")
		}
		labels = append(labels, label{At: (share(col) + 0.5) / share(len(cols)), Text: text})
	}
	sparse := (len(labels) + 4) / 5
	for i := range labels {
		labels[i].Minor = i%sparse != 0
	}
	return labels
}

// labelled returns the columns that may have a label: all of up to 14 days, Mondays of more days,
// and weeks in which a month begins.
func labelled(s span, cols []column, weekly bool) []int {
	var all []int
	for i, c := range cols {
		switch {
		case weekly && monthOf(s, c).IsZero():
		case !weekly && len(cols) > 14 && s.day(c.from).Weekday() != time.Monday:
		default:
			all = append(all, i)
		}
	}
	return all
}

// monthOf returns the first day of the month that begins in a column, or the zero time.
func monthOf(s span, c column) time.Time {
	for i := c.from; i < c.before; i++ {
		if day := s.day(i); day.Day() == 1 {
			return day
		}
	}
	return time.Time{}
}

// statusesShown returns the statuses that a chat has.
func (f *figures) statusesShown() []int {
	var shown []int
	for status := range statuses {
		if f.statusTotal(status) > 0 {
			shown = append(shown, status)
		}
	}
	return shown
}
