package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// sample makes up an account: a small team with a few quick and a few slow members, busy on
// weekdays. The same span, seen at the same time, gives the same chats.
type sample struct {
	server      *helpcrunchtest.Server
	chance      *rand.Rand
	now         time.Time
	agents      []helpcrunch.Agent
	departments []helpcrunch.Department
	customers   []helpcrunch.Customer
}

// fill adds a made-up team, and its chats on the days of a span up to now.
func fill(server *helpcrunchtest.Server, s span, now time.Time) {
	server.SetOrganization(helpcrunch.Organization{ID: 1, Domain: "example"})
	m := sample{server: server, now: now, chance: rand.New(rand.NewPCG(17, 4))}
	for _, name := range []string{"Ada Ramos", "Bruno Costa", "Ines Moreau", "Jonas Weber", "Yara Tanaka"} {
		m.agents = append(m.agents, server.AddAgent(helpcrunch.Agent{Name: name}))
	}
	for _, name := range []string{"Support", "Billing", "Sales"} {
		m.departments = append(m.departments, server.AddDepartment(helpcrunch.Department{Name: name}))
	}
	for i := range 100 {
		m.customers = append(m.customers, server.AddCustomer(helpcrunch.Customer{Name: fmt.Sprintf("Guest %d", i+1)}))
	}
	for i := range s.days() {
		busy := 16 + m.chance.IntN(14)
		if weekday := s.day(i).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			busy /= 5
		}
		opening := startOf(s.day(i), s.zone).Add(7 * time.Hour)
		for range busy {
			if at := opening.Add(time.Duration(m.chance.Int64N(int64(13 * time.Hour)))); at.Before(now) {
				m.addChat(at.Truncate(time.Second))
			}
		}
	}
}

// addChat adds a chat that began at a time, in the state that it has come to since.
func (m sample) addChat(at time.Time) {
	agent := m.chance.IntN(len(m.agents))
	answered := at.Add(m.wait(agent)).Truncate(time.Second)
	chat := helpcrunch.Chat{
		Customer:  helpcrunch.ChatCustomer{ID: m.customers[m.chance.IntN(len(m.customers))].ID},
		CreatedAt: helpcrunch.Timestamp{Time: at},
		Status:    m.status(m.now.Sub(answered)),
	}
	if department := m.chance.IntN(len(m.departments) + 1); department < len(m.departments) {
		chat.Department = &m.departments[department]
	}
	if chat.Status == helpcrunch.ChatStatusClosed {
		chat.ClosedAt, chat.ClosedBy = helpcrunch.Timestamp{Time: answered.Add(time.Hour)}, helpcrunch.ClosedByAgent
		chat.Rating = m.rating()
	}
	chat = m.server.AddChat(chat)
	if chat.Status == helpcrunch.ChatStatusEmpty {
		return
	}
	m.server.AddMessage(helpcrunch.Message{
		Chat: chat.ID, From: helpcrunch.MessageFromCustomer, Text: "Where is my order?",
		CreatedAt: chat.CreatedAt,
	})
	if chat.Status != helpcrunch.ChatStatusNew {
		m.server.AddMessage(helpcrunch.Message{
			Chat: chat.ID, From: helpcrunch.MessageFromAgent, Agent: &m.agents[agent], Text: "It is on its way.",
			CreatedAt: helpcrunch.Timestamp{Time: answered},
		})
	}
}

// wait is how long an agent lets a customer wait: minutes for the first, hours at times for
// the last.
func (m sample) wait(agent int) time.Duration {
	median := []float64{1.5, 4, 6, 11, 30}[agent] // minutes
	return time.Duration(median * math.Exp(1.3*m.chance.NormFloat64()) * float64(time.Minute))
}

// status is what a chat has come to, so long after its answer was due.
func (m sample) status(age time.Duration) helpcrunch.ChatStatus {
	chance := m.chance.IntN(100)
	days := age.Hours() / 24
	switch {
	case age < 0 || chance < 25 && age < 6*time.Hour:
		return helpcrunch.ChatStatusNew
	case chance < 2:
		return helpcrunch.ChatStatusEmpty
	case float64(chance) < 70*math.Exp(-days/3):
		return helpcrunch.ChatStatusOpened
	case chance < 80:
		return helpcrunch.ChatStatusClosed
	case chance < 85:
		return helpcrunch.ChatStatusNoCommunication
	case float64(chance) < 85+15*math.Exp(-days/12):
		return []helpcrunch.ChatStatus{helpcrunch.ChatStatusPending, helpcrunch.ChatStatusOnHold}[chance%2]
	}
	return helpcrunch.ChatStatusClosed
}

// rating is how a customer rates a chat, empty for most.
func (m sample) rating() helpcrunch.Rating {
	chance := m.chance.IntN(100)
	for i, below := range []int{18, 28, 32, 35, 37} {
		if chance < below {
			return ratings[i].value
		}
	}
	return ""
}
