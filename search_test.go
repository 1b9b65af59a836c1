package helpcrunch_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
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

// searchField is a constant, and the field as the service documents it.
type searchField struct {
	field      any
	wire, kind string
}

var customerSearchFields = []searchField{
	{helpcrunch.CustomerFieldID, "customers.id", integerKind},
	{helpcrunch.CustomerFieldName, "customers.name", stringKind},
	{helpcrunch.CustomerFieldEmail, "customers.email", stringKind},
	{helpcrunch.CustomerFieldCompany, "customers.company", stringKind},
	{helpcrunch.CustomerFieldPhone, "customers.phone", stringKind},
	{helpcrunch.CustomerFieldCountryCode, "customers.countryCode", stringKind},
	{helpcrunch.CustomerFieldCity, "customers.city", stringKind},
	{helpcrunch.CustomerFieldRegionCode, "customers.regionCode", stringKind},
	{helpcrunch.CustomerFieldUserID, "customers.userId", stringKind},
	{helpcrunch.CustomerFieldTelegramID, "customers.telegramId", stringKind},
	{helpcrunch.CustomerFieldFacebookID, "customers.facebookId", stringKind},
	{helpcrunch.CustomerFieldInstagramID, "customers.instagramId", stringKind},
	{helpcrunch.CustomerFieldViberID, "customers.viberId", stringKind},
	{helpcrunch.CustomerFieldWhatsappID, "customers.whatsappId", stringKind},
	{helpcrunch.CustomerFieldLastSeen, "customers.lastSeen", dateKind},
	{helpcrunch.CustomerFieldTags, "customers.tagsData", tagsKind},
}

var chatSearchFields = []searchField{
	{helpcrunch.ChatFieldAssignee, "chats.assignee", integerKind},
	{helpcrunch.ChatFieldAgents, "chats.agents", integerKind},
	{helpcrunch.ChatFieldDepartment, "chats.department", integerKind},
	{helpcrunch.ChatFieldCustomer, "chats.customer", integerKind},
	{helpcrunch.ChatFieldCreatedAt, "chats.createdAt", dateKind},
	{helpcrunch.ChatFieldUpdatedAt, "chats.updatedAt", dateKind},
	{helpcrunch.ChatFieldClosedAt, "chats.closedAt", dateKind},
	{helpcrunch.ChatFieldStatus, "chats.status", wordKind},
	{helpcrunch.ChatFieldRating, "chats.rating", wordKind},
	{helpcrunch.ChatFieldCustomerEmail, "chats.customer.email", stringKind},
	{helpcrunch.ChatFieldCustomerUserID, "chats.customer.userId", stringKind},
	{helpcrunch.ChatFieldCustomerTags, "chats.customer.tagsData", tagsKind},
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

// TestEverySearchFieldWritesEveryOperator finds the methods of all fields by
// reflection, calls each, and compares the filter with the documentation.
func TestEverySearchFieldWritesEveryOperator(t *testing.T) {
	customers := everyFilter(t, customerSearchFields)
	for want, filter := range customers {
		client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
		_, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{filter.(helpcrunch.CustomerFilter)}})
		require.NoError(t, err)
		assert.Equal(t, kit.DecodeJSON(t, []byte(want)), kit.DecodeJSON(t, transport.Only(t).Body))
	}
	assert.Len(t, customers, 6+13*4+6+1)

	chats := everyFilter(t, chatSearchFields)
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
func everyFilter(t *testing.T, fields []searchField) map[string]any {
	t.Helper()
	filters := make(map[string]any)
	for _, f := range fields {
		value := reflect.ValueOf(f.field)
		require.Equal(t, f.wire, value.String(), "a field is a string")
		operators := searchOperators[f.kind]
		require.Equal(t, len(operators), value.NumMethod(), "the operators of %s", f.wire)
		for method, call := range value.Methods() {
			operator, ok := operators[method.Name]
			require.True(t, ok, "%s can't have %s", f.wire, method.Name)
			body := `{"filter":[{"field":"` + f.wire + `","operator":"` + operator + `","value":` +
				searchValues[f.kind].wire + `}],"offset":0,"limit":100}`
			filters[body] = filterOf(call, searchValues[f.kind].argument)
		}
	}
	return filters
}

// TestEverySearchFieldIsTested compares the tables with the recorded constants.
func TestEverySearchFieldIsTested(t *testing.T) {
	recorded, err := os.ReadFile("api/helpcrunch.txt")
	require.NoError(t, err)
	assert.Equal(t, len(customerSearchFields), strings.Count(string(recorded), "\nconst CustomerField"))
	assert.Equal(t, len(chatSearchFields), strings.Count(string(recorded), "\nconst ChatField"))
}

// TestAFieldWithoutAConstantIsConverted has a field that the SDK does not know.
func TestAFieldWithoutAConstantIsConverted(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
	field := helpcrunch.StringField[helpcrunch.CustomerFilter]("customers.newField")
	_, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{field.Contains("a")}})
	require.NoError(t, err)
	assert.Contains(t, string(transport.Only(t).Body), `{"field":"customers.newField","operator":"~","value":"a"}`)

	_, err = client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{
		Filters: []helpcrunch.CustomerFilter{helpcrunch.StringField[helpcrunch.CustomerFilter]("").Contains("a")},
	})
	require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
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
	field := helpcrunch.CustomerFieldLastSeen
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
			Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.NotEquals(c.status)},
		})
		require.NoError(t, err)
		assert.Contains(t, string(transport.Only(t).Body), `"value":"`+c.want+`"`)
	}
}

// TestSearchMatchIsWrittenForSeveralFilters writes the comparison where there is
// something to combine, and MatchAll unless told otherwise.
func TestSearchMatchIsWrittenForSeveralFilters(t *testing.T) {
	email := helpcrunch.CustomerFieldEmail.Contains("example.com")
	name := helpcrunch.CustomerFieldName.Equals("Ada")
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

// TestSearchWithoutAMatchIsAnEmptyPage reads both possible responses of the service.
func TestSearchWithoutAMatchIsAnEmptyPage(t *testing.T) {
	for _, response := range []kit.Response{
		kit.OK(kit.EmptyPageJSON),
		noMatch,
	} {
		client, _ := kit.RespondingClient(t, response)
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
	client, _ := kit.RespondingClient(t, noMatch)
	page, err := client.Customers.Search(t.Context(), &helpcrunch.CustomerSearch{Offset: 5})
	require.NoError(t, err)
	assert.Equal(t, -1, page.Total, "it does not tell of the rows that were skipped")
	_, err = client.Customers.List(t.Context(), nil)
	assert.ErrorIs(t, err, helpcrunch.ErrNotFound, "a list is no search")
}
