package helpcrunchtest

import (
	"math"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// timestamp is an instant as the SDK reads it from the server.
func (s *Server) timestamp(moment instant) helpcrunch.Timestamp {
	whole := s.dialect.Times == TimesAsStrings || s.dialect.Times == TimesAsIntegers || s.dialect.Times == TimesMixed
	return timestamp(moment, whole)
}

// fineTimestamp is an instant of the kind that has milliseconds in mixed times.
func (s *Server) fineTimestamp(moment instant) helpcrunch.Timestamp {
	whole := s.dialect.Times == TimesAsStrings || s.dialect.Times == TimesAsIntegers
	return timestamp(moment, whole)
}

func timestamp(moment instant, whole bool) helpcrunch.Timestamp {
	if moment == never {
		return helpcrunch.Timestamp{}
	}
	if whole {
		return helpcrunch.Timestamp{Time: time.Unix(moment.seconds(), 0).UTC()}
	}
	return helpcrunch.Timestamp{Time: moment.time()}
}

func (s *Server) viewCustomer(row *customer) helpcrunch.Customer {
	texts := row.texts()
	c := helpcrunch.Customer{
		ID: row.id, Name: texts[nameField].text, Email: texts[emailField].text, UserID: texts[userIDField].text,
		Company: texts[companyField].text, Phone: texts[phoneField].text,
		FirstSeen: s.timestamp(row.firstSeen), LastSeen: s.timestamp(row.lastSeen),
		Unsubscribed: row.unsubscribed, Blocked: row.blocked,
		Source: texts[sourceField].text, Referer: texts[refererField].text, LastPage: texts[lastPageField].text,
		Locale: texts[localeField].text, Notes: texts[notesField].text,
		Tags: make([]helpcrunch.Tag, len(row.tags)), CustomData: s.viewData(row.custom),
	}
	if !s.dialect.OldFields {
		c.CreatedFrom, c.IntegrationID = texts[createdFromField].text, texts[integrationIDField].text
	}
	place := helpcrunch.Location{
		RegionCode: texts[regionCodeField].text, CountryCode: texts[countryCodeField].text, City: texts[cityField].text,
	}
	if place != (helpcrunch.Location{}) || !s.dialect.NullLocation {
		c.Location = &place
	}
	if d := row.device; d != nil && !s.dialect.DeviceAsString {
		c.Device = &helpcrunch.Device{ID: d.id, IP: d.ip, Timezone: d.timezone, Platform: d.platform, UserAgent: d.userAgent}
	}
	for i, tag := range row.tags {
		c.Tags[i] = helpcrunch.Tag{Name: tag.name, Color: tag.color}
	}
	return c
}

// viewData is custom data as the SDK reads it.
func (s *Server) viewData(data *customData) helpcrunch.CustomData {
	values := helpcrunch.CustomData{}
	for _, property := range data.list() {
		values[property.name] = s.viewScalar(property.value)
	}
	return values
}

// viewScalar is a value of custom data as the SDK reads it. A whole number is written
// without a fraction.
func (s *Server) viewScalar(value any) any {
	switch value := value.(type) {
	case instant:
		if s.dialect.CustomData == CustomDataAsPairs {
			return value.time().Format(time.DateTime)
		}
		return value.seconds()
	case float64:
		if value == math.Trunc(value) && math.Abs(value) < 1<<63 {
			return int64(value)
		}
	}
	return value
}

func (s *Server) viewChat(row *chat) helpcrunch.Chat {
	c := helpcrunch.Chat{
		ID: row.id, Status: viewStatus(row.status), ClosedBy: helpcrunch.ClosedBy(row.closedBy),
		ClosedAt: s.timestamp(row.closedAt), Rating: helpcrunch.Rating(row.rating), CreatedAt: s.timestamp(row.createdAt),
		LastMessageAt: s.timestamp(row.lastMessageAt), LastCustomerMessageAt: s.timestamp(row.lastCustomerMessageAt),
		LastMessageID: row.lastMessageID, LastMessageText: row.lastMessageText,
		SnoozedUntil: s.fineTimestamp(row.snoozedUntil), LastCommunicatedAgentID: row.lastAgent,
		Agents: make([]helpcrunch.Agent, 0, len(row.agents)), Assignee: viewAgent(s.store.agents.get(row.assignee)),
	}
	if !s.dialect.OldFields {
		c.CreatedWith, c.ApplicationID = helpcrunch.CreatedWith(row.createdWith), row.application
		c.ReadByAgent, c.ReadByCustomer = row.readByAgent, row.readByCustomer
	}
	if s.dialect.ChatNotes {
		c.Notes = row.notes
	}
	for _, id := range row.agents {
		if agent := s.store.agents.get(id); agent != nil {
			c.Agents = append(c.Agents, *viewAgent(agent))
		}
	}
	if department := s.store.departments.get(row.department); department != nil {
		c.Department = &helpcrunch.Department{ID: department.id, Name: department.name}
	}
	if customer := s.store.customers.get(row.customer); customer != nil {
		texts := customer.texts()
		c.Customer = helpcrunch.ChatCustomer{
			ID: customer.id, Name: texts[nameField].text, Email: texts[emailField].text, UserID: texts[userIDField].text,
		}
	}
	return c
}

func viewStatus(status string) helpcrunch.ChatStatus {
	if status == statusOnHold {
		return helpcrunch.ChatStatusOnHold
	}
	return helpcrunch.ChatStatus(status)
}

func (s *Server) viewMessage(row *message) helpcrunch.Message {
	return helpcrunch.Message{
		ID: row.id, Chat: row.chat, Agent: viewAgent(s.store.agents.get(row.agent)),
		Type: helpcrunch.MessageType(row.kind), From: helpcrunch.MessageFrom(row.from), Text: row.text,
		Read: row.read, Edited: row.edited, CreatedAt: s.fineTimestamp(row.createdAt),
		UpdatedAt: s.fineTimestamp(row.updatedAt), BroadcastType: helpcrunch.BroadcastType(row.broadcastType),
	}
}

// viewAgent is nil for nil.
func viewAgent(row *agent) *helpcrunch.Agent {
	if row == nil {
		return nil
	}
	return &helpcrunch.Agent{ID: row.id, Name: row.name, Email: row.email, Role: helpcrunch.Role(row.role)}
}

func (s *Server) viewDepartment(row *department) helpcrunch.Department {
	d := helpcrunch.Department{ID: row.id, Name: row.name, Agents: make([]helpcrunch.Agent, 0, len(row.agents))}
	for _, id := range row.agents {
		if agent := s.store.agents.get(id); agent != nil {
			d.Agents = append(d.Agents, *viewAgent(agent))
		}
	}
	return d
}

func viewApplication(row *application) helpcrunch.Application {
	return helpcrunch.Application{
		ID: row.id, Name: row.name, DisplayName: row.displayName, Active: row.active, Type: row.kind,
	}
}

func (s *Server) viewEvent(row *event) helpcrunch.Event {
	return helpcrunch.Event{
		ID: row.id, Name: row.name, Data: s.viewData(row.data), CreatedAt: s.timestamp(row.createdAt), Customer: row.customer,
	}
}
