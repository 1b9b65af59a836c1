package helpcrunchtest

import "net/http"

// chatSorts are the fields that chats can be sorted by.
var chatSorts = []string{
	"chats.createdAt", "chats.lastCustomerMessageAt", "chats.lastMessageAt", "chats.closedAt",
}

// The chat statuses.
const (
	statusNew             = "new"
	statusOpened          = "opened"
	statusPending         = "pending"
	statusOnHold          = "onhold"
	statusNoCommunication = "no communication"
	statusClosed          = "closed"
	statusEmpty           = "empty"
)

// statusNumbers are the statuses in the order of the numbers that filters may use, from 1.
var statusNumbers = []string{
	statusNew, statusOpened, statusPending, statusOnHold, statusClosed, statusNoCommunication, statusEmpty,
}

// statusSpellings are the further spellings of statuses.
var statusSpellings = map[string]string{"on hold": statusOnHold, "on-hold": statusOnHold, "open": statusOpened}

var (
	ratings = []string{"perfect", "great", "average", "poor", "very poor"}
	closers = []string{byCustomer, byAgent}
)

// Who closed a chat, and who wrote a message.
const (
	byCustomer = "customer"
	byAgent    = "agent"
)

func (s *Server) listChats(c *call) (answer, *problem) {
	w, trouble := s.queryWindow(c, chatSorts...)
	if trouble != nil {
		return answer{}, trouble
	}
	rows := s.sortedChats(w)
	return s.chatPage(c, cut(rows, w), len(rows)), nil
}

func (s *Server) chatPage(c *call, rows []*chat, total int) answer {
	return page(s, c, rows, total, func(e *encoder, row *chat) { e.chat(s.store, row, false) })
}

// sortedChats returns all chats in the order of a window.
func (s *Server) sortedChats(w window) []*chat {
	var key func(*chat) instant
	switch w.sort {
	case "createdAt":
		key = func(row *chat) instant { return row.createdAt }
	case "lastCustomerMessageAt":
		key = func(row *chat) instant { return row.lastCustomerMessageAt }
	case "lastMessageAt":
		key = func(row *chat) instant { return row.lastMessageAt }
	case "closedAt":
		key = func(row *chat) instant { return row.closedAt }
	}
	return sorted(s.store.chats, w, key)
}

func (s *Server) getChat(c *call) (answer, *problem) {
	row := s.store.chats.get(c.id)
	if row == nil {
		return answer{}, chatNotFound()
	}
	return s.chatAnswer(http.StatusOK, row, false), nil
}

func (s *Server) chatAnswer(status int, row *chat, readMark bool) answer {
	e := encoder{buffer: make([]byte, 0, 1024), dialect: &s.dialect}
	e.chat(s.store, row, readMark)
	return answer{status: status, body: e.buffer}
}

func (s *Server) createChat(c *call) (answer, *problem) {
	b, trouble := s.dialect.readObject(c.body)
	if trouble != nil {
		return answer{}, trouble
	}
	row := emptyChat(int64(s.store.chatIDs), c.now)
	row.customer = b.requiredReference("customer")
	row.application = b.reference("application")
	row.assignee = b.reference("assignee")
	row.department = b.reference("department")
	if trouble := b.problem(); trouble != nil {
		return answer{}, trouble
	}
	if trouble := s.checkChat(b, row); trouble != nil {
		return answer{}, trouble
	}
	s.saveChat(row, c.now)
	status := http.StatusCreated
	if s.dialect.ChatCreatedIs200 {
		status = http.StatusOK
	}
	return s.chatAnswer(status, row, false), nil
}

// emptyChat is a chat in which nothing has happened.
func emptyChat(id int64, now instant) *chat {
	return &chat{
		id: id, status: statusEmpty, createdWith: "public_api", createdAt: now,
		closedAt: never, snoozedUntil: never, lastMessageAt: never, lastCustomerMessageAt: never,
		readByAgent: true, readByCustomer: true,
	}
}

// checkChat refuses a new chat, read from b, that refers to what does not exist.
func (s *Server) checkChat(b *body, row *chat) *problem {
	if s.store.customers.get(row.customer) == nil {
		return notFound("Customer")
	}
	withoutApplication := !b.names("application") && s.dialect.ApplicationOptional
	switch {
	case !withoutApplication && s.store.applications.get(row.application) == nil:
		return badChatValue("application")
	case b.names("assignee") && s.store.agents.get(row.assignee) == nil:
		return badChatValue("assignee")
	case b.names("department") && s.store.departments.get(row.department) == nil:
		return badChatValue("department")
	}
	return nil
}
