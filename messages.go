package helpcrunch

import (
	"cmp"
	"context"
	"iter"
	"time"
)

// Message is a message of a chat, a private note, or a technical row.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/message-model-v1.
type Message struct {
	ID   int64 `json:"id"`
	Chat int64 `json:"chat"` // the chat's id
	// Agent is the agent who wrote, nil for a customer's message and a technical row.
	Agent *Agent      `json:"agent"`
	Type  MessageType `json:"type"`
	From  MessageFrom `json:"from"`
	// Text may be empty right after creation. The text of a file is its address or a UUID.
	Text   string `json:"text"`
	Read   bool   `json:"read"`
	Edited bool   `json:"edited"`
	// UpdatedAt is zero for an unchanged message.
	CreatedAt     Timestamp     `json:"createdAt"`
	UpdatedAt     Timestamp     `json:"updatedAt"`
	BroadcastType BroadcastType `json:"broadcastType"` // empty for a message of a person
	// Unreadable contains the JSON paths of unreadable fields, such as "agent.role". These fields
	// are unset. It is nil if all fields were readable.
	Unreadable []string `json:"-"`
}

// MessageType is the kind of a message.
type MessageType string

// The types. Only the first two can be written.
const (
	MessageTypeMessage       MessageType = "message"
	MessageTypePrivate       MessageType = "private" // a note that only agents see
	MessageTypeTech          MessageType = "tech"    // a row that says what was done to the chat
	MessageTypeEmail         MessageType = "email"
	MessageTypeKnowledgeBase MessageType = "knowledgeBase"
)

// MessageFrom says who wrote a message.
type MessageFrom string

// The authors of messages. Technical rows have MessageFromAgent, but no Agent.
const (
	MessageFromAgent    MessageFrom = "agent"
	MessageFromCustomer MessageFrom = "customer"
)

// BroadcastType says what sent an automatic message.
type BroadcastType string

// The senders of automatic messages.
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
	Text string `json:"text"` // required, even with MarkdownText
	// MarkdownText is the text with markup. The service returns it as the message's Text.
	MarkdownText string `json:"markdownText,omitempty"`
	// From says who writes: MessageFromAgent or MessageFromCustomer. Empty means the agent if
	// Agent is set or Type is MessageTypePrivate; otherwise it is required. From is not sent: the
	// service treats a message without Agent as the customer's.
	From MessageFrom `json:"from,omitempty"`
	// Agent is the id of the agent who writes. MessageFromAgent requires it, except for a
	// private note.
	Agent int64 `json:"agent,omitempty"`
	// Type is MessageTypeMessage, the default, or MessageTypePrivate: a note that only agents
	// see.
	Type MessageType `json:"type"`
}

func (in *MessageInput) encode() (any, error) {
	if in == nil {
		return nil, invalid("input: must not be nil")
	}
	body := *in
	body.Type = cmp.Or(body.Type, MessageTypeMessage)
	if body.Type != MessageTypeMessage && body.Type != MessageTypePrivate {
		return nil, invalid("input.Type: must be %q or %q, got %q", MessageTypeMessage, MessageTypePrivate, body.Type)
	}
	body.From = "" // not sent
	return body, cmp.Or(
		checkID("input.Chat", body.Chat),
		checkOptionalID("input.Agent", body.Agent),
		checkNotEmpty("input.Text", body.Text),
		checkFrom(in.From, body))
}

// checkFrom rejects a message that does not say who writes, or contradicts itself.
func checkFrom(from MessageFrom, body MessageInput) error {
	byAgent := body.Agent != 0 || body.Type == MessageTypePrivate
	switch {
	case from == "" && !byAgent:
		return invalid("input.From: must be %q or %q when input.Agent is 0", MessageFromAgent, MessageFromCustomer)
	case from == MessageFromAgent && !byAgent:
		return invalid("input.Agent: at least 1 for a message from an agent, got 0")
	case from == MessageFromCustomer && byAgent:
		return invalid("input.From: must not be %q with input.Agent or a private note", from)
	case from != "" && from != MessageFromAgent && from != MessageFromCustomer:
		return invalid("input.From: must be %q or %q, got %q", MessageFromAgent, MessageFromCustomer, from)
	}
	return nil
}

// MessagesService reads and posts messages: see Client.Messages. A chat's id below 1 is
// [ErrInvalidArgument] in all its methods.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/message-model-v1.
type MessagesService service

func (s *MessagesService) client() *Client { return (*service)(s).client() }

// List returns one page of a chat's messages, newest first. Nil options mean the newest 100.
// Invalid options are [ErrInvalidArgument], an unknown chat is [ErrNotFound].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-messages-v1.
func (s *MessagesService) List(ctx context.Context, chatID int64, opts *ListOptions) (*Page[Message], error) {
	r := s.client().requestID(listMessages, "chatID", chatID)
	return list[Message](ctx, s.client(), r, opts.pageRequest())
}

// All iterates over a chat's messages, newest first. Messages that exist during the whole
// iteration are yielded exactly once. Pages are requested in the background and prefetched: see
// Pagination in the package documentation. Invalid options are [ErrInvalidArgument], an unknown
// chat is [ErrNotFound]. An error is yielded once, last.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-messages-v1.
func (s *MessagesService) All(ctx context.Context, chatID int64, opts *ListOptions) iter.Seq2[*Message, error] {
	r := s.client().requestID(listMessages, "chatID", chatID)
	return iterateAll(ctx, s.client(), r, opts.pageRequest(), messageRows)
}

// Create posts a message or a private note: see [MessagesService.SendAsAgent],
// [MessagesService.SendAsCustomer] and [MessagesService.AddNote] for plain text.
//
// A deleted chat is [ErrBadRequest] with the code "invalid_chat_value", or [ErrNotFound]. An
// unknown agent is [ErrNotFound]. An input without a chat or a text, or with an invalid Type or
// From, is [ErrInvalidArgument]. The call is not retried if it may have been applied. After
// [ErrMaybeApplied], look for the message before you repeat the call, as examples/testing shows.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-message-v1.
func (s *MessagesService) Create(ctx context.Context, input *MessageInput) (*Message, error) {
	return do[Message](ctx, s.client(), s.client().request(createMessage).withBody(input))
}

// SendAsAgent posts a text in the agent's name. Both ids are at least 1. Errors are those of
// [MessagesService.Create].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-message-v1.
func (s *MessagesService) SendAsAgent(ctx context.Context, chatID, agentID int64, text string) (*Message, error) {
	input := &MessageInput{Chat: chatID, From: MessageFromAgent, Agent: agentID, Text: text}
	return s.send(ctx, "Messages.SendAsAgent", input, checkID("agentID", agentID))
}

// SendAsCustomer posts a text in the customer's name, as if the customer had written it.
// Errors are those of [MessagesService.Create].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-message-v1.
func (s *MessagesService) SendAsCustomer(ctx context.Context, chatID int64, text string) (*Message, error) {
	input := &MessageInput{Chat: chatID, From: MessageFromCustomer, Text: text}
	return s.send(ctx, "Messages.SendAsCustomer", input, nil)
}

// AddNote leaves a private note that only agents see. agentID is the author's id. 0 omits the
// author; whether the service accepts that is not documented. Errors are those of
// [MessagesService.Create].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/create-message-v1.
func (s *MessagesService) AddNote(ctx context.Context, chatID, agentID int64, text string) (*Message, error) {
	input := &MessageInput{Chat: chatID, From: MessageFromAgent, Agent: agentID, Text: text, Type: MessageTypePrivate}
	return s.send(ctx, "Messages.AddNote", input, checkOptionalID("agentID", agentID))
}

// send posts a message. Its errors name the caller's arguments.
func (s *MessagesService) send(ctx context.Context, method string, input *MessageInput, err error) (*Message, error) {
	r := s.client().request(createMessage).withBody(input)
	r.err = cmp.Or(checkID("chatID", input.Chat), err, checkNotEmpty("text", input.Text), checkUTF8("text", input.Text))
	message, err := do[Message](ctx, s.client(), r)
	return message, inMethod(method, err)
}

func (m *Message) id() int64 { return m.ID }

func (m *Message) setUnreadable(fields []string) { m.Unreadable = fields }

var messageRows = rowKind[Message]{
	id:          (*Message).id,
	sortKey:     func(m *Message) time.Time { return m.CreatedAt.Time },
	newestFirst: true,
}
