package search

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Fields are the fields by which rows of a kind can be searched, by name.
type Fields[Row any] map[string]field[Row]

// field reads one property of a row, by the function of its kind. Null matches no filter.
type field[Row any] struct {
	kind    valueKind
	text    func(*account.Account, *Row) (string, bool)
	numbers func(*Row) []int64 // several for a list, none for null
	tags    func(*account.Account, *Row) *account.Customer
}

func textOf(name account.TextField) field[account.Customer] {
	return field[account.Customer]{text: func(_ *account.Account, row *account.Customer) (string, bool) { return row.Text(name) }}
}

func messengerOf(name string) field[account.Customer] {
	return field[account.Customer]{text: func(_ *account.Account, row *account.Customer) (string, bool) { return row.MessengerID(name) }}
}

// momentOf is a date, compared by whole seconds.
func momentOf[Row any](read func(*Row) account.Instant) field[Row] {
	return field[Row]{kind: dateValue, numbers: func(row *Row) []int64 {
		if moment := read(row); moment != account.Never {
			return []int64{moment.Seconds()}
		}
		return nil
	}}
}

// referenceOf is an id, 0 for null.
func referenceOf[Row any](read func(*Row) int64) field[Row] {
	return field[Row]{kind: integerValue, numbers: func(row *Row) []int64 {
		if id := read(row); id != 0 {
			return []int64{id}
		}
		return nil
	}}
}

// CustomerFields are the fields of customers.
var CustomerFields = Fields[account.Customer]{
	"customers.id":          referenceOf(func(row *account.Customer) int64 { return row.ID }),
	"customers.name":        textOf(account.NameField),
	"customers.email":       textOf(account.EmailField),
	"customers.company":     textOf(account.CompanyField),
	"customers.phone":       textOf(account.PhoneField),
	"customers.countryCode": textOf(account.CountryCodeField),
	"customers.city":        textOf(account.CityField),
	"customers.regionCode":  textOf(account.RegionCodeField),
	"customers.userId":      textOf(account.UserIDField),
	"customers.telegramId":  messengerOf("telegram"),
	"customers.facebookId":  messengerOf("facebook"),
	"customers.instagramId": messengerOf("instagram"),
	"customers.viberId":     messengerOf("viber"),
	"customers.whatsappId":  messengerOf("whatsapp"),
	"customers.lastSeen":    momentOf(func(row *account.Customer) account.Instant { return row.LastSeen }),
	"customers.tagsData":    {kind: tagsValue, tags: func(_ *account.Account, row *account.Customer) *account.Customer { return row }},
}

// ChatFields are the fields of chats.
var ChatFields = Fields[account.Chat]{
	"chats.assignee":        referenceOf(func(row *account.Chat) int64 { return row.Assignee }),
	"chats.agents":          {kind: integerValue, numbers: func(row *account.Chat) []int64 { return row.Agents }},
	"chats.department":      referenceOf(func(row *account.Chat) int64 { return row.Department }),
	"chats.customer":        referenceOf(func(row *account.Chat) int64 { return row.Customer }),
	"chats.createdAt":       momentOf(func(row *account.Chat) account.Instant { return row.CreatedAt }),
	"chats.updatedAt":       momentOf((*account.Chat).UpdatedAt),
	"chats.closedAt":        momentOf(func(row *account.Chat) account.Instant { return row.ClosedAt }),
	"chats.status":          {kind: statusValue, text: func(_ *account.Account, row *account.Chat) (string, bool) { return row.Status, true }},
	"chats.rating":          {text: func(_ *account.Account, row *account.Chat) (string, bool) { return row.Rating, row.Rating != "" }},
	"chats.customer.email":  textOfCustomer(account.EmailField),
	"chats.customer.userId": textOfCustomer(account.UserIDField),
	"chats.customer.tagsData": {kind: tagsValue, tags: func(store *account.Account, row *account.Chat) *account.Customer {
		return store.Customers.Get(row.Customer)
	}},
}

func textOfCustomer(name account.TextField) field[account.Chat] {
	return field[account.Chat]{text: func(store *account.Account, row *account.Chat) (string, bool) {
		customer := store.Customers.Get(row.Customer)
		if customer == nil {
			return "", false
		}
		return customer.Text(name)
	}}
}

// filter makes a filter of a field, an operator that it allows, and a value.
func (f field[Row]) filter(store *account.Account, b *wire.Body, operator string, raw json.RawMessage) func(*Row) bool {
	switch f.kind {
	case integerValue, dateValue:
		number, ok := wire.ReadInteger(raw)
		if !ok {
			b.Violate("value", wire.ShouldBeNumeric)
			return nil
		}
		return f.numberFilter(operator, number)
	case tagsValue:
		names := b.TagNames()
		return func(row *Row) bool {
			customer := f.tags(store, row)
			return customer != nil && !slices.ContainsFunc(names, func(name string) bool { return !customer.HasTag(name) })
		}
	}
	wanted, ok := b.Dialect.ReadText(raw)
	if number, isNumber := wire.ReadInteger(raw); f.kind == statusValue && isNumber {
		wanted, ok = statusOfNumber(number), true
	}
	switch {
	case !ok:
		b.Violate("value", wire.ShouldBeString)
		return nil
	case wanted == "" && b.Dialect.EmptyStringsAre400:
		b.Violate("value", wire.ShouldNotBeBlank)
		return nil
	}
	if spelt, ok := account.StatusSpellings[strings.ToLower(wanted)]; ok && f.kind == statusValue {
		wanted = spelt
	}
	return f.textFilter(store, operator, wanted)
}

func statusOfNumber(number int64) string {
	if number < 1 || number > int64(len(account.StatusNumbers)) {
		return strconv.FormatInt(number, 10)
	}
	return account.StatusNumbers[number-1]
}

// textFilter compares without case.
func (f field[Row]) textFilter(store *account.Account, operator, wanted string) func(*Row) bool {
	lower := strings.ToLower(wanted)
	compare := func(text string) bool { return strings.EqualFold(text, wanted) }
	if strings.HasSuffix(operator, "~") {
		compare = func(text string) bool { return strings.Contains(strings.ToLower(text), lower) }
	}
	positive := !strings.HasPrefix(operator, "!")
	return func(row *Row) bool {
		text, ok := f.text(store, row)
		return ok && compare(text) == positive
	}
}

func (f field[Row]) numberFilter(operator string, wanted int64) func(*Row) bool {
	compare := comparisons[operator]
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
	">":  func(a, b int64) bool { return a > b },
	"<":  func(a, b int64) bool { return a < b },
	">=": func(a, b int64) bool { return a >= b },
	"<=": func(a, b int64) bool { return a <= b },
}
