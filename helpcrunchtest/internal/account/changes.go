package account

import (
	"maps"
	"slices"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// Events are the events of the service. Those of e-mails are raised by hand alone, as
// no e-mail can be written through the API.
var Events = []webhook.EventType{
	webhook.EventTypeChatNew, webhook.EventTypeChatStatusUpdated, webhook.EventTypeChatAssigned,
	webhook.EventTypeChatSnoozed, webhook.EventTypeChatUnsnoozed, webhook.EventTypeChatClosed, webhook.EventTypeChatRated,
	webhook.EventTypeCustomerNew, webhook.EventTypeCustomerEmailUpdated, webhook.EventTypeCustomerTagsChanged,
	webhook.EventTypeCustomerUnsubscribed, webhook.EventTypeCustomerSubscribed, webhook.EventTypeCustomerBlocked,
	webhook.EventTypeCustomerUnblocked, webhook.EventTypeCustomerDeleted,
	webhook.EventTypeMessageChatCustomer, webhook.EventTypeMessageEmailCustomer, webhook.EventTypeMessageChatAgent,
	webhook.EventTypeMessageEmailAgent, webhook.EventTypeMessagePrivate,
}

// Change is what happened to a row, and its events. One of the rows is set.
type Change struct {
	At       Instant
	Events   []webhook.EventType
	Customer *Customer
	Chat     *Chat
	Message  *Message
	Other    []byte // the data of an event of no row
}

// The save functions store a change and raise the events that follow from it. Seeding
// stores without them.

// SaveCustomer adds or changes a customer.
func (s *Account) SaveCustomer(row *Customer, now Instant) {
	before := s.Customers.Get(row.ID)
	s.PutCustomer(row)
	s.raise(Change{At: now, Customer: row, Events: customerEvents(before, row)})
}

// customerEvents are the events of a change; before is nil for a new customer.
func customerEvents(before, after *Customer) []webhook.EventType {
	if before == nil {
		return []webhook.EventType{webhook.EventTypeCustomerNew}
	}
	var events []webhook.EventType
	oldEmail, hadEmail := before.Text(EmailField)
	newEmail, hasEmail := after.Text(EmailField)
	if oldEmail != newEmail || hadEmail != hasEmail {
		events = append(events, webhook.EventTypeCustomerEmailUpdated)
	}
	if !sameTags(before.Tags, after.Tags) {
		events = append(events, webhook.EventTypeCustomerTagsChanged)
	}
	switch {
	case after.Unsubscribed && !before.Unsubscribed:
		events = append(events, webhook.EventTypeCustomerUnsubscribed)
	case before.Unsubscribed && !after.Unsubscribed:
		events = append(events, webhook.EventTypeCustomerSubscribed)
	}
	switch {
	case after.Blocked && !before.Blocked:
		events = append(events, webhook.EventTypeCustomerBlocked)
	case before.Blocked && !after.Blocked:
		events = append(events, webhook.EventTypeCustomerUnblocked)
	}
	return events
}

// sameTags compares tags and their colours in any order.
func sameTags(before, after []Tag) bool {
	removed := func(t Tag) bool { return !slices.Contains(after, t) }
	added := func(t Tag) bool { return !slices.Contains(before, t) }
	return !slices.ContainsFunc(before, removed) && !slices.ContainsFunc(after, added)
}

// SaveChat adds or changes a chat.
func (s *Account) SaveChat(row *Chat, now Instant) {
	before := s.Chats.Get(row.ID)
	s.PutChat(row)
	s.raise(Change{At: now, Chat: row, Events: chatEvents(before, row)})
}

// chatEvents are the events of a change; before is nil for a new chat.
func chatEvents(before, after *Chat) []webhook.EventType {
	var events []webhook.EventType
	if before == nil {
		events = append(events, webhook.EventTypeChatNew)
		before = EmptyChat(after.ID, after.CreatedAt)
	}
	if after.Status != before.Status {
		events = append(events, webhook.EventTypeChatStatusUpdated)
		if after.Status == StatusClosed {
			events = append(events, webhook.EventTypeChatClosed)
		}
	}
	if after.Assignee != before.Assignee && after.Assignee != 0 {
		events = append(events, webhook.EventTypeChatAssigned)
	}
	switch {
	case after.SnoozedUntil == before.SnoozedUntil:
	case after.SnoozedUntil == Never:
		events = append(events, webhook.EventTypeChatUnsnoozed)
	default:
		events = append(events, webhook.EventTypeChatSnoozed)
	}
	if after.Rating != before.Rating {
		events = append(events, webhook.EventTypeChatRated)
	}
	return events
}

// SaveMessage adds a message and what follows from it for its chat.
func (s *Account) SaveMessage(row *Message, stored *Chat, now Instant) {
	s.PutMessage(row)
	s.raise(Change{At: now, Message: row, Events: []webhook.EventType{messageEvent(row)}})
	changed := *stored
	changed.addMessage(row)
	s.SaveChat(&changed, now)
}

func messageEvent(row *Message) webhook.EventType {
	switch {
	case row.Kind == KindPrivate:
		return webhook.EventTypeMessagePrivate
	case row.From == ByCustomer:
		return webhook.EventTypeMessageChatCustomer
	}
	return webhook.EventTypeMessageChatAgent
}

func (s *Account) raise(c Change) {
	if s.OnChange != nil && len(c.Events) > 0 {
		s.OnChange(c)
	}
}

// RemoveCustomer deletes a customer with its chats and their messages.
func (s *Account) RemoveCustomer(row *Customer, now Instant) {
	s.DeleteCustomer(row)
	s.raise(Change{At: now, Customer: row, Events: []webhook.EventType{webhook.EventTypeCustomerDeleted}})
}

// EndSnoozes ends the snoozes whose time has come. The chats become unread.
func (s *Account) EndSnoozes(now Instant) {
	if len(s.snoozed) == 0 {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(s.snoozed)) {
		if s.snoozed[id] > now {
			continue
		}
		row := *s.Chats.Get(id)
		row.SnoozedUntil = Never
		row.ReadByAgent = false
		s.PutChat(&row)
		s.raise(Change{At: now, Chat: &row, Events: []webhook.EventType{webhook.EventTypeChatUnsnoozed}})
	}
}
