package helpcrunchtest

import (
	"slices"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// webhookEvents are the events of the service. Those of e-mails are raised by hand alone, as
// no e-mail can be written through the API.
var webhookEvents = []webhook.EventType{
	webhook.EventTypeChatNew, webhook.EventTypeChatStatusUpdated, webhook.EventTypeChatAssigned,
	webhook.EventTypeChatSnoozed, webhook.EventTypeChatUnsnoozed, webhook.EventTypeChatClosed, webhook.EventTypeChatRated,
	webhook.EventTypeCustomerNew, webhook.EventTypeCustomerEmailUpdated, webhook.EventTypeCustomerTagsChanged,
	webhook.EventTypeCustomerUnsubscribed, webhook.EventTypeCustomerSubscribed, webhook.EventTypeCustomerBlocked,
	webhook.EventTypeCustomerUnblocked, webhook.EventTypeCustomerDeleted,
	webhook.EventTypeMessageChatCustomer, webhook.EventTypeMessageEmailCustomer, webhook.EventTypeMessageChatAgent,
	webhook.EventTypeMessageEmailAgent, webhook.EventTypeMessagePrivate,
}

// The save functions store a change and raise the events that follow from it. Seeding
// stores without them.

func (s *Server) saveCustomer(row *customer, now instant) {
	before := s.store.customers.get(row.id)
	s.store.putCustomer(row)
	s.raiseCustomer(row, now, customerEvents(before, row)...)
}

// customerEvents are the events of a change; before is nil for a new customer.
func customerEvents(before, after *customer) []webhook.EventType {
	if before == nil {
		return []webhook.EventType{webhook.EventTypeCustomerNew}
	}
	var events []webhook.EventType
	oldEmail, hadEmail := before.text(emailField)
	newEmail, hasEmail := after.text(emailField)
	if oldEmail != newEmail || hadEmail != hasEmail {
		events = append(events, webhook.EventTypeCustomerEmailUpdated)
	}
	if !sameTags(before.tags, after.tags) {
		events = append(events, webhook.EventTypeCustomerTagsChanged)
	}
	switch {
	case after.unsubscribed && !before.unsubscribed:
		events = append(events, webhook.EventTypeCustomerUnsubscribed)
	case before.unsubscribed && !after.unsubscribed:
		events = append(events, webhook.EventTypeCustomerSubscribed)
	}
	switch {
	case after.blocked && !before.blocked:
		events = append(events, webhook.EventTypeCustomerBlocked)
	case before.blocked && !after.blocked:
		events = append(events, webhook.EventTypeCustomerUnblocked)
	}
	return events
}

// sameTags compares tags and their colours, in whatever order.
func sameTags(before, after []tag) bool {
	gone := func(t tag) bool { return !slices.Contains(after, t) }
	added := func(t tag) bool { return !slices.Contains(before, t) }
	return !slices.ContainsFunc(before, gone) && !slices.ContainsFunc(after, added)
}

func (s *Server) saveChat(row *chat, now instant) {
	before := s.store.chats.get(row.id)
	s.store.putChat(row)
	s.raiseChat(row, now, chatEvents(before, row)...)
}

// chatEvents are the events of a change; before is nil for a new chat.
func chatEvents(before, after *chat) []webhook.EventType {
	var events []webhook.EventType
	if before == nil {
		events = append(events, webhook.EventTypeChatNew)
		before = emptyChat(after.id, after.createdAt)
	}
	if after.status != before.status {
		events = append(events, webhook.EventTypeChatStatusUpdated)
		if after.status == statusClosed {
			events = append(events, webhook.EventTypeChatClosed)
		}
	}
	if after.assignee != before.assignee && after.assignee != 0 {
		events = append(events, webhook.EventTypeChatAssigned)
	}
	switch {
	case after.snoozedUntil == before.snoozedUntil:
	case after.snoozedUntil == never:
		events = append(events, webhook.EventTypeChatUnsnoozed)
	default:
		events = append(events, webhook.EventTypeChatSnoozed)
	}
	if after.rating != before.rating {
		events = append(events, webhook.EventTypeChatRated)
	}
	return events
}

// saveMessage adds a message to a chat, which hears it.
func (s *Server) saveMessage(row *message, stored *chat, now instant) {
	s.store.putMessage(row)
	s.raiseMessage(row, now)
	changed := *stored
	changed.hear(row)
	s.saveChat(&changed, now)
}

// messageEvent is the event of a new message.
func messageEvent(row *message) webhook.EventType {
	switch {
	case row.kind == kindPrivate:
		return webhook.EventTypeMessagePrivate
	case row.from == byCustomer:
		return webhook.EventTypeMessageChatCustomer
	}
	return webhook.EventTypeMessageChatAgent
}

// wake ends the snoozes whose time has come.
func (s *Server) wake(now instant) {
	for _, row := range s.store.wake(now) {
		s.raiseChat(row, now, webhook.EventTypeChatUnsnoozed)
	}
}

func (s *Server) raiseCustomer(row *customer, now instant, events ...webhook.EventType) {
	s.raise(delivery{createdAt: now}, func(e *encoder) { e.webhookCustomer(row) }, events...)
}

func (s *Server) raiseChat(row *chat, now instant, events ...webhook.EventType) {
	s.raise(delivery{createdAt: now}, func(e *encoder) { e.webhookChat(s.store, row) }, events...)
}

func (s *Server) raiseMessage(row *message, now instant) {
	s.raise(delivery{createdAt: now}, func(e *encoder) { e.webhookMessage(s.store, row) }, messageEvent(row))
}
