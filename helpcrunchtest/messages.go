package helpcrunchtest

import (
	"net/http"
	"slices"
)

// The kinds of messages that can be written.
const (
	kindMessage = "message"
	kindPrivate = "private"
)

// isVisible reports whether a message is one that both sides see: no note and no
// record of what happened.
func (row *message) isVisible() bool {
	return row.kind != kindPrivate && row.kind != "tech"
}

func (s *Server) listMessages(c *call) (answer, *problem) {
	if s.store.chats.get(c.id) == nil {
		return answer{}, chatNotFound()
	}
	w, trouble := s.queryWindow(c)
	if trouble != nil {
		return answer{}, trouble
	}
	rows := s.store.messages[c.id]
	total := len(rows)
	to := total - min(w.offset, total)
	newest := slices.Clone(rows[max(0, to-w.limit):to])
	slices.Reverse(newest)
	return page(s, c, newest, total, func(e *encoder, row *message) { e.message(s.store, row) }), nil
}

func (s *Server) createMessage(c *call) (answer, *problem) {
	b, trouble := s.dialect.readObject(c.body)
	if trouble != nil {
		return answer{}, trouble
	}
	row := s.readMessage(b, c.now)
	if trouble := b.problem(); trouble != nil {
		return answer{}, trouble
	}
	stored := s.store.chats.get(row.chat)
	switch {
	case stored == nil && s.dialect.MissingChatIs404:
		return answer{}, chatNotFound()
	case stored == nil:
		return answer{}, badValue("invalid_chat_value", "Invalid chat ID", "chat")
	case b.names("agent") && s.store.agents.get(row.agent) == nil:
		return answer{}, notFound("Agent")
	}
	s.saveMessage(row, stored, c.now)
	return s.messageAnswer(row), nil
}

// readMessage reads a new message from a body.
func (s *Server) readMessage(b *body, now instant) *message {
	row := &message{id: int64(s.store.messageIDs), createdAt: now, updatedAt: never}
	row.chat = b.requiredReference("chat")
	row.text = b.requiredText("text")
	row.kind = b.requiredText("type")
	row.agent = b.reference("agent")
	if markdown, ok := b.text("markdownText"); ok && markdown != "" {
		row.text = markdown
	}
	if row.kind != "" && row.kind != kindMessage && row.kind != kindPrivate {
		b.violate("type", shouldBeChoice)
	}
	row.from = byCustomer
	if row.agent != 0 || row.kind == kindPrivate {
		row.from = byAgent
	}
	if row.kind == kindPrivate && !b.names("agent") && s.dialect.NoteNeedsAgent {
		b.violate("agent", shouldNotBeBlank)
	}
	return row
}

// hear changes a chat by a message in it. Notes and records change nothing.
func (row *chat) hear(said *message) {
	row.follow(said)
	switch {
	case !said.isVisible():
	case said.from == byCustomer:
		row.readByAgent = false
		switch row.status {
		case statusEmpty:
			row.status = statusNew
		case statusClosed:
			row.setStatus(statusOpened, said.createdAt)
		}
	default:
		row.readByCustomer = false
		if row.status == statusEmpty || row.status == statusNew {
			row.status = statusOpened
		}
	}
}

// follow keeps the agents and the last-message fields of a chat up to date.
func (row *chat) follow(said *message) {
	if !said.isVisible() {
		return
	}
	row.lastMessageID = said.id
	row.lastMessageAt = said.createdAt
	row.lastMessageText = said.text
	if said.from == byCustomer {
		row.lastCustomerMessageAt = said.createdAt
	}
	if said.agent == 0 {
		return
	}
	row.lastAgent = said.agent
	if !slices.Contains(row.agents, said.agent) {
		row.agents = append(slices.Clone(row.agents), said.agent)
	}
}

// recall is follow for a message of any time: what the chat tells of a newer one stays.
func (row *chat) recall(said *message) {
	before := *row
	row.follow(said)
	row.lastCustomerMessageAt = max(row.lastCustomerMessageAt, before.lastCustomerMessageAt)
	if said.createdAt >= before.lastMessageAt || said.id == before.lastMessageID {
		return
	}
	row.lastMessageID, row.lastMessageAt, row.lastMessageText =
		before.lastMessageID, before.lastMessageAt, before.lastMessageText
	if before.lastAgent != 0 {
		row.lastAgent = before.lastAgent
	}
}

func (s *Server) messageAnswer(row *message) answer {
	status := http.StatusCreated
	if s.dialect.MessageCreatedIs200 {
		status = http.StatusOK
	}
	shown := *row
	if s.dialect.NullTextOnCreate {
		shown.text = ""
	}
	e := encoder{dialect: &s.dialect}
	e.message(s.store, &shown)
	return answer{status: status, body: e.buffer}
}
