// Package search parses lists and searches of rows, and finds the rows.
package search

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// search is a parsed search body.
type search[Row any] struct {
	Window  Window
	any     bool // one filter is enough
	filters []func(*Row) bool
}

// Run returns the matching rows in the window, and the total number of matching rows.
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

// ReadSearch parses a search body. An empty body selects all rows.
func ReadSearch[Row any](store *account.Account, dialect *wire.Dialect, data []byte, fields Fields[Row], sorts Sorts[Row]) (*search[Row], *wire.Problem) {
	if len(data) == 0 {
		data = []byte("{}")
	}
	b := dialect.ReadObject(data)
	query := &search[Row]{Window: readWindow(b, sorts)}
	if comparison, ok := b.Text("comparison"); ok {
		query.any = strings.EqualFold(comparison, "OR")
		if !query.any && !strings.EqualFold(comparison, "AND") {
			b.Violate("comparison", wire.ShouldBeChoice)
		}
	}
	for i, raw := range b.List("filter") {
		inner := b.Nested(raw, b.ElementPath("filter", i))
		if inner == nil {
			continue
		}
		if filter := readFilter(store, inner, fields); filter != nil {
			query.filters = append(query.filters, filter)
		}
	}
	return query, b.Problem()
}

func readFilter[Row any](store *account.Account, b *wire.Body, fields Fields[Row]) func(*Row) bool {
	name := b.RequiredText("field")
	operator := b.RequiredText("operator")
	b.Require("value")
	raw, hasValue := b.Value("value")
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

type valueKind uint8

const (
	stringValue valueKind = iota
	integerValue
	dateValue
	statusValue
	tagsValue
)

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

// pageSize is the largest and the default limit.
const pageSize = 100

// Window is the requested part of a list, and its order.
type Window struct {
	Offset, Limit int
	sort          string // empty for none and for an unknown one
	descending    bool
	nulls         string
}

// Sorts maps the names of the sort fields to their values.
type Sorts[Row any] map[string]func(*Row) account.Instant

// ReadQuery reads offset, limit, sort and order from a query. sorts may be nil.
func ReadQuery[Row any](dialect *wire.Dialect, query string, sorts Sorts[Row]) (Window, *wire.Problem) {
	if query == "" {
		return Window{Limit: pageSize, nulls: dialect.Nulls, descending: dialect.NewestFirst && len(sorts) > 0}, nil
	}
	b := wire.QueryBody(dialect, query)
	return readWindow(b, sorts), b.Problem()
}

// readWindow reads offset, limit, sort and order from a body.
func readWindow[Row any](b *wire.Body, sorts Sorts[Row]) Window {
	w := Window{Limit: pageSize, nulls: b.Dialect.Nulls}
	if raw, ok := b.Value("offset"); ok {
		w.Offset = readBound(b, raw, "offset", 0)
	}
	if raw, ok := b.Value("limit"); ok {
		w.Limit = readBound(b, raw, "limit", 1)
	}
	sort, _ := b.Value("sort")
	order, _ := b.Value("order")
	field, _ := wire.ReadString(sort)
	direction, _ := wire.ReadString(order)
	for known := range sorts { // unknown fields are ignored
		if _, short, _ := strings.Cut(known, "."); field == known || field == short {
			w.sort = known
		}
	}
	w.descending = strings.EqualFold(direction, "desc")
	if w.sort == "" && direction == "" {
		w.descending = b.Dialect.NewestFirst && len(sorts) > 0
	}
	return w
}

// readBound reads an offset or a limit. A number above the range is the largest int.
func readBound(b *wire.Body, raw json.RawMessage, name string, minimum int) int {
	digits, isInteger := wire.IntegerText(raw)
	number, err := strconv.Atoi(digits)
	switch {
	case !isInteger || err != nil && !errors.Is(err, strconv.ErrRange):
		b.Violate(name, wire.ShouldBeNumeric)
	case number < minimum:
		b.Violate(name, fmt.Sprintf("This value should be %d or more.", minimum))
	case name == "limit" && number > pageSize && b.Dialect.LimitAbove100Is400:
		b.Violate(name, "This value should be 100 or less.")
	case name == "limit":
		return min(number, pageSize)
	}
	return number
}

// Cut returns the rows in the window.
func Cut[Row any](rows []*Row, w Window) []*Row {
	from := min(w.Offset, len(rows))
	return rows[from:min(len(rows), from+w.Limit)]
}

// Sorted returns all rows of a table in the order of a window, by id if it names no sort field.
func Sorted[Row any](t *account.Table[Row], w Window, sorts Sorts[Row]) []*Row {
	key := sorts[w.sort]
	switch {
	case key != nil:
		name := w.sort + strconv.FormatBool(w.descending)
		return t.Ordered(name, func(a, b *Row) int { return w.compare(key(a), key(b)) })
	case w.descending:
		return t.Ordered("descending", func(a, b *Row) int { return cmp.Compare(t.ID(b), t.ID(a)) })
	}
	return t.Rows
}

// compare compares times. Never is null, whose place depends on the dialect.
func (w *Window) compare(a, b account.Instant) int {
	switch {
	case a == b:
		return 0
	case a == account.Never || b == account.Never:
		neverFirst := w.nulls == wire.NullsFirst || w.nulls == "" && w.descending
		if (a == account.Never) == neverFirst {
			return -1
		}
		return 1
	case w.descending:
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}
