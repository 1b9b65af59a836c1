package api

import (
	"net/http"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/search"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

func (s *Service) listAgents(c *Call) (Response, *wire.Problem) {
	return listTeam(s, c, wire.TotalInMeta, s.Store.Agents, wire.Agents.Write)
}

func (s *Service) listDepartments(c *Call) (Response, *wire.Problem) {
	return listTeam(s, c, wire.TotalInMeta, s.Store.Departments, wire.Departments.Write)
}

func (s *Service) listApplications(c *Call) (Response, *wire.Problem) {
	return listTeam(s, c, wire.NoTotal, s.Store.Applications, wire.Applications.Write)
}

// listTeam responds with a page of rows that can't be sorted.
func listTeam[Row any](s *Service, c *Call, total wire.Totals, t *account.Table[Row], write func(*wire.Encoder, *Row)) (Response, *wire.Problem) {
	w, problem := readWindow[Row](s, c, nil)
	if problem != nil {
		return Response{}, problem
	}
	return list(s, "data", search.Cut(t.Rows, w), write, len(t.Rows), s.Dialect.Place(total, wire.NoTotal)), nil
}

// unsubscribeAgent is a GET that changes something, as the service has it.
func (s *Service) unsubscribeAgent(c *Call) (Response, *wire.Problem) {
	row := s.Store.Agents.Get(c.ID)
	if row == nil {
		return Response{}, wire.NotFound("Agent")
	}
	changed := *row
	changed.Unsubscribed = true
	s.Store.Agents.Put(&changed)
	return s.okResponse(), nil
}

func (s *Service) getOrganization(*Call) (Response, *wire.Problem) {
	return respond(s, http.StatusOK, &s.Store.Organization, func(e *wire.Encoder, row *account.Organization) {
		e.Wrap("data", func() { wire.Organization.Write(e, row) })
	}), nil
}
