package helpcrunchtest

import (
	"math"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// Customers returns all customers by ascending id, with the properties that the dialect has.
func (s *Server) Customers() []helpcrunch.Customer {
	defer s.lock()()
	return convert(s.store.Customers.Rows, s.viewCustomer)
}

// Customer returns a customer by its ID, and false if it does not exist.
func (s *Server) Customer(id int64) (helpcrunch.Customer, bool) {
	defer s.lock()()
	return convertFound(s.store.Customers.Get(id), s.viewCustomer)
}

// CustomerByUserID returns a customer by your own ID, and false if it does not exist.
func (s *Server) CustomerByUserID(userID string) (helpcrunch.Customer, bool) {
	defer s.lock()()
	return convertFound(s.store.Customers.Get(s.store.ByUserID[userID]), s.viewCustomer)
}

// Chats returns all chats, by ascending id.
func (s *Server) Chats() []helpcrunch.Chat {
	defer s.lock()()
	s.hub.RunDue(s.clock())
	return convert(s.store.Chats.Rows, s.viewChat)
}

// Chat returns a chat by its ID, and false if it does not exist.
func (s *Server) Chat(id int64) (helpcrunch.Chat, bool) {
	defer s.lock()()
	s.hub.RunDue(s.clock())
	return convertFound(s.store.Chats.Get(id), s.viewChat)
}

// Messages returns the messages of a chat by ascending id, with notes and tech messages. (The API
// returns them by descending id.)
func (s *Server) Messages(chatID int64) []helpcrunch.Message {
	defer s.lock()()
	return convert(s.store.Messages[chatID], s.viewMessage)
}

// Events returns the events of all customers, oldest first. (The API can't read them.)
func (s *Server) Events() []helpcrunch.Event {
	defer s.lock()()
	return convert(s.store.Events.Rows, s.viewEvent)
}

// Agents returns the agents, by ascending id.
func (s *Server) Agents() []helpcrunch.Agent {
	defer s.lock()()
	return convert(s.store.Agents.Rows, func(row *account.Agent) helpcrunch.Agent { return *viewAgent(row) })
}

// Unsubscribed reports whether an agent was unsubscribed from newsletters.
func (s *Server) Unsubscribed(agentID int64) bool {
	defer s.lock()()
	row := s.store.Agents.Get(agentID)
	return row != nil && row.Unsubscribed
}

// Departments returns the departments, by ascending id.
func (s *Server) Departments() []helpcrunch.Department {
	defer s.lock()()
	return convert(s.store.Departments.Rows, s.viewDepartment)
}

// Applications returns the applications, by ascending id.
func (s *Server) Applications() []helpcrunch.Application {
	defer s.lock()()
	return convert(s.store.Applications.Rows, func(row *helpcrunch.Application) helpcrunch.Application { return *row })
}

// Organization returns the organization of the account.
func (s *Server) Organization() helpcrunch.Organization {
	defer s.lock()()
	return s.store.Organization
}

// convert applies a function to every row.
func convert[Row, View any](rows []Row, of func(Row) View) []View {
	all := make([]View, len(rows))
	for i, row := range rows {
		all[i] = of(row)
	}
	return all
}

// convertFound applies a function to a row. It returns false for nil.
func convertFound[Row, View any](row *Row, of func(*Row) View) (found View, ok bool) {
	if row == nil {
		return found, false
	}
	return of(row), true
}

// timestamp returns a time in the precision of the dialect. precise times have milliseconds with
// TimesMixed too.
func (s *Server) timestamp(at account.Instant, precise bool) helpcrunch.Timestamp {
	if s.settings.core.Dialect.HasMilliseconds(precise) {
		return helpcrunch.Timestamp{Time: at.Time()}
	}
	return helpcrunch.Timestamp{Time: at.Time().Truncate(time.Second)}
}

// textsOf points to the texts of a customer in the order of [account.TextField].
func textsOf(c *helpcrunch.Customer, location *helpcrunch.Location) [len(account.TextFieldNames)]*string {
	return [...]*string{
		&c.Name, &c.Email, &c.UserID, &c.Company, &c.Phone, &c.Source, &c.Referer, &c.LastPage, &c.Locale, &c.Notes,
		&c.CreatedFrom, &c.IntegrationID, &location.RegionCode, &location.CountryCode, &location.City,
	}
}

func (s *Server) viewCustomer(row *account.Customer) helpcrunch.Customer {
	c := helpcrunch.Customer{
		ID: row.ID, FirstSeen: s.timestamp(row.FirstSeen, false), LastSeen: s.timestamp(row.LastSeen, false),
		Unsubscribed: row.Unsubscribed, Blocked: row.Blocked, CustomData: s.viewData(row.Custom),
		Tags: append([]helpcrunch.Tag{}, row.Tags...),
	}
	var location helpcrunch.Location
	texts := row.Texts()
	for field, text := range textsOf(&c, &location) {
		*text = texts[field].Text
	}
	if s.settings.dialect.OldFields {
		c.CreatedFrom, c.IntegrationID = "", ""
	}
	if location != (helpcrunch.Location{}) || !s.settings.dialect.NullLocation {
		c.Location = &location
	}
	if row.Device != nil && !s.settings.dialect.DeviceAsString {
		device := *row.Device
		c.Device = &device
	}
	return c
}

// viewData returns custom data, or the data of an event, as the SDK decodes it.
func (s *Server) viewData(properties []account.Property) helpcrunch.CustomData {
	values := helpcrunch.CustomData{}
	for _, property := range properties {
		values[property.Name] = s.viewScalar(property.Value)
	}
	return values
}

// viewScalar returns a value of custom data as the SDK decodes it: whole numbers are int64.
func (s *Server) viewScalar(value any) any {
	switch value := value.(type) {
	case account.Instant:
		if s.settings.dialect.CustomData == CustomDataAsPairs {
			return value.Time().Format(time.DateTime)
		}
		return value.Seconds()
	case float64:
		if value == math.Trunc(value) && math.Abs(value) < 1<<63 {
			return int64(value)
		}
	}
	return value
}

func (s *Server) viewChat(row *account.Chat) helpcrunch.Chat {
	c := helpcrunch.Chat{
		ID: row.ID, Status: viewStatus(row.Status), ClosedBy: helpcrunch.ClosedBy(row.ClosedBy),
		ClosedAt: s.timestamp(row.ClosedAt, false), Rating: helpcrunch.Rating(row.Rating), CreatedAt: s.timestamp(row.CreatedAt, false),
		LastMessageAt: s.timestamp(row.LastMessageAt, false), LastCustomerMessageAt: s.timestamp(row.LastCustomerMessageAt, false),
		LastMessageID: row.LastMessageID, LastMessageText: row.LastMessageText,
		SnoozedUntil: s.timestamp(row.SnoozedUntil, true), LastCommunicatedAgentID: row.LastAgent,
		Agents: s.viewAgents(row.Agents), Assignee: viewAgent(s.store.Agents.Get(row.Assignee)),
	}
	if !s.settings.dialect.OldFields {
		c.CreatedWith, c.ApplicationID = helpcrunch.CreatedWith(row.CreatedWith), row.Application
		c.ReadByAgent, c.ReadByCustomer = row.ReadByAgent, row.ReadByCustomer
	}
	if s.settings.dialect.ChatNotes {
		c.Notes = row.Notes
	}
	if department := s.store.Departments.Get(row.Department); department != nil {
		c.Department = &helpcrunch.Department{ID: department.ID, Name: department.Name}
	}
	if customer := s.store.Customers.Get(row.Customer); customer != nil {
		found := s.viewCustomer(customer)
		c.Customer = helpcrunch.ChatCustomer{ID: found.ID, Name: found.Name, Email: found.Email, UserID: found.UserID}
	}
	return c
}

func viewStatus(status string) helpcrunch.ChatStatus {
	if status == account.StatusOnHold {
		return helpcrunch.ChatStatusOnHold
	}
	return helpcrunch.ChatStatus(status)
}

func (s *Server) viewMessage(row *account.Message) helpcrunch.Message {
	return helpcrunch.Message{
		ID: row.ID, Chat: row.Chat, Agent: viewAgent(s.store.Agents.Get(row.Agent)),
		Type: helpcrunch.MessageType(row.Kind), From: helpcrunch.MessageFrom(row.From), Text: row.Text,
		Read: row.Read, Edited: row.Edited, CreatedAt: s.timestamp(row.CreatedAt, true),
		UpdatedAt: s.timestamp(row.UpdatedAt, true), BroadcastType: helpcrunch.BroadcastType(row.BroadcastType),
	}
}

// viewAgent returns a copy of an agent, and nil for nil.
func viewAgent(row *account.Agent) *helpcrunch.Agent {
	if row == nil {
		return nil
	}
	agent := row.Agent
	return &agent
}

// viewAgents returns the agents with the ids, without unknown ones.
func (s *Server) viewAgents(ids []int64) []helpcrunch.Agent {
	agents := make([]helpcrunch.Agent, 0, len(ids))
	for _, id := range ids {
		if agent := s.store.Agents.Get(id); agent != nil {
			agents = append(agents, *viewAgent(agent))
		}
	}
	return agents
}

func (s *Server) viewDepartment(row *account.Department) helpcrunch.Department {
	return helpcrunch.Department{ID: row.ID, Name: row.Name, Agents: s.viewAgents(row.Agents)}
}

func (s *Server) viewEvent(row *account.Event) helpcrunch.Event {
	return helpcrunch.Event{
		ID: row.ID, Name: row.Name, Data: s.viewData(row.Data), CreatedAt: s.timestamp(row.CreatedAt, false), Customer: row.Customer,
	}
}
