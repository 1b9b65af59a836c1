package helpcrunch_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// Kinds of fields that can be searched.
const (
	integerKind = "integer"
	stringKind  = "string"
	wordKind    = "word" // a string from a set of words
	dateKind    = "date"
	tagsKind    = "tags"
)

// searchField is a field as the service documents it.
type searchField struct {
	wire, kind string
}

var customerSearchFields = map[string]searchField{
	"ID":          {"customers.id", integerKind},
	"Name":        {"customers.name", stringKind},
	"Email":       {"customers.email", stringKind},
	"Company":     {"customers.company", stringKind},
	"Phone":       {"customers.phone", stringKind},
	"CountryCode": {"customers.countryCode", stringKind},
	"City":        {"customers.city", stringKind},
	"RegionCode":  {"customers.regionCode", stringKind},
	"UserID":      {"customers.userId", stringKind},
	"TelegramID":  {"customers.telegramId", stringKind},
	"FacebookID":  {"customers.facebookId", stringKind},
	"InstagramID": {"customers.instagramId", stringKind},
	"ViberID":     {"customers.viberId", stringKind},
	"WhatsappID":  {"customers.whatsappId", stringKind},
	"LastSeen":    {"customers.lastSeen", dateKind},
	"Tags":        {"customers.tagsData", tagsKind},
}

var chatSearchFields = map[string]searchField{
	"Assignee":       {"chats.assignee", integerKind},
	"Agents":         {"chats.agents", integerKind},
	"Department":     {"chats.department", integerKind},
	"Customer":       {"chats.customer", integerKind},
	"CreatedAt":      {"chats.createdAt", dateKind},
	"UpdatedAt":      {"chats.updatedAt", dateKind},
	"ClosedAt":       {"chats.closedAt", dateKind},
	"Status":         {"chats.status", wordKind},
	"Rating":         {"chats.rating", wordKind},
	"CustomerEmail":  {"chats.customer.email", stringKind},
	"CustomerUserID": {"chats.customer.userId", stringKind},
	"CustomerTags":   {"chats.customer.tagsData", tagsKind},
}

// searchOperators are the methods of each kind, and the operators that they write.
var searchOperators = map[string]map[string]string{
	integerKind: {"Equals": "=", "NotEquals": "!=", "GreaterThan": ">", "LessThan": "<", "AtLeast": ">=", "AtMost": "<="},
	dateKind:    {"Equals": "=", "NotEquals": "!=", "After": ">", "Before": "<", "AtOrAfter": ">=", "AtOrBefore": "<="},
	stringKind:  {"Equals": "=", "NotEquals": "!=", "Contains": "~", "NotContains": "!~"},
	wordKind:    {"Equals": "=", "NotEquals": "!="},
	tagsKind:    {"HasAll": "="},
}

// searchValues are an argument for each kind, and what is written for it.
var searchValues = map[string]struct {
	argument any
	wire     string
}{
	integerKind: {int64(9007199254740993), `9007199254740993`},
	dateKind:    {kit.Time, `1704110400`},
	stringKind:  {`100% "Ada" <é>`, `"100% \"Ada\" \u003cé\u003e"`},
	wordKind:    {"new", `"new"`},
	tagsKind:    {[]string{"Lead", "Paid"}, `[{"name":"Lead"},{"name":"Paid"}]`},
}

// TestEverySearchFieldWritesEveryOperator finds all fields and their methods by
// reflection, calls each, and compares the filter with the documentation.
func TestEverySearchFieldWritesEveryOperator(t *testing.T) {
	customers := everyFilter(t, helpcrunch.CustomerFields, customerSearchFields)
	for want, filter := range customers {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{filter.(helpcrunch.CustomerFilter)}})
		require.NoError(t, err)
		assert.Equal(t, kit.DecodeJSON(t, []byte(want)), kit.DecodeJSON(t, transport.Only(t).Body))
	}
	assert.Len(t, customers, 6+13*4+6+1)

	chats := everyFilter(t, helpcrunch.ChatFields, chatSearchFields)
	for want, filter := range chats {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Chats.Search(t.Context(), &helpcrunch.ChatSearch{Filters: []helpcrunch.ChatFilter{filter.(helpcrunch.ChatFilter)}})
		require.NoError(t, err)
		assert.Equal(t, kit.DecodeJSON(t, []byte(want)), kit.DecodeJSON(t, transport.Only(t).Body))
	}
	assert.Len(t, chats, 4*6+3*6+2*2+2*4+1)
}

// everyFilter makes a filter with every method of every field, by the body that a
// search with that filter alone must have.
func everyFilter(t *testing.T, fields any, documented map[string]searchField) map[string]any {
	t.Helper()
	filters := make(map[string]any)
	var names []string
	for field, value := range reflect.ValueOf(fields).Fields() {
		names = append(names, field.Name)
		want := documented[field.Name]
		operators := searchOperators[want.kind]
		require.Equal(t, len(operators), value.NumMethod(), "the operators of %s", field.Name)
		for method, call := range value.Methods() {
			operator, ok := operators[method.Name]
			require.True(t, ok, "%s can't have %s", field.Name, method.Name)
			body := `{"filter":[{"field":"` + want.wire + `","operator":"` + operator + `","value":` +
				searchValues[want.kind].wire + `}],"offset":0,"limit":100}`
			filters[body] = filterOf(call, searchValues[want.kind].argument)
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(documented)), names, "the documented fields")
	return filters
}

// filterOf calls a method of a field.
func filterOf(method reflect.Value, argument any) any {
	if method.Type().IsVariadic() {
		return method.CallSlice([]reflect.Value{reflect.ValueOf(argument)})[0].Interface()
	}
	value := reflect.ValueOf(argument).Convert(method.Type().In(0))
	return method.Call([]reflect.Value{value})[0].Interface()
}

// TestSearchDatesAreRoundedSoThatTheComparisonStaysTrue has a time within a second:
// rows tell whole seconds, or the milliseconds of one.
func TestSearchDatesAreRoundedSoThatTheComparisonStaysTrue(t *testing.T) {
	field := helpcrunch.CustomerFields.LastSeen
	within := time.Date(2024, 1, 1, 13, 0, 0, 1, time.FixedZone("", 3600)) // 1704110400.000000001
	const second, next = "1704110400", "1704110401"
	for name, c := range map[string]struct {
		filter helpcrunch.CustomerFilter
		want   string
	}{
		"after":              {field.After(within), second},
		"at or after":        {field.AtOrAfter(within), next},
		"before":             {field.Before(within), next},
		"at or before":       {field.AtOrBefore(within), second},
		"equals":             {field.Equals(within), second},
		"not equals":         {field.NotEquals(within), second},
		"whole after":        {field.After(kit.Time), second},
		"whole at or after":  {field.AtOrAfter(kit.Time), second},
		"whole before":       {field.Before(kit.Time), second},
		"whole at or before": {field.AtOrBefore(kit.Time), second},
		"before 1970":        {field.AtOrAfter(time.UnixMilli(-1500)), "-1"},
	} {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{c.filter}})
		require.NoError(t, err)
		assert.Contains(t, string(transport.Only(t).Body), `"value":`+c.want+`}`, name)
	}
}

// TestSearchSpellsStatusesAsTheyAreWritten sends one spelling, whichever was given.
func TestSearchSpellsStatusesAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		status helpcrunch.ChatStatus
		want   string
	}{
		{helpcrunch.ChatStatusOnHold, "on hold"}, {"onhold", "on hold"}, {"on-hold", "on hold"},
		{"open", "opened"}, {helpcrunch.ChatStatusNoCommunication, "no communication"}, {"5", "5"}, {"handed over", "handed over"},
	} {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Chats.Search(t.Context(), &helpcrunch.ChatSearch{
			Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFields.Status.NotEquals(c.status)},
		})
		require.NoError(t, err)
		assert.Contains(t, string(transport.Only(t).Body), `"value":"`+c.want+`"`)
	}
}

// TestSearchMatchIsWrittenForSeveralFilters writes the comparison where there is
// something to combine, and MatchAll unless told otherwise.
func TestSearchMatchIsWrittenForSeveralFilters(t *testing.T) {
	email := helpcrunch.CustomerFields.Email.Contains("example.com")
	name := helpcrunch.CustomerFields.Name.Equals("Ada")
	for _, c := range []struct {
		match   helpcrunch.Match
		filters []helpcrunch.CustomerFilter
		want    any
	}{
		{"", []helpcrunch.CustomerFilter{email, name}, "AND"},
		{helpcrunch.MatchAll, []helpcrunch.CustomerFilter{email, name}, "AND"},
		{helpcrunch.MatchAny, []helpcrunch.CustomerFilter{email, name}, "OR"},
		{helpcrunch.MatchAny, []helpcrunch.CustomerFilter{email}, nil},
		{helpcrunch.MatchAny, nil, nil},
	} {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Match: c.match, Filters: c.filters})
		require.NoError(t, err)
		var body struct {
			Filter     []any
			Comparison any
		}
		require.NoError(t, json.Unmarshal(transport.Only(t).Body, &body))
		assert.Equal(t, c.want, body.Comparison)
		assert.Len(t, body.Filter, len(c.filters))
	}
}

// TestSearchSortsByEveryDocumentedField writes every sort and both orders, in lower case.
func TestSearchSortsByEveryDocumentedField(t *testing.T) {
	for sort, want := range map[helpcrunch.CustomerSort]string{
		helpcrunch.CustomerSortFirstSeen: "customers.firstSeen", helpcrunch.CustomerSortLastSeen: "customers.lastSeen",
	} {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Sort: sort, Order: "DESC"})
		require.NoError(t, err)
		assert.JSONEq(t, `{"sort":"`+want+`","order":"desc","offset":0,"limit":100}`, string(transport.Only(t).Body))
	}
	for sort, want := range map[helpcrunch.ChatSort]string{
		helpcrunch.ChatSortCreatedAt: "chats.createdAt", helpcrunch.ChatSortClosedAt: "chats.closedAt",
		helpcrunch.ChatSortLastMessageAt:         "chats.lastMessageAt",
		helpcrunch.ChatSortLastCustomerMessageAt: "chats.lastCustomerMessageAt",
	} {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Chats.List(t.Context(), &helpcrunch.ChatListOptions{Sort: sort, Order: helpcrunch.OrderAscending})
		require.NoError(t, err)
		assert.Equal(t, "limit=100&offset=0&order=asc&sort="+want, transport.Only(t).Query)
	}
}

// TestSearchWithoutAMatchIsAnEmptyPage reads both answers that the service may give.
func TestSearchWithoutAMatchIsAnEmptyPage(t *testing.T) {
	for _, answer := range []kit.Response{
		kit.OK(kit.EmptyPageJSON),
		{Status: 404, Body: `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`},
	} {
		client, _ := kit.RespondingClient(t, answer)
		customers, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Offset: 5, Limit: 20})
		require.NoError(t, err)
		chats, err := client.Chats.Search(t.Context(), nil)
		require.NoError(t, err)
		assert.Empty(t, customers.Items)
		assert.Zero(t, chats.Total)
		assert.Equal(t, []int{5, 20}, []int{customers.Offset, customers.Limit})
		assert.False(t, customers.HasMore() || chats.HasMore())
		assert.NoError(t, kit.Drain(client.Customers.SearchAll(t.Context(), nil)))
	}
	client, _ := kit.RespondingClient(t, kit.Response{Status: 404, Body: `{}`})
	page, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Offset: 5})
	require.NoError(t, err)
	assert.Equal(t, -1, page.Total, "it does not tell of the rows that were skipped")
	_, err = client.Customers.List(t.Context(), nil)
	assert.ErrorIs(t, err, helpcrunch.ErrNotFound, "a list is no search")
}
