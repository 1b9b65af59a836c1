package helpcrunchtest

import (
	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// Customers returns all customers, by ascending id. They read as they would through the
// API in the server's dialect.
func (s *Server) Customers() []helpcrunch.Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return views(s.store.Customers.Rows, s.viewCustomer)
}

// Customer returns a customer, and false when there is none with the id.
func (s *Server) Customer(id int64) (helpcrunch.Customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return view(s.store.Customers.Get(id), s.viewCustomer)
}

// CustomerByUserID returns the customer with your own id, and false when there is none.
func (s *Server) CustomerByUserID(userID string) (helpcrunch.Customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return view(s.store.Customers.Get(s.store.ByUserID[userID]), s.viewCustomer)
}

// Chats returns all chats, by ascending id.
func (s *Server) Chats() []helpcrunch.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hub.CatchUp(s.clock())
	return views(s.store.Chats.Rows, s.viewChat)
}

// Chat returns a chat, and false when there is none with the id.
func (s *Server) Chat(id int64) (helpcrunch.Chat, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hub.CatchUp(s.clock())
	return view(s.store.Chats.Get(id), s.viewChat)
}

// Messages returns the messages of a chat in the order in which they were written,
// notes and technical rows included. (The API has the newest first.)
func (s *Server) Messages(chatID int64) []helpcrunch.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return views(s.store.Messages[chatID], s.viewMessage)
}

// Events returns the events of all customers in the order in which they were added.
// (The API has no way to read them back.)
func (s *Server) Events() []helpcrunch.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return views(s.store.Events.Rows, s.viewEvent)
}

// Agents returns the agents, by ascending id.
func (s *Server) Agents() []helpcrunch.Agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return views(s.store.Agents.Rows, func(row *account.Agent) helpcrunch.Agent { return *viewAgent(row) })
}

// Unsubscribed reports whether an agent was unsubscribed from newsletters.
func (s *Server) Unsubscribed(agentID int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.store.Agents.Get(agentID)
	return row != nil && row.Unsubscribed
}

// Departments returns the departments, by ascending id.
func (s *Server) Departments() []helpcrunch.Department {
	s.mu.Lock()
	defer s.mu.Unlock()
	return views(s.store.Departments.Rows, s.viewDepartment)
}

// Applications returns the applications, by ascending id.
func (s *Server) Applications() []helpcrunch.Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	return views(s.store.Applications.Rows, viewApplication)
}

// Organization returns what the account tells of itself.
func (s *Server) Organization() helpcrunch.Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.store.Organization
	return helpcrunch.Organization{ID: o.ID, Domain: o.Domain, TeamOnline: o.TeamOnline, ChatEnabled: o.ChatEnabled}
}

func views[Row, View any](rows []*Row, of func(*Row) View) []View {
	all := make([]View, len(rows))
	for i, row := range rows {
		all[i] = of(row)
	}
	return all
}

func view[Row, View any](row *Row, of func(*Row) View) (found View, ok bool) {
	if row == nil {
		return found, false
	}
	return of(row), true
}
