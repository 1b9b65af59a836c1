package helpcrunchtest

import (
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// WithDemoAccount fills the server with a small account to look at: a web shop with
// three agents, two departments, two applications, five customers and six chats in
// different states. It is the same each time.
func WithDemoAccount() Option {
	return WithSeed(addDemo)
}

type demo struct {
	server  *Server
	agents  []helpcrunch.Agent
	support helpcrunch.Department
	app     helpcrunch.Application
}

func addDemo(s *Server) {
	if len(s.Agents()) == 0 {
		addDefaultTeam(s)
	}
	ines := s.AddAgent(MakeAgent())
	d := demo{
		server: s,
		agents: s.Agents(),
		app:    s.AddApplication(helpcrunch.Application{Name: "shop-telegram", DisplayName: "Telegram", Active: true, Type: "telegram"}),
	}
	d.support = s.AddDepartment(helpcrunch.Department{Name: "Billing", Agents: []helpcrunch.Agent{ines}})
	d.addMarta()
	d.addOwen()
	d.addOthers()
}

// at is a moment of the demo account's few days.
func at(day, hour, minute int) helpcrunch.Timestamp {
	return helpcrunch.Timestamp{Time: time.Date(2026, time.March, day, hour, minute, 0, 0, time.UTC)}
}

func (d *demo) addMarta() {
	marta := d.server.AddCustomer(MakeCustomer(func(c *helpcrunch.Customer) {
		c.UserID, c.LastSeen, c.Notes = "crm-4411", at(4, 16, 5), "Prefers mornings"
		c.Source, c.LastPage = "https://shop.example.org/start", "https://shop.example.org/cart"
		c.Tags = []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}, {Name: "Paid"}}
		c.CustomData = helpcrunch.CustomData{"plan": "gold", "seats": 7, "monthly_fee": 49.5, "trial": false}
		c.Device = &helpcrunch.Device{
			ID: 700123, IP: "203.0.113.20", Timezone: "Europe/Lisbon", Platform: "desktop",
			UserAgent: "ExampleBrowser/9.1 (TestOS 4.2)",
		}
	}))
	closed := d.chat(marta.ID, at(2, 9, 31), helpcrunch.ChatStatusClosed, func(c *helpcrunch.Chat) {
		c.ClosedAt, c.ClosedBy, c.Rating = at(2, 10, 2), helpcrunch.ClosedByAgent, helpcrunch.RatingPerfect
		c.Assignee = &d.agents[0]
	})
	d.say(closed, at(2, 9, 31), nil, "My order has not arrived. Is it on its way?")
	d.say(closed, at(2, 9, 40), &d.agents[0], "It left our warehouse yesterday and should be with you tomorrow.")
	d.say(closed, at(2, 9, 58), nil, "Thanks!")
	opened := d.chat(marta.ID, at(4, 16, 0), helpcrunch.ChatStatusOpened, func(c *helpcrunch.Chat) {
		c.Assignee, c.Department = &d.agents[2], &d.support
	})
	d.say(opened, at(4, 16, 0), nil, "Could you send me the invoice again?")
	d.say(opened, at(4, 16, 5), &d.agents[2], "Of course. To which address?")
	d.note(opened, at(4, 16, 6), &d.agents[2], "Invoice 2026-0311, see billing.")
}

func (d *demo) addOwen() {
	owen := d.server.AddCustomer(MakeCustomer(func(c *helpcrunch.Customer) {
		c.Name, c.Email, c.Phone = "Owen Price", "owen@example.com", ""
		c.UserID, c.Company, c.Locale = "crm-17", "Price Ltd", "en"
		c.Location = &helpcrunch.Location{RegionCode: "England", CountryCode: "GB", City: "York"}
		c.Tags = []helpcrunch.Tag{{Name: "Lead"}}
		c.CustomData = helpcrunch.CustomData{"plan": "silver", "seats": 3, "trial": true}
	}))
	waiting := d.chat(owen.ID, at(5, 8, 12), helpcrunch.ChatStatusNew, func(c *helpcrunch.Chat) { c.ReadByAgent = false })
	d.say(waiting, at(5, 8, 12), nil, "Does the gold plan include phone support?")
}

func (d *demo) addOthers() {
	lee := d.server.AddCustomer(helpcrunch.Customer{
		Name: "Lee Park", FirstSeen: at(3, 12, 0), LastSeen: at(3, 12, 30), Locale: "en",
		CreatedFrom: "telegram", IntegrationID: "900100200",
	})
	held := d.chat(lee.ID, at(3, 12, 0), helpcrunch.ChatStatusOnHold, func(c *helpcrunch.Chat) { c.ApplicationID = d.app.ID })
	d.say(held, at(3, 12, 0), nil, "The app shows an empty page.")
	d.say(held, at(3, 12, 30), &d.agents[1], "We are looking into it.")
	nadia := d.server.AddCustomer(helpcrunch.Customer{
		Name: "Nadia Klein", Email: "nadia@example.com", UserID: "crm-5501", FirstSeen: at(1, 7, 0), Unsubscribed: true,
	})
	pending := d.chat(nadia.ID, at(1, 7, 30), helpcrunch.ChatStatusPending, func(c *helpcrunch.Chat) { c.Assignee = &d.agents[0] })
	d.say(pending, at(1, 7, 30), nil, "Please cancel my account.")
	d.say(pending, at(1, 8, 0), &d.agents[0], "May I ask why?")
	d.server.AddCustomer(helpcrunch.Customer{Name: "Rude Visitor", FirstSeen: at(5, 3, 0), Blocked: true})
	d.chat(nadia.ID, at(5, 9, 0), helpcrunch.ChatStatusEmpty, func(c *helpcrunch.Chat) {
		c.CreatedWith = helpcrunch.CreatedWithPublicAPI
	})
}

func (d *demo) chat(customer int64, created helpcrunch.Timestamp, status helpcrunch.ChatStatus, edit func(*helpcrunch.Chat)) int64 {
	return d.server.AddChat(MakeChat(customer, func(c *helpcrunch.Chat) {
		c.CreatedAt, c.Status = created, status
		edit(c)
	})).ID
}

// say adds a message: of an agent, or of the customer for nil.
func (d *demo) say(chat int64, written helpcrunch.Timestamp, agent *helpcrunch.Agent, text string) {
	d.server.AddMessage(helpcrunch.Message{Chat: chat, Agent: agent, Text: text, CreatedAt: written, Read: true})
}

func (d *demo) note(chat int64, written helpcrunch.Timestamp, agent *helpcrunch.Agent, text string) {
	d.server.AddMessage(helpcrunch.Message{
		Chat: chat, Agent: agent, Text: text, CreatedAt: written, Type: helpcrunch.MessageTypePrivate,
	})
}

// madeAt is when everything that the Make functions make has happened.
var madeAt = helpcrunch.Timestamp{Time: time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)}

// MakeCustomer returns a customer with all that a usual one has, changed by edits. It
// has no ID and no UserID, so that any number of them can be added.
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

// MakeChat returns a chat of a customer, changed by edits: opened, read by both sides,
// without an assignee. Messages are added by themselves.
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

// MakeAgent returns an agent of the usual role, changed by edits.
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

// DataSize is how much [Server.Generate] adds.
type DataSize struct {
	// Customers are added with a userId, an e-mail address, tags and custom data. A
	// million of them need about 450 MiB of memory.
	Customers int
	// Chats are spread over all customers that the account has then.
	Chats int
	// Messages are spread evenly over the new chats. Without any the chats are empty.
	Messages int
}

// WithGenerated fills the server as [Server.Generate] does.
func WithGenerated(size DataSize, seed uint64) Option {
	return WithSeed(func(s *Server) { s.Generate(size, seed) })
}

// Generate adds plausible customers, chats and messages. The same seed on an account
// that holds the same adds the same. All happened between January 2024 and December
// 2025.
func (s *Server) Generate(size DataSize, seed uint64) {
	defer s.lock()()
	s.store.Generate(size.Customers, size.Chats, size.Messages, seed)
}
