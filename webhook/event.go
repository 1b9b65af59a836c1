package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// Event is one delivery: something that happened in the account, and what the service
// tells of it. It is a plain value. Marshalled to JSON, for a queue or a log of one's own,
// it is read back by [Parse].
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
type Event struct {
	Type EventType `json:"event"`
	// ID is the same in every delivery of the event. It may be empty, should the service
	// leave it out.
	ID string `json:"id"`
	// Attempts counts the deliveries before this one, from 0.
	Attempts int `json:"attempts"`
	// CreatedAt is when the event happened, LastAttemptAt when it was delivered last.
	CreatedAt     helpcrunch.Timestamp `json:"createdAt"`
	LastAttemptAt helpcrunch.Timestamp `json:"lastAttemptAt"`
	// Data is the payload as it came, for what Chat, Customer and Message do not read.
	// An object that came encoded in a string is the object here.
	Data json.RawMessage `json:"eventData"`
}

// EventType is what happened. A type that this version does not know keeps its spelling.
type EventType string

// The events of chats. Chat reads their payload.
//
// See https://docs.helpcrunch.com/en/webhooks/chat-webhooks.
const (
	EventTypeChatNew           EventType = "chat.new"            // a customer began a chat
	EventTypeChatStatusUpdated EventType = "chat.status_updated" // by hand, or by itself: a first reply opens a chat
	EventTypeChatAssigned      EventType = "chat.assigned"       // by hand or by itself
	EventTypeChatSnoozed       EventType = "chat.snoozed"
	EventTypeChatUnsnoozed     EventType = "chat.unsnoozed" // a snooze was ended, or is over
	EventTypeChatClosed        EventType = "chat.closed"    // chat.status_updated comes too
	EventTypeChatRated         EventType = "chat.rated"
)

// The events of customers. Customer reads their payload.
//
// See https://docs.helpcrunch.com/en/webhooks/customer-webhooks.
const (
	EventTypeCustomerNew          EventType = "customer.new"
	EventTypeCustomerEmailUpdated EventType = "customer.email_updated" // also when it was cleared
	EventTypeCustomerTagsChanged  EventType = "customer.tags_changed"  // also when all were removed
	EventTypeCustomerUnsubscribed EventType = "customer.unsubscribed"
	EventTypeCustomerSubscribed   EventType = "customer.subscribed"
	EventTypeCustomerBlocked      EventType = "customer.blocked"
	EventTypeCustomerUnblocked    EventType = "customer.unblocked"
	EventTypeCustomerDeleted      EventType = "customer.deleted"
)

// The events of messages. Message reads their payload.
//
// See https://docs.helpcrunch.com/en/webhooks/message-webhooks.
const (
	EventTypeMessageChatCustomer  EventType = "message.chat.customer"  // a customer wrote in the chat
	EventTypeMessageEmailCustomer EventType = "message.email.customer" // a customer wrote by e-mail
	EventTypeMessageChatAgent     EventType = "message.chat.agent"     // a member of the team wrote in the chat
	EventTypeMessageEmailAgent    EventType = "message.email.agent"    // a member of the team wrote by e-mail
	EventTypeMessagePrivate       EventType = "message.private"        // a member of the team left a note
)

// family is the word before the first dot.
func (t EventType) family() string {
	family, _, _ := strings.Cut(string(t), ".")
	return family
}

// Parse reads the body of a delivery. Check it with [Verify] first; [NewHandler] does both.
//
// Unknown event types are no error. A field that is missing, null or can't be read is zero.
// A body that is not a JSON object, or names no event, is an error.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
func Parse(body []byte) (*Event, error) {
	body = tolerant.Trim(body)
	var members map[string]json.RawMessage
	err := json.Unmarshal(body, &members)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, fmt.Errorf("webhook: the body is not JSON: %w", err)
	}
	if err != nil || members == nil {
		return nil, errors.New("webhook: the body is not a JSON object")
	}
	event := new(Event)
	if _, err := tolerant.Unmarshal(body, event); err != nil || members["event"] == nil || event.Type == "" {
		return nil, errors.New("webhook: the body names no event")
	}
	event.Data = unwrap(event.Data)
	return event, nil
}

// unwrap returns the object or list that a JSON string holds, and all else as it is.
func unwrap(data json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return data
	}
	inner := string(tolerant.Trim([]byte(text)))
	if (strings.HasPrefix(inner, "{") || strings.HasPrefix(inner, "[")) && json.Valid([]byte(inner)) {
		return json.RawMessage(inner)
	}
	return data
}
