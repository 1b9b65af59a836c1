package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// The families of events.
const (
	familyChat     = "chat"
	familyCustomer = "customer"
	familyMessage  = "message"
)

// ChatData is the payload of a chat event. Every field may be missing.
// [helpcrunch.ChatsService.Get] returns the rest and the current state.
//
// See https://docs.helpcrunch.com/en/webhooks/chat-webhooks.
type ChatData struct {
	// ChatID is the chat's id, 0 if the service omits it.
	ChatID int64                 `json:"chat_id"`
	Status helpcrunch.ChatStatus `json:"status"`
	// CommunicatedAgents are the ids of the agents who wrote in the chat.
	CommunicatedAgents []int64                 `json:"communicatedAgents"`
	Customer           helpcrunch.ChatCustomer `json:"customer"`
	// CreatedAt, ClosedAt and SnoozedUntil are zero when unset.
	CreatedAt    helpcrunch.Timestamp `json:"createdAt"`
	ClosedBy     helpcrunch.ClosedBy  `json:"closedBy"`
	ClosedAt     helpcrunch.Timestamp `json:"closedAt"`
	Rating       helpcrunch.Rating    `json:"rating"`
	SnoozedUntil helpcrunch.Timestamp `json:"snoozedUntil"`
	// ApplicationID is the id of the application that the customer writes from, 0 if unknown.
	ApplicationID int64 `json:"applicationId"`
	// Applications is not documented.
	Applications json.RawMessage `json:"applications"`
	// Assignee and Department are nil when the chat has none. They contain the id alone if the
	// service sends no more.
	Assignee   *helpcrunch.Agent      `json:"assignee"`
	Department *helpcrunch.Department `json:"department"`
}

// CustomerData is the payload of a customer event. [helpcrunch.CustomersService.Get] returns
// the rest.
//
// See https://docs.helpcrunch.com/en/webhooks/customer-webhooks.
type CustomerData struct {
	// ID is HelpCrunch's own id, UserID yours.
	ID           int64                 `json:"id"`
	Name         string                `json:"name"`
	Email        string                `json:"email"`
	UserID       string                `json:"userId"`
	Unsubscribed bool                  `json:"unsubscribed"`
	CustomData   helpcrunch.CustomData `json:"customData"` // by the names of the account's attributes
}

// MessageData is the payload of a message event: the message, its author and its chat.
//
// See https://docs.helpcrunch.com/en/webhooks/message-webhooks.
type MessageData struct {
	// ChatID is the chat's id, 0 if the service omits it.
	ChatID int64 `json:"chat_id"`
	// Agent is the author, nil when the customer wrote.
	Agent *helpcrunch.Agent `json:"agent"`
	// Customer is the customer of the chat, also when an agent wrote.
	Customer helpcrunch.ChatCustomer `json:"customer"`
	Message  MessageContent          `json:"message"`
}

// MessageContent is the message itself.
//
// See https://docs.helpcrunch.com/en/webhooks/message-webhooks.
type MessageContent struct {
	ID int64 `json:"id"`
	// Text may be the URL of a file, or a UUID that stands for a file.
	Text          string                   `json:"text"`
	ApplicationID int64                    `json:"applicationId"` // the chat's
	BroadcastType helpcrunch.BroadcastType `json:"broadcastType"` // empty for a person's message
	// UpdatedAt is zero for a message that did not change since CreatedAt.
	CreatedAt helpcrunch.Timestamp `json:"createdAt"`
	UpdatedAt helpcrunch.Timestamp `json:"updatedAt"`
	Edited    bool                 `json:"edited"`
	Read      bool                 `json:"read"`
}

// Chat returns the payload of a chat event, also of an unknown type such as "chat.merged". It
// returns false for other events, and if there is no payload.
func (e *Event) Chat() (*ChatData, bool) {
	chat, ok := payload[ChatData](e, familyChat)
	if ok && chat.ChatID == 0 {
		chat.ChatID = chatID(e.Data)
	}
	return chat, ok
}

// Customer returns the payload of a customer event, also of an unknown type. It returns false
// for other events, and if there is no payload.
func (e *Event) Customer() (*CustomerData, bool) {
	return payload[CustomerData](e, familyCustomer)
}

// Message returns the payload of a message event, also of an unknown type. It returns false for
// other events, and if there is no payload.
func (e *Event) Message() (*MessageData, bool) {
	message, ok := payload[MessageData](e, familyMessage)
	if ok && message.ChatID == 0 {
		message.ChatID = chatID(e.Data)
	}
	return message, ok
}

// payload decodes the data of an event of a family. An unreadable field is zero.
func payload[T any](e *Event, family string) (*T, bool) {
	fields, ok := object(e.Data)
	if !ok || e.Type.family() != family {
		return nil, false
	}
	data := new(T)
	_, err := tolerant.Unmarshal(fields, data)
	return data, err == nil
}

// object returns an object unchanged. From a list of one object it returns the element.
func object(data json.RawMessage) (json.RawMessage, bool) {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && len(list) == 1 {
		data = list[0]
	}
	return data, bytes.HasPrefix(tolerant.Trim(data), []byte("{"))
}

// chatID returns a chat's id under any of its three names.
func chatID(data json.RawMessage) int64 {
	var ids struct {
		ChatID int64 `json:"chat_id"`
		Camel  int64 `json:"chatId"`
		ID     int64 `json:"id"`
	}
	data, _ = object(data)
	_, _ = tolerant.Unmarshal(data, &ids)
	return cmp.Or(ids.ChatID, ids.Camel, ids.ID)
}
