package api

import (
	"encoding/json"
	"slices"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// changeCustomer applies a request body to row, which no one else holds.
func (s *Service) changeCustomer(row *account.Customer, data []byte, how merging) (*account.Customer, *wire.Problem) {
	b, trouble := s.Dialect.ReadObject(data)
	if trouble != nil {
		return nil, trouble
	}
	s.applyCustomer(row, b, how)
	if trouble := b.Problem(); trouble != nil {
		return nil, trouble
	}
	return row, s.checkUserID(row, s.Store.ByUserID, "userId")
}

// applyCustomer writes the properties of b to row, and leaves what is wrong with them
// in b.
func (s *Service) applyCustomer(row *account.Customer, b *wire.Body, how merging) {
	texts := row.Texts()
	for field, name := range account.TextFieldNames {
		if b.Has(name) {
			text, ok := b.TextOrNumber(name)
			texts[field] = account.NullableText{Text: text, Set: ok}
		}
	}
	if wire.IsLong(texts[account.NotesField].Text) && b.Has("notes") {
		b.Violate("notes", wire.IsTooLong)
	}
	row.Pack(&texts)
	b.WriteMoment("firstSeen", &row.FirstSeen)
	b.WriteMoment("lastSeen", &row.LastSeen)
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

// checkUserID refuses a userId that another customer holds. path is where it was given.
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

// applyCustomData writes the custom attributes of b to row.
func (s *Service) applyCustomData(row *account.Customer, b *wire.Body, merge bool) {
	var properties []account.Property
	if merge && !wire.IsNull(b.Properties["customData"]) {
		properties = slices.Clone(row.Custom.List())
	}
	for i, raw := range b.Pairs("customData") {
		pair := b.Nested(raw, b.Place("customData", i))
		if pair == nil {
			continue
		}
		name := pair.RequiredText("property")
		value := s.customValue(name, pair)
		properties = slices.DeleteFunc(properties, func(p account.Property) bool { return p.Name == name && value == nil })
		properties = account.SetProperty(properties, name, value)
	}
	row.Custom = nil
	if len(properties) > 0 {
		row.Custom = &account.CustomData{Properties: properties}
	}
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
		pair.Violate("value", "This value is not valid for an attribute of type "+kind.String()+".")
	}
	return value
}
