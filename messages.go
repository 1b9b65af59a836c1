package helpcrunch

import (
	"cmp"
	"context"
	"iter"
)

// Message is a message of a chat, a private note, or a technical row.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/message-model-v1.
type Message struct {
	ID   int64 `json:"id"`
	Chat int64 `json:"chat"` // the chat's id
	// Agent is who wrote as an agent, nil for a customer and for a technical row.
	Agent *Agent      `json:"agent"`
	Type  MessageType `json:"type"`
	From  MessageFrom `json:"from"`
	// Text may be empty right after creation. A file is a message whose text is its
	// address or a bare UUID.
	Text   string `json:"text"`
	Read   bool   `json:"read"`
	Edited bool   `json:"edited"`
	// UpdatedAt is zero for a message that was not touched.
	CreatedAt     Timestamp     `json:"createdAt"`
	UpdatedAt     Timestamp     `json:"updatedAt"`
	BroadcastType BroadcastType `json:"broadcastType"` // empty for a message of a person
}

// MessageType is what kind of message it is.
type MessageType string

// The types. Only the first two can be written.
const (
	MessageTypeMessage       MessageType = "message"
	MessageTypePrivate       MessageType = "private" // a note that only agents see
	MessageTypeTech          MessageType = "tech"    // a row that says what was done to the chat
	MessageTypeEmail         MessageType = "email"
	MessageTypeKnowledgeBase MessageType = "knowledgeBase"
)

// MessageFrom is who wrote a message.
type MessageFrom string

// Who may have written a message. Technical rows come from an agent.
const (
	MessageFromAgent    MessageFrom = "agent"
	MessageFromCustomer MessageFrom = "customer"
)

// BroadcastType is by what a message was sent automatically.
type BroadcastType string

// By what a message may have been sent automatically.
const (
	BroadcastTypeTrigger     BroadcastType = "trigger"
	BroadcastTypeAutoChat    BroadcastType = "auto chat"
	BroadcastTypeAutoEmail   BroadcastType = "auto email"
	BroadcastTypeManualChat  BroadcastType = "manual chat"
	BroadcastTypeManualEmail BroadcastType = "manual email"
)

// MessageInput is a message to post. E-mail can't be sent.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-message-v1.
type MessageInput struct {
	Chat int64  `json:"chat"` // required: the chat's id
	Text string `json:"text"` // required, also beside MarkdownText
	// MarkdownText is the text with markup. It comes back as the message's text.
	MarkdownText string `json:"markdownText,omitempty"`
	// Agent is the id of the agent who writes; 0 writes as the customer.
	Agent int64 `json:"agent,omitempty"`
	// Type is MessageTypeMessage, the default, or MessageTypePrivate.
	Type MessageType `json:"type"`
}

func (in *MessageInput) encode() (any, error) {
	if in == nil {
		return nil, invalid("input: must not be nil")
	}
	body := *in
	if body.Type == "" {
		body.Type = MessageTypeMessage
	}
	if err := cmp.Or(checkID("input.Chat", body.Chat), checkOptionalID("input.Agent", body.Agent)); err != nil {
		return nil, err
	}
	switch {
	case body.Text == "":
		return nil, invalid("input.Text: must not be empty")
	case body.Type != MessageTypeMessage && body.Type != MessageTypePrivate:
		return nil, invalid("input.Type: must be %q or %q, got %q", MessageTypeMessage, MessageTypePrivate, body.Type)
	}
	return body, nil
}

// MessagesService is the messages of the account's chats. A chat's id below 1
// is [ErrInvalidArgument] in all its methods.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/message-model-v1.
type MessagesService struct {
	owner *Client
}

func (s *MessagesService) client() *Client { return (*service)(s).client() }

// List returns one page of a chat's messages, newest first. Nil options mean the
// newest 100. Options out of bounds are [ErrInvalidArgument], an unknown chat is
// [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-messages-v1.
func (s *MessagesService) List(ctx context.Context, chatID int64, opts *ListOptions) (*Page[Message], error) {
	r := s.client().requestID(listMessages, "chatID", chatID)
	return list[Message](ctx, s.client(), r, opts.part())
}

// All walks over a chat's messages, newest first. Those that exist during the whole walk
// come exactly once. Pages are asked for in the background, which List does not, and ahead
// from the second on (see Walks in the package documentation). Options out of bounds are
// [ErrInvalidArgument], an unknown chat is [ErrNotFound]. A failure is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-messages-v1.
func (s *MessagesService) All(ctx context.Context, chatID int64, opts *ListOptions) iter.Seq2[*Message, error] {
	r := s.client().requestID(listMessages, "chatID", chatID)
	return walkList(ctx, s.client(), r, opts.part(), messageRows)
}

// Create posts a message or a private note. A chat that is gone is an [ErrBadRequest]
// with the code "invalid_chat_value", or [ErrNotFound]; an unknown agent is [ErrNotFound].
// No chat, no text and a type that can't be written are [ErrInvalidArgument]. The call is
// never sent twice: after [ErrMaybeApplied] look at what is there before you try again, as
// examples/testing shows.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-message-v1.
func (s *MessagesService) Create(ctx context.Context, input *MessageInput) (*Message, error) {
	return do[Message](ctx, s.client(), s.client().request(createMessage).withBody(input))
}

func (m *Message) id() int64 { return m.ID }
