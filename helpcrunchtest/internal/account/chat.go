package account

import "slices"

// The chat statuses.
const (
	statusNew             = "new"
	statusOpened          = "opened"
	statusPending         = "pending"
	StatusOnHold          = "onhold"
	statusNoCommunication = "no communication"
	StatusClosed          = "closed"
	StatusEmpty           = "empty"
)

// StatusNumbers are the statuses in the order of the numbers that filters may use, from 1.
var StatusNumbers = []string{
	statusNew, statusOpened, statusPending, StatusOnHold, StatusClosed, statusNoCommunication, StatusEmpty,
}

// StatusSpellings are the further spellings of statuses.
var StatusSpellings = map[string]string{"on hold": StatusOnHold, "on-hold": StatusOnHold, "open": statusOpened}

// Who closed a chat, and who wrote a message.
const (
	ByCustomer = "customer"
	ByAgent    = "agent"
)

// The ratings, and those who close a chat, in the order of their numbers.
var (
	Ratings = []string{"perfect", "great", "average", "poor", "very poor"}
	Closers = []string{ByCustomer, ByAgent}
)

// EmptyChat is a chat in which nothing has happened.
func EmptyChat(id int64, now Instant) *Chat {
	return &Chat{
		ID: id, Status: StatusEmpty, CreatedWith: "public_api", CreatedAt: now,
		ClosedAt: Never, SnoozedUntil: Never, LastMessageAt: Never, LastCustomerMessageAt: Never,
		ReadByAgent: true, ReadByCustomer: true,
	}
}

// SetStatus changes the status and what depends on it. A chat that is closed again
// stays closed as it was.
func (row *Chat) SetStatus(status string, now Instant) {
	switch {
	case status != StatusClosed:
		row.ClosedAt, row.ClosedBy = Never, ""
	case row.Status != StatusClosed:
		row.ClosedAt, row.ClosedBy = now, ByAgent
	}
	row.Status = status
}

// The kinds of messages that can be written.
const (
	KindMessage = "message"
	KindPrivate = "private"
)

// IsVisible reports whether a message is one that both sides see: no note and no
// record of what happened.
func (row *Message) IsVisible() bool {
	return row.Kind != KindPrivate && row.Kind != "tech"
}

// hear changes a chat by a message in it. Notes and records change nothing.
func (row *Chat) hear(said *Message) {
	row.follow(said)
	switch {
	case !said.IsVisible():
	case said.From == ByCustomer:
		row.ReadByAgent = false
		switch row.Status {
		case StatusEmpty:
			row.Status = statusNew
		case StatusClosed:
			row.SetStatus(statusOpened, said.CreatedAt)
		}
	default:
		row.ReadByCustomer = false
		if row.Status == StatusEmpty || row.Status == statusNew {
			row.Status = statusOpened
		}
	}
}

// follow keeps the agents and the last-message fields of a chat up to date.
func (row *Chat) follow(said *Message) {
	if !said.IsVisible() {
		return
	}
	row.LastMessageID = said.ID
	row.LastMessageAt = said.CreatedAt
	row.LastMessageText = said.Text
	if said.From == ByCustomer {
		row.LastCustomerMessageAt = said.CreatedAt
	}
	if said.Agent == 0 {
		return
	}
	row.LastAgent = said.Agent
	if !slices.Contains(row.Agents, said.Agent) {
		row.Agents = append(slices.Clone(row.Agents), said.Agent)
	}
}

// Recall is follow for a message of any time: what the chat tells of a newer one stays.
func (row *Chat) Recall(said *Message) {
	before := *row
	row.follow(said)
	row.LastCustomerMessageAt = max(row.LastCustomerMessageAt, before.LastCustomerMessageAt)
	if said.CreatedAt >= before.LastMessageAt || said.ID == before.LastMessageID {
		return
	}
	row.LastMessageID, row.LastMessageAt, row.LastMessageText =
		before.LastMessageID, before.LastMessageAt, before.LastMessageText
	if before.LastAgent != 0 {
		row.LastAgent = before.LastAgent
	}
}

// HasAgentMessage reports whether an agent has written to the customer of a chat.
func (s *Account) HasAgentMessage(chat int64) bool {
	return slices.ContainsFunc(s.Messages[chat], func(row *Message) bool {
		return row.From == ByAgent && row.IsVisible()
	})
}

// MarkRead marks the messages of one side in a chat as read.
func (s *Account) MarkRead(chat int64, from string) {
	rows := s.Messages[chat]
	for i, stored := range rows {
		if stored.From == from && !stored.Read && stored.IsVisible() {
			changed := *stored
			changed.Read = true
			rows[i] = &changed
		}
	}
}

// UpdatedAt is the latest time that a chat tells of.
func (row *Chat) UpdatedAt() Instant {
	return max(row.CreatedAt, row.ClosedAt, row.LastMessageAt)
}
