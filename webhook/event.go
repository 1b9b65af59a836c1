package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// Event is the content of one delivery. It marshals to JSON that [Parse] reads, for instance for
// a queue.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
type Event struct {
	Type EventType `json:"event"`
	// ID is the same in every delivery of the event. It is empty if the service omits it.
	ID string `json:"id"`
	// Attempts counts the deliveries before this one, from 0.
	Attempts int `json:"attempts"`
	// CreatedAt is the time of the event, LastAttemptAt the time of its last delivery.
	CreatedAt     helpcrunch.Timestamp `json:"createdAt"`
	LastAttemptAt helpcrunch.Timestamp `json:"lastAttemptAt"`
	// Data is the payload as received, for fields that Chat, Customer and Message omit. If the
	// service sends an object encoded in a string, Data is the object.
	Data json.RawMessage `json:"eventData"`
}

// EventType is the type of an event. An unknown type keeps its spelling.
type EventType string

// Types of chat events. [Event.Chat] decodes their payload.
//
// See https://docs.helpcrunch.com/en/webhooks/chat-webhooks.
const (
	EventTypeChatNew           EventType = "chat.new"            // a customer created a chat
	EventTypeChatStatusUpdated EventType = "chat.status_updated" // by a person or automatically: a first reply opens a chat
	EventTypeChatAssigned      EventType = "chat.assigned"       // by a person or automatically
	EventTypeChatSnoozed       EventType = "chat.snoozed"
	EventTypeChatUnsnoozed     EventType = "chat.unsnoozed" // a snooze was removed or ended
	EventTypeChatClosed        EventType = "chat.closed"    // chat.status_updated is raised too
	EventTypeChatRated         EventType = "chat.rated"
)

// Types of customer events. [Event.Customer] decodes their payload.
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

// Types of message events. [Event.Message] decodes their payload.
//
// See https://docs.helpcrunch.com/en/webhooks/message-webhooks.
const (
	EventTypeMessageChatCustomer  EventType = "message.chat.customer"  // a customer wrote in the chat
	EventTypeMessageEmailCustomer EventType = "message.email.customer" // a customer wrote by e-mail
	EventTypeMessageChatAgent     EventType = "message.chat.agent"     // a member of the team wrote in the chat
	EventTypeMessageEmailAgent    EventType = "message.email.agent"    // a member of the team wrote by e-mail
	EventTypeMessagePrivate       EventType = "message.private"        // a member of the team left a note
)

// family returns the type up to the first dot.
func (t EventType) family() string {
	family, _, _ := strings.Cut(string(t), ".")
	return family
}

// Parse parses the body of a delivery. Call [Verify] first; [NewHandler] does both.
//
// Unknown event types are not an error. A field that is missing, null or unreadable is zero. A
// body that is not a JSON object, or has no event type, is an error.
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

// unwrap returns the object or list that a JSON string contains, and other data unchanged.
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
