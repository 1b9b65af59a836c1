package helpcrunchtest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// AddCustomer adds a customer without any checks, and returns it. An ID of 0 becomes the next free
// one; a customer with the same ID is replaced. Zero times and empty texts are null. The other Add
// methods do the same; [Server.AddMessage] replaces only a message of the same chat.
func (s *Server) AddCustomer(c helpcrunch.Customer) helpcrunch.Customer {
	defer s.lock()()
	row := s.addCustomer(&c)
	return s.viewCustomer(row)
}

func (s *Server) addCustomer(c *helpcrunch.Customer) *account.Customer {
	row := &account.Customer{
		ID: cmp.Or(c.ID, s.store.Customers.NextID), FirstSeen: account.InstantOf(c.FirstSeen.Time), LastSeen: account.InstantOf(c.LastSeen.Time),
		Unsubscribed: c.Unsubscribed, Blocked: c.Blocked, Custom: dataOf(c.CustomData),
	}
	location := cmp.Or(c.Location, &helpcrunch.Location{})
	var texts account.CustomerTexts
	for field, text := range textsOf(c, location) {
		texts[field] = account.TextOrNull(*text)
	}
	row.Pack(&texts)
	if c.Device != nil {
		device := *c.Device
		row.Device = &device
	}
	row.Tags = account.WithColors(slices.Clone(c.Tags))
	s.store.PutCustomer(row)
	return row
}

func dataOf(values helpcrunch.CustomData) (data []account.Property) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if value := scalarOf(values[name]); value != nil {
			data = append(data, account.Property{Name: name, Value: value})
		}
	}
	return data
}

// scalarOf converts a Go value as encoding/json does. It returns nil for objects, arrays and zero
// times.
func scalarOf(value any) any {
	switch value := value.(type) {
	case helpcrunch.Timestamp:
		return scalarOf(value.Time)
	case time.Time:
		if value.IsZero() {
			return nil
		}
		return account.InstantOf(value)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	scalar, _ := wire.ReadScalar(raw)
	return scalar
}

// RemoveCustomer deletes a customer with its chats and their messages, as the API does.
func (s *Server) RemoveCustomer(id int64) {
	defer s.lock()()
	if row := s.store.Customers.Get(id); row != nil {
		s.store.DeleteCustomer(row)
	}
}

// AddChat adds a chat, and its customer, agents and department if they do not exist. An empty
// status is "empty" and a zero CreatedAt is now.
func (s *Server) AddChat(c helpcrunch.Chat) helpcrunch.Chat {
	defer s.lock()()
	row := s.chatOf(&c)
	s.store.PutChat(row)
	s.hub.SetTimer(s.clock(), 0)
	return s.viewChat(row)
}

func (s *Server) chatOf(c *helpcrunch.Chat) *account.Chat {
	row := &account.Chat{
		ID: cmp.Or(c.ID, s.store.Chats.NextID), Customer: s.customerOf(c.Customer), Application: c.ApplicationID,
		LastMessageID: c.LastMessageID, LastMessageText: c.LastMessageText, LastAgent: c.LastCommunicatedAgentID,
		Status: cmp.Or(string(c.Status), account.StatusEmpty), ClosedBy: string(c.ClosedBy), Rating: string(c.Rating), CreatedWith: string(c.CreatedWith),
		CreatedAt: account.InstantOf(c.CreatedAt.Time), ClosedAt: account.InstantOf(c.ClosedAt.Time),
		SnoozedUntil: account.InstantOf(c.SnoozedUntil.Time), LastMessageAt: account.InstantOf(c.LastMessageAt.Time),
		LastCustomerMessageAt: account.InstantOf(c.LastCustomerMessageAt.Time),
		ReadByAgent:           c.ReadByAgent, ReadByCustomer: c.ReadByCustomer, Notes: c.Notes,
	}
	if canonical, ok := account.StatusSpellings[row.Status]; ok {
		row.Status = canonical
	}
	if row.CreatedAt == account.Never {
		row.CreatedAt = account.InstantOf(s.clock())
	}
	row.Assignee = s.agentOf(c.Assignee)
	for i := range c.Agents {
		row.Agents = append(row.Agents, s.agentOf(&c.Agents[i]))
	}
	if c.Department != nil {
		row.Department = c.Department.ID
		if s.store.Departments.Get(row.Department) == nil {
			row.Department = s.addDepartment(c.Department).ID
		}
	}
	return row
}

// customerOf returns the id of a chat's customer. It adds a missing customer.
func (s *Server) customerOf(c helpcrunch.ChatCustomer) int64 {
	if s.store.Customers.Get(c.ID) != nil {
		return c.ID
	}
	return s.addCustomer(&helpcrunch.Customer{ID: c.ID, Name: c.Name, Email: c.Email, UserID: c.UserID}).ID
}

// agentOf returns the id of an agent, 0 for nil. It adds a missing agent.
func (s *Server) agentOf(a *helpcrunch.Agent) int64 {
	if a == nil {
		return 0
	}
	if s.store.Agents.Get(a.ID) != nil {
		return a.ID
	}
	return s.addAgent(a).ID
}

// AddMessage adds a message, and its chat if it does not exist. It updates the agents of the chat,
// and the last-message fields if it is the newest message, but not the status and the read marks:
// see [Server.CustomerWrites] and [Server.AgentWrites]. An empty Type is "message", an empty From
// follows from Agent, and a zero CreatedAt is now.
func (s *Server) AddMessage(m helpcrunch.Message) helpcrunch.Message {
	defer s.lock()()
	row := s.messageOf(&m)
	s.store.PutMessage(row)
	changed := *s.store.Chats.Get(row.Chat)
	changed.SeedMessage(row)
	s.store.PutChat(&changed)
	return s.viewMessage(row)
}

func (s *Server) messageOf(m *helpcrunch.Message) *account.Message {
	row := &account.Message{
		ID: cmp.Or(m.ID, s.store.NextMessageID), Chat: m.Chat, Agent: s.agentOf(m.Agent),
		Kind: cmp.Or(string(m.Type), account.KindMessage), From: string(m.From), BroadcastType: string(m.BroadcastType), Text: m.Text,
		CreatedAt: account.InstantOf(m.CreatedAt.Time), UpdatedAt: account.InstantOf(m.UpdatedAt.Time), Read: m.Read, Edited: m.Edited,
	}
	if row.From == "" && row.Agent == 0 && row.IsVisible() {
		row.From = account.ByCustomer
	} else if row.From == "" {
		row.From = account.ByAgent
	}
	if row.CreatedAt == account.Never {
		row.CreatedAt = account.InstantOf(s.clock())
	}
	if s.store.Chats.Get(row.Chat) == nil {
		added := s.chatOf(&helpcrunch.Chat{ID: row.Chat})
		s.store.PutChat(added)
		row.Chat = added.ID
	}
	return row
}

// CustomerWrites adds a message of the customer now: an empty chat becomes new, a closed one
// opened, and the chat is unread. It returns a zero message for an unknown chat.
func (s *Server) CustomerWrites(chatID int64, text string) helpcrunch.Message {
	return s.write(&account.Message{Chat: chatID, Kind: account.KindMessage, From: account.ByCustomer, Text: text})
}

// AgentWrites adds a message of an agent now: an empty or new chat becomes opened. It returns a
// zero message for an unknown chat or agent.
func (s *Server) AgentWrites(chatID, agentID int64, text string) helpcrunch.Message {
	s.mu.Lock()
	known := s.store.Agents.Get(agentID) != nil
	s.mu.Unlock()
	if !known {
		return helpcrunch.Message{}
	}
	return s.write(&account.Message{Chat: chatID, Agent: agentID, Kind: account.KindMessage, From: account.ByAgent, Text: text})
}

func (s *Server) write(row *account.Message) helpcrunch.Message {
	defer s.lock()()
	now := s.clock()
	s.hub.RunDue(now)
	defer s.hub.SetTimer(now, 0)
	stored := s.store.Chats.Get(row.Chat)
	if stored == nil {
		return helpcrunch.Message{}
	}
	row.ID, row.CreatedAt, row.UpdatedAt = s.store.NextMessageID, account.InstantOf(now), account.Never
	s.store.SaveMessage(row, stored, row.CreatedAt)
	return s.viewMessage(row)
}

// addDefaultTeam adds the agents, the department, the application and the organization of a new
// server.
func addDefaultTeam(s *Server) {
	ada := s.AddAgent(helpcrunch.Agent{Name: "Ada Ramos", Email: "ada@example.com", Role: helpcrunch.RoleAdmin})
	tomas := s.AddAgent(helpcrunch.Agent{Name: "Tomas Veld", Email: "tomas@example.com", Role: helpcrunch.RoleAgent})
	s.AddDepartment(helpcrunch.Department{Name: "Helpdesk", Agents: []helpcrunch.Agent{ada, tomas}})
	s.AddApplication(helpcrunch.Application{Name: "shop-widget", DisplayName: "Shop widget", Active: true, Type: "web"})
	s.SetOrganization(helpcrunch.Organization{ID: 501, Domain: "acme-demo", TeamOnline: true, ChatEnabled: true})
}

// AddAgent adds an agent. An empty role is "agent".
func (s *Server) AddAgent(a helpcrunch.Agent) helpcrunch.Agent {
	defer s.lock()()
	return *viewAgent(s.addAgent(&a))
}

func (s *Server) addAgent(a *helpcrunch.Agent) *account.Agent {
	row := &account.Agent{Agent: *a}
	row.ID, row.Role = cmp.Or(a.ID, s.store.Agents.NextID), cmp.Or(a.Role, helpcrunch.RoleAgent)
	s.store.Agents.Put(row)
	return row
}

// AddDepartment adds a department, and its agents if they do not exist.
func (s *Server) AddDepartment(d helpcrunch.Department) helpcrunch.Department {
	defer s.lock()()
	return s.viewDepartment(s.addDepartment(&d))
}

func (s *Server) addDepartment(d *helpcrunch.Department) *account.Department {
	row := &account.Department{ID: cmp.Or(d.ID, s.store.Departments.NextID), Name: d.Name}
	for i := range d.Agents {
		row.Agents = append(row.Agents, s.agentOf(&d.Agents[i]))
	}
	s.store.Departments.Put(row)
	return row
}

// AddApplication adds an application.
func (s *Server) AddApplication(a helpcrunch.Application) helpcrunch.Application {
	defer s.lock()()
	a.ID = cmp.Or(a.ID, s.store.Applications.NextID)
	s.store.Applications.Put(&a)
	return a
}

// SetOrganization replaces the organization of the account.
func (s *Server) SetOrganization(o helpcrunch.Organization) {
	defer s.lock()()
	s.store.Organization = o
}
