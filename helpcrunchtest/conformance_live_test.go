package helpcrunchtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// The behaviour that clients of the live service show, by default and in the strict form.

func TestNumbersAreReadAsStrings(t *testing.T) {
	strict := helpcrunchtest.Dialect{NumbersForStringsAre400: true}
	byUserID := `{"filter":[` + filterOf("customers.userId", "=", `4411`) + `]}`
	text := "This value should be of type string."
	checkConformance(t, []conformance{
		{row: "default/texts of a customer", steps: []step{
			{"POST /customers", `{"userId":4411,"name":7,"phone":351000000001,"email":1.50,"company":9007199254740993,"notes":-3}`, 201,
				`{"userId":"4411","name":"7","phone":"351000000001","email":"1.5","company":"9007199254740993","notes":"-3"}`},
			{"POST /customers", `{"userId":"4411"}`, 400, errorOf("invalid_userId_value", "userId value is already used")},
			{"PATCH /customers/100001", `{"name":1e3}`, 200, `{"name":"1000"}`},
			{"PUT /customers/batch", `[{"customer":100001,"name":12}]`, 200, `[{"name":"12"}]`},
		}},
		{row: "default/values of string filters", steps: []step{
			{"POST /customers", `{"userId":"4411"}`, 201, ""}, aChat,
			{"POST /customers/search", byUserID, 200, `{"data":[{"id":100001}],"total":1}`},
			{"POST /customers/search", `{"filter":[` + filterOf("customers.userId", "~", `41`) + `]}`, 200, `{"total":1}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.customer.userId", "=", `4411`) + `]}`, 200, `{"total":1}`},
		}},
		{row: "default/all other texts", steps: []step{
			{"POST /customers", `{"source":1,"referer":2,"lastPage":3,"locale":4,"createdFrom":5,"integrationId":6,"regionCode":7,"countryCode":8,"city":9.5,` +
				`"customData":[{"property":10,"value":11}],"tags":[{"name":12,"color":13}]}`, 201,
				`{"source":"1","referer":"2","lastPage":"3","locale":"4","createdFrom":"5","integrationId":"6",` +
					`"location":{"regionCode":"7","countryCode":"8","city":"9.5"},"customData":{"10":11},"tags":[{"name":"12","color":"13"}]}`},
			{"PUT /customers/100001/tags", `{"tags":[{"name":14}]}`, 200, `{"tags":[{"name":"12"},{"name":"14"}]}`},
			{"DELETE /customers/100001/tags", `{"tags":[{"name":14}]}`, 200, `{"tags":[{"name":"12"}]}`},
			{"POST /events", `{"name":15,"customer":100001}`, 200, `{"name":"15"}`}, aChat,
			{"POST /messages", `{"chat":20000001,"text":16,"type":"message"}`, 201, `{"text":"16"}`},
			{"POST /messages", `{"chat":20000001,"text":"a","markdownText":17,"type":"message"}`, 201, `{"text":"17"}`},
			{"POST /messages", `{"chat":20000001,"text":"a","type":18}`, 400, errorOf("type", "The value you selected is not a valid choice.")},
			{"POST /customers/search", `{"filter":[` + filterOf("customers.tagsData", "=", `[{"name":12}]`) + `]}`, 200, `{"total":1}`},
		}},
		{row: "default/other types stay wrong", steps: []step{
			{"POST /customers", `{"name":true}`, 400, errorOf("name", text)},
			{"POST /customers", `{"name":["7"]}`, 400, errorOf("name", text)},
			{"POST /events", `{"name":true,"customer":1}`, 400, errorOf("name", text)},
		}},
		{row: "strict/texts of a customer", dialect: strict, steps: []step{
			{"POST /customers", `{"userId":4411}`, 400, errorOf("userId", text)},
			{"POST /customers", `{"phone":351000000001}`, 400, errorOf("phone", text)},
			{"POST /customers", `{"tags":[{"name":12}]}`, 400, errorOf("tags[0].name", text)},
			{"POST /events", `{"name":15,"customer":1}`, 400, errorOf("name", text)},
		}},
		{row: "strict/values of string filters", dialect: strict, steps: []step{
			{"POST /customers/search", byUserID, 400, errorOf("filter[0].value", text)},
		}},
	})
}

func TestAuthorizationForms(t *testing.T) {
	const key = "a-key-of-the-account-0123456789"
	forms := map[string][3]int{ // the statuses by default, exact, and with brackets
		"Bearer " + key:          {200, 200, 200},
		"bearer " + key:          {200, 401, 200},
		"BEARER " + key:          {200, 401, 200},
		"Bearer <" + key + ">":   {401, 401, 200},
		"bearer <" + key + ">":   {401, 401, 200},
		"Bearer <" + key:         {401, 401, 401},
		"Bearer  " + key:         {401, 401, 401},
		"Bearer " + key + " ":    {401, 401, 401},
		"Bearer\t" + key:         {401, 401, 401},
		"Bearer" + key:           {401, 401, 401},
		"bEaReR " + key:          {200, 401, 200},
		"Bearer " + key + ">":    {401, 401, 401},
		"Bearer <<" + key + ">>": {401, 401, 401},
		"Bearer < " + key + " >": {401, 401, 401},
		"Token " + key:           {401, 401, 401},
		"Bearer":                 {401, 401, 401},
		"Bearer ":                {401, 401, 401},
		key:                      {401, 401, 401},
		"Basic " + key:           {401, 401, 401},
		"":                       {401, 401, 401},
	}
	for i, names := range []string{"", "auth=exact", "auth=brackets"} {
		dialect, err := helpcrunchtest.ParseDialect(names)
		require.NoError(t, err)
		server := newServer(t, helpcrunchtest.WithAPIKey(key), helpcrunchtest.WithDialect(dialect), helpcrunchtest.WithoutListener())
		for form, want := range forms {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/organization", nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", form)
			response, err := server.HTTPClient().Do(request)
			require.NoError(t, err)
			assert.NoError(t, response.Body.Close())
			assert.Equal(t, want[i], response.StatusCode, "%q under %q", form, names)
		}
	}
}

func TestEmptyArraysAreEmptyObjects(t *testing.T) {
	strict := helpcrunchtest.Dialect{EmptyArraysAre400: true}
	object := errorOf("body", "This value should be of type object.")
	checkConformance(t, []conformance{
		{row: "default", steps: []step{
			{"POST /customers", `[]`, 201, `{"id":100001,"name":null}`},
			{"POST /customers", ``, 201, `{"id":100002}`},
			{"POST /customers", ` [ ] `, 201, `{"id":100003}`},
			{"POST /customers/search", `[]`, 200, `{"total":3}`},
			{"POST /chats/search", `[]`, 200, `{"total":0}`},
			{"PATCH /customers/100001", `[]`, 200, `{"name":null}`},
			{"PUT /chats/status", `[]`, 400, errorOf("id", "This value should not be blank.")},
			{"POST /customers", `{"customData":{},"name":"A"}`, 201, `{"customData":[],"name":"A"}`},
			{"POST /customers", `{"customData":[],"name":"A"}`, 201, `{"customData":[],"name":"A"}`},
			{"POST /customers", `{"customData":{"plan":"gold"}}`, 400, errorOf("customData", "This value should be of type array.")},
			{"POST /customers", `{"tags":[[]]}`, 400, errorOf("tags[0].name", "This value should not be blank.")},
			{"POST /customers", `{"customData":[[]]}`, 400, errorOf("customData[0].property", "This value should not be blank.")},
			{"POST /customers", `{"tags":{},"name":"A"}`, 201, `{"tags":[],"name":"A"}`},
			{"POST /customers", `[7]`, 400, object},
			{"PUT /customers/100001/tags", `{"tags":{}}`, 200, `{"tags":[]}`},
			{"PUT /customers/batch", `[[]]`, 400, errorOf("[0].customer", "This value should not be blank.")},
			{"PUT /customers/batch", `{}`, 400, errorOf("body", "This collection should contain from 1 to 10 elements.")},
			{"POST /customers/search", `{"filter":{}}`, 200, `{"total":6}`},
			{"POST /customers/search", `{"filter":[[]]}`, 400, errorOf("filter[0].field", "This value should not be blank.")},
			{"POST /customers/search", `{"filter":[` + filterOf("customers.tagsData", "=", `{}`) + `]}`, 400, errorOf("filter[0].value", "This value should not be blank.")},
			{"POST /events", `{"customer":100001,"name":"A","data":[]}`, 200, `{"data":[]}`},
			{"POST /events", `[]`, 400, errorOf("customer", "This value should not be blank.")},
			{"POST /chats", `[]`, 400, errorOf("customer", "This value should not be blank.")},
			{"POST /messages", `[]`, 400, errorOf("chat", "This value should not be blank.")},
			{"PUT /customers/100001", `[]`, 200, `{"name":null}`},
		}},
		{row: "strict", dialect: strict, steps: []step{
			{"POST /customers", `[]`, 400, object},
			{"POST /customers", ``, 400, errorOf("invalid_json", "Syntax error")},
			{"POST /customers/search", `[]`, 400, object},
			{"POST /customers", `{"customData":{}}`, 400, errorOf("customData", "This value should be of type array.")},
			{"POST /customers", `{"tags":[[]]}`, 400, errorOf("tags[0]", "This value should be of type object.")},
			{"POST /customers", `{"tags":{}}`, 400, errorOf("tags", "This value should be of type array.")},
			{"POST /customers/search", `{"filter":{}}`, 400, errorOf("filter", "This value should be of type array.")},
		}},
	})
}

func TestPlaceOfNulls(t *testing.T) {
	steps := func(ascending, descending string) []step {
		const path = "/customers?sort=customers.lastSeen&order="
		return []step{
			{"POST /customers", `{}`, 201, ""},
			{"POST /customers", `{"lastSeen":200}`, 201, ""},
			{"POST /customers", `{"lastSeen":100}`, 201, ""},
			{"GET " + path + "asc", "", 200, ascending},
			{"GET " + path + "desc", "", 200, descending},
			{"POST /customers/search", `{"sort":"customers.lastSeen","order":"desc"}`, 200, descending},
		}
	}
	const first, last = `{"data":[{"id":100001},{"id":100003},{"id":100002}]}`, `{"data":[{"id":100003},{"id":100002},{"id":100001}]}`
	const firstDown, lastDown = `{"data":[{"id":100001},{"id":100002},{"id":100003}]}`, `{"data":[{"id":100002},{"id":100003},{"id":100001}]}`
	checkConformance(t, []conformance{
		{row: "default", steps: steps(last, firstDown)},
		{row: "nulls=first", dialect: helpcrunchtest.Dialect{Nulls: helpcrunchtest.NullsFirst}, steps: steps(first, firstDown)},
		{row: "nulls=last", dialect: helpcrunchtest.Dialect{Nulls: helpcrunchtest.NullsLast}, steps: steps(last, lastDown)},
	})
}

// TestEveryStringFilterTakesANumber and an empty string, unless the dialect is strict.
func TestEveryStringFilterTakesANumber(t *testing.T) {
	fields := map[string][]string{
		"/customers/search": {
			"name", "email", "company", "phone", "countryCode", "city", "regionCode", "userId", "telegramId", "facebookId", "instagramId", "viberId",
			"whatsappId",
		},
		"/chats/search": {"status", "rating", "customer.email", "customer.userId"},
	}
	var byDefault, strict []step
	for path, names := range fields {
		kind := strings.Split(path, "/")[1] + "."
		for _, name := range names {
			for _, operator := range []string{"=", "!=", "~", "!~"} {
				body := func(value string) string { return `{"filter":[` + filterOf(kind+name, operator, value) + `]}` }
				byDefault = append(byDefault, step{"POST " + path, body("77"), 200, ""}, step{"POST " + path, body(`""`), 200, ""})
				if name != "status" { // its values have numbers
					strict = append(strict, step{"POST " + path, body("77"), 400, errorOf("filter[0].value", "This value should be of type string.")})
				}
				strict = append(strict, step{"POST " + path, body(`""`), 400, errorOf("filter[0].value", "This value should not be blank.")})
			}
		}
	}
	checkConformance(t, []conformance{
		{row: "default", steps: byDefault},
		{row: "strict", dialect: helpcrunchtest.Dialect{NumbersForStringsAre400: true, EmptyStringsAre400: true}, steps: strict},
	})
}

// TestNullsInEverySort sorts two rows, one of which has nulls, by each field.
func TestNullsInEverySort(t *testing.T) {
	seed := helpcrunchtest.WithSeed(func(s *helpcrunchtest.Server) {
		now := helpcrunch.Timestamp{Time: conformanceStart}
		s.AddCustomer(helpcrunch.Customer{ID: 1})
		s.AddCustomer(helpcrunch.Customer{ID: 2, FirstSeen: now, LastSeen: now})
		s.AddChat(helpcrunch.Chat{ID: 1, Customer: helpcrunch.ChatCustomer{ID: 1}})
		s.AddChat(helpcrunch.Chat{ID: 2, Customer: helpcrunch.ChatCustomer{ID: 1}, ClosedAt: now, LastMessageAt: now, LastCustomerMessageAt: now})
	})
	sorts := []string{"customers.firstSeen", "customers.lastSeen", "chats.closedAt", "chats.lastMessageAt", "chats.lastCustomerMessageAt"}
	const nullFirst, nullLast = `{"data":[{"id":1},{"id":2}]}`, `{"data":[{"id":2},{"id":1}]}`
	rows := map[helpcrunchtest.NullOrder][2]string{ // ascending and descending
		helpcrunchtest.NullsLargest: {nullLast, nullFirst}, helpcrunchtest.NullsFirst: {nullFirst, nullFirst}, helpcrunchtest.NullsLast: {nullLast, nullLast},
	}
	for nulls, want := range rows {
		var steps []step
		for _, sort := range sorts {
			kind, short, _ := strings.Cut(sort, ".")
			for i, order := range []string{"asc", "DESC"} {
				steps = append(steps,
					step{"GET /" + kind + "?sort=" + sort + "&order=" + order, "", 200, want[i]},
					step{"POST /" + kind + "/search", `{"sort":"` + short + `","order":"` + order + `"}`, 200, want[i]})
			}
		}
		checkConformance(t, []conformance{
			{row: "nulls " + string(nulls), dialect: helpcrunchtest.Dialect{Nulls: nulls}, options: []helpcrunchtest.Option{seed}, steps: steps},
		})
	}
}

func TestFiltersForAnEmptyString(t *testing.T) {
	search := func(field, operator string, status int, want string) step {
		return step{"POST /customers/search", `{"filter":[` + filterOf(field, operator, `""`) + `]}`, status, want}
	}
	setup := []step{
		{"POST /customers", `{"name":"","company":"A"}`, 201, ""},
		{"POST /customers", `{"name":"Ada"}`, 201, ""},
		{"POST /customers", `{}`, 201, ""},
	}
	checkConformance(t, []conformance{
		{row: "default", steps: append(setup[:3:3],
			search("customers.name", "=", 200, `{"data":[{"id":100001}],"total":1}`),
			search("customers.name", "!=", 200, `{"data":[{"id":100002}],"total":1}`),
			search("customers.name", "~", 200, `{"data":[{"id":100001},{"id":100002}],"total":2}`),
			search("customers.name", "!~", 200, `{"total":0}`),
			search("customers.id", "=", 400, errorOf("filter[0].value", "This value should be of type numeric.")),
			search("customers.lastSeen", ">", 400, ""),
			search("customers.tagsData", "=", 400, ""),
		)},
		{row: "strict", dialect: helpcrunchtest.Dialect{EmptyStringsAre400: true}, steps: append(setup[:3:3],
			search("customers.name", "=", 400, errorOf("filter[0].value", "This value should not be blank.")),
		)},
	})
}

func TestDeviceAsString(t *testing.T) {
	withDevice := helpcrunchtest.WithSeed(func(s *helpcrunchtest.Server) {
		s.AddCustomer(helpcrunch.Customer{Device: &helpcrunch.Device{ID: 5, Platform: "desktop", UserAgent: "A/1"}})
		s.AddCustomer(helpcrunch.Customer{})
	})
	checkConformance(t, []conformance{
		{row: "default", options: []helpcrunchtest.Option{withDevice}, steps: []step{
			{"GET /customers/100001", "", 200, `{"device":{"id":5,"platform":"desktop","userAgent":"A/1"}}`},
			{"GET /customers/100002", "", 200, `{"device":null}`},
		}},
		{row: "by switch", dialect: helpcrunchtest.Dialect{DeviceAsString: true}, options: []helpcrunchtest.Option{withDevice}, steps: []step{
			{"GET /customers/100001", "", 200, `{"device":"desktop"}`},
			{"GET /customers/100002", "", 200, `{"device":null}`},
		}},
	})
}

func TestCreateWithAKnownUserID(t *testing.T) {
	again := `{"userId":"crm-1","phone":"+351 1"}`
	checkConformance(t, []conformance{
		{row: "default", steps: []step{
			aCustomer,
			{"POST /customers", again, 400, errorOf("invalid_userId_value", "userId value is already used")},
		}},
		{row: "by switch", dialect: helpcrunchtest.Dialect{CreateUpdates: true}, steps: []step{
			aCustomer,
			{"POST /customers", again, 200, `{"id":100001,"name":"Marta Silva","phone":"+351 1"}`},
			{"POST /customers", `{"userId":"crm-2"}`, 201, `{"id":100002}`},
			{"POST /customers", `{"name":"No id"}`, 201, `{"id":100003}`},
			{"GET /customers", "", 200, `{"total":3}`},
		}},
	})
}
