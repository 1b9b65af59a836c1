package wire

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// WriteInstant sets target to a time if it was sent. Null clears it.
func (b *Body) WriteInstant(name string, target *account.Instant) {
	if b.Has(name) {
		*target = b.Instant(name)
	}
}

// WriteFlag sets target to a boolean if it was sent. Null clears it.
func (b *Body) WriteFlag(name string, target *bool) {
	if b.Has(name) {
		*target = b.Flag(name)
	}
}

// Tags reads an array of tags. A missing colour is empty.
func (b *Body) Tags(name string) []helpcrunch.Tag {
	var tags []helpcrunch.Tag
	for i, raw := range b.List(name) {
		inner := b.Nested(raw, b.ElementPath(name, i))
		if inner == nil {
			continue
		}
		color, _ := inner.Text("color")
		tags = account.AddTags(tags, []helpcrunch.Tag{{Name: inner.RequiredText("name"), Color: color}})
	}
	return tags
}

const maxBatch = 10

// ReadItems splits the body of a batch.
func (d *Dialect) ReadItems(data []byte) ([]json.RawMessage, *Problem) {
	if !json.Valid(data) {
		return nil, d.ReadObject(data).Problem()
	}
	items, ok := d.readArray(bytes.TrimSpace(data))
	if !ok {
		return nil, BadRequest([]Violation{{"body", shouldBeArray}})
	}
	if len(items) < 1 || len(items) > maxBatch {
		return nil, BadRequest([]Violation{{
			"body", "This collection should contain from 1 to " + strconv.Itoa(maxBatch) + " elements.",
		}})
	}
	return items, nil
}

// EventData reads an object of scalars and keeps their order. An empty array is empty data.
func (b *Body) EventData(name string) (data []account.Property) {
	raw, ok := b.Value(name)
	if !ok || isEmptyArray(raw) {
		return nil
	}
	inner := b.Nested(raw, b.Path+name)
	if inner == nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	_, _ = decoder.Token()
	for decoder.More() {
		key, _ := decoder.Token()
		name, _ := key.(string)
		var ignored json.RawMessage
		if decoder.Decode(&ignored) != nil || slices.ContainsFunc(data, func(p account.Property) bool { return p.Name == name }) {
			continue // the properties already contain the last value of a repeated key
		}
		value, ok := ReadScalar(inner.Properties[name])
		if !ok {
			inner.Violate(name, ShouldBeScalar)
		}
		data = append(data, account.Property{Name: name, Value: value})
	}
	return data
}

// TagNames reads the tag names in the value of a filter.
func (b *Body) TagNames() []string {
	elements, isArray := read(b, "value", shouldBeArray, b.Dialect.readArray)
	if isArray && len(elements) == 0 {
		b.Violate("value", ShouldNotBeBlank)
	}
	var names []string
	for i, element := range elements {
		if inner := b.Nested(element, b.ElementPath("value", i)); inner != nil {
			names = append(names, inner.RequiredText("name"))
		}
	}
	return names
}

// QueryBody converts a query to a body with a number or a string for each parameter.
func QueryBody(dialect *Dialect, query string) *Body {
	values, _ := url.ParseQuery(query)
	b := &Body{Dialect: dialect, Properties: make(map[string]json.RawMessage, len(values)), Violations: new([]Violation)}
	for name := range values {
		raw := json.RawMessage(values.Get(name))
		if _, isNumber := NumberText(raw); !isNumber {
			raw, _ = json.Marshal(values.Get(name))
		}
		b.Properties[name] = raw
	}
	return b
}
