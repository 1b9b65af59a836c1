package helpcrunchtest

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// AddCustomer puts a customer into the account as it is, and returns it with its id:
// the given one, or the next free one for 0. A customer that has the id is replaced.
// Nothing is checked, and a zero time or empty text is null.
func (s *Server) AddCustomer(c helpcrunch.Customer) helpcrunch.Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.addCustomer(&c)
	return s.viewCustomer(row)
}

func (s *Server) addCustomer(c *helpcrunch.Customer) *customer {
	row := &customer{
		id: s.store.customerIDs.orNext(c.ID), firstSeen: instantOf(c.FirstSeen.Time), lastSeen: instantOf(c.LastSeen.Time),
		unsubscribed: c.Unsubscribed, blocked: c.Blocked, custom: dataOf(c.CustomData),
	}
	texts := customerTexts{
		nameField: someText(c.Name), emailField: someText(c.Email), userIDField: someText(c.UserID),
		companyField: someText(c.Company), phoneField: someText(c.Phone), sourceField: someText(c.Source),
		refererField: someText(c.Referer), lastPageField: someText(c.LastPage), localeField: someText(c.Locale),
		notesField: someText(c.Notes), createdFromField: someText(c.CreatedFrom),
		integrationIDField: someText(c.IntegrationID),
	}
	if place := c.Location; place != nil {
		texts[regionCodeField] = someText(place.RegionCode)
		texts[countryCodeField] = someText(place.CountryCode)
		texts[cityField] = someText(place.City)
	}
	row.pack(&texts)
	if d := c.Device; d != nil {
		row.device = &device{d.ID, d.IP, d.Timezone, d.Platform, d.UserAgent}
	}
	for _, t := range c.Tags {
		row.tags = append(row.tags, tag{t.Name, t.Color})
	}
	row.tags = withColors(row.tags)
	s.store.putCustomer(row)
	return row
}

// orNext returns the id, or the next one for 0.
func (c *counter) orNext(id int64) int64 {
	if id == 0 {
		return c.next()
	}
	c.saw(id)
	return id
}

func someText(text string) nullableText {
	return nullableText{text, text != ""}
}

// dataOf stores custom data in the order of its names.
func dataOf(values helpcrunch.CustomData) *customData {
	if len(values) == 0 {
		return nil
	}
	data := &customData{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if value := scalarOf(values[name]); value != nil {
			data.properties = append(data.properties, property{name, value})
		}
	}
	return data
}

// scalarOf stores a Go value as what JSON makes of it: nil for what is no scalar, a zero
// time and a number that JSON does not have.
func scalarOf(value any) any {
	switch value := value.(type) {
	case helpcrunch.Timestamp:
		return scalarOf(value.Time)
	case time.Time:
		if value.IsZero() {
			return nil
		}
		return instantOf(value)
	case float32: // its own digits, not those of the float64 that is as large
		digits, _ := strconv.ParseFloat(strconv.FormatFloat(float64(value), 'g', -1, 32), 64)
		return scalarOf(digits)
	}
	kinds := reflect.ValueOf(value)
	switch {
	case kinds.CanInt():
		return kinds.Int()
	case kinds.CanUint() && kinds.Uint() <= math.MaxInt64:
		return int64(kinds.Uint())
	case kinds.CanUint():
		return float64(kinds.Uint())
	case kinds.CanFloat() && !math.IsNaN(kinds.Float()) && !math.IsInf(kinds.Float(), 0):
		return kinds.Float()
	case kinds.Kind() == reflect.Bool:
		return kinds.Bool()
	case kinds.Kind() == reflect.String:
		return kinds.String()
	}
	return nil
}

// RemoveCustomer deletes a customer with its chats and their messages, as the API does.
func (s *Server) RemoveCustomer(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row := s.store.customers.get(id); row != nil {
		s.store.removeCustomer(row)
	}
}

// AddChat puts a chat into the account as it is, and returns it with its id: the given
// one, or the next free one for 0. A chat that has the id is replaced. An empty status
// is "empty" and a zero CreatedAt is now. The customer, agents and department that it
// names and that do not exist are added too.
func (s *Server) AddChat(c helpcrunch.Chat) helpcrunch.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.chatOf(&c)
	s.store.putChat(row)
	s.arm(s.clock(), 0)
	return s.viewChat(row)
}

func (s *Server) chatOf(c *helpcrunch.Chat) *chat {
	row := &chat{
		id: s.store.chatIDs.orNext(c.ID), customer: s.customerOf(c.Customer), application: c.ApplicationID,
		lastMessageID: c.LastMessageID, lastMessageText: c.LastMessageText, lastAgent: c.LastCommunicatedAgentID,
		status: string(c.Status), closedBy: string(c.ClosedBy), rating: string(c.Rating), createdWith: string(c.CreatedWith),
		createdAt: instantOf(c.CreatedAt.Time), closedAt: instantOf(c.ClosedAt.Time),
		snoozedUntil: instantOf(c.SnoozedUntil.Time), lastMessageAt: instantOf(c.LastMessageAt.Time),
		lastCustomerMessageAt: instantOf(c.LastCustomerMessageAt.Time),
		readByAgent:           c.ReadByAgent, readByCustomer: c.ReadByCustomer, notes: c.Notes,
	}
	if spelt, ok := statusSpellings[row.status]; ok {
		row.status = spelt
	}
	if row.status == "" {
		row.status = statusEmpty
	}
	if row.createdAt == never {
		row.createdAt = instantOf(s.clock())
	}
	row.assignee = s.agentOf(c.Assignee)
	for i := range c.Agents {
		row.agents = append(row.agents, s.agentOf(&c.Agents[i]))
	}
	if c.Department != nil {
		row.department = c.Department.ID
		if s.store.departments.get(row.department) == nil {
			row.department = s.addDepartment(c.Department).id
		}
	}
	return row
}

// customerOf returns the id of the customer of a chat, which it adds when missing.
func (s *Server) customerOf(c helpcrunch.ChatCustomer) int64 {
	if s.store.customers.get(c.ID) != nil {
		return c.ID
	}
	return s.addCustomer(&helpcrunch.Customer{ID: c.ID, Name: c.Name, Email: c.Email, UserID: c.UserID}).id
}

// agentOf returns the id of an agent, which it adds when missing; nil is 0.
func (s *Server) agentOf(a *helpcrunch.Agent) int64 {
	if a == nil {
		return 0
	}
	if s.store.agents.get(a.ID) != nil {
		return a.ID
	}
	return s.addAgent(a).id
}

// AddMessage puts a message into a chat as it is, and returns it with its id: the given
// one, or the next free one for 0. The chat's agents and last-message fields follow,
// these unless they tell of a newer message; its status and read marks stay. An empty Type is "message", an empty From follows
// from Agent, and a zero CreatedAt is now. A chat that does not exist is added.
//
// To let somebody write, with all that follows from it, see [Server.CustomerWrites] and
// [Server.AgentWrites].
func (s *Server) AddMessage(m helpcrunch.Message) helpcrunch.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.messageOf(&m)
	s.store.putMessage(row)
	changed := *s.store.chats.get(row.chat)
	changed.recall(row)
	s.store.putChat(&changed)
	return s.viewMessage(row)
}

func (s *Server) messageOf(m *helpcrunch.Message) *message {
	row := &message{
		id: s.store.messageIDs.orNext(m.ID), chat: m.Chat, agent: s.agentOf(m.Agent),
		kind: string(m.Type), from: string(m.From), broadcastType: string(m.BroadcastType), text: m.Text,
		createdAt: instantOf(m.CreatedAt.Time), updatedAt: instantOf(m.UpdatedAt.Time), read: m.Read, edited: m.Edited,
	}
	if row.kind == "" {
		row.kind = kindMessage
	}
	if row.from == "" && row.agent == 0 && row.isVisible() {
		row.from = byCustomer
	} else if row.from == "" {
		row.from = byAgent
	}
	if row.createdAt == never {
		row.createdAt = instantOf(s.clock())
	}
	if s.store.chats.get(row.chat) == nil {
		added := s.chatOf(&helpcrunch.Chat{ID: row.chat})
		s.store.putChat(added)
		row.chat = added.id
	}
	return row
}

// CustomerWrites lets the customer of a chat write a message now, with all that follows
// from it: an empty chat becomes new, a closed one is opened again, and the chat is
// unread. It returns a zero message when there is no such chat.
func (s *Server) CustomerWrites(chatID int64, text string) helpcrunch.Message {
	return s.say(&message{chat: chatID, kind: kindMessage, from: byCustomer, text: text})
}

// AgentWrites lets an agent write a message to the customer now, with all that follows
// from it: a new chat becomes opened. It returns a zero message when there is no such
// chat or agent.
func (s *Server) AgentWrites(chatID, agentID int64, text string) helpcrunch.Message {
	s.mu.Lock()
	known := s.store.agents.get(agentID) != nil
	s.mu.Unlock()
	if !known {
		return helpcrunch.Message{}
	}
	return s.say(&message{chat: chatID, agent: agentID, kind: kindMessage, from: byAgent, text: text})
}

func (s *Server) say(row *message) helpcrunch.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	present := s.clock()
	s.catchUp(present)
	defer s.arm(present, 0)
	now := instantOf(present)
	stored := s.store.chats.get(row.chat)
	if stored == nil {
		return helpcrunch.Message{}
	}
	row.id, row.createdAt, row.updatedAt = s.store.messageIDs.next(), now, never
	s.saveMessage(row, stored, now)
	return s.viewMessage(row)
}
