package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// figures are all that the page shows.
type figures struct {
	account  string // the account's domain
	made     time.Time
	span     span
	excluded []int64 // agents
	chats    int
	days     [][]int // the chats created on each day of the span, by status
	ratings  []int   // the chats with each of the ratings
	asked    int     // chats in which the customer wrote
	first    times   // first responses
	followUp times   // responses to later messages
}

// times sums up responses: all of them, and those of agents and departments, largest first.
type times struct {
	All         summary   `json:"all"`
	Agents      []summary `json:"agents"`
	Departments []summary `json:"departments"`
}

// tally counts chats. It keeps nothing of a chat but its response times.
type tally struct {
	f               figures
	first, followUp groups
}

// groups are the responses of agents and departments, by id.
type groups struct{ agents, departments map[int64]*group }

func newTally(s span, excluded []int64) *tally {
	newGroups := func() groups { return groups{map[int64]*group{}, map[int64]*group{}} }
	t := &tally{f: figures{span: s, excluded: excluded}, first: newGroups(), followUp: newGroups()}
	t.f.ratings = make([]int, len(ratings))
	t.f.days = make([][]int, s.days())
	for i := range t.f.days {
		t.f.days[i] = make([]int, len(statuses))
	}
	return t
}

// add counts a chat. One that was not created in the span is left out.
func (t *tally) add(chat *helpcrunch.Chat, r record) {
	day, ok := t.f.span.index(chat.CreatedAt.Time)
	if !ok {
		return
	}
	t.f.chats++
	t.f.days[day][index(statuses, string(chat.Status))]++
	if chat.Rating != "" {
		t.f.ratings[index(ratings, string(chat.Rating))]++
	}
	if r.Asked {
		t.f.asked++
	}
	department := helpcrunch.Department{Name: "No department"}
	if chat.Department != nil {
		department = *chat.Department
	}
	for i, response := range r.Responses {
		to := t.followUp
		if i == 0 {
			to = t.first
		}
		to.add(response, r.Names[response.Agent], department)
	}
}

func (g groups) add(r response, name string, department helpcrunch.Department) {
	add(g.agents, r.Agent, cmp.Or(name, fmt.Sprintf("Agent %d", r.Agent)), r.Took)
	add(g.departments, department.ID, cmp.Or(department.Name, fmt.Sprintf("Department %d", department.ID)), r.Took)
}

func add(groups map[int64]*group, id int64, name string, took time.Duration) {
	g := groups[id]
	if g == nil {
		g = &group{name: name}
		groups[id] = g
	}
	g.took = append(g.took, took)
}

// figures sums up what was counted.
func (t *tally) figures() *figures {
	f := t.f
	f.first, f.followUp = t.first.sum(), t.followUp.sum()
	return &f
}

func (g groups) sum() times {
	all := &group{name: "Everyone"}
	for _, agent := range g.agents {
		all.took = append(all.took, agent.took...)
	}
	return times{all.sum(0), sums(g.agents), sums(g.departments)}
}

func sums(groups map[int64]*group) []summary {
	all := make([]summary, 0, len(groups))
	for id, g := range groups {
		all = append(all, g.sum(id))
	}
	slices.SortFunc(all, func(a, b summary) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return all
}

// statusTotal returns the number of chats with a status.
func (f *figures) statusTotal(status int) int {
	sum := 0
	for _, day := range f.days {
		sum += day[status]
	}
	return sum
}
