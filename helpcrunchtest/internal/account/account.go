// Package account stores the rows of an account and changes them by the service's rules.
package account

import (
	"cmp"
	"slices"
	"sort"

	"github.com/helpcrunch-go/helpcrunch"
)

// The first ids of each kind lie far apart, so that a look-up with an id of another kind fails.
const (
	firstAgentID       = 101
	firstDepartmentID  = 201
	FirstApplicationID = 301
	firstCustomerID    = 100001
	firstChatID        = 20000001
	firstMessageID     = 300000001
	firstEventID       = 4000001
)

// Account contains the rows of an account. The server's lock guards it.
type Account struct {
	Customers    *Table[Customer]
	Chats        *Table[Chat]
	Agents       *Table[Agent]
	Departments  *Table[Department]
	Applications *Table[helpcrunch.Application]
	Events       *Table[Event]
	Organization helpcrunch.Organization

	OnChange func(Change) // may be nil

	Messages map[int64][]*Message // by chat, ids ascending
	ByUserID map[string]int64     // the id of the customer with a userId
	snoozed  map[int64]Instant    // the end of the snooze of each snoozed chat
	chatsOf  map[int64][]int64    // chat ids by customer; nil before the first deletion

	NextMessageID int64 // larger than every id so far
}

// New makes an empty account.
func New() *Account {
	return &Account{
		Customers:    newTable(firstCustomerID, func(row *Customer) int64 { return row.ID }),
		Chats:        newTable(firstChatID, func(row *Chat) int64 { return row.ID }),
		Agents:       newTable(firstAgentID, func(row *Agent) int64 { return row.ID }),
		Departments:  newTable(firstDepartmentID, func(row *Department) int64 { return row.ID }),
		Applications: newTable(FirstApplicationID, func(row *helpcrunch.Application) int64 { return row.ID }),
		Events:       newTable(firstEventID, func(row *Event) int64 { return row.ID }),
		Messages:     map[int64][]*Message{},
		ByUserID:     map[string]int64{},
		snoozed:      map[int64]Instant{},

		NextMessageID: firstMessageID,
	}
}

// PutCustomer adds or changes a customer and updates ByUserID.
func (s *Account) PutCustomer(row *Customer) {
	if old := s.Customers.Get(row.ID); old != nil {
		s.forgetUserID(old)
	}
	if userID, ok := row.Text(UserIDField); ok && userID != "" {
		s.ByUserID[userID] = row.ID
	}
	s.Customers.Put(row)
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
	if s.chatsOf == nil {
		s.chatsOf = map[int64][]int64{}
		for _, chat := range s.Chats.Rows {
			s.chatsOf[chat.Customer] = append(s.chatsOf[chat.Customer], chat.ID)
		}
	}
	for _, id := range s.chatsOf[row.ID] {
		if chat := s.Chats.Get(id); chat == nil || chat.Customer != row.ID {
			continue // it belongs to another customer now
		}
		s.Chats.remove(id)
		delete(s.Messages, id)
		delete(s.snoozed, id)
	}
	delete(s.chatsOf, row.ID)
}

// PutChat adds or changes a chat.
func (s *Account) PutChat(row *Chat) {
	if old := s.Chats.Get(row.ID); s.chatsOf != nil && (old == nil || old.Customer != row.Customer) {
		s.chatsOf[row.Customer] = append(s.chatsOf[row.Customer], row.ID)
	}
	s.Chats.Put(row)
	if row.SnoozedUntil == Never {
		delete(s.snoozed, row.ID)
	} else {
		s.snoozed[row.ID] = row.SnoozedUntil
	}
}

// PutMessage adds a message to its chat, or changes the one with its id.
func (s *Account) PutMessage(row *Message) {
	rows := s.Messages[row.Chat]
	index, exists := findMessage(rows, row.ID)
	if exists {
		rows[index] = row
	} else {
		s.Messages[row.Chat] = slices.Insert(rows, index, row)
	}
	s.NextMessageID = max(s.NextMessageID, row.ID+1)
}

// Message returns the message of a chat with the id, or nil.
func (s *Account) Message(chat, id int64) *Message {
	rows := s.Messages[chat]
	index, ok := findMessage(rows, id)
	if !ok {
		return nil
	}
	return rows[index]
}

func findMessage(rows []*Message, id int64) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(row *Message, id int64) int { return cmp.Compare(row.ID, id) })
}

// NextSnoozeEnd returns when the next snooze ends, or Never.
func (s *Account) NextSnoozeEnd() Instant {
	next := Never
	for _, end := range s.snoozed {
		if next == Never || end < next {
			next = end
		}
	}
	return next
}

// Table contains the rows of one kind, sorted by id. Rows in a table are immutable: a change
// replaces a row with a changed copy, so that a failed write leaves no trace.
type Table[Row any] struct {
	ID     func(*Row) int64
	Rows   []*Row
	NextID int64 // larger than every id so far
	sorted map[string]*sortedRows[Row]
}

// sortedRows contains the rows of a table in another order. Table keeps it sorted, so that
// iterating over a million rows costs one sort.
type sortedRows[Row any] struct {
	compare func(a, b *Row) int
	rows    []*Row
}

func newTable[Row any](firstID int64, id func(*Row) int64) *Table[Row] {
	return &Table[Row]{ID: id, NextID: firstID, sorted: map[string]*sortedRows[Row]{}}
}

// find returns the index of a row, or the index to insert it at.
func (t *Table[Row]) find(id int64) (int, bool) {
	if last := len(t.Rows) - 1; last >= 0 && t.ID(t.Rows[last]) < id {
		return last + 1, false
	}
	index := sort.Search(len(t.Rows), func(i int) bool { return t.ID(t.Rows[i]) >= id })
	return index, index < len(t.Rows) && t.ID(t.Rows[index]) == id
}

// Get returns the row with the id, or nil.
func (t *Table[Row]) Get(id int64) *Row {
	if index, ok := t.find(id); ok {
		return t.Rows[index]
	}
	return nil
}

// Put adds a row, or replaces the one with its id.
func (t *Table[Row]) Put(row *Row) {
	index, exists := t.find(t.ID(row))
	t.NextID = max(t.NextID, t.ID(row)+1)
	if !exists {
		t.Rows = slices.Insert(t.Rows, index, row)
		for _, sorted := range t.sorted {
			sorted.insert(row)
		}
		return
	}
	old := t.Rows[index]
	t.Rows[index] = row
	for _, sorted := range t.sorted {
		sorted.replace(old, row)
	}
}

func (t *Table[Row]) remove(id int64) {
	index, ok := t.find(id)
	if !ok {
		return
	}
	row := t.Rows[index]
	t.Rows = without(t.Rows, index)
	for _, sorted := range t.sorted {
		sorted.remove(row)
	}
}

// Ordered returns the rows in the order of compare. Only the first call with a name sorts.
func (t *Table[Row]) Ordered(name string, compare func(a, b *Row) int) []*Row {
	if existing, ok := t.sorted[name]; ok {
		return existing.rows
	}
	created := &sortedRows[Row]{rows: slices.Clone(t.Rows)}
	created.compare = func(a, b *Row) int {
		return cmp.Or(compare(a, b), cmp.Compare(t.ID(a), t.ID(b)))
	}
	slices.SortFunc(created.rows, created.compare)
	t.sorted[name] = created
	return created.rows
}

func (o *sortedRows[Row]) insert(row *Row) {
	index, _ := slices.BinarySearchFunc(o.rows, row, o.compare)
	o.rows = slices.Insert(o.rows, index, row)
}

func (o *sortedRows[Row]) remove(row *Row) {
	if index, ok := slices.BinarySearchFunc(o.rows, row, o.compare); ok {
		o.rows = without(o.rows, index)
	}
}

func (o *sortedRows[Row]) replace(old, row *Row) {
	if o.compare(old, row) != 0 {
		o.remove(old)
		o.insert(row)
		return
	}
	if index, ok := slices.BinarySearchFunc(o.rows, old, o.compare); ok {
		o.rows[index] = row
	}
}

// without removes a row and returns the rest. It moves the rows on the shorter side, in place.
func without[Row any](rows []*Row, index int) []*Row {
	if index > len(rows)/2 {
		return slices.Delete(rows, index, index+1)
	}
	copy(rows[1:index+1], rows[:index])
	rows[0] = nil
	return rows[1:]
}
