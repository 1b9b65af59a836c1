package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// figures are all that the page shows.
type figures struct {
	account string // the account's domain
	span    span
	chats   int
	// days are the chats created on each day of the span, by status.
	days [][]int
	// ratings are the chats with each of the ratings.
	ratings []int
	// asked is how many chats have a message of the customer.
	asked int
	// all, agents and departments are the first answers, those of most answers first.
	all                 waits
	agents, departments []waits
}

// tally counts chats. It keeps nothing of a chat but how long its first answer took.
type tally struct {
	f                   figures
	agents, departments map[int64]*group
}

// group is the first answers of an agent or a department.
type group struct {
	name  string
	waits []time.Duration
}

func newTally(s span) *tally {
	t := &tally{agents: map[int64]*group{}, departments: map[int64]*group{}}
	t.f.span = s
	t.f.ratings = make([]int, len(ratings))
	t.f.days = make([][]int, s.days())
	for i := range t.f.days {
		t.f.days[i] = make([]int, len(statuses))
	}
	return t
}

// add counts a chat with all its messages, in any order. One that was not created in the
// span is left out.
func (t *tally) add(chat *helpcrunch.Chat, messages []helpcrunch.Message) {
	day, ok := t.f.span.index(chat.CreatedAt.Time)
	if !ok {
		return
	}
	t.f.chats++
	t.f.days[day][statusIndex(chat.Status)]++
	if chat.Rating != "" {
		t.f.ratings[ratingIndex(chat.Rating)]++
	}
	question, answer := firstAnswer(messages)
	if question == nil {
		return
	}
	t.f.asked++
	if answer == nil {
		return
	}
	// Times are exact to the second in some dialects, and a clock may be set back.
	wait := max(answer.CreatedAt.Sub(question.CreatedAt.Time), 0)
	count(t.agents, answer.Agent.ID, cmp.Or(answer.Agent.Name, fmt.Sprintf("Agent %d", answer.Agent.ID)), wait)
	department := helpcrunch.Department{Name: "No department"}
	if chat.Department != nil {
		department.ID = chat.Department.ID
		department.Name = cmp.Or(chat.Department.Name, fmt.Sprintf("Department %d", chat.Department.ID))
	}
	count(t.departments, department.ID, department.Name, wait)
}

func count(groups map[int64]*group, id int64, name string, wait time.Duration) {
	g := groups[id]
	if g == nil {
		g = &group{name: name}
		groups[id] = g
	}
	g.waits = append(g.waits, wait)
}

// firstAnswer finds the customer's first message, and the first that an agent wrote after
// it for the customer to read: no private note, no technical row, nothing automatic.
// Either is nil when there is none.
func firstAnswer(messages []helpcrunch.Message) (question, answer *helpcrunch.Message) {
	messages = slices.Clone(messages)
	slices.SortFunc(messages, func(a, b helpcrunch.Message) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	for i := range messages {
		m := &messages[i]
		switch {
		case m.Type == helpcrunch.MessageTypePrivate || m.Type == helpcrunch.MessageTypeTech || m.BroadcastType != "":
		case m.From == helpcrunch.MessageFromCustomer && question == nil:
			question = m
		case m.From == helpcrunch.MessageFromAgent && m.Agent != nil && question != nil:
			return question, m
		}
	}
	return question, nil
}

// figures sums up what was counted.
func (t *tally) figures(account string) *figures {
	f := t.f
	f.account = account
	all := &group{name: "Everyone"}
	for _, g := range t.agents {
		all.waits = append(all.waits, g.waits...)
	}
	f.all = all.sum(0)
	f.agents = sums(t.agents)
	f.departments = sums(t.departments)
	return &f
}

func sums(groups map[int64]*group) []waits {
	var all []waits
	for id, g := range groups {
		all = append(all, g.sum(id))
	}
	slices.SortFunc(all, func(a, b waits) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return all
}

// statusTotal is how many chats have a status.
func (f *figures) statusTotal(status int) int {
	total := 0
	for _, day := range f.days {
		total += day[status]
	}
	return total
}

// rated is how many chats were rated.
func (f *figures) rated() int {
	total := 0
	for _, n := range f.ratings {
		total += n
	}
	return total
}
