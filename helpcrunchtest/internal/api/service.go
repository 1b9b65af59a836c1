// Package api carries the operations of the API out on an account.
package api

import (
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Service carries the operations of the API out on an account.
type Service struct {
	Store      *account.Account
	Dialect    *wire.Dialect
	Attributes map[string]account.AttributeType // nil accepts every attribute
}

// Call is a request on its way to the function that carries it out.
type Call struct {
	Route               *Route // nil for no operation
	ID                  int64  // from the path
	Query               string // not yet parsed
	Body                []byte
	Now                 account.Instant
	StuckPage, LongPage bool // faults that spoil a page
}

// Answer is what an operation responds. A status of 0 is 200, an empty contentType
// is JSON.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Cost is how many requests a call counts for.
func (s *Service) Cost(c *Call) int {
	if c.Route == nil || c.Route.Name != batchUpdate || !s.Dialect.BatchCountsItems {
		return 1
	}
	items, trouble := s.Dialect.ReadItems(c.Body)
	if trouble != nil {
		return 1
	}
	return len(items)
}

// respond responds with one row.
func respond[Row any](s *Service, status int, row *Row, write func(*wire.Encoder, *Row)) Answer {
	e := wire.NewEncoder(s.Dialect, s.Store, 1024)
	write(e, row)
	return Answer{Status: status, Body: e.Buffer}
}

// list responds with a page of rows under a key, and their total.
func list[Row any](s *Service, key string, rows []*Row, write func(*wire.Encoder, *Row), total int, place wire.Totals) Answer {
	e := wire.NewEncoder(s.Dialect, s.Store, 64+512*len(rows))
	wire.Page(e, key, rows, write, total, place)
	return Answer{Body: e.Buffer}
}
