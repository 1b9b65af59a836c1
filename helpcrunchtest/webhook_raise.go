package helpcrunchtest

import "slices"

// The save functions store a change and raise the events that follow from it. Seeding
// stores without them.

func (s *Server) saveCustomer(row *customer, now instant) {
	before := s.store.customers.get(row.id)
	s.store.putCustomer(row)
	for _, event := range customerEvents(before, row) {
		s.raiseCustomer(event, row, now)
	}
}

// customerEvents are the events of a change; before is nil for a new customer.
func customerEvents(before, after *customer) []WebhookEvent {
	if before == nil {
		return []WebhookEvent{WebhookCustomerNew}
	}
	var events []WebhookEvent
	oldEmail, hadEmail := before.text(emailField)
	newEmail, hasEmail := after.text(emailField)
	if oldEmail != newEmail || hadEmail != hasEmail {
		events = append(events, WebhookCustomerEmailUpdated)
	}
	if !slices.Equal(before.tags, after.tags) {
		events = append(events, WebhookCustomerTagsChanged)
	}
	switch {
	case after.unsubscribed && !before.unsubscribed:
		events = append(events, WebhookCustomerUnsubscribed)
	case before.unsubscribed && !after.unsubscribed:
		events = append(events, WebhookCustomerSubscribed)
	}
	switch {
	case after.blocked && !before.blocked:
		events = append(events, WebhookCustomerBlocked)
	case before.blocked && !after.blocked:
		events = append(events, WebhookCustomerUnblocked)
	}
	return events
}

func (s *Server) saveChat(row *chat, now instant) {
	before := s.store.chats.get(row.id)
	s.store.putChat(row)
	for _, event := range chatEvents(before, row) {
		s.raiseChat(event, row, now)
	}
}

// chatEvents are the events of a change; before is nil for a new chat.
func chatEvents(before, after *chat) []WebhookEvent {
	var events []WebhookEvent
	if before == nil {
		events = append(events, WebhookChatNew)
		before = emptyChat(after.id, after.createdAt)
	}
	if after.status != before.status {
		events = append(events, WebhookChatStatusUpdated)
		if after.status == statusClosed {
			events = append(events, WebhookChatClosed)
		}
	}
	if after.assignee != before.assignee && after.assignee != 0 {
		events = append(events, WebhookChatAssigned)
	}
	switch {
	case after.snoozedUntil == before.snoozedUntil:
	case after.snoozedUntil == never:
		events = append(events, WebhookChatUnsnoozed)
	default:
		events = append(events, WebhookChatSnoozed)
	}
	if after.rating != before.rating {
		events = append(events, WebhookChatRated)
	}
	return events
}

// saveMessage adds a message to a chat, which hears it.
func (s *Server) saveMessage(row *message, stored *chat, now instant) {
	s.store.putMessage(row)
	s.raiseMessage(messageEvent(row), row, now)
	changed := *stored
	changed.hear(row)
	s.saveChat(&changed, now)
}

// messageEvent is the event of a new message.
func messageEvent(row *message) WebhookEvent {
	switch {
	case row.kind == kindPrivate:
		return WebhookMessagePrivate
	case row.from == byCustomer:
		return WebhookMessageChatCustomer
	}
	return WebhookMessageChatAgent
}

// wake ends the snoozes whose time has come.
func (s *Server) wake(now instant) {
	for _, row := range s.store.wake(now) {
		s.raiseChat(WebhookChatUnsnoozed, row, now)
	}
}

func (s *Server) raiseCustomer(event WebhookEvent, row *customer, now instant) {
	s.raise(delivery{event: event, createdAt: now}, func(e *encoder) { e.webhookCustomer(row) })
}

func (s *Server) raiseChat(event WebhookEvent, row *chat, now instant) {
	s.raise(delivery{event: event, createdAt: now}, func(e *encoder) { e.webhookChat(s.store, row) })
}

func (s *Server) raiseMessage(event WebhookEvent, row *message, now instant) {
	s.raise(delivery{event: event, createdAt: now}, func(e *encoder) { e.webhookMessage(s.store, row) })
}
