package account

import (
	"maps"
	"slices"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// Events are the event types of the service. No API operation raises the two of e-mails.
var Events = []webhook.EventType{
	webhook.EventTypeChatNew, webhook.EventTypeChatStatusUpdated, webhook.EventTypeChatAssigned,
	webhook.EventTypeChatSnoozed, webhook.EventTypeChatUnsnoozed, webhook.EventTypeChatClosed, webhook.EventTypeChatRated,
	webhook.EventTypeCustomerNew, webhook.EventTypeCustomerEmailUpdated, webhook.EventTypeCustomerTagsChanged,
	webhook.EventTypeCustomerUnsubscribed, webhook.EventTypeCustomerSubscribed, webhook.EventTypeCustomerBlocked,
	webhook.EventTypeCustomerUnblocked, webhook.EventTypeCustomerDeleted,
	webhook.EventTypeMessageChatCustomer, webhook.EventTypeMessageEmailCustomer, webhook.EventTypeMessageChatAgent,
	webhook.EventTypeMessageEmailAgent, webhook.EventTypeMessagePrivate,
}

// Change is a changed row and the events of the change. One of the rows, or Other, is set.
type Change struct {
	At       Instant
	Events   []webhook.EventType
	Customer *Customer
	Chat     *Chat
	Message  *Message
	Other    []byte // eventData without a row
}

// SaveCustomer adds or changes a customer and raises events, as the other Save methods do. The Put
// methods raise none.
func (s *Account) SaveCustomer(row *Customer, now Instant) {
	before := s.Customers.Get(row.ID)
	s.PutCustomer(row)
	s.raise(Change{At: now, Customer: row, Events: customerEvents(before, row)})
}

// condition is an event and whether a change raises it.
type condition struct {
	event  webhook.EventType
	raised bool
}

func raised(conditions ...condition) (events []webhook.EventType) {
	for _, c := range conditions {
		if c.raised {
			events = append(events, c.event)
		}
	}
	return events
}

// customerEvents returns the events of a change. before is nil for a new customer.
func customerEvents(before, after *Customer) []webhook.EventType {
	if before == nil {
		return []webhook.EventType{webhook.EventTypeCustomerNew}
	}
	return raised(
		condition{webhook.EventTypeCustomerEmailUpdated, before.Texts()[EmailField] != after.Texts()[EmailField]},
		condition{webhook.EventTypeCustomerTagsChanged, !sameTags(before.Tags, after.Tags)},
		condition{webhook.EventTypeCustomerUnsubscribed, after.Unsubscribed && !before.Unsubscribed},
		condition{webhook.EventTypeCustomerSubscribed, before.Unsubscribed && !after.Unsubscribed},
		condition{webhook.EventTypeCustomerBlocked, after.Blocked && !before.Blocked},
		condition{webhook.EventTypeCustomerUnblocked, before.Blocked && !after.Blocked},
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

// chatEvents returns the events of a change. before is nil for a new chat.
func chatEvents(before, after *Chat) []webhook.EventType {
	isNew := before == nil
	if isNew {
		before = EmptyChat(after.ID, after.CreatedAt)
	}
	changed, snoozed := after.Status != before.Status, after.SnoozedUntil != before.SnoozedUntil
	return raised(
		condition{webhook.EventTypeChatNew, isNew},
		condition{webhook.EventTypeChatStatusUpdated, changed},
		condition{webhook.EventTypeChatClosed, changed && after.Status == StatusClosed},
		condition{webhook.EventTypeChatAssigned, after.Assignee != before.Assignee && after.Assignee != 0},
		condition{webhook.EventTypeChatUnsnoozed, snoozed && after.SnoozedUntil == Never},
		condition{webhook.EventTypeChatSnoozed, snoozed && after.SnoozedUntil != Never},
		condition{webhook.EventTypeChatRated, after.Rating != before.Rating},
	)
}

// SaveMessage adds a message and changes its chat.
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

// RemoveCustomer deletes a customer with its chats and messages, and raises the event.
func (s *Account) RemoveCustomer(row *Customer, now Instant) {
	s.DeleteCustomer(row)
	s.raise(Change{At: now, Customer: row, Events: []webhook.EventType{webhook.EventTypeCustomerDeleted}})
}

// EndSnoozes ends the snoozes that are due. The chats become unread.
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
