package helpcrunchtest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// fieldsOf are the fields that rows of a kind can be searched by, by name.
type fieldsOf[Row any] map[string]field[Row]

// field reads one property of a row. The one function that fits the kind is set; a
// false result is null, which matches no filter.
type field[Row any] struct {
	kind    valueKind
	text    func(*Server, *Row) (string, bool)
	numbers func(*Row) []int64 // several for a list, none for null
	number  func(*Row) (int64, bool)
	tags    func(*Server, *Row) *customer
}

func textOf(name textField) field[customer] {
	return field[customer]{text: func(_ *Server, row *customer) (string, bool) { return row.text(name) }}
}

func messengerOf(name string) field[customer] {
	return field[customer]{text: func(_ *Server, row *customer) (string, bool) { return row.messengerID(name) }}
}

// momentOf is a date, compared by whole seconds.
func momentOf[Row any](read func(*Row) instant) field[Row] {
	return field[Row]{kind: dateValue, number: func(row *Row) (int64, bool) {
		moment := read(row)
		return moment.seconds(), moment != never
	}}
}

// referenceOf is an id, 0 for null.
func referenceOf[Row any](read func(*Row) int64) field[Row] {
	return field[Row]{kind: integerValue, number: func(row *Row) (int64, bool) {
		id := read(row)
		return id, id != 0
	}}
}

var customerFields = fieldsOf[customer]{
	"customers.id":          referenceOf(func(row *customer) int64 { return row.id }),
	"customers.name":        textOf(nameField),
	"customers.email":       textOf(emailField),
	"customers.company":     textOf(companyField),
	"customers.phone":       textOf(phoneField),
	"customers.countryCode": textOf(countryCodeField),
	"customers.city":        textOf(cityField),
	"customers.regionCode":  textOf(regionCodeField),
	"customers.userId":      textOf(userIDField),
	"customers.telegramId":  messengerOf("telegram"),
	"customers.facebookId":  messengerOf("facebook"),
	"customers.instagramId": messengerOf("instagram"),
	"customers.viberId":     messengerOf("viber"),
	"customers.whatsappId":  messengerOf("whatsapp"),
	"customers.lastSeen":    momentOf(func(row *customer) instant { return row.lastSeen }),
	"customers.tagsData":    {kind: tagsValue, tags: func(_ *Server, row *customer) *customer { return row }},
}

var chatFields = fieldsOf[chat]{
	"chats.assignee":        referenceOf(func(row *chat) int64 { return row.assignee }),
	"chats.agents":          {kind: integerValue, numbers: func(row *chat) []int64 { return row.agents }},
	"chats.department":      referenceOf(func(row *chat) int64 { return row.department }),
	"chats.customer":        referenceOf(func(row *chat) int64 { return row.customer }),
	"chats.createdAt":       momentOf(func(row *chat) instant { return row.createdAt }),
	"chats.updatedAt":       momentOf((*chat).updatedAt),
	"chats.closedAt":        momentOf(func(row *chat) instant { return row.closedAt }),
	"chats.status":          {kind: statusValue, text: func(_ *Server, row *chat) (string, bool) { return row.status, true }},
	"chats.rating":          {text: func(_ *Server, row *chat) (string, bool) { return row.rating, row.rating != "" }},
	"chats.customer.email":  textOfCustomer(emailField),
	"chats.customer.userId": textOfCustomer(userIDField),
	"chats.customer.tagsData": {kind: tagsValue, tags: func(s *Server, row *chat) *customer {
		return s.store.customers.get(row.customer)
	}},
}

func textOfCustomer(name textField) field[chat] {
	return field[chat]{text: func(s *Server, row *chat) (string, bool) {
		customer := s.store.customers.get(row.customer)
		if customer == nil {
			return "", false
		}
		return customer.text(name)
	}}
}

// updatedAt is the latest time that a chat tells of.
func (row *chat) updatedAt() instant {
	return max(row.createdAt, row.closedAt, row.lastMessageAt)
}

// filter makes a filter of a field, an operator that it allows, and a value.
func (f field[Row]) filter(s *Server, b *body, operator string, raw json.RawMessage) func(*Row) bool {
	switch f.kind {
	case integerValue, dateValue:
		number, ok := readInteger(raw)
		if !ok {
			b.violate("value", shouldBeNumeric)
			return nil
		}
		return f.numberFilter(operator, number)
	case tagsValue:
		names := readTagNames(b, raw)
		return func(row *Row) bool {
			customer := f.tags(s, row)
			return customer != nil && !slices.ContainsFunc(names, func(name string) bool { return !customer.hasTag(name) })
		}
	}
	wanted, ok := readString(raw)
	if !ok && !s.dialect.NumbersForStringsAre400 {
		wanted, ok = numberText(raw)
	}
	if number, isNumber := readInteger(raw); f.kind == statusValue && isNumber {
		wanted, ok = statusOfNumber(number), true
	}
	switch {
	case !ok:
		b.violate("value", shouldBeString)
		return nil
	case wanted == "" && s.dialect.EmptyStringsAre400:
		b.violate("value", shouldNotBeBlank)
		return nil
	}
	if spelt, ok := statusSpellings[strings.ToLower(wanted)]; ok && f.kind == statusValue {
		wanted = spelt
	}
	return f.textFilter(s, operator, wanted)
}

// statusOfNumber is the status that a number in a filter stands for.
func statusOfNumber(number int64) string {
	if number < 1 || number > int64(len(statusNumbers)) {
		return strconv.FormatInt(number, 10)
	}
	return statusNumbers[number-1]
}

// textFilter compares without case.
func (f field[Row]) textFilter(s *Server, operator, wanted string) func(*Row) bool {
	lower := strings.ToLower(wanted)
	compare := func(text string) bool { return strings.EqualFold(text, wanted) }
	if strings.HasSuffix(operator, "~") {
		compare = func(text string) bool { return strings.Contains(strings.ToLower(text), lower) }
	}
	positive := !strings.HasPrefix(operator, "!")
	return func(row *Row) bool {
		text, ok := f.text(s, row)
		return ok && compare(text) == positive
	}
}

func (f field[Row]) numberFilter(operator string, wanted int64) func(*Row) bool {
	compare := comparisons[operator]
	if f.numbers == nil {
		return func(row *Row) bool {
			number, ok := f.number(row)
			return ok && compare(number, wanted)
		}
	}
	return func(row *Row) bool {
		numbers := f.numbers(row)
		if operator == "!=" {
			return len(numbers) > 0 && !slices.Contains(numbers, wanted)
		}
		return slices.ContainsFunc(numbers, func(number int64) bool { return compare(number, wanted) })
	}
}

var comparisons = map[string]func(a, b int64) bool{
	"=":  func(a, b int64) bool { return a == b },
	"!=": func(a, b int64) bool { return a != b },
	">":  func(a, b int64) bool { return a > b },
	"<":  func(a, b int64) bool { return a < b },
	">=": func(a, b int64) bool { return a >= b },
	"<=": func(a, b int64) bool { return a <= b },
}
