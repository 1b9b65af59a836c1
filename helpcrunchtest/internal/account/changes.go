package account

import (
	"maps"
	"slices"

	"github.com/helpcrunch-go/helpcrunch"
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

// happening is an event and whether it has happened.
type happening struct {
	event webhook.EventType
	yes   bool
}

func eventsOf(happenings ...happening) (events []webhook.EventType) {
	for _, h := range happenings {
		if h.yes {
			events = append(events, h.event)
		}
	}
	return events
}

// customerEvents are the events of a change; before is nil for a new customer.
func customerEvents(before, after *Customer) []webhook.EventType {
	if before == nil {
		return []webhook.EventType{webhook.EventTypeCustomerNew}
	}
	return eventsOf(
		happening{webhook.EventTypeCustomerEmailUpdated, before.Texts()[EmailField] != after.Texts()[EmailField]},
		happening{webhook.EventTypeCustomerTagsChanged, !sameTags(before.Tags, after.Tags)},
		happening{webhook.EventTypeCustomerUnsubscribed, after.Unsubscribed && !before.Unsubscribed},
		happening{webhook.EventTypeCustomerSubscribed, before.Unsubscribed && !after.Unsubscribed},
		happening{webhook.EventTypeCustomerBlocked, after.Blocked && !before.Blocked},
		happening{webhook.EventTypeCustomerUnblocked, before.Blocked && !after.Blocked},
	)
}

// sameTags compares tags and their colours in any order.
func sameTags(before, after []helpcrunch.Tag) bool {
	removed := func(t helpcrunch.Tag) bool { return !slices.Contains(after, t) }
	added := func(t helpcrunch.Tag) bool { return !slices.Contains(before, t) }
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
	isNew := before == nil
	if isNew {
		before = EmptyChat(after.ID, after.CreatedAt)
	}
	changed, snoozed := after.Status != before.Status, after.SnoozedUntil != before.SnoozedUntil
	return eventsOf(
		happening{webhook.EventTypeChatNew, isNew},
		happening{webhook.EventTypeChatStatusUpdated, changed},
		happening{webhook.EventTypeChatClosed, changed && after.Status == StatusClosed},
		happening{webhook.EventTypeChatAssigned, after.Assignee != before.Assignee && after.Assignee != 0},
		happening{webhook.EventTypeChatUnsnoozed, snoozed && after.SnoozedUntil == Never},
		happening{webhook.EventTypeChatSnoozed, snoozed && after.SnoozedUntil != Never},
		happening{webhook.EventTypeChatRated, after.Rating != before.Rating},
	)
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
