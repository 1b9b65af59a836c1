package account

import (
	"slices"

	"github.com/helpcrunch-go/helpcrunch"
)

// The chat statuses.
const (
	statusNew             = "new"
	statusOpened          = "opened"
	statusPending         = "pending"
	StatusOnHold          = "onhold"
	statusNoCommunication = "no communication"
	StatusClosed          = "closed"
	StatusEmpty           = "empty"
)

// StatusNumbers are the statuses in the order of the numbers that filters may use, from 1.
var StatusNumbers = []string{
	statusNew, statusOpened, statusPending, StatusOnHold, StatusClosed, statusNoCommunication, StatusEmpty,
}

// StatusSpellings maps other accepted spellings to the status.
var StatusSpellings = map[string]string{"on hold": StatusOnHold, "on-hold": StatusOnHold, "open": statusOpened}

// The values of closedBy of a chat and from of a message.
const (
	ByCustomer = "customer"
	ByAgent    = "agent"
)

// The values of rating and closedBy, in the order of the numbers that may stand for them, from 1.
var (
	Ratings = []string{"perfect", "great", "average", "poor", "very poor"}
	Closers = []string{ByCustomer, ByAgent}
)

// EmptyChat returns a chat without messages.
func EmptyChat(id int64, now Instant) *Chat {
	return &Chat{
		ID: id, Status: StatusEmpty, CreatedWith: "public_api", CreatedAt: now,
		ClosedAt: Never, SnoozedUntil: Never, LastMessageAt: Never, LastCustomerMessageAt: Never,
		ReadByAgent: true, ReadByCustomer: true,
	}
}

// SetStatus changes the status, closedAt and closedBy. Closing a closed chat changes nothing.
func (row *Chat) SetStatus(status string, now Instant) {
	switch {
	case status != StatusClosed:
		row.ClosedAt, row.ClosedBy = Never, ""
	case row.Status != StatusClosed:
		row.ClosedAt, row.ClosedBy = now, ByAgent
	}
	row.Status = status
}

// The kinds of messages that can be written.
const (
	KindMessage = "message"
	KindPrivate = "private"
)

// IsVisible reports whether the customer sees a message: notes and tech messages are not visible.
func (row *Message) IsVisible() bool {
	return row.Kind != KindPrivate && row.Kind != "tech"
}

// addMessage updates a chat for a new message. Invisible ones change nothing.
func (row *Chat) addMessage(message *Message) {
	row.updateLast(message)
	switch {
	case !message.IsVisible():
	case message.From == ByCustomer:
		row.ReadByAgent = false
		switch row.Status {
		case StatusEmpty:
			row.Status = statusNew
		case StatusClosed:
			row.SetStatus(statusOpened, message.CreatedAt)
		}
	default:
		row.ReadByCustomer = false
		if row.Status == StatusEmpty || row.Status == statusNew {
			row.Status = statusOpened
		}
	}
}

// updateLast updates the agents and the last-message fields of a chat for a new message.
func (row *Chat) updateLast(message *Message) {
	if !message.IsVisible() {
		return
	}
	row.LastMessageID = message.ID
	row.LastMessageAt = message.CreatedAt
	row.LastMessageText = message.Text
	if message.From == ByCustomer {
		row.LastCustomerMessageAt = message.CreatedAt
	}
	if message.Agent == 0 {
		return
	}
	row.LastAgent = message.Agent
	if !slices.Contains(row.Agents, message.Agent) {
		row.Agents = append(slices.Clone(row.Agents), message.Agent)
	}
}

// SeedMessage updates a chat for a message of any age. The fields of a newer message stay.
func (row *Chat) SeedMessage(message *Message) {
	before := *row
	row.updateLast(message)
	row.LastCustomerMessageAt = max(row.LastCustomerMessageAt, before.LastCustomerMessageAt)
	if message.CreatedAt >= before.LastMessageAt || message.ID == before.LastMessageID {
		return
	}
	row.LastMessageID, row.LastMessageAt, row.LastMessageText =
		before.LastMessageID, before.LastMessageAt, before.LastMessageText
	if before.LastAgent != 0 {
		row.LastAgent = before.LastAgent
	}
}

// HasAgentMessage reports whether a chat has a message from an agent.
func (s *Account) HasAgentMessage(chat int64) bool {
	return slices.ContainsFunc(s.Messages[chat], func(row *Message) bool {
		return row.From == ByAgent && row.IsVisible()
	})
}

// MarkRead marks the messages of one side in a chat as read.
func (s *Account) MarkRead(chat int64, from string) {
	rows := s.Messages[chat]
	for i, stored := range rows {
		if stored.From == from && !stored.Read && stored.IsVisible() {
			changed := *stored
			changed.Read = true
			rows[i] = &changed
		}
	}
}

// UpdatedAt returns when the chat was last created, closed or written in.
func (row *Chat) UpdatedAt() Instant {
	return max(row.CreatedAt, row.ClosedAt, row.LastMessageAt)
}

const defaultColor = "#c377e0"

// AddTags appends tags. A tag that exists keeps its colour unless a new one is given.
func AddTags(tags, more []helpcrunch.Tag) []helpcrunch.Tag {
	result := slices.Clone(tags)
	for _, added := range more {
		index := slices.IndexFunc(result, func(tag helpcrunch.Tag) bool { return tag.Name == added.Name })
		switch {
		case index < 0:
			result = append(result, added)
		case added.Color != "":
			result[index].Color = added.Color
		}
	}
	return result
}

// WithColors sets the default colour of tags without one.
func WithColors(tags []helpcrunch.Tag) []helpcrunch.Tag {
	for i := range tags {
		if tags[i].Color == "" {
			tags[i].Color = defaultColor
		}
	}
	return tags
}

// SetProperty replaces the value of a property, or appends it. A null value is ignored.
func SetProperty(properties []Property, name string, value any) []Property {
	if value == nil {
		return properties
	}
	for i := range properties {
		if properties[i].Name == name {
			properties[i].Value = value
			return properties
		}
	}
	return append(properties, Property{name, value})
}

// CopyOf returns a copy, to which a patch is applied.
func CopyOf(row *Customer) *Customer {
	copied := *row
	return &copied
}

// Cleared returns a copy, to which a replacement is applied: only read-only fields are kept.
func Cleared(row *Customer) *Customer {
	texts := row.Texts()
	for field := range RegionCodeField {
		texts[field] = NullableText{}
	}
	emptied := &Customer{ID: row.ID, FirstSeen: Never, LastSeen: Never, Device: row.Device}
	emptied.Pack(&texts)
	return emptied
}

// AttributeType is the type of the values of a custom attribute.
type AttributeType string

// The types of custom attributes.
const (
	TextAttribute    AttributeType = "text"
	NumberAttribute  AttributeType = "number"
	BooleanAttribute AttributeType = "boolean"
	DateAttribute    AttributeType = "date"
)

// Accept returns the value to store, and false for a value of another type.
func (t AttributeType) Accept(value any) (stored any, ok bool) {
	switch t {
	case NumberAttribute:
		_, ok = value.(int64)
		_, isFloat := value.(float64)
		return value, ok || isFloat
	case BooleanAttribute:
		_, ok = value.(bool)
	case DateAttribute:
		return acceptDate(value)
	default:
		_, ok = value.(string)
	}
	return value, ok
}

func acceptDate(value any) (any, bool) {
	switch value := value.(type) {
	case int64:
		return Instant(value * 1000), value >= 0 && value <= maxSeconds
	case string:
		date, ok := ParseInstant(value)
		return date, ok
	}
	return nil, false
}
