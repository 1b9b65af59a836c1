package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// group contains the response times of an agent or a department.
type group struct {
	name string
	took []time.Duration
}

// summary sums up the response times of a group.
type summary struct {
	id       int64
	name     string
	count    int
	p50, p90 time.Duration // percentiles
	classes  []int         // the number of responses in each of durations
}

// sum sums up a group. It sorts its response times.
func (g *group) sum(id int64) summary {
	s := summary{id: id, name: g.name, count: len(g.took), classes: make([]int, len(durations))}
	if s.count == 0 {
		return s
	}
	slices.Sort(g.took)
	s.p50 = (g.took[(s.count-1)/2] + g.took[s.count/2]) / 2
	s.p90 = g.took[(9*s.count+9)/10-1] // the smallest that 90% do not exceed
	for _, took := range g.took {
		s.classes[durationClass(took)]++
	}
	return s
}

const (
	whatCounts     = "Private notes and automatic messages do not count. "
	firstExplained = whatCounts + "Chats without a response are not in this chart."
	laterExplained = whatCounts + "Several messages of the customer in a row count once, from the first."
	noFirst        = "No chat of this period has a first response yet."
	noLater        = "No chat of this period has a follow-up response yet."
)

func drawFirstByAgent(f *figures) barChart {
	return drawTimes(chart{
		ID: "first-agents", Title: "First response time by agent",
		Subtitle:    "From the customer's first message to the first response, by who responded.",
		Explanation: firstExplained, Missing: noFirst,
		Table: table{Head: []string{"Agent"}},
	}, "first response", f.first.withEveryone())
}

func drawFirstByDepartment(f *figures) barChart {
	return drawTimes(chart{
		ID: "first-departments", Title: "First response time by department",
		Subtitle:    "From the customer's first message to the first response, by the department that the chat is in now.",
		Explanation: firstExplained, Missing: noFirst,
		Table: table{Head: []string{"Department"}},
	}, "first response", f.first.Departments)
}

func drawLaterByAgent(f *figures) barChart {
	return drawTimes(chart{
		ID: "follow-up-agents", Title: "Follow-up response time by agent",
		Subtitle:    "From each later message of the customer to the next response, by who responded.",
		Explanation: laterExplained, Missing: noLater,
		Table: table{Head: []string{"Agent"}},
	}, "follow-up response", f.followUp.withEveryone())
}

func drawLaterByDepartment(f *figures) barChart {
	return drawTimes(chart{
		ID: "follow-up-departments", Title: "Follow-up response time by department",
		Subtitle:    "From each later message of the customer to the next response, by the department that the chat is in now.",
		Explanation: laterExplained, Missing: noLater,
		Table: table{Head: []string{"Department"}},
	}, "follow-up response", f.followUp.Departments)
}

// withEveryone returns the summaries of the agents after that of all.
func (t times) withEveryone() []summary { return append([]summary{t.All}, t.Agents...) }

// drawTimes draws a bar for each group, divided by how long responses took.
func drawTimes(about chart, thing string, groups []summary) barChart {
	c := barChart{chart: about, Heads: []string{"50th percentile", "90th percentile", "Responses"}}
	c.Table.Head = append(c.Table.Head, "Responses", "50th percentile", "90th percentile")
	for _, d := range durations {
		c.Legend = append(c.Legend, legend{"time-" + d.css(), d.label})
		c.Table.Head = append(c.Table.Head, d.label)
	}
	for _, s := range groups {
		if s.count == 0 {
			continue
		}
		s.name = cli.Printable(s.name)
		c.Rows = append(c.Rows, drawSummary(c.ID, thing, s))
		cells := []string{s.name, number(s.count), inWords(s.p50), inWords(s.p90)}
		for _, n := range s.classes {
			cells = append(cells, number(n))
		}
		c.Table.Rows = append(c.Table.Rows, cells)
	}
	return c
}

func drawSummary(chart, thing string, s summary) row {
	r := row{
		ID: fmt.Sprintf("%s-%d", chart, s.id), Name: s.name,
		Values: []string{inWords(s.p50), inWords(s.p90), number(s.count)},
		Alt:    fmt.Sprintf("%s: 50th percentile %s, 90th percentile %s", counted(s.count, thing), inWords(s.p50), inWords(s.p90)),
	}
	at := stack(s.classes, s.count)
	for i, n := range s.classes {
		if n == 0 {
			continue
		}
		r.Marks = append(r.Marks, mark{
			Class: "time-" + durations[i].css(), Chart: chart, Bucket: fmt.Sprintf("%d %s", s.id, durations[i].css()), Value: n,
			X: at[i], Width: at[i+1] - at[i], Height: 1,
			Title: fmt.Sprintf("%s, %s: %s, %s", s.name, durations[i].label, counted(n, thing), percent(n, s.count)),
		})
	}
	return r
}

// inWords returns a duration in its largest unit, and in the next one while there are fewer than
// ten of the largest.
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
	if d < 10*large {
		d = d.Round(small)
		if rest := d % large / small; rest > 0 {
			return fmt.Sprintf("%d %s %d %s", d/large, largeName, rest, smallName)
		}
	}
	return fmt.Sprintf("%d %s", d.Round(large)/large, largeName)
}
