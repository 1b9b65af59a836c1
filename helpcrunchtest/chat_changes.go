package helpcrunchtest

import (
	"net/http"
	"slices"
)

// changeChat reads a body that names a chat, and stores what change makes of a copy.
func (s *Server) changeChat(c *call, change func(*body, *chat) *problem) (answer, *problem) {
	b, trouble := s.dialect.readObject(c.body)
	if trouble != nil {
		return answer{}, trouble
	}
	id := b.requiredReference("id")
	if trouble := b.problem(); trouble != nil {
		return answer{}, trouble
	}
	stored := s.store.chats.get(id)
	if stored == nil {
		return answer{}, s.missingChat(c.operation)
	}
	row := *stored
	if trouble := change(b, &row); trouble != nil {
		return answer{}, trouble
	}
	s.saveChat(&row, c.now)
	readMark := c.operation == SetReadByAgent || c.operation == SetReadByCustomer
	return s.chatAnswer(http.StatusOK, &row, readMark), nil
}

// missingChat is the 404 of an operation on a chat that is not there.
func (s *Server) missingChat(operation Operation) *problem {
	readMark := operation == SetReadByAgent || operation == SetReadByCustomer
	if readMark && s.dialect.MisspeltNotFound {
		return &problem{status: http.StatusNotFound, code: "not_fount", message: "%s not found", verbatim: true}
	}
	return chatNotFound()
}

func (s *Server) setChatStatus(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		status, ok := settableStatus(b)
		if !ok {
			return badChatValue("status")
		}
		row.setStatus(status, c.now)
		if !s.dialect.NoStatusNotes {
			s.store.putMessage(&message{
				id: int64(s.store.messageIDs), chat: row.id, kind: "tech", from: byAgent,
				text: "chat_status_changed_by_public_api", createdAt: c.now, updatedAt: never,
			})
		}
		return nil
	})
}

// settableStatus reads a status that may be written, in any spelling.
func settableStatus(b *body) (string, bool) {
	status, _ := readString(b.properties["status"])
	if spelt, ok := statusSpellings[status]; ok {
		status = spelt
	}
	return status, status != statusEmpty && slices.Contains(statusNumbers, status)
}

// setStatus changes the status and what depends on it. A chat that is closed again
// stays closed as it was.
func (row *chat) setStatus(status string, now instant) {
	switch {
	case status != statusClosed:
		row.closedAt, row.closedBy = never, ""
	case row.status != statusClosed:
		row.closedAt, row.closedBy = now, byAgent
	}
	row.status = status
}

func (s *Server) assignChat(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		raw := b.properties["assignee"]
		if isNull(raw) {
			row.assignee = 0
			return nil
		}
		id, ok := readInteger(raw)
		if !ok || s.store.agents.get(id) == nil {
			return badChatValue("assignee")
		}
		row.assignee = id
		return nil
	})
}

func (s *Server) setChatDepartment(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		id, ok := readInteger(b.properties["department"])
		if !ok || s.store.departments.get(id) == nil {
			return badChatValue("department")
		}
		row.department = id
		return nil
	})
}

func (s *Server) snoozeChat(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		if !b.has("snoozedUntil") {
			b.violate("snoozedUntil", shouldNotBeBlank)
		}
		row.snoozedUntil = b.moment("snoozedUntil")
		return b.problem()
	})
}

func (s *Server) rateChat(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		rating, _ := readString(b.properties["rating"])
		switch {
		case !slices.Contains(ratings, rating):
			return badChatValue("rating")
		case row.status != statusClosed:
			return refused("Chat must me closed to rate it")
		case !s.hasAgentMessage(row.id):
			return refused("Chat must have a message by an agent to rate it")
		case row.rating != "":
			return refused("Chat is already rated")
		}
		row.rating = rating
		return nil
	})
}

// hasAgentMessage reports whether an agent has written to the customer of a chat.
func (s *Server) hasAgentMessage(chat int64) bool {
	return slices.ContainsFunc(s.store.messages[chat], func(row *message) bool {
		return row.from == byAgent && row.isVisible()
	})
}

func (s *Server) setReadByAgent(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		row.readByAgent = s.readMark(b, row, byCustomer)
		return b.problem()
	})
}

func (s *Server) setReadByCustomer(c *call) (answer, *problem) {
	return s.changeChat(c, func(b *body, row *chat) *problem {
		row.readByCustomer = s.readMark(b, row, byAgent)
		return b.problem()
	})
}

// readMark reads the mark. A chat that was read has its messages by the other side read.
func (s *Server) readMark(b *body, row *chat, from string) bool {
	b.require("read")
	read := b.flag("read")
	if !read || b.problem() != nil {
		return read
	}
	rows := s.store.messages[row.id]
	for i, stored := range rows {
		if stored.from == from && !stored.read && stored.isVisible() {
			changed := *stored
			changed.read = true
			rows[i] = &changed
		}
	}
	return read
}
