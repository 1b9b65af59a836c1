package helpcrunchtest

import (
	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// addDefaultTeam fills a server with the least that an account needs to work.
func addDefaultTeam(s *Server) {
	ada := s.AddAgent(helpcrunch.Agent{Name: "Ada Ramos", Email: "ada@example.com", Role: helpcrunch.RoleAdmin})
	tomas := s.AddAgent(helpcrunch.Agent{Name: "Tomas Veld", Email: "tomas@example.com", Role: helpcrunch.RoleAgent})
	s.AddDepartment(helpcrunch.Department{Name: "Helpdesk", Agents: []helpcrunch.Agent{ada, tomas}})
	s.AddApplication(helpcrunch.Application{Name: "shop-widget", DisplayName: "Shop widget", Active: true, Type: "web"})
	s.SetOrganization(helpcrunch.Organization{ID: 501, Domain: "acme-demo", TeamOnline: true, ChatEnabled: true})
}

// AddAgent puts an agent into the team and returns it with its id: the given one, or
// the next free one for 0. An agent that has the id is replaced. An empty role is
// "agent".
func (s *Server) AddAgent(a helpcrunch.Agent) helpcrunch.Agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *viewAgent(s.addAgent(&a))
}

func (s *Server) addAgent(a *helpcrunch.Agent) *account.Agent {
	row := &account.Agent{ID: s.store.AgentIDs.OrNext(a.ID), Name: a.Name, Email: a.Email, Role: string(a.Role)}
	if row.Role == "" {
		row.Role = string(helpcrunch.RoleAgent)
	}
	s.store.Agents.Put(row)
	return row
}

// AddDepartment puts a department into the team and returns it with its id: the given
// one, or the next free one for 0. A department that has the id is replaced. Members
// that do not exist are added too.
func (s *Server) AddDepartment(d helpcrunch.Department) helpcrunch.Department {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.viewDepartment(s.addDepartment(&d))
}

func (s *Server) addDepartment(d *helpcrunch.Department) *account.Department {
	row := &account.Department{ID: s.store.DepartmentIDs.OrNext(d.ID), Name: d.Name}
	for i := range d.Agents {
		row.Agents = append(row.Agents, s.agentOf(&d.Agents[i]))
	}
	s.store.Departments.Put(row)
	return row
}

// AddApplication puts an application into the account and returns it with its id: the
// given one, or the next free one for 0. An application that has the id is replaced.
func (s *Server) AddApplication(a helpcrunch.Application) helpcrunch.Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := &account.Application{
		ID: s.store.ApplicationIDs.OrNext(a.ID), Name: a.Name, DisplayName: a.DisplayName, Kind: a.Type, Active: a.Active,
	}
	s.store.Applications.Put(row)
	return viewApplication(row)
}

// SetOrganization changes what the account tells of itself.
func (s *Server) SetOrganization(o helpcrunch.Organization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.Organization = account.Organization{ID: o.ID, Domain: o.Domain, TeamOnline: o.TeamOnline, ChatEnabled: o.ChatEnabled}
}
