package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

func (s *Service) tagCustomer(c *Call, row *account.Customer) (Response, *wire.Problem) {
	return s.changeTags(c, row, func(tags, named []helpcrunch.Tag) []helpcrunch.Tag {
		return account.WithColors(account.AddTags(tags, named))
	})
}

func (s *Service) untagCustomer(c *Call, row *account.Customer) (Response, *wire.Problem) {
	return s.changeTags(c, row, func(tags, named []helpcrunch.Tag) []helpcrunch.Tag {
		return slices.DeleteFunc(slices.Clone(tags), func(t helpcrunch.Tag) bool {
			return slices.ContainsFunc(named, func(n helpcrunch.Tag) bool { return n.Name == t.Name })
		})
	})
}

// changeTags changes a customer's tags by those in the body.
func (s *Service) changeTags(c *Call, row *account.Customer, change func(tags, named []helpcrunch.Tag) []helpcrunch.Tag) (Response, *wire.Problem) {
	b := s.Dialect.ReadObject(c.Body)
	b.Require("tags")
	named := b.Tags("tags")
	if problem := b.Problem(); problem != nil {
		return Response{}, problem
	}
	row = account.CopyOf(row)
	row.Tags = change(row.Tags, named)
	s.Store.SaveCustomer(row, c.Now)
	return s.customerResponse(0, row), nil
}

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

// batch gathers changes, so that one bad item leaves everything as it was.
type batch struct {
	service     *Service
	changed     map[int64]*account.Customer
	order       []int64          // of the items
	userIDPaths map[int64]string // the path of the userId of a customer
	violations  *[]wire.Violation
}

func (t *batch) apply(index int, raw json.RawMessage) {
	whole := &wire.Body{Dialect: t.service.Dialect, Violations: t.violations}
	b := whole.Nested(raw, whole.Place("", index))
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

func (s *Service) addEvent(c *Call) (Response, *wire.Problem) {
	b := s.Dialect.ReadObject(c.Body)
	row := &account.Event{
		ID: s.Store.Events.NextID, Customer: b.RequiredReference("customer"), Name: b.RequiredText("name"),
		Data: b.EventData("data"), CreatedAt: c.Now,
	}
	if problem := b.Problem(); problem != nil {
		return Response{}, problem
	}
	if s.Store.Customers.Get(row.Customer) == nil {
		return Response{}, wire.NotFound("Customer")
	}
	s.Store.Events.Put(row)
	return respond(s, http.StatusOK, row, wire.Events.Write), nil
}
