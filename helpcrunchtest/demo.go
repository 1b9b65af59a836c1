package helpcrunchtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// WithDemoAccount adds a small web shop: three agents, two departments, two applications, five
// customers and six chats in different states. It is always the same.
func WithDemoAccount() Option {
	return WithSeed(addDemo)
}

//go:embed demo.json
var demoJSON []byte

// demoCustomer is a customer of demo.json. Agents are numbers from 1; 0 means no agent.
type demoCustomer struct {
	Customer helpcrunch.Customer
	Chats    []struct {
		Chat              helpcrunch.Chat
		Assignee          int
		Billing, Telegram bool // the department and the application
		Messages          []struct {
			At    helpcrunch.Timestamp
			Agent int // 0 for the customer
			Note  bool
			Text  string
		}
	}
}

func addDemo(s *Server) {
	if len(s.Agents()) == 0 {
		addDefaultTeam(s)
	}
	ines := s.AddAgent(MakeAgent())
	telegram := s.AddApplication(helpcrunch.Application{Name: "shop-telegram", DisplayName: "Telegram", Active: true, Type: "telegram"})
	billing := s.AddDepartment(helpcrunch.Department{Name: "Billing", Agents: []helpcrunch.Agent{ines}})
	agents := append([]*helpcrunch.Agent{nil}, convert(s.Agents(), func(a helpcrunch.Agent) *helpcrunch.Agent { return &a })...)
	var customers []demoCustomer
	if err := json.Unmarshal(demoJSON, &customers); err != nil {
		panic(fmt.Sprintf("helpcrunchtest: demo.json: %v", err))
	}
	for _, row := range customers {
		customer := s.AddCustomer(row.Customer)
		for _, c := range row.Chats {
			c.Chat.Customer.ID, c.Chat.Assignee, c.Chat.ApplicationID = customer.ID, agents[c.Assignee], account.FirstApplicationID
			if c.Telegram {
				c.Chat.ApplicationID = telegram.ID
			}
			if c.Billing {
				c.Chat.Department = &billing
			}
			chat := s.AddChat(c.Chat)
			for _, m := range c.Messages {
				message := helpcrunch.Message{Chat: chat.ID, Agent: agents[m.Agent], Text: m.Text, CreatedAt: m.At, Read: !m.Note}
				if m.Note {
					message.Type = helpcrunch.MessageTypePrivate
				}
				s.AddMessage(message)
			}
		}
	}
}

// madeAt is every time that the Make functions set.
var madeAt = helpcrunch.Timestamp{Time: time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)}

// MakeCustomer returns a customer with the usual fields, changed by edits. It has no ID and no
// UserID, so that it can be added repeatedly.
func MakeCustomer(edits ...func(*helpcrunch.Customer)) helpcrunch.Customer {
	return edited(helpcrunch.Customer{
		Name:      "Marta Silva",
		Email:     "marta@example.org",
		Company:   "Silva Books",
		Phone:     "+351000000001",
		FirstSeen: madeAt,
		LastSeen:  madeAt,
		Location:  &helpcrunch.Location{RegionCode: "Lisboa", CountryCode: "PT", City: "Lisbon"},
		Locale:    "pt",
	}, edits)
}

// MakeChat returns an opened chat of a customer, read by both sides, changed by edits.
func MakeChat(customerID int64, edits ...func(*helpcrunch.Chat)) helpcrunch.Chat {
	return edited(helpcrunch.Chat{
		Status:         helpcrunch.ChatStatusOpened,
		CreatedAt:      madeAt,
		CreatedWith:    helpcrunch.CreatedWithCustomerMessage,
		ApplicationID:  account.FirstApplicationID,
		Customer:       helpcrunch.ChatCustomer{ID: customerID},
		ReadByAgent:    true,
		ReadByCustomer: true,
	}, edits)
}

// MakeMessage returns a message of the chat's customer, changed by edits.
func MakeMessage(chatID int64, edits ...func(*helpcrunch.Message)) helpcrunch.Message {
	return edited(helpcrunch.Message{
		Chat:      chatID,
		Type:      helpcrunch.MessageTypeMessage,
		From:      helpcrunch.MessageFromCustomer,
		Text:      "Is anyone there?",
		CreatedAt: madeAt,
	}, edits)
}

// MakeAgent returns an agent with the role "agent", changed by edits.
func MakeAgent(edits ...func(*helpcrunch.Agent)) helpcrunch.Agent {
	return edited(helpcrunch.Agent{Name: "Ines Duarte", Email: "ines@example.com", Role: helpcrunch.RoleAgent}, edits)
}

// MakeDepartment returns a department without members, changed by edits.
func MakeDepartment(edits ...func(*helpcrunch.Department)) helpcrunch.Department {
	return edited(helpcrunch.Department{Name: "Billing"}, edits)
}

// MakeApplication returns an active web widget, changed by edits.
func MakeApplication(edits ...func(*helpcrunch.Application)) helpcrunch.Application {
	return edited(helpcrunch.Application{Name: "help-widget", DisplayName: "Help widget", Active: true, Type: "web"}, edits)
}

func edited[T any](value T, edits []func(*T)) T {
	for _, edit := range edits {
		edit(&value)
	}
	return value
}

// DataSize is the number of rows that [Server.Generate] adds.
type DataSize struct {
	// Customers have a userId, an e-mail address, tags and custom data. A million need about
	// 450 MiB of memory.
	Customers int
	// Chats are spread over all customers of the account.
	Chats int
	// Messages are spread evenly over the new chats.
	Messages int
}

// WithGenerated fills the server as [Server.Generate] does.
func WithGenerated(size DataSize, seed uint64) Option {
	return WithSeed(func(s *Server) { s.Generate(size, seed) })
}

// Generate adds plausible customers, chats and messages of 2024 and 2025. The same seed on the
// same account adds the same rows.
func (s *Server) Generate(size DataSize, seed uint64) {
	defer s.lock()()
	s.store.Generate(size.Customers, size.Chats, size.Messages, seed)
}
