package api

import (
	"net/http"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

func (s *Service) listAgents(c *Call) (Response, *wire.Problem) {
	return listRows(s, c, s.Store.Agents, nil, wire.Agents.Write, s.Dialect.TotalsPlace(wire.TotalInMeta, wire.NoTotal))
}

func (s *Service) listDepartments(c *Call) (Response, *wire.Problem) {
	return listRows(s, c, s.Store.Departments, nil, wire.Departments.Write, s.Dialect.TotalsPlace(wire.TotalInMeta, wire.NoTotal))
}

func (s *Service) listApplications(c *Call) (Response, *wire.Problem) {
	return listRows(s, c, s.Store.Applications, nil, wire.Applications.Write, s.Dialect.TotalsPlace(wire.NoTotal, wire.NoTotal))
}

// unsubscribeAgent changes the agent although it is a GET, as in the service.
func (s *Service) unsubscribeAgent(_ *Call, row *account.Agent) (Response, *wire.Problem) {
	changed := *row
	changed.Unsubscribed = true
	s.Store.Agents.Put(&changed)
	return s.okResponse(), nil
}

func (s *Service) getOrganization(*Call) (Response, *wire.Problem) {
	return respond(s, http.StatusOK, &s.Store.Organization, func(e *wire.Encoder, row *helpcrunch.Organization) {
		e.Wrap("data", func() { wire.Organization.Write(e, row) })
	}), nil
}
