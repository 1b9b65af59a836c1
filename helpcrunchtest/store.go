package helpcrunchtest

import (
	"cmp"
	"maps"
	"slices"
)

// The first ids of each kind lie far apart, so that a mixed-up id is not found
// rather than found by chance.
const (
	firstAgentID       = 101
	firstDepartmentID  = 201
	firstApplicationID = 301
	firstCustomerID    = 100001
	firstChatID        = 20000001
	firstMessageID     = 300000001
	firstEventID       = 4000001
)

// store is everything that the server holds. The server's lock guards it.
type store struct {
	customers    *table[customer]
	chats        *table[chat]
	agents       *table[agent]
	departments  *table[department]
	applications *table[application]
	events       *table[event]
	organization organization

	messages map[int64][]*message // by chat, ids ascending
	byUserID map[string]int64     // the customer that holds a userId
	snoozed  map[int64]instant    // the chats that a clock may wake

	customerIDs, chatIDs, messageIDs, eventIDs counter
	agentIDs, departmentIDs, applicationIDs    counter
}

// counter gives out ids, each larger than any that it has seen.
type counter int64

func (c *counter) next() int64 {
	id := int64(*c)
	*c++
	return id
}

// saw makes the next id larger than id.
func (c *counter) saw(id int64) {
	*c = max(*c, counter(id)+1)
}

func newStore() *store {
	return &store{
		customers:    newTable(func(row *customer) int64 { return row.id }),
		chats:        newTable(func(row *chat) int64 { return row.id }),
		agents:       newTable(func(row *agent) int64 { return row.id }),
		departments:  newTable(func(row *department) int64 { return row.id }),
		applications: newTable(func(row *application) int64 { return row.id }),
		events:       newTable(func(row *event) int64 { return row.id }),
		messages:     map[int64][]*message{},
		byUserID:     map[string]int64{},
		snoozed:      map[int64]instant{},

		customerIDs: firstCustomerID, chatIDs: firstChatID, messageIDs: firstMessageID, eventIDs: firstEventID,
		agentIDs: firstAgentID, departmentIDs: firstDepartmentID, applicationIDs: firstApplicationID,
	}
}

// putCustomer adds or changes a customer and keeps the index of userId true.
func (s *store) putCustomer(row *customer) {
	if old := s.customers.get(row.id); old != nil {
		s.forgetUserID(old)
	}
	if userID, ok := row.text(userIDField); ok && userID != "" {
		s.byUserID[userID] = row.id
	}
	s.customers.put(row)
	s.customerIDs.saw(row.id)
}

func (s *store) forgetUserID(row *customer) {
	if userID, ok := row.text(userIDField); ok && s.byUserID[userID] == row.id {
		delete(s.byUserID, userID)
	}
}

// removeCustomer deletes a customer with its chats and their messages.
func (s *store) removeCustomer(row *customer) {
	s.forgetUserID(row)
	s.customers.remove(row.id)
	for _, chat := range slices.Clone(s.chats.rows) {
		if chat.customer == row.id {
			s.chats.remove(chat.id)
			delete(s.messages, chat.id)
			delete(s.snoozed, chat.id)
		}
	}
}

// putChat adds or changes a chat.
func (s *store) putChat(row *chat) {
	s.chats.put(row)
	s.chatIDs.saw(row.id)
	if row.snoozedUntil == never {
		delete(s.snoozed, row.id)
	} else {
		s.snoozed[row.id] = row.snoozedUntil
	}
}

// putMessage adds a message to its chat, or changes the one with its id.
func (s *store) putMessage(row *message) {
	rows := s.messages[row.chat]
	place, exists := findMessage(rows, row.id)
	if exists {
		rows[place] = row
	} else {
		s.messages[row.chat] = slices.Insert(rows, place, row)
	}
	s.messageIDs.saw(row.id)
}

// message returns the message of a chat with the id, or nil.
func (s *store) message(chat, id int64) *message {
	rows := s.messages[chat]
	place, ok := findMessage(rows, id)
	if !ok {
		return nil
	}
	return rows[place]
}

func findMessage(rows []*message, id int64) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(row *message, id int64) int { return cmp.Compare(row.id, id) })
}

// wake ends the snoozes whose time has come: such a chat becomes unread. It returns these
// chats.
func (s *store) wake(now instant) (woken []*chat) {
	if len(s.snoozed) == 0 {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(s.snoozed)) {
		if s.snoozed[id] > now {
			continue
		}
		row := *s.chats.get(id)
		row.snoozedUntil = never
		row.readByAgent = false
		s.putChat(&row)
		woken = append(woken, &row)
	}
	return woken
}

// nextWake is when the next snooze ends, or never.
func (s *store) nextWake() instant {
	next := never
	for _, end := range s.snoozed {
		if next == never || end < next {
			next = end
		}
	}
	return next
}
