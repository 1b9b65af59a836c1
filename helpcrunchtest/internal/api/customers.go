package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/search"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

var customerSorts = search.Sorts[account.Customer]{
	"customers.firstSeen": func(row *account.Customer) account.Instant { return row.FirstSeen },
	"customers.lastSeen":  func(row *account.Customer) account.Instant { return row.LastSeen },
}

func (s *Service) listCustomers(c *Call) (Response, *wire.Problem) {
	totals := s.Dialect.TotalsPlace(wire.TotalOnTop, wire.TotalOnTop)
	return listRows(s, c, s.Store.Customers, customerSorts, (*wire.Encoder).Customer, totals)
}

func (s *Service) searchCustomers(c *Call) (Response, *wire.Problem) {
	totals := s.Dialect.TotalsPlace(wire.TotalOnTop, wire.TotalOnTop)
	return searchRows(s, c, s.Store.Customers, search.CustomerFields, customerSorts, (*wire.Encoder).Customer, totals, wire.NotFound("Customer"))
}

func (s *Service) getCustomer(_ *Call, row *account.Customer) (Response, *wire.Problem) {
	return s.customerResponse(http.StatusOK, row), nil
}

func (s *Service) customerResponse(status int, row *account.Customer) Response {
	return respond(s, status, row, (*wire.Encoder).Customer)
}

func (s *Service) createCustomer(c *Call) (Response, *wire.Problem) {
	data := c.Body
	if len(data) == 0 && !s.Dialect.EmptyArraysAre400 {
		data = []byte("{}")
	}
	userID, _ := s.Dialect.ReadObject(data).Text("userId")
	if known := s.Store.Customers.Get(s.Store.ByUserID[userID]); known != nil && s.Dialect.CreateUpdates {
		return s.updateCustomer(c, known)
	}
	row := &account.Customer{ID: s.Store.Customers.NextID, FirstSeen: c.Now, LastSeen: account.Never}
	row, problem := s.changeCustomer(row, data, merging{})
	if problem != nil {
		return Response{}, problem
	}
	s.Store.SaveCustomer(row, c.Now)
	return s.customerResponse(http.StatusCreated, row), nil
}

func (s *Service) replaceCustomer(c *Call, row *account.Customer) (Response, *wire.Problem) {
	if s.Dialect.PutPatches {
		return s.updateCustomer(c, row)
	}
	return s.writeCustomer(c, account.Cleared(row), merging{})
}

func (s *Service) updateCustomer(c *Call, row *account.Customer) (Response, *wire.Problem) {
	return s.writeCustomer(c, account.CopyOf(row), s.patching())
}

// writeCustomer applies a body to base and stores it.
func (s *Service) writeCustomer(c *Call, base *account.Customer, how merging) (Response, *wire.Problem) {
	row, problem := s.changeCustomer(base, c.Body, how)
	if problem != nil {
		return Response{}, problem
	}
	s.Store.SaveCustomer(row, c.Now)
	return s.customerResponse(http.StatusOK, row), nil
}

// merging selects whether new tags and custom data are merged into the old.
type merging struct {
	tags, customData bool
}

func (s *Service) patching() merging {
	return merging{tags: s.Dialect.PatchAddsTags, customData: !s.Dialect.PatchReplacesCustomData}
}

func (s *Service) deleteCustomer(c *Call, row *account.Customer) (Response, *wire.Problem) {
	s.Store.RemoveCustomer(row, c.Now)
	return s.okResponse(), nil
}

func (s *Service) okResponse() Response {
	const text, quoted = "Ok", `"Ok"`
	switch s.Dialect.OK {
	case wire.OKAsText:
		return Response{ContentType: "text/plain; charset=utf-8", Body: []byte(text)}
	case wire.OKAsTextCalledJSON:
		return Response{Body: []byte(text)}
	case wire.OKAsJSONCalledText:
		return Response{ContentType: "text/html; charset=UTF-8", Body: []byte(quoted)}
	}
	return Response{Body: []byte(quoted)}
}

// changeCustomer applies a request body to row, which is not stored yet.
func (s *Service) changeCustomer(row *account.Customer, data []byte, how merging) (*account.Customer, *wire.Problem) {
	b := s.Dialect.ReadObject(data)
	s.applyCustomer(row, b, how)
	if problem := b.Problem(); problem != nil {
		return nil, problem
	}
	return row, s.checkUserID(row, s.Store.ByUserID, "userId")
}

// applyCustomer writes the properties of b to row, and collects violations in b.
func (s *Service) applyCustomer(row *account.Customer, b *wire.Body, how merging) {
	texts := row.Texts()
	for field, name := range account.TextFieldNames {
		if b.Has(name) {
			text, ok := b.Text(name)
			texts[field] = account.NullableText{Text: text, Set: ok}
		}
	}
	if wire.IsLong(texts[account.NotesField].Text) && b.Has("notes") {
		b.Violate("notes", wire.IsTooLong)
	}
	row.Pack(&texts)
	b.WriteInstant("firstSeen", &row.FirstSeen)
	b.WriteInstant("lastSeen", &row.LastSeen)
	b.WriteFlag("unsubscribed", &row.Unsubscribed)
	b.WriteFlag("blocked", &row.Blocked)
	if b.Has("tags") {
		tags := b.Tags("tags")
		if how.tags {
			tags = account.AddTags(row.Tags, tags)
		}
		row.Tags = account.WithColors(tags)
	}
	if b.Has("customData") {
		s.applyCustomData(row, b, how.customData)
	}
}

// checkUserID rejects the userId of another customer. path is the path of the property.
func (s *Service) checkUserID(row *account.Customer, holders map[string]int64, path string) *wire.Problem {
	userID, ok := row.Text(account.UserIDField)
	if !ok || userID == "" {
		return nil
	}
	if holder, taken := holders[userID]; taken && holder != row.ID {
		return wire.BadValue("invalid_userId_value", "userId value is already used", path)
	}
	return nil
}

func (s *Service) applyCustomData(row *account.Customer, b *wire.Body, merge bool) {
	var properties []account.Property
	if merge && !wire.IsNull(b.Properties["customData"]) {
		properties = slices.Clone(row.Custom)
	}
	for i, raw := range b.List("customData") {
		pair := b.Nested(raw, b.ElementPath("customData", i))
		if pair == nil {
			continue
		}
		name := pair.RequiredText("property")
		value := s.customValue(name, pair)
		properties = slices.DeleteFunc(properties, func(p account.Property) bool { return p.Name == name && value == nil })
		properties = account.SetProperty(properties, name, value)
	}
	row.Custom = properties
}

// customValue reads the value of a pair and checks it against the attribute.
func (s *Service) customValue(name string, pair *wire.Body) any {
	raw, ok := pair.Properties["value"]
	if !ok {
		raw = json.RawMessage("null")
	}
	value, ok := wire.ReadScalar(raw)
	if !ok {
		pair.Violate("value", wire.ShouldBeScalar)
		return nil
	}
	if text, ok := value.(string); ok && wire.IsLong(text) {
		pair.Violate("value", wire.IsTooLong)
		return nil
	}
	if s.Attributes == nil || value == nil {
		return value
	}
	kind, defined := s.Attributes[name]
	if !defined {
		pair.Violate("property", "This attribute is not defined.")
		return nil
	}
	value, ok = kind.Accept(value)
	if !ok {
		pair.Violate("value", "This value is not valid for an attribute of type "+string(kind)+".")
	}
	return value
}

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

// changeTags changes a customer's tags. named are the tags in the body.
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
