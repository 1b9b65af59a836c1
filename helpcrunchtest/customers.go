package helpcrunchtest

import (
	"net/http"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// customerSorts are the fields that customers can be sorted by.
var customerSorts = []string{"customers.firstSeen", "customers.lastSeen"}

func (s *Server) listCustomers(c *call) (answer, *problem) {
	w, trouble := s.queryWindow(c, customerSorts...)
	if trouble != nil {
		return answer{}, trouble
	}
	rows := s.sortedCustomers(w)
	return s.customerPage(c, cut(rows, w), len(rows)), nil
}

func (s *Server) customerPage(c *call, rows []*customer, total int) answer {
	return page(s, c, rows, total, (*encoder).customer)
}

// sortedCustomers returns all customers in the order of a window.
func (s *Server) sortedCustomers(w window) []*customer {
	var key func(*customer) instant
	switch w.sort {
	case "firstSeen":
		key = func(row *customer) instant { return row.firstSeen }
	case "lastSeen":
		key = func(row *customer) instant { return row.lastSeen }
	}
	return sorted(s.store.customers, w, key)
}

func (s *Server) getCustomer(c *call) (answer, *problem) {
	row := s.store.customers.get(c.id)
	if row == nil {
		return answer{}, notFound("Customer")
	}
	return s.customerAnswer(http.StatusOK, row), nil
}

func (s *Server) customerAnswer(status int, row *customer) answer {
	e := encoder{buffer: make([]byte, 0, 1024), dialect: &s.dialect}
	e.customer(row)
	return answer{status: status, body: e.buffer}
}

func (s *Server) createCustomer(c *call) (answer, *problem) {
	data := c.body
	if len(data) == 0 && !s.dialect.EmptyArraysAre400 {
		data = []byte("{}")
	}
	row := &customer{id: int64(s.store.customerIDs), firstSeen: c.now, lastSeen: never}
	b, trouble := s.dialect.readObject(data)
	if trouble != nil {
		return answer{}, trouble
	}
	if userID, ok := b.textOrNumber("userId"); ok && s.dialect.CreateUpdates && s.store.byUserID[userID] != 0 {
		c.id = s.store.byUserID[userID]
		return s.updateCustomer(c)
	}
	row, trouble = s.changeCustomer(row, data, merging{})
	if trouble != nil {
		return answer{}, trouble
	}
	s.saveCustomer(row, c.now)
	return s.customerAnswer(http.StatusCreated, row), nil
}

func (s *Server) replaceCustomer(c *call) (answer, *problem) {
	if s.dialect.PutPatches {
		return s.updateCustomer(c)
	}
	return s.writeCustomer(c, blank, merging{})
}

func (s *Server) updateCustomer(c *call) (answer, *problem) {
	return s.writeCustomer(c, copyOf, s.patching())
}

// writeCustomer changes what base makes of the stored customer.
func (s *Server) writeCustomer(c *call, base func(*customer) *customer, how merging) (answer, *problem) {
	row := s.store.customers.get(c.id)
	if row == nil {
		return answer{}, notFound("Customer")
	}
	row, trouble := s.changeCustomer(base(row), c.body, how)
	if trouble != nil {
		return answer{}, trouble
	}
	s.saveCustomer(row, c.now)
	return s.customerAnswer(http.StatusOK, row), nil
}

// copyOf is the base of a patch: the customer as it is.
func copyOf(row *customer) *customer {
	copied := *row
	return &copied
}

// blank is the base of a replacement: what can't be written stays, all else is empty.
func blank(row *customer) *customer {
	texts := row.texts()
	for field := range regionCodeField {
		texts[field] = nullableText{}
	}
	emptied := &customer{id: row.id, firstSeen: never, lastSeen: never, device: row.device}
	emptied.pack(&texts)
	return emptied
}

// merging says whether lists are added to or replaced.
type merging struct {
	tags, customData bool
}

// patching is how PATCH treats lists.
func (s *Server) patching() merging {
	return merging{tags: s.dialect.PatchAddsTags, customData: !s.dialect.PatchReplacesCustomData}
}

func (s *Server) deleteCustomer(c *call) (answer, *problem) {
	row := s.store.customers.get(c.id)
	if row == nil {
		return answer{}, notFound("Customer")
	}
	s.store.removeCustomer(row)
	s.raiseCustomer(row, c.now, webhook.EventTypeCustomerDeleted)
	return s.okAnswer(), nil
}

// okAnswer says Ok in the dialect's form.
func (s *Server) okAnswer() answer {
	const text, quoted = "Ok", `"Ok"`
	switch s.dialect.OK {
	case OKAsText:
		return answer{contentType: "text/plain; charset=utf-8", body: []byte(text)}
	case OKAsTextCalledJSON:
		return answer{body: []byte(text)}
	case OKAsJSONCalledText:
		return answer{contentType: "text/html; charset=UTF-8", body: []byte(quoted)}
	}
	return answer{body: []byte(quoted)}
}
