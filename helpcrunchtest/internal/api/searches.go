package api

import (
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/search"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

func (s *Service) searchCustomers(c *Call) (Answer, *wire.Problem) {
	query, trouble := search.ReadSearch(s.Store, s.Dialect, c.Body, search.CustomerFields, customerSorts)
	if trouble != nil {
		return Answer{}, trouble
	}
	s.bend(&query.Window, c)
	rows, total := query.Run(s.sortedCustomers(query.Window))
	if total == 0 && s.Dialect.NoMatchIs404 {
		return Answer{}, wire.NotFound("Customer")
	}
	return s.customerPage(rows, total), nil
}

func (s *Service) searchChats(c *Call) (Answer, *wire.Problem) {
	query, trouble := search.ReadSearch(s.Store, s.Dialect, c.Body, search.ChatFields, chatSorts)
	if trouble != nil {
		return Answer{}, trouble
	}
	s.bend(&query.Window, c)
	rows, total := query.Run(s.sortedChats(query.Window))
	if total == 0 && s.Dialect.NoMatchIs404 {
		return Answer{}, wire.ChatNotFound()
	}
	return s.chatPage(s.Dialect.Place(wire.TotalOnBoth, wire.TotalInMeta), rows, total), nil
}

// readWindow reads which part of a list a query asks for.
func (s *Service) readWindow(c *Call, sorts ...string) (search.Window, *wire.Problem) {
	w, trouble := search.ReadQuery(s.Dialect, c.Query, sorts...)
	s.bend(&w, c)
	return w, trouble
}

// bend applies the faults that spoil a page.
func (s *Service) bend(w *search.Window, c *Call) {
	if c.StuckPage {
		w.Offset = 0
	}
	if c.LongPage {
		w.Limit = 2*w.Limit + 1
	}
}
