package helpcrunchtest

import (
	"encoding/json"
	"strings"
)

func (s *Server) searchCustomers(c *call) (answer, *problem) {
	query, trouble := readSearch(s, c, customerFields, customerSorts)
	if trouble != nil {
		return answer{}, trouble
	}
	rows, total := query.run(s.sortedCustomers(query.window))
	if total == 0 && s.dialect.NoMatchIs404 {
		return answer{}, notFound("Customer")
	}
	return s.customerPage(c, rows, total), nil
}

func (s *Server) searchChats(c *call) (answer, *problem) {
	query, trouble := readSearch(s, c, chatFields, chatSorts)
	if trouble != nil {
		return answer{}, trouble
	}
	rows, total := query.run(s.sortedChats(query.window))
	if total == 0 && s.dialect.NoMatchIs404 {
		return answer{}, chatNotFound()
	}
	return s.chatPage(c, rows, total), nil
}

// search is a search body, understood.
type search[Row any] struct {
	window  window
	any     bool // one filter is enough
	filters []func(*Row) bool
}

// run returns the rows in the window and how many match in all.
func (q *search[Row]) run(rows []*Row) (found []*Row, total int) {
	if len(q.filters) == 0 {
		return cut(rows, q.window), len(rows)
	}
	for _, row := range rows {
		if !q.matches(row) {
			continue
		}
		if total >= q.window.offset && len(found) < q.window.limit {
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

// readSearch reads a search body. An empty body asks for everything.
func readSearch[Row any](s *Server, c *call, fields fieldsOf[Row], sorts []string) (*search[Row], *problem) {
	data := c.body
	if len(data) == 0 {
		data = []byte("{}")
	}
	b, trouble := s.dialect.readObject(data)
	if trouble != nil {
		return nil, trouble
	}
	query := &search[Row]{window: s.bodyWindow(c, b, sorts...)}
	if comparison, ok := b.text("comparison"); ok {
		query.any = strings.EqualFold(comparison, "OR")
		if !query.any && !strings.EqualFold(comparison, "AND") {
			b.violate("comparison", shouldBeChoice)
		}
	}
	for i, raw := range b.list("filter") {
		inner := b.nested(raw, b.place("filter", i))
		if inner == nil {
			continue
		}
		if filter := readFilter(s, inner, fields); filter != nil {
			query.filters = append(query.filters, filter)
		}
	}
	return query, b.problem()
}

// readFilter reads one filter; what is wrong with it goes to b.
func readFilter[Row any](s *Server, b *body, fields fieldsOf[Row]) func(*Row) bool {
	name := b.requiredText("field")
	operator := b.requiredText("operator")
	raw, hasValue := b.require("value")
	field, known := fields[name]
	if !known {
		if name != "" {
			b.violate("field", shouldBeChoice)
		}
		return nil
	}
	if operator != "" && !field.kind.allows(operator) {
		b.violate("operator", shouldBeChoice)
		return nil
	}
	if !hasValue {
		return nil
	}
	return field.filter(s, b, operator, raw)
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

// readTagNames reads the names that a tags filter wants, all of them.
func readTagNames(b *body, raw json.RawMessage) []string {
	var names []string
	for i, element := range b.list("value") {
		if inner := b.nested(element, b.place("value", i)); inner != nil {
			names = append(names, inner.requiredText("name"))
		}
	}
	if isEmptyArray(raw) {
		b.violate("value", shouldNotBeBlank)
	}
	return names
}
