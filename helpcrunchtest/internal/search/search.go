// Package search reads which rows a request asks for, and finds them.
package search

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
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

// pageSize is the largest limit, and the limit where none is given.
const pageSize = 100

// Window is the part of a list that was asked for.
type Window struct {
	Offset, Limit int
	Sort          string // a field without its prefix, empty when none was given or it is unknown
	descending    bool
	nulls         string
}

// ReadQuery reads offset, limit, sort and order from a query.
func ReadQuery(dialect *wire.Dialect, rawQuery string, sorts ...string) (Window, *wire.Problem) {
	w := Window{Limit: pageSize, nulls: dialect.Nulls}
	var query url.Values
	if rawQuery != "" {
		query, _ = url.ParseQuery(rawQuery)
	}
	var violations []wire.Violation
	read := func(name string, least int) int {
		number, wrong := readBound(dialect, query.Get(name), name, least)
		if wrong != nil {
			violations = append(violations, *wrong)
		}
		return number
	}
	if query.Has("offset") {
		w.Offset = read("offset", 0)
	}
	if query.Has("limit") {
		w.Limit = read("limit", 1)
	}
	if violations != nil {
		return w, wire.BadRequest(violations)
	}
	w.readSort(dialect, query.Get("sort"), query.Get("order"), sorts)
	return w, nil
}

// readBodyWindow reads the same from a search body.
func readBodyWindow(b *wire.Body, sorts ...string) Window {
	w := Window{Limit: pageSize, nulls: b.Dialect.Nulls}
	read := func(name string, least, otherwise int) int {
		raw, ok := b.Value(name)
		if !ok {
			return otherwise
		}
		digits, ok := wire.IntegerText(raw)
		if !ok {
			b.Violate(name, wire.ShouldBeNumeric)
			return otherwise
		}
		bound, wrong := readBound(b.Dialect, digits, name, least)
		if wrong != nil {
			b.ViolateAt(wrong.Path, wrong.Message)
		}
		return bound
	}
	w.Offset = read("offset", 0, 0)
	w.Limit = read("limit", 1, pageSize)
	sort, _ := b.Value("sort")
	direction, _ := b.Value("order")
	sortText, _ := wire.ReadString(sort)
	directionText, _ := wire.ReadString(direction)
	w.readSort(b.Dialect, sortText, directionText, sorts)
	return w
}

// readBound reads an offset or a limit; one beyond the range of int is the last in it.
func readBound(dialect *wire.Dialect, text, name string, least int) (int, *wire.Violation) {
	number, err := strconv.Atoi(text)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, &wire.Violation{Path: name, Message: wire.ShouldBeNumeric}
	case number < least:
		return 0, &wire.Violation{Path: name, Message: "This value should be " + strconv.Itoa(least) + " or more."}
	case name == "limit" && number > pageSize:
		if dialect.LimitAbove100Is400 {
			return 0, &wire.Violation{Path: name, Message: "This value should be 100 or less."}
		}
		return pageSize, nil
	}
	return number, nil
}

// readSort resolves a sort field, with or without its prefix, and a direction in any
// case. An unknown field is as none.
func (w *Window) readSort(dialect *wire.Dialect, field, direction string, sorts []string) {
	for _, known := range sorts {
		_, short, _ := strings.Cut(known, ".")
		if field == known || field == short {
			w.Sort = short
		}
	}
	w.descending = strings.EqualFold(direction, "desc")
	if w.Sort == "" && direction == "" {
		w.descending = dialect.NewestFirst && len(sorts) > 0
	}
}

// Cut returns the rows in the window.
func Cut[Row any](rows []*Row, w Window) []*Row {
	from := min(w.Offset, len(rows))
	return rows[from:min(len(rows), from+w.Limit)]
}

// Sorted returns all rows of a table in the order of a window: by key, or by id where
// key is nil.
func Sorted[Row any](t *account.Table[Row], w Window, key func(*Row) account.Instant) []*Row {
	switch {
	case key != nil:
		name := w.Sort + strconv.FormatBool(w.descending)
		return t.Ordered(name, func(a, b *Row) int { return w.compare(key(a), key(b)) })
	case w.descending:
		return t.Ordered("descending", func(a, b *Row) int { return cmp.Compare(t.ID(b), t.ID(a)) })
	}
	return t.Rows
}

// compare orders by time, and puts never where the dialect has nulls.
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
