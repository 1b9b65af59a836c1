package helpcrunchtest

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// pageSize is the largest limit, and the limit where none is given.
const pageSize = 100

// window is the part of a list that was asked for.
type window struct {
	offset, limit int
	sort          string // a field without its prefix, empty when none was given or it is unknown
	descending    bool
	nulls         NullOrder
}

// queryWindow reads offset, limit, sort and order from a query.
func (s *Server) queryWindow(c *call, sorts ...string) (window, *problem) {
	w := window{limit: pageSize, nulls: s.dialect.Nulls}
	var query url.Values
	if c.query != "" {
		query, _ = url.ParseQuery(c.query)
	}
	var violations []violation
	read := func(name string, least int) int {
		number, wrong := s.readBound(query.Get(name), name, least)
		if wrong != nil {
			violations = append(violations, *wrong)
		}
		return number
	}
	if query.Has("offset") {
		w.offset = read("offset", 0)
	}
	if query.Has("limit") {
		w.limit = read("limit", 1)
	}
	if violations != nil {
		return w, badRequest(violations)
	}
	s.readSort(&w, query.Get("sort"), query.Get("order"), sorts)
	return s.bend(w, c), nil
}

// bodyWindow reads the same from a search body.
func (s *Server) bodyWindow(c *call, b *body, sorts ...string) window {
	w := window{limit: pageSize, nulls: s.dialect.Nulls}
	read := func(name string, least, otherwise int) int {
		raw, ok := b.value(name)
		if !ok {
			return otherwise
		}
		digits, ok := integerText(raw)
		if !ok {
			b.violate(name, shouldBeNumeric)
			return otherwise
		}
		bound, wrong := s.readBound(digits, name, least)
		if wrong != nil {
			b.violateAt(wrong.path, wrong.message)
		}
		return bound
	}
	w.offset = read("offset", 0, 0)
	w.limit = read("limit", 1, pageSize)
	sort, _ := b.value("sort")
	direction, _ := b.value("order")
	sortText, _ := readString(sort)
	directionText, _ := readString(direction)
	s.readSort(&w, sortText, directionText, sorts)
	return s.bend(w, c)
}

// readBound reads an offset or a limit; one beyond the range of int is the last in it.
func (s *Server) readBound(text, name string, least int) (int, *violation) {
	number, err := strconv.Atoi(text)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, &violation{name, shouldBeNumeric}
	case number < least:
		return 0, &violation{name, "This value should be " + strconv.Itoa(least) + " or more."}
	case name == "limit" && number > pageSize:
		if s.dialect.LimitAbove100Is400 {
			return 0, &violation{name, "This value should be 100 or less."}
		}
		return pageSize, nil
	}
	return number, nil
}

// readSort resolves a sort field, with or without its prefix, and a direction in any
// case. An unknown field is as none.
func (s *Server) readSort(w *window, field, direction string, sorts []string) {
	for _, known := range sorts {
		_, short, _ := strings.Cut(known, ".")
		if field == known || field == short {
			w.sort = short
		}
	}
	w.descending = strings.EqualFold(direction, "desc")
	if w.sort == "" && direction == "" {
		w.descending = s.dialect.NewestFirst && len(sorts) > 0
	}
}

// bend applies the faults that spoil a page.
func (s *Server) bend(w window, c *call) window {
	if c.stuckPage {
		w.offset = 0
	}
	if c.longPage {
		w.limit = 2*w.limit + 1
	}
	return w
}

// cut returns the rows in the window.
func cut[Row any](rows []*Row, w window) []*Row {
	from := min(w.offset, len(rows))
	return rows[from:min(len(rows), from+w.limit)]
}

// sorted returns all rows of a table in the order of a window: by key, or by id where
// key is nil.
func sorted[Row any](t *table[Row], w window, key func(*Row) instant) []*Row {
	switch {
	case key != nil:
		name := w.sort + strconv.FormatBool(w.descending)
		return t.ordered(name, func(a, b *Row) int { return w.compare(key(a), key(b)) })
	case w.descending:
		return t.ordered("descending", func(a, b *Row) int { return cmp.Compare(t.id(b), t.id(a)) })
	}
	return t.rows
}

// compare orders by time, and puts never where the dialect has nulls.
func (w *window) compare(a, b instant) int {
	switch {
	case a == b:
		return 0
	case a == never || b == never:
		neverFirst := w.nulls == NullsFirst || w.nulls == NullsLargest && w.descending
		if (a == never) == neverFirst {
			return -1
		}
		return 1
	case w.descending:
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// envelope is how a page is wrapped.
type envelope struct {
	key           string
	onTop, inMeta bool
}

// page writes a page of rows.
func page[Row any](s *Server, c *call, rows []*Row, total int, write func(*encoder, *Row)) answer {
	wrap := s.envelope(c.operation)
	e := &encoder{buffer: make([]byte, 0, 64+512*len(rows)), dialect: &s.dialect}
	e.begin('{')
	e.key(wrap.key)
	e.begin('[')
	for _, row := range rows {
		write(e, row)
	}
	e.end(']')
	if wrap.onTop {
		e.key("total")
		e.integer(int64(total))
	}
	if wrap.inMeta {
		e.key("meta")
		e.begin('{')
		e.key("total")
		e.integer(int64(total))
		e.end('}')
	}
	e.end('}')
	return answer{body: e.buffer}
}

// envelope decides where a page has its rows and its total.
func (s *Server) envelope(operation Operation) envelope {
	wrap := envelope{key: "data"}
	if operation == ListMessages && s.dialect.MessagesKey {
		wrap.key = "messages"
	}
	oldest := s.dialect.Totals == TotalsAsOldest
	switch s.dialect.Totals {
	case TotalsByOperation, TotalsAsOldest:
	default:
		wrap.onTop = s.dialect.Totals == TotalsOnTop || s.dialect.Totals == TotalsTwice
		wrap.inMeta = s.dialect.Totals == TotalsInMeta || s.dialect.Totals == TotalsTwice
		return wrap
	}
	switch operation {
	case ListCustomers, SearchCustomers, ListMessages:
		wrap.onTop = true
	case ListChats:
		wrap.inMeta = true
	case SearchChats:
		wrap.onTop, wrap.inMeta = !oldest, true
	case ListAgents, ListDepartments:
		wrap.inMeta = !oldest
	}
	return wrap
}
