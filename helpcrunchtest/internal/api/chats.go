package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/search"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

var chatSorts = search.Sorts[account.Chat]{
	"chats.createdAt":             func(row *account.Chat) account.Instant { return row.CreatedAt },
	"chats.lastCustomerMessageAt": func(row *account.Chat) account.Instant { return row.LastCustomerMessageAt },
	"chats.lastMessageAt":         func(row *account.Chat) account.Instant { return row.LastMessageAt },
	"chats.closedAt":              func(row *account.Chat) account.Instant { return row.ClosedAt },
}

func (s *Service) listChats(c *Call) (Response, *wire.Problem) {
	totals := s.Dialect.TotalsPlace(wire.TotalInMeta, wire.TotalInMeta)
	return listRows(s, c, s.Store.Chats, chatSorts, (*wire.Encoder).Chat, totals)
}

func (s *Service) searchChats(c *Call) (Response, *wire.Problem) {
	totals := s.Dialect.TotalsPlace(wire.TotalOnBoth, wire.TotalInMeta)
	return searchRows(s, c, s.Store.Chats, search.ChatFields, chatSorts, (*wire.Encoder).Chat, totals, wire.ChatNotFound)
}

func (s *Service) getChat(_ *Call, row *account.Chat) (Response, *wire.Problem) {
	return respond(s, http.StatusOK, row, (*wire.Encoder).Chat), nil
}

func (s *Service) createChat(c *Call) (Response, *wire.Problem) {
	b := s.Dialect.ReadObject(c.Body)
	row := account.EmptyChat(s.Store.Chats.NextID, c.Now)
	row.Customer = b.RequiredReference("customer")
	row.Application = b.Reference("application")
	row.Assignee = b.Reference("assignee")
	row.Department = b.Reference("department")
	if problem := b.Problem(); problem != nil {
		return Response{}, problem
	}
	if problem := s.checkChat(b, row); problem != nil {
		return Response{}, problem
	}
	s.Store.SaveChat(row, c.Now)
	status := http.StatusCreated
	if s.Dialect.ChatCreatedIs200 {
		status = http.StatusOK
	}
	return respond(s, status, row, (*wire.Encoder).Chat), nil
}

// checkChat rejects a new chat that refers to missing rows.
func (s *Service) checkChat(b *wire.Body, row *account.Chat) *wire.Problem {
	if s.Store.Customers.Get(row.Customer) == nil {
		return wire.NotFound("Customer")
	}
	withoutApplication := !b.IsSet("application") && s.Dialect.ApplicationOptional
	switch {
	case !withoutApplication && s.Store.Applications.Get(row.Application) == nil:
		return wire.BadChatValue("application")
	case b.IsSet("assignee") && s.Store.Agents.Get(row.Assignee) == nil:
		return wire.BadChatValue("assignee")
	case b.IsSet("department") && s.Store.Departments.Get(row.Department) == nil:
		return wire.BadChatValue("department")
	}
	return nil
}

// changeChat changes a copy of the chat whose id is in the body, and stores it.
func (s *Service) changeChat(c *Call, change func(*wire.Body, *account.Chat) *wire.Problem) (Response, *wire.Problem) {
	readMark := strings.HasPrefix(string(c.Route.Name), "chats.readBy")
	b := s.Dialect.ReadObject(c.Body)
	id := b.RequiredReference("id")
	if problem := b.Problem(); problem != nil {
		return Response{}, problem
	}
	stored := s.Store.Chats.Get(id)
	if stored == nil {
		return Response{}, s.missingChat(readMark)
	}
	row := *stored
	if problem := change(b, &row); problem != nil {
		return Response{}, problem
	}
	s.Store.SaveChat(&row, c.Now)
	write := (*wire.Encoder).Chat
	if readMark {
		write = (*wire.Encoder).MarkedChat
	}
	return respond(s, http.StatusOK, &row, write), nil
}

func (s *Service) missingChat(readMark bool) *wire.Problem {
	if readMark && s.Dialect.MisspeltNotFound {
		return &wire.Problem{Status: http.StatusNotFound, Code: "not_fount", Message: "%s not found", Verbatim: true}
	}
	return wire.ChatNotFound
}

func (s *Service) setChatStatus(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		status, ok := settableStatus(b)
		if !ok {
			return wire.BadChatValue("status")
		}
		row.SetStatus(status, c.Now)
		if !s.Dialect.NoStatusNotes {
			s.Store.PutMessage(&account.Message{
				ID: s.Store.NextMessageID, Chat: row.ID, Kind: "tech", From: account.ByAgent,
				Text: "chat_status_changed_by_public_api", CreatedAt: c.Now, UpdatedAt: account.Never,
			})
		}
		return nil
	})
}

func settableStatus(b *wire.Body) (string, bool) {
	status, _ := wire.ReadString(b.Properties["status"])
	if canonical, ok := account.StatusSpellings[status]; ok {
		status = canonical
	}
	return status, status != account.StatusEmpty && slices.Contains(account.StatusNumbers, status)
}

func (s *Service) assignChat(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		raw := b.Properties["assignee"]
		if wire.IsNull(raw) {
			row.Assignee = 0
			return nil
		}
		id, ok := wire.ReadInteger(raw)
		if !ok || s.Store.Agents.Get(id) == nil {
			return wire.BadChatValue("assignee")
		}
		row.Assignee = id
		return nil
	})
}

func (s *Service) setChatDepartment(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		id, ok := wire.ReadInteger(b.Properties["department"])
		if !ok || s.Store.Departments.Get(id) == nil {
			return wire.BadChatValue("department")
		}
		row.Department = id
		return nil
	})
}

func (s *Service) snoozeChat(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		if !b.Has("snoozedUntil") {
			b.Violate("snoozedUntil", wire.ShouldNotBeBlank)
		}
		row.SnoozedUntil = b.Instant("snoozedUntil")
		return b.Problem()
	})
}

func (s *Service) rateChat(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		rating, _ := wire.ReadString(b.Properties["rating"])
		switch {
		case !slices.Contains(account.Ratings, rating):
			return wire.BadChatValue("rating")
		case row.Status != account.StatusClosed:
			return wire.Rejected("Chat must me closed to rate it")
		case !s.Store.HasAgentMessage(row.ID):
			return wire.Rejected("Chat must have a message by an agent to rate it")
		case row.Rating != "":
			return wire.Rejected("Chat is already rated")
		}
		row.Rating = rating
		return nil
	})
}

func (s *Service) setReadByAgent(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		row.ReadByAgent = s.readMark(b, row, account.ByCustomer)
		return b.Problem()
	})
}

func (s *Service) setReadByCustomer(c *Call) (Response, *wire.Problem) {
	return s.changeChat(c, func(b *wire.Body, row *account.Chat) *wire.Problem {
		row.ReadByCustomer = s.readMark(b, row, account.ByAgent)
		return b.Problem()
	})
}

// readMark reads whether the chat was read. If so, it marks the other side's messages as read.
func (s *Service) readMark(b *wire.Body, row *account.Chat, from string) bool {
	b.Require("read")
	read := b.Flag("read")
	if read && b.Problem() == nil {
		s.Store.MarkRead(row.ID, from)
	}
	return read
}
