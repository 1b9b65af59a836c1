// Package account holds an account of HelpCrunch: its rows, and the rules by which they change.
// It knows neither HTTP nor JSON.
package account

import (
	"cmp"
	"slices"
)

// The first ids of each kind lie far apart, so that a mixed-up id is not found
// rather than found by chance.
const (
	firstAgentID       = 101
	firstDepartmentID  = 201
	FirstApplicationID = 301
	firstCustomerID    = 100001
	firstChatID        = 20000001
	firstMessageID     = 300000001
	firstEventID       = 4000001
)

// Account is everything that the server holds. The server's lock guards it.
type Account struct {
	Customers    *Table[Customer]
	Chats        *Table[Chat]
	Agents       *Table[Agent]
	Departments  *Table[Department]
	Applications *Table[Application]
	Events       *Table[Event]
	Organization Organization

	OnChange func(Change) // nil for nobody

	Messages map[int64][]*Message // by chat, ids ascending
	ByUserID map[string]int64     // the customer that holds a userId
	snoozed  map[int64]Instant    // the chats that a clock may wake

	CustomerIDs, ChatIDs, MessageIDs, EventIDs counter
	AgentIDs, DepartmentIDs, ApplicationIDs    counter
}

// counter gives out ids, each larger than any that it has seen.
type counter int64

func (c *counter) Next() int64 {
	id := int64(*c)
	*c++
	return id
}

// saw makes the next id larger than id.
func (c *counter) saw(id int64) {
	*c = max(*c, counter(id)+1)
}

// New makes an empty account.
func New() *Account {
	return &Account{
		Customers:    newTable(func(row *Customer) int64 { return row.ID }),
		Chats:        newTable(func(row *Chat) int64 { return row.ID }),
		Agents:       newTable(func(row *Agent) int64 { return row.ID }),
		Departments:  newTable(func(row *Department) int64 { return row.ID }),
		Applications: newTable(func(row *Application) int64 { return row.ID }),
		Events:       newTable(func(row *Event) int64 { return row.ID }),
		Messages:     map[int64][]*Message{},
		ByUserID:     map[string]int64{},
		snoozed:      map[int64]Instant{},

		CustomerIDs: firstCustomerID, ChatIDs: firstChatID, MessageIDs: firstMessageID, EventIDs: firstEventID,
		AgentIDs: firstAgentID, DepartmentIDs: firstDepartmentID, ApplicationIDs: FirstApplicationID,
	}
}

// PutCustomer adds or changes a customer and keeps the index of userId true.
func (s *Account) PutCustomer(row *Customer) {
	if old := s.Customers.Get(row.ID); old != nil {
		s.forgetUserID(old)
	}
	if userID, ok := row.Text(UserIDField); ok && userID != "" {
		s.ByUserID[userID] = row.ID
	}
	s.Customers.Put(row)
	s.CustomerIDs.saw(row.ID)
}

func (s *Account) forgetUserID(row *Customer) {
	if userID, ok := row.Text(UserIDField); ok && s.ByUserID[userID] == row.ID {
		delete(s.ByUserID, userID)
	}
}

// DeleteCustomer deletes a customer with its chats and their messages.
func (s *Account) DeleteCustomer(row *Customer) {
	s.forgetUserID(row)
	s.Customers.remove(row.ID)
	for _, chat := range slices.Clone(s.Chats.Rows) {
		if chat.Customer == row.ID {
			s.Chats.remove(chat.ID)
			delete(s.Messages, chat.ID)
			delete(s.snoozed, chat.ID)
		}
	}
}

// PutChat adds or changes a chat.
func (s *Account) PutChat(row *Chat) {
	s.Chats.Put(row)
	s.ChatIDs.saw(row.ID)
	if row.SnoozedUntil == Never {
		delete(s.snoozed, row.ID)
	} else {
		s.snoozed[row.ID] = row.SnoozedUntil
	}
}

// PutMessage adds a message to its chat, or changes the one with its id.
func (s *Account) PutMessage(row *Message) {
	rows := s.Messages[row.Chat]
	place, exists := findMessage(rows, row.ID)
	if exists {
		rows[place] = row
	} else {
		s.Messages[row.Chat] = slices.Insert(rows, place, row)
	}
	s.MessageIDs.saw(row.ID)
}

// Message returns the message of a chat with the id, or nil.
func (s *Account) Message(chat, id int64) *Message {
	rows := s.Messages[chat]
	place, ok := findMessage(rows, id)
	if !ok {
		return nil
	}
	return rows[place]
}

func findMessage(rows []*Message, id int64) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(row *Message, id int64) int { return cmp.Compare(row.ID, id) })
}

// NextWake is when the next snooze ends, or never.
func (s *Account) NextWake() Instant {
	next := Never
	for _, end := range s.snoozed {
		if next == Never || end < next {
			next = end
		}
	}
	return next
}
