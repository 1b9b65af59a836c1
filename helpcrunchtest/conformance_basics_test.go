package helpcrunchtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestContractSection1(t *testing.T) {
	single := helpcrunchtest.Dialect{Errors: helpcrunchtest.ErrorsSingle}
	checkConformance(t, []conformance{
		{row: "paths/trailing slash works", steps: []step{
			{"GET /organization/", "", 200, `{"data":{"id":501}}`},
			{"POST /customers/", `{"name":"A"}`, 201, `{"id":100001}`},
			{"GET /customers/100001/", "", 200, `{"name":"A"}`},
		}},
		{row: "paths/unknown is 404", steps: []step{
			{"GET /nothing", "", 404, errorOf("entity_not_found", "Path not found")},
			{"GET /customers/abc", "", 404, errorOf("entity_not_found", "Path not found")},
			{"GET /customers/1/2", "", 404, ""},
			{"GET /chats/total", "", 404, ""},
			{"PUT /chats/read", `{"id":1,"read":true}`, 404, ""},
			{"GET /", "", 404, ""},
		}},
		{row: "paths/unknown is 404 in generic errors", dialect: generic, steps: []step{
			{"GET /nothing", "", 404, genericOf("not_found", "Chat not found")},
		}},
		{row: "paths/wrong method is 405", steps: []step{
			{"DELETE /organization", "", 405, errorOf("method_not_allowed", "Method not allowed")},
			{"POST /customers/100001", "{}", 405, ""},
			{"GET /customers/batch", "", 405, ""},
			{"GET /customers/search", "", 405, ""},
			{"GET /chats/status", "", 405, ""},
			{"PATCH /agents", "", 405, ""},
		}},
		{row: "paths/wrong method is 405 in generic errors", dialect: generic, steps: []step{
			{"DELETE /organization", "", 405, genericOf("method_not_allowed", "Method not allowed")},
		}},
		{row: "errors/404 specific", steps: []step{
			{"GET /customers/5", "", 404, errorOf("entity_not_found", "Customer not found")},
			{"GET /chats/5", "", 404, errorOf("chat_not_found", "Chat not found")},
			{"GET /agents/5/unsubscribe", "", 404, errorOf("entity_not_found", "Agent not found")},
		}},
		{row: "errors/404 generic says Chat everywhere", dialect: generic, steps: []step{
			{"GET /customers/5", "", 404, genericOf("not_found", "Chat not found")},
			{"GET /chats/5", "", 404, genericOf("not_found", "Chat not found")},
		}},
		{row: "errors/404 single", dialect: single, steps: []step{
			{"GET /customers/5", "", 404, errorOf("not_found", "Chat not found")},
		}},
		{row: "errors/400 specific has one element", steps: []step{
			{"POST /events", `{"name":true,"customer":"x"}`, 400, errorOf("customer", "This value should be of type numeric.")},
		}},
		{row: "errors/400 generic has one element for each violation", dialect: generic, steps: []step{
			{"POST /events", `{"name":true,"customer":"x"}`, 400, genericOf(
				"customer", "This value should be of type numeric.", "name", "This value should be of type string.")},
		}},
		{row: "errors/400 single is as generic", dialect: single, steps: []step{
			{"POST /customers/search", `{"filter":[{"operator":"=","value":"x"}]}`, 400,
				genericOf("filter[0].field", "This value should not be blank.")},
		}},
		{row: "bodies/JSON that is not JSON is 400", steps: []step{
			{"POST /customers", `{"name":`, 400, errorOf("invalid_json", "Syntax error")},
			{"POST /customers", `{"name":"A"} x`, 400, ""},
			{"PATCH /customers/100001", ``, 404, ""},
			{"PUT /chats/status", ``, 400, errorOf("invalid_json", "Syntax error")},
			{"POST /customers", `[1]`, 400, errorOf("body", "This value should be of type object.")},
			{"POST /customers", `"text"`, 400, ""},
			{"POST /customers", `null`, 400, ""},
			{"POST /customers/search", `nope`, 400, ""},
			{"GET /customers", "", 200, `{"total":0}`},
		}},
		{row: "bodies/JSON that is not JSON is 400 in generic errors", dialect: generic, steps: []step{
			{"POST /customers", `{"name":`, 400, genericOf("body", "This value should be valid JSON.")},
		}},
		{row: "ids/numeric strings are accepted in bodies", steps: []step{
			aCustomer,
			{"POST /chats", `{"customer":"100001","application":"301","assignee":"101","department":"201"}`, 201,
				`{"customer":{"id":100001},"applicationId":301,"assignee":{"id":101},"department":{"id":201}}`},
			{"POST /messages", `{"text":"Internal note","chat":"20000001","agent":"101","type":"private"}`, 201, `{"chat":20000001}`},
			{"PUT /chats/status", `{"id":"20000001","status":"pending"}`, 200, `{"status":"pending"}`},
			{"POST /events", `{"customer":"100001","name":"Form Sent"}`, 200, ""},
		}},
		{row: "ids/beyond 2^53 are exact", steps: []step{
			{"GET /customers/9007199254740993", "", 404, ""},
			{"PUT /chats/status", `{"id":99999999999999999999,"status":"new"}`, 400, errorOf("id", "This value should be of type numeric.")},
			{"PUT /chats/status", `{"id":1.5,"status":"new"}`, 400, ""},
		}},
		{row: "pagination/offset and limit", steps: []step{
			aCustomer, another, {"POST /customers", `{"name":"Third"}`, 201, ""},
			{"GET /customers?limit=2", "", 200, `{"data":[{"id":100001},{"id":100002}],"total":3}`},
			{"GET /customers?limit=2&offset=2", "", 200, `{"data":[{"id":100003}],"total":3}`},
			{"GET /customers?offset=99", "", 200, `={"data":[],"total":3}`},
			{"GET /customers?limit=100", "", 200, `{"total":3}`},
			{"GET /customers?limit=101", "", 200, `{"total":3}`},
		}},
		{row: "pagination/outside the bounds is 400", steps: []step{
			{"GET /customers?limit=0", "", 400, errorOf("limit", "This value should be 1 or more.")},
			{"GET /customers?limit=-1", "", 400, ""},
			{"GET /customers?limit=ten", "", 400, errorOf("limit", "This value should be of type numeric.")},
			{"GET /customers?limit=", "", 400, ""},
			{"GET /chats?limit=1.5", "", 400, ""},
			{"GET /chats?offset=-1", "", 400, errorOf("offset", "This value should be 0 or more.")},
			{"GET /agents?offset=x", "", 400, ""},
		}},
		{row: "pagination/a limit above 100 is 400 by switch", dialect: helpcrunchtest.Dialect{LimitAbove100Is400: true}, steps: []step{
			{"GET /customers?limit=100", "", 200, ""},
			{"GET /customers?limit=101", "", 400, errorOf("limit", "This value should be 100 or less.")},
			{"POST /chats/search", `{"limit":101}`, 400, ""},
		}},
		{row: "pagination/both bounds wrong are both named", dialect: generic, steps: []step{
			{"GET /customers?limit=0&offset=-3", "", 400, genericOf(
				"offset", "This value should be 0 or more.", "limit", "This value should be 1 or more.")},
		}},
		{row: "sort/by field, in any case of order", steps: []step{
			{"POST /customers", `{"name":"Late","firstSeen":300}`, 201, ""},
			{"POST /customers", `{"name":"Null","firstSeen":null}`, 201, ""},
			{"POST /customers", `{"name":"Early","firstSeen":100}`, 201, ""},
			{"POST /customers", `{"name":"Also late","firstSeen":300}`, 201, ""},
			{"GET /customers?sort=customers.firstSeen&order=asc", "", 200,
				`{"data":[{"name":"Early"},{"name":"Late"},{"name":"Also late"},{"name":"Null"}]}`},
			{"GET /customers?sort=customers.firstSeen&order=DESC", "", 200,
				`{"data":[{"name":"Null"},{"name":"Late"},{"name":"Also late"},{"name":"Early"}]}`},
			{"GET /customers?sort=firstSeen&order=desc", "", 200, `{"data":[{"id":100002},{"id":100001},{"id":100004},{"id":100003}]}`},
			{"GET /customers?sort=customers.name&order=asc", "", 200, `{"data":[{"id":100001},{"id":100002},{"id":100003},{"id":100004}]}`},
			{"GET /customers?order=desc", "", 200, `{"data":[{"id":100004},{"id":100003},{"id":100002},{"id":100001}]}`},
			{"GET /customers?color=red", "", 200, `{"data":[{"id":100001},{"id":100002},{"id":100003},{"id":100004}]}`},
		}},
		{row: "sort/newest first by switch", dialect: helpcrunchtest.Dialect{NewestFirst: true}, steps: []step{
			aCustomer, another,
			{"GET /customers", "", 200, `{"data":[{"id":100002},{"id":100001}]}`},
			{"GET /customers?order=asc", "", 200, `{"data":[{"id":100001},{"id":100002}]}`},
			{"GET /agents", "", 200, `{"data":[{"id":101},{"id":102}]}`},
		}},
		{row: "envelopes/each operation has its own", steps: []step{
			aCustomer, aChat, customerIn,
			{"GET /customers", "", 200, `={"data":[` + martaJSON + `],"total":1}`},
			{"POST /customers/search", "{}", 200, `={"data":[` + martaJSON + `],"total":1}`},
			{"GET /chats", "", 200, `{"data":[{"id":20000001}],"meta":{"total":1}}`},
			{"POST /chats/search", "{}", 200, `{"data":[{"id":20000001}],"total":1,"meta":{"total":1}}`},
			{"GET /chats/20000001/messages", "", 200, `{"data":[{"id":300000001}],"total":1}`},
			{"GET /agents", "", 200, `{"data":[{"id":101},{"id":102}],"meta":{"total":2}}`},
			{"GET /departments", "", 200, `{"data":[{"id":201}],"meta":{"total":1}}`},
			{"GET /applications", "", 200,
				`={"data":[{"id":301,"name":"shop-widget","displayName":"Shop widget","active":true,"type":"web"}]}`},
			{"GET /organization", "", 200, `={"data":{"id":501,"domain":"acme-demo","teamOnline":true,"chatEnabled":true}}`},
		}},
	})
}

// martaJSON is the customer of aCustomer.
const martaJSON = `{"id":100001,"name":"Marta Silva","email":"marta@example.org","userId":"crm-1","company":null,
	"phone":null,"firstSeen":"1700000000","lastSeen":null,"location":{"regionCode":null,"countryCode":null,"city":null},
	"device":null,"unsubscribed":false,"blocked":false,"source":null,"referer":null,"lastPage":null,"locale":null,
	"createdFrom":null,"integrationId":null,"notes":null,"tags":[],"customData":[]}`

func TestContractSection1Keys(t *testing.T) {
	server := newServer(t)
	rows := []struct{ name, header string }{
		{"none", ""},
		{"wrong", "Bearer " + strings.Repeat("x", 40)},
		{"without the scheme", server.APIKey},
		{"in angle brackets", "Bearer <" + server.APIKey + ">"},
		{"cut", "Bearer " + server.APIKey[:20]},
		{"with a space behind", "Bearer " + server.APIKey + " x"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/organization", nil)
			require.NoError(t, err)
			if row.header != "" {
				request.Header.Set("Authorization", row.header)
			}
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
			assert.JSONEq(t, `{"errors":[{"code":"invalid_token","message":"Invalid token"}]}`, string(body))
		})
	}
	assert.Zero(t, server.Effects(helpcrunchtest.GetOrganization))
}

func TestContractSection1ErrorForms(t *testing.T) {
	rows := []struct {
		form                  helpcrunchtest.ErrorForm
		unauthorized, tooMany string
	}{
		{
			form:         helpcrunchtest.ErrorsSpecific,
			unauthorized: `{"errors":[{"code":"invalid_token","message":"Invalid token"}]}`,
			tooMany:      `{"errors":[{"code":"too_many_requests","message":"You have exceeded your requests limit"}]}`,
		},
		{
			form: helpcrunchtest.ErrorsGeneric,
			unauthorized: `{"errors":[{"code":"invalid_request","message":"Invalid request"},` +
				`{"code":"unauthorized","message":"Unauthorized"}]}`,
			tooMany: `{"errors":[{"code":"invalid_request","message":"Invalid request"},` +
				`{"code":"too_many_requests","message":"Too many requests"}]}`,
		},
		{
			form:         helpcrunchtest.ErrorsSingle,
			unauthorized: `{"errors":[{"code":"unauthorized","message":"Unauthorized"}]}`,
			tooMany:      `{"errors":[{"code":"too_many_requests","message":"Too many requests"}]}`,
		},
	}
	for _, row := range rows {
		server := newServer(t,
			helpcrunchtest.WithDialect(helpcrunchtest.Dialect{Errors: row.form}),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 1}))
		status, _, _ := send(t, server, "GET", "/organization", "")
		require.Equal(t, http.StatusOK, status)
		status, header, body := send(t, server, "GET", "/organization", "")
		assert.Equal(t, http.StatusTooManyRequests, status)
		assert.JSONEq(t, row.tooMany, body)
		assert.Equal(t, "application/json", header.Get("Content-Type"))
		assert.Empty(t, header.Get("Retry-After"))

		key := server.APIKey
		server.APIKey = strings.Repeat("wrong", 4)
		status, _, body = send(t, server, "GET", "/organization", "")
		server.APIKey = key
		assert.Equal(t, http.StatusUnauthorized, status)
		assert.JSONEq(t, row.unauthorized, body)
	}
}

func TestContractSection1IgnoresTheContentType(t *testing.T) {
	server := newServer(t)
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/customers",
			strings.NewReader(`{"name":"Marta"}`))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+server.APIKey)
		request.Header["Content-Type"] = []string{contentType}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusCreated, response.StatusCode, contentType)
	}
}

func TestWrongMethodListsTheAllowedOnes(t *testing.T) {
	server := newServer(t)
	_, header, _ := send(t, server, "POST", "/customers/100001", "{}")
	assert.Equal(t, "GET, PUT, PATCH, DELETE", header.Get("Allow"))
}
