package api

import (
	"net/http"
	"slices"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

func (s *Service) listMessages(c *Call, chat *account.Chat) (Response, *wire.Problem) {
	w, problem := queryWindow[account.Message](s, c, nil)
	if problem != nil {
		return Response{}, problem
	}
	rows := s.Store.Messages[chat.ID]
	total := len(rows)
	to := total - min(w.Offset, total)
	newest := slices.Clone(rows[max(0, to-w.Limit):to])
	slices.Reverse(newest)
	key := "data"
	if s.Dialect.MessagesKey {
		key = "messages"
	}
	return list(s, key, newest, wire.Messages.Write, total, s.Dialect.TotalsPlace(wire.TotalOnTop, wire.TotalOnTop)), nil
}

func (s *Service) createMessage(c *Call) (Response, *wire.Problem) {
	b := s.Dialect.ReadObject(c.Body)
	row := s.readMessage(b, c.Now)
	if problem := b.Problem(); problem != nil {
		return Response{}, problem
	}
	stored := s.Store.Chats.Get(row.Chat)
	switch {
	case stored == nil && s.Dialect.MissingChatIs404:
		return Response{}, wire.ChatNotFound
	case stored == nil:
		return Response{}, wire.BadValue("invalid_chat_value", "Invalid chat ID", "chat")
	case b.IsSet("agent") && s.Store.Agents.Get(row.Agent) == nil:
		return Response{}, wire.NotFound("Agent")
	}
	s.Store.SaveMessage(row, stored, c.Now)
	return s.messageResponse(row), nil
}

func (s *Service) readMessage(b *wire.Body, now account.Instant) *account.Message {
	row := &account.Message{ID: s.Store.NextMessageID, CreatedAt: now, UpdatedAt: account.Never}
	row.Chat = b.RequiredReference("chat")
	row.Text = b.RequiredText("text")
	row.Kind = b.RequiredText("type")
	row.Agent = b.Reference("agent")
	if markdown, ok := b.Text("markdownText"); ok && markdown != "" {
		row.Text = markdown
	}
	if row.Kind != "" && row.Kind != account.KindMessage && row.Kind != account.KindPrivate {
		b.Violate("type", wire.ShouldBeChoice)
	}
	row.From = account.ByCustomer
	if row.Agent != 0 || row.Kind == account.KindPrivate {
		row.From = account.ByAgent
	}
	if row.Kind == account.KindPrivate && !b.IsSet("agent") && s.Dialect.NoteNeedsAgent {
		b.Violate("agent", wire.ShouldNotBeBlank)
	}
	return row
}

func (s *Service) messageResponse(row *account.Message) Response {
	status := http.StatusCreated
	if s.Dialect.MessageCreatedIs200 {
		status = http.StatusOK
	}
	sent := *row
	if s.Dialect.NullTextOnCreate {
		sent.Text = ""
	}
	return respond(s, status, &sent, wire.Messages.Write)
}
