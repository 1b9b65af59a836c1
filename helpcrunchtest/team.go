package helpcrunchtest

func (s *Server) listAgents(c *call) (answer, *problem) {
	return listTeam(s, c, s.store.agents, (*encoder).agent)
}

func (s *Server) listDepartments(c *call) (answer, *problem) {
	return listTeam(s, c, s.store.departments, func(e *encoder, row *department) { e.department(s.store, row) })
}

func (s *Server) listApplications(c *call) (answer, *problem) {
	return listTeam(s, c, s.store.applications, (*encoder).application)
}

// listTeam answers with a page of rows that can't be sorted.
func listTeam[Row any](s *Server, c *call, t *table[Row], write func(*encoder, *Row)) (answer, *problem) {
	w, trouble := s.queryWindow(c)
	if trouble != nil {
		return answer{}, trouble
	}
	return page(s, c, cut(t.rows, w), len(t.rows), write), nil
}

// unsubscribeAgent is a GET that changes something, as the service has it.
func (s *Server) unsubscribeAgent(c *call) (answer, *problem) {
	row := s.store.agents.get(c.id)
	if row == nil {
		return answer{}, notFound("Agent")
	}
	changed := *row
	changed.unsubscribed = true
	s.store.agents.put(&changed)
	return s.okAnswer(), nil
}

func (s *Server) getOrganization(*call) (answer, *problem) {
	e := encoder{dialect: &s.dialect}
	e.begin('{')
	e.key("data")
	e.organization(&s.store.organization)
	e.end('}')
	return answer{body: e.buffer}, nil
}
