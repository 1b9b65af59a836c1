package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// demo generates an account: a small team, busy on weekdays. The same span and the same now give
// the same chats.
type demo struct {
	server      *helpcrunchtest.Server
	chance      *rand.Rand
	now         time.Time
	agents      []helpcrunch.Agent
	departments []helpcrunch.Department
	customers   []helpcrunch.Customer
}

// newDemo returns a fake server with chats on the days of a span up to now.
func newDemo(s span, now time.Time) *helpcrunchtest.Server {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam())
	server.SetOrganization(helpcrunch.Organization{ID: 1, Domain: "example"})
	d := demo{server: server, now: now, chance: rand.New(rand.NewPCG(17, 4))}
	for _, name := range []string{"Ada Ramos", "Bruno Costa", "Ines Moreau", "Jonas Weber", "Yara Tanaka"} {
		d.agents = append(d.agents, server.AddAgent(helpcrunch.Agent{Name: name}))
	}
	for _, name := range []string{"Support", "Billing", "Sales"} {
		d.departments = append(d.departments, server.AddDepartment(helpcrunch.Department{Name: name}))
	}
	for i := range 100 {
		d.customers = append(d.customers, server.AddCustomer(helpcrunch.Customer{Name: fmt.Sprintf("Guest %d", i+1)}))
	}
	for i := range s.days() {
		busy := 16 + d.chance.IntN(14)
		if weekday := s.day(i).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			busy /= 5
		}
		opening := startOf(s.day(i), s.zone).Add(7 * time.Hour)
		for range busy {
			if at := opening.Add(time.Duration(d.chance.Int64N(int64(13 * time.Hour)))); at.Before(now) {
				d.addChat(at.Truncate(time.Second))
			}
		}
	}
	return server
}

// addChat adds a chat that was created at a time, in the state that it has now.
func (d demo) addChat(at time.Time) {
	agent := d.chance.IntN(len(d.agents))
	responded := at.Add(d.wait(agent))
	chat := helpcrunch.Chat{
		Customer:  helpcrunch.ChatCustomer{ID: d.customers[d.chance.IntN(len(d.customers))].ID},
		CreatedAt: helpcrunch.Timestamp{Time: at},
		Status:    d.status(d.now.Sub(responded)),
	}
	if department := d.chance.IntN(len(d.departments) + 1); department < len(d.departments) {
		chat.Department = &d.departments[department]
	}
	if chat.Status == helpcrunch.ChatStatusClosed {
		chat.ClosedAt, chat.ClosedBy = helpcrunch.Timestamp{Time: responded.Add(time.Hour)}, helpcrunch.ClosedByAgent
		chat.Rating = d.rating()
	}
	chat = d.server.AddChat(chat)
	if chat.Status == helpcrunch.ChatStatusEmpty {
		return
	}
	d.write(chat.ID, at, nil, "Where is my order?")
	if chat.Status == helpcrunch.ChatStatusNew {
		return
	}
	d.write(chat.ID, responded, &d.agents[agent], "It is on its way.")
	for range d.chance.IntN(4) {
		asked := responded.Add(d.wait(0))
		responded = asked.Add(d.wait(agent) * 2 / 3)
		if responded.After(d.now) {
			return
		}
		d.write(chat.ID, asked, nil, "And the other one?")
		d.write(chat.ID, responded, &d.agents[agent], "That one, too.")
	}
}

// write adds a message of an agent, or of the customer for nil.
func (d demo) write(chat int64, at time.Time, agent *helpcrunch.Agent, text string) {
	m := helpcrunch.Message{Chat: chat, From: helpcrunch.MessageFromCustomer, Text: text, CreatedAt: helpcrunch.Timestamp{Time: at}}
	if agent != nil {
		m.From, m.Agent = helpcrunch.MessageFromAgent, agent
	}
	d.server.AddMessage(m)
}

// wait returns a response time: minutes for the first agent, sometimes hours for the last.
func (d demo) wait(agent int) time.Duration {
	median := []float64{1.5, 4, 6, 11, 30}[agent] // minutes
	wait := time.Duration(median * math.Exp(1.3*d.chance.NormFloat64()) * float64(time.Minute))
	return wait.Truncate(time.Second)
}

// status returns the status of a chat whose first response was due a time ago.
func (d demo) status(age time.Duration) helpcrunch.ChatStatus {
	chance := d.chance.IntN(100)
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

// rating returns the rating of a chat, empty for most.
func (d demo) rating() helpcrunch.Rating {
	chance := d.chance.IntN(100)
	for i, below := range []int{18, 28, 32, 35, 37} {
		if chance < below {
			return helpcrunch.Rating(ratings[i].key)
		}
	}
	return ""
}
