package search

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Fields maps the names of the fields that a search can filter by.
type Fields[Row any] map[string]field[Row]

// field reads one property of a row. Only the function of its kind is set. Null matches no filter.
type field[Row any] struct {
	kind    valueKind
	text    func(*account.Account, *Row) (string, bool)
	numbers func(*Row) []int64 // several for a list, none for null
	tags    func(*account.Account, *Row) *account.Customer
}

func textField(name account.TextField) field[account.Customer] {
	return field[account.Customer]{text: func(_ *account.Account, row *account.Customer) (string, bool) { return row.Text(name) }}
}

func messengerField(name string) field[account.Customer] {
	return field[account.Customer]{text: func(_ *account.Account, row *account.Customer) (string, bool) { return row.MessengerID(name) }}
}

// dateField returns a field with a date, which is compared in whole seconds.
func dateField[Row any](read func(*Row) account.Instant) field[Row] {
	return field[Row]{kind: dateValue, numbers: func(row *Row) []int64 {
		if date := read(row); date != account.Never {
			return []int64{date.Seconds()}
		}
		return nil
	}}
}

// idField returns a field with an id. 0 is null.
func idField[Row any](read func(*Row) int64) field[Row] {
	return field[Row]{kind: integerValue, numbers: func(row *Row) []int64 {
		if id := read(row); id != 0 {
			return []int64{id}
		}
		return nil
	}}
}

// CustomerFields are the filters of customers.
var CustomerFields = Fields[account.Customer]{
	"customers.id":          idField(func(row *account.Customer) int64 { return row.ID }),
	"customers.name":        textField(account.NameField),
	"customers.email":       textField(account.EmailField),
	"customers.company":     textField(account.CompanyField),
	"customers.phone":       textField(account.PhoneField),
	"customers.countryCode": textField(account.CountryCodeField),
	"customers.city":        textField(account.CityField),
	"customers.regionCode":  textField(account.RegionCodeField),
	"customers.userId":      textField(account.UserIDField),
	"customers.telegramId":  messengerField("telegram"),
	"customers.facebookId":  messengerField("facebook"),
	"customers.instagramId": messengerField("instagram"),
	"customers.viberId":     messengerField("viber"),
	"customers.whatsappId":  messengerField("whatsapp"),
	"customers.lastSeen":    dateField(func(row *account.Customer) account.Instant { return row.LastSeen }),
	"customers.tagsData":    {kind: tagsValue, tags: func(_ *account.Account, row *account.Customer) *account.Customer { return row }},
}

// ChatFields are the filters of chats.
var ChatFields = Fields[account.Chat]{
	"chats.assignee":        idField(func(row *account.Chat) int64 { return row.Assignee }),
	"chats.agents":          {kind: integerValue, numbers: func(row *account.Chat) []int64 { return row.Agents }},
	"chats.department":      idField(func(row *account.Chat) int64 { return row.Department }),
	"chats.customer":        idField(func(row *account.Chat) int64 { return row.Customer }),
	"chats.createdAt":       dateField(func(row *account.Chat) account.Instant { return row.CreatedAt }),
	"chats.updatedAt":       dateField((*account.Chat).UpdatedAt),
	"chats.closedAt":        dateField(func(row *account.Chat) account.Instant { return row.ClosedAt }),
	"chats.status":          {kind: statusValue, text: func(_ *account.Account, row *account.Chat) (string, bool) { return row.Status, true }},
	"chats.rating":          {text: func(_ *account.Account, row *account.Chat) (string, bool) { return row.Rating, row.Rating != "" }},
	"chats.customer.email":  customerTextField(account.EmailField),
	"chats.customer.userId": customerTextField(account.UserIDField),
	"chats.customer.tagsData": {kind: tagsValue, tags: func(store *account.Account, row *account.Chat) *account.Customer {
		return store.Customers.Get(row.Customer)
	}},
}

func customerTextField(name account.TextField) field[account.Chat] {
	return field[account.Chat]{text: func(store *account.Account, row *account.Chat) (string, bool) {
		customer := store.Customers.Get(row.Customer)
		if customer == nil {
			return "", false
		}
		return customer.Text(name)
	}}
}

// filter returns a filter that compares the field with a value. The operator must be allowed.
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
	if canonical, ok := account.StatusSpellings[strings.ToLower(wanted)]; ok && f.kind == statusValue {
		wanted = canonical
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
