package api

import (
	"encoding/json"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

func (s *Service) batchUpdateCustomers(c *Call) (Response, *wire.Problem) {
	items, problem := s.Dialect.ReadItems(c.Body)
	if problem != nil {
		return Response{}, problem
	}
	batch := batch{
		service: s, changed: map[int64]*account.Customer{}, userIDPaths: map[int64]string{}, violations: new([]wire.Violation),
	}
	for i, item := range items {
		batch.apply(i, item)
	}
	if len(*batch.violations) > 0 {
		return Response{}, wire.BadRequest(*batch.violations)
	}
	if problem := batch.checkUserIDs(); problem != nil {
		return Response{}, problem
	}
	for _, id := range batch.order {
		s.Store.SaveCustomer(batch.changed[id], c.Now)
	}
	return s.batchResponse(batch.order), nil
}

// batch collects changes before they are stored, so that one invalid item changes nothing.
type batch struct {
	service     *Service
	changed     map[int64]*account.Customer
	order       []int64          // customer ids in the order of the items
	userIDPaths map[int64]string // the path of the userId in the body, by customer id
	violations  *[]wire.Violation
}

func (t *batch) apply(index int, raw json.RawMessage) {
	parent := &wire.Body{Dialect: t.service.Dialect, Violations: t.violations}
	b := parent.Nested(raw, parent.ElementPath("", index))
	if b == nil {
		return
	}
	before := len(*t.violations)
	id := b.RequiredReference("customer")
	if len(*t.violations) > before {
		return
	}
	row := t.changed[id]
	if row == nil {
		row = t.service.Store.Customers.Get(id)
	}
	if row == nil {
		b.Violate("customer", "Customer not found")
		return
	}
	if t.service.Dialect.BatchReplaces {
		row = account.Cleared(row)
		t.service.applyCustomer(row, b, merging{})
	} else {
		row = account.CopyOf(row)
		t.service.applyCustomer(row, b, t.service.patching())
	}
	if b.Has("userId") {
		t.userIDPaths[id] = b.Path + "userId"
	}
	t.changed[id] = row
	t.order = append(t.order, id)
}

// checkUserIDs rejects a userId that two customers would have after the batch.
func (t *batch) checkUserIDs() *wire.Problem {
	holders := map[string]int64{}
	for _, id := range t.order {
		row := t.changed[id]
		userID, ok := row.Text(account.UserIDField)
		if !ok || userID == "" {
			continue
		}
		holder, taken := t.service.Store.ByUserID[userID]
		if _, isChanged := t.changed[holder]; taken && !isChanged {
			holders[userID] = holder
		}
		path, given := t.userIDPaths[id]
		if !given {
			path = t.userIDPaths[holders[userID]]
		}
		if problem := t.service.checkUserID(row, holders, path); problem != nil {
			return problem
		}
		holders[userID] = id
	}
	return nil
}

func (s *Service) batchResponse(ids []int64) Response {
	rows := make([]*account.Customer, len(ids))
	for i, id := range ids {
		rows[i] = s.Store.Customers.Get(id)
	}
	e := wire.NewEncoder(s.Dialect, s.Store, 512*len(rows))
	write := func() { wire.List(e, rows, (*wire.Encoder).Customer) }
	if s.Dialect.BatchInData {
		e.Wrap("data", write)
	} else {
		write()
	}
	return Response{Body: e.Buffer}
}
