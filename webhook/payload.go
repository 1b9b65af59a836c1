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

// ChatData is what an event tells of a chat. Any of it may be missing. Ask
// [helpcrunch.ChatsService.Get] for the rest, and for how the chat stands now.
//
// See https://docs.helpcrunch.com/en/webhooks/chat-webhooks.
type ChatData struct {
	// ChatID is the chat's id, 0 where the service leaves it out.
	ChatID int64                 `json:"chat_id"`
	Status helpcrunch.ChatStatus `json:"status"`
	// CommunicatedAgents are the ids of those who wrote in the chat.
	CommunicatedAgents []int64                 `json:"communicatedAgents"`
	Customer           helpcrunch.ChatCustomer `json:"customer"`
	// CreatedAt, ClosedAt and SnoozedUntil are zero where there is none.
	CreatedAt    helpcrunch.Timestamp `json:"createdAt"`
	ClosedBy     helpcrunch.ClosedBy  `json:"closedBy"`
	ClosedAt     helpcrunch.Timestamp `json:"closedAt"`
	Rating       helpcrunch.Rating    `json:"rating"`
	SnoozedUntil helpcrunch.Timestamp `json:"snoozedUntil"`
	// ApplicationID is where the customer writes from, 0 when that is not known.
	ApplicationID int64 `json:"applicationId"`
	// Applications has no known shape.
	Applications json.RawMessage `json:"applications"`
	// Assignee and Department are nil when the chat has none. Where only an id came, they
	// hold no more than that.
	Assignee   *helpcrunch.Agent      `json:"assignee"`
	Department *helpcrunch.Department `json:"department"`
}

// CustomerData is what an event tells of a customer. Ask [helpcrunch.CustomersService.Get]
// for the rest.
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

// MessageData is what an event tells of a message, and of who wrote it where.
//
// See https://docs.helpcrunch.com/en/webhooks/message-webhooks.
type MessageData struct {
	// ChatID is the chat's id, 0 where the service leaves it out.
	ChatID int64 `json:"chat_id"`
	// Agent is who wrote as an agent, nil when the customer wrote.
	Agent *helpcrunch.Agent `json:"agent"`
	// Customer is the customer of the chat, whoever wrote.
	Customer helpcrunch.ChatCustomer `json:"customer"`
	Message  MessageContent          `json:"message"`
}

// MessageContent is the message itself.
//
// See https://docs.helpcrunch.com/en/webhooks/message-webhooks.
type MessageContent struct {
	ID int64 `json:"id"`
	// Text may be the address of a file or a bare UUID, which stands for a file.
	Text          string                   `json:"text"`
	ApplicationID int64                    `json:"applicationId"` // that of the chat
	BroadcastType helpcrunch.BroadcastType `json:"broadcastType"` // empty for a message of a person
	// UpdatedAt is zero for a message that was not touched since CreatedAt.
	CreatedAt helpcrunch.Timestamp `json:"createdAt"`
	UpdatedAt helpcrunch.Timestamp `json:"updatedAt"`
	Edited    bool                 `json:"edited"`
	Read      bool                 `json:"read"`
}

// Chat returns the payload of a chat event, of an unknown type too. It is false for any
// other event, and if there is no payload.
func (e *Event) Chat() (*ChatData, bool) {
	chat, ok := payload[ChatData](e, familyChat)
	if ok && chat.ChatID == 0 {
		chat.ChatID = chatID(e.Data)
	}
	return chat, ok
}

// Customer returns the payload of a customer event, of an unknown type too. It is false
// for any other event, and if there is no payload.
func (e *Event) Customer() (*CustomerData, bool) {
	return payload[CustomerData](e, familyCustomer)
}

// Message returns the payload of a message event, of an unknown type too. It is false for
// any other event, and if there is no payload.
func (e *Event) Message() (*MessageData, bool) {
	message, ok := payload[MessageData](e, familyMessage)
	if ok && message.ChatID == 0 {
		message.ChatID = chatID(e.Data)
	}
	return message, ok
}

// payload decodes the data of an event of a family. A field that can't be read is zero.
func payload[T any](e *Event, family string) (*T, bool) {
	from, ok := object(e.Data)
	if !ok || e.Type.family() != family {
		return nil, false
	}
	data := new(T)
	_, err := tolerant.Unmarshal(from, data)
	return data, err == nil
}

// object returns data if it is an object, or the only element of a list if that is one.
func object(data json.RawMessage) (json.RawMessage, bool) {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && len(list) == 1 {
		data = list[0]
	}
	return data, bytes.HasPrefix(tolerant.Trim(data), []byte("{"))
}

// chatID reads a chat's id under each of its names.
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
