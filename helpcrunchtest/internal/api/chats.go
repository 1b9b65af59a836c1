package api

import (
	"net/http"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/search"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// chatSorts are the fields that chats can be sorted by.
var chatSorts = []string{
	"chats.createdAt", "chats.lastCustomerMessageAt", "chats.lastMessageAt", "chats.closedAt",
}

func (s *Service) listChats(c *Call) (Answer, *wire.Problem) {
	w, trouble := s.readWindow(c, chatSorts...)
	if trouble != nil {
		return Answer{}, trouble
	}
	rows := s.sortedChats(w)
	return s.chatPage(s.Dialect.Place(wire.TotalInMeta, wire.TotalInMeta), search.Cut(rows, w), len(rows)), nil
}

func (s *Service) chatPage(place wire.Totals, rows []*account.Chat, total int) Answer {
	return list(s, "data", rows, (*wire.Encoder).Chat, total, place)
}

// sortedChats returns all chats in the order of a window.
func (s *Service) sortedChats(w search.Window) []*account.Chat {
	var key func(*account.Chat) account.Instant
	switch w.Sort {
	case "createdAt":
		key = func(row *account.Chat) account.Instant { return row.CreatedAt }
	case "lastCustomerMessageAt":
		key = func(row *account.Chat) account.Instant { return row.LastCustomerMessageAt }
	case "lastMessageAt":
		key = func(row *account.Chat) account.Instant { return row.LastMessageAt }
	case "closedAt":
		key = func(row *account.Chat) account.Instant { return row.ClosedAt }
	}
	return search.Sorted(s.Store.Chats, w, key)
}

func (s *Service) getChat(c *Call) (Answer, *wire.Problem) {
	row := s.Store.Chats.Get(c.ID)
	if row == nil {
		return Answer{}, wire.ChatNotFound()
	}
	return respond(s, http.StatusOK, row, (*wire.Encoder).Chat), nil
}

func (s *Service) createChat(c *Call) (Answer, *wire.Problem) {
	b, trouble := s.Dialect.ReadObject(c.Body)
	if trouble != nil {
		return Answer{}, trouble
	}
	row := account.EmptyChat(int64(s.Store.ChatIDs), c.Now)
	row.Customer = b.RequiredReference("customer")
	row.Application = b.Reference("application")
	row.Assignee = b.Reference("assignee")
	row.Department = b.Reference("department")
	if trouble := b.Problem(); trouble != nil {
		return Answer{}, trouble
	}
	if trouble := s.checkChat(b, row); trouble != nil {
		return Answer{}, trouble
	}
	s.Store.SaveChat(row, c.Now)
	status := http.StatusCreated
	if s.Dialect.ChatCreatedIs200 {
		status = http.StatusOK
	}
	return respond(s, status, row, (*wire.Encoder).Chat), nil
}

// checkChat refuses a new chat, read from b, that refers to what does not exist.
func (s *Service) checkChat(b *wire.Body, row *account.Chat) *wire.Problem {
	if s.Store.Customers.Get(row.Customer) == nil {
		return wire.NotFound("Customer")
	}
	withoutApplication := !b.Names("application") && s.Dialect.ApplicationOptional
	switch {
	case !withoutApplication && s.Store.Applications.Get(row.Application) == nil:
		return wire.BadChatValue("application")
	case b.Names("assignee") && s.Store.Agents.Get(row.Assignee) == nil:
		return wire.BadChatValue("assignee")
	case b.Names("department") && s.Store.Departments.Get(row.Department) == nil:
		return wire.BadChatValue("department")
	}
	return nil
}
