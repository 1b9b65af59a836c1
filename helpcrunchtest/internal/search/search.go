// Package search reads which rows a request asks for, and finds them.
package search

import (
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// search is a search body, understood.
type search[Row any] struct {
	Window  Window
	any     bool // one filter is enough
	filters []func(*Row) bool
}

// Run returns the rows in the window and how many match in all.
func (q *search[Row]) Run(rows []*Row) (found []*Row, total int) {
	if len(q.filters) == 0 {
		return Cut(rows, q.Window), len(rows)
	}
	for _, row := range rows {
		if !q.matches(row) {
			continue
		}
		if total >= q.Window.Offset && len(found) < q.Window.Limit {
			found = append(found, row)
		}
		total++
	}
	return found, total
}

func (q *search[Row]) matches(row *Row) bool {
	for _, filter := range q.filters {
		if filter(row) == q.any {
			return q.any
		}
	}
	return !q.any
}

// ReadSearch reads a search body. An empty body asks for everything.
func ReadSearch[Row any](store *account.Account, dialect *wire.Dialect, data []byte, fields fieldsOf[Row], sorts []string) (*search[Row], *wire.Problem) {
	if len(data) == 0 {
		data = []byte("{}")
	}
	b, trouble := dialect.ReadObject(data)
	if trouble != nil {
		return nil, trouble
	}
	query := &search[Row]{Window: readBodyWindow(b, sorts...)}
	if comparison, ok := b.Text("comparison"); ok {
		query.any = strings.EqualFold(comparison, "OR")
		if !query.any && !strings.EqualFold(comparison, "AND") {
			b.Violate("comparison", wire.ShouldBeChoice)
		}
	}
	for i, raw := range b.List("filter") {
		inner := b.Nested(raw, b.Place("filter", i))
		if inner == nil {
			continue
		}
		if filter := readFilter(store, inner, fields); filter != nil {
			query.filters = append(query.filters, filter)
		}
	}
	return query, b.Problem()
}

// readFilter reads one filter; what is wrong with it goes to b.
func readFilter[Row any](store *account.Account, b *wire.Body, fields fieldsOf[Row]) func(*Row) bool {
	name := b.RequiredText("field")
	operator := b.RequiredText("operator")
	raw, hasValue := b.Require("value")
	field, known := fields[name]
	if !known {
		if name != "" {
			b.Violate("field", wire.ShouldBeChoice)
		}
		return nil
	}
	if operator != "" && !field.kind.allows(operator) {
		b.Violate("operator", wire.ShouldBeChoice)
		return nil
	}
	if !hasValue {
		return nil
	}
	return field.filter(store, b, operator, raw)
}

// valueKind is the type of a field that can be searched.
type valueKind uint8

const (
	stringValue valueKind = iota
	integerValue
	dateValue
	statusValue
	tagsValue
)

// allows reports whether fields of a type take an operator.
func (k valueKind) allows(operator string) bool {
	switch operator {
	case "=":
		return true
	case "!=":
		return k != tagsValue
	case ">", "<", ">=", "<=":
		return k == integerValue || k == dateValue
	case "~", "!~":
		return k == stringValue || k == statusValue
	}
	return false
}
