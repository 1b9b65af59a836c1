package helpcrunchtest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// What clients of the live service show, by default and in the strict form.

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
		{row: "default/other types stay wrong", steps: []step{
			{"POST /customers", `{"name":true}`, 400, errorOf("name", text)},
			{"POST /customers", `{"name":["7"]}`, 400, errorOf("name", text)},
			{"POST /events", `{"name":7,"customer":1}`, 400, errorOf("name", text)},
		}},
		{row: "strict/texts of a customer", dialect: strict, steps: []step{
			{"POST /customers", `{"userId":4411}`, 400, errorOf("userId", text)},
			{"POST /customers", `{"phone":351000000001}`, 400, errorOf("phone", text)},
		}},
		{row: "strict/values of string filters", dialect: strict, steps: []step{
			{"POST /customers/search", byUserID, 400, errorOf("filter[0].value", text)},
		}},
	})
}

func TestAuthorizationForms(t *testing.T) {
	const key = "a-key-of-the-account-0123456789"
	forms := map[string][3]int{ // the statuses by default, exact, and with brackets
		"Bearer " + key:        {200, 200, 200},
		"bearer " + key:        {200, 401, 200},
		"BEARER " + key:        {200, 401, 200},
		"Bearer <" + key + ">": {401, 401, 200},
		"bearer <" + key + ">": {401, 401, 200},
		"Bearer <" + key:       {401, 401, 401},
		"Bearer  " + key:       {401, 401, 401},
		"Bearer " + key + " ":  {401, 401, 401},
		key:                    {401, 401, 401},
		"Basic " + key:         {401, 401, 401},
		"":                     {401, 401, 401},
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
			{"POST /customers", `[7]`, 400, object},
		}},
		{row: "strict", dialect: strict, steps: []step{
			{"POST /customers", `[]`, 400, object},
			{"POST /customers", ``, 400, errorOf("invalid_json", "Syntax error")},
			{"POST /customers/search", `[]`, 400, object},
			{"POST /customers", `{"customData":{}}`, 400, errorOf("customData", "This value should be of type array.")},
			{"POST /customers", `{"tags":[[]]}`, 400, errorOf("tags[0]", "This value should be of type object.")},
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
