package helpcrunch_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// failureOf gets a customer and returns the error of the response.
func failureOf(t *testing.T, with kit.Response) *helpcrunch.APIError {
	t.Helper()
	client, transport := kit.RespondingClient(t, with)
	customer, err := client.Customers.Get(t.Context(), 7001)
	require.Error(t, err)
	require.Nil(t, customer)
	transport.Only(t)
	failure, ok := errors.AsType[*helpcrunch.APIError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, with.Status, failure.StatusCode)
	return failure
}

// TestE1KindIsDecidedByTheStatus has every class of status. Exactly one kind matches.
func TestE1KindIsDecidedByTheStatus(t *testing.T) {
	kinds := map[int]helpcrunch.ErrorKind{
		300: helpcrunch.ErrUnexpectedStatus, 304: helpcrunch.ErrUnexpectedStatus,
		400: helpcrunch.ErrBadRequest, 401: helpcrunch.ErrUnauthorized, 402: helpcrunch.ErrUnexpectedStatus,
		403: helpcrunch.ErrForbidden, 404: helpcrunch.ErrNotFound, 405: helpcrunch.ErrUnexpectedStatus,
		409: helpcrunch.ErrConflict, 413: helpcrunch.ErrUnexpectedStatus, 415: helpcrunch.ErrUnexpectedStatus,
		422: helpcrunch.ErrBadRequest, 429: helpcrunch.ErrRateLimited,
		500: helpcrunch.ErrServer, 501: helpcrunch.ErrServer, 502: helpcrunch.ErrServer, 503: helpcrunch.ErrServer,
		504: helpcrunch.ErrServer, 599: helpcrunch.ErrServer, 600: helpcrunch.ErrUnexpectedStatus, 999: helpcrunch.ErrUnexpectedStatus,
	}
	all := []helpcrunch.ErrorKind{
		helpcrunch.ErrBadRequest, helpcrunch.ErrUnauthorized, helpcrunch.ErrForbidden, helpcrunch.ErrNotFound, helpcrunch.ErrConflict, helpcrunch.ErrRateLimited,
		helpcrunch.ErrServer, helpcrunch.ErrUnexpectedStatus, helpcrunch.ErrInvalidArgument, helpcrunch.ErrMaybeApplied,
	}
	for status, want := range kinds {
		failure := failureOf(t, kit.Response{Status: status, Body: `{"errors":[{"code":"not_found","message":"Chat not found"}]}`})
		assert.Equal(t, want, failure.Kind, "%d", status)
		for _, kind := range all {
			assert.Equal(t, kind == want, errors.Is(failure, kind), "%d and %s", status, kind)
		}
	}
}

// TestE2SentinelAndMessageTogether checks both the kind and the service's message.
func TestE2SentinelAndMessageTogether(t *testing.T) {
	failure := failureOf(t, kit.Response{Status: 404, Body: `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`})
	wrapped := fmt.Errorf("sync of the customer: %w", failure)
	assert.ErrorIs(t, wrapped, helpcrunch.ErrNotFound)
	assert.ErrorContains(t, wrapped, "Customer not found")
	again, ok := errors.AsType[*helpcrunch.APIError](wrapped)
	require.True(t, ok)
	assert.Equal(t, helpcrunch.ErrNotFound, again.Kind)
	assert.True(t, again.HasCode("entity_not_found"))
}

// genericElement is the first element of newer error responses. It has no details.
const genericElement = `{"code":"invalid_request","message":"Invalid request"}`

// errorMessages are error responses, and what their errors must say.
var errorMessages = []struct {
	name   string
	status int
	body   string
	want   string // after the method and path
}{
	{"specific 400", 400, `{"errors":[{"code":"invalid_userId_value","message":"userId is already in use"}]}`,
		"400 Bad Request: userId is already in use (invalid_userId_value)"},
	{"generic-first 400", 400, `{"errors":[` + genericElement + `,{"code":"customer","message":"This value should be of type numeric."},` +
		`{"code":"filter[0].field","message":"This value should not be blank."}]}`,
		"400 Bad Request: This value should be of type numeric. (customer); This value should not be blank. (filter[0].field)"},
	{"specific 401", 401, `{"errors":[{"code":"invalid_token","message":"Invalid token"}]}`,
		"401 Unauthorized: Invalid token (invalid_token)"},
	{"generic-first 401", 401, `{"errors":[` + genericElement + `,{"code":"unauthorized","message":"Unauthorized"}]}`,
		"401 Unauthorized"},
	{"single element of the first page, 401", 401, `{"errors":[{"code":"unauthorized","message":"Unauthorized"}]}`,
		"401 Unauthorized"},
	{"specific 404", 404, `{"errors":[{"code":"chat_not_found","message":"Chat is missing"}]}`,
		"404 Not Found: Chat is missing (chat_not_found)"},
	{"generic-first 404", 404, `{"errors":[` + genericElement + `,{"code":"not_found","message":"Chat not found"}]}`,
		"404 Not Found: Chat not found (not_found)"},
	{"generic last", 404, `{"errors":[{"code":"not_found","message":"Chat not found"},` + genericElement + `]}`,
		"404 Not Found: Chat not found (not_found)"},
	{"single element of the first page, 404", 404, `{"errors":[{"code":"not_found","message":"Not found"}]}`,
		"404 Not Found: Not found (not_found)"},
	{"misspelt code", 404, `{"errors":[{"code":"not_fount","message":"%s not found"}]}`,
		"404 Not Found: %s not found (not_fount)"},
	{"specific 429", 429, `{"errors":[{"code":"too_many_requests","message":"You have exceeded your requests limit"}]}`,
		"429 Too Many Requests: You have exceeded your requests limit (too_many_requests)"},
	{"generic-first 429", 429, `{"errors":[` + genericElement + `,{"code":"too_many_requests","message":"Too many requests"}]}`,
		"429 Too Many Requests: Too many requests (too_many_requests)"},
	{"rating error, whose detail is the generic element's", 400, `{"errors":[{"code":"invalid_request","message":"Chat must me closed to rate it"}]}`,
		"400 Bad Request: Chat must me closed to rate it"},
	{"nothing but the generic element", 400, `{"errors":[` + genericElement + `]}`, "400 Bad Request: Invalid request"},
	{"errors as an object", 400, `{"errors":{"code":"invalid_chat_value","message":"status value is invalid"}}`,
		"400 Bad Request: status value is invalid (invalid_chat_value)"},
	{"errors by property path", 400, `{"errors":{"customer":["This value should be of type numeric."],"name":"Too long."}}`,
		"400 Bad Request: This value should be of type numeric. (customer); Too long. (name)"},
	{"errors as a string", 400, `{"errors":"status value is invalid"}`, "400 Bad Request: status value is invalid"},
	{"errors as strings", 400, `{"errors":["first","second"]}`, "400 Bad Request: first; second"},
	{"code as a number", 400, `{"errors":[{"code":1042,"message":"status value is invalid"}]}`,
		"400 Bad Request: status value is invalid (1042)"},
	{"message as an object", 400, `{"errors":[{"code":"x","message":{"info":"the detail"}}]}`, "400 Bad Request: the detail (x)"},
	{"leaked envelope", 500, `{"message":{"info":"Something broke"},"code":"internal"}`,
		"500 Internal Server Error: Something broke (internal)"},
	{"bare message", 403, `{"message":"Plan does not include the API"}`, "403 Forbidden: Plan does not include the API"},
	{"error as a string", 403, `{"error":"Forbidden for this plan"}`, "403 Forbidden: Forbidden for this plan"},
	{"array at the top", 400, `[{"code":"x","message":"y"}]`, "400 Bad Request: y (x)"},
	{"code without a message", 400, `{"errors":[{"code":"invalid_chat_value"}]}`, "400 Bad Request: invalid_chat_value"},
	{"a gateway's 503", 503, `{"message":"Service Unavailable","code":503}`, "503 Service Unavailable"},
	{"the status as the code alone", 409, `{"errors":[{"code":409,"message":"Locked by an import"}]}`, "409 Conflict: Locked by an import"},
	{"the status beside another detail", 404, `{"errors":[{"message":"Not Found"},{"code":"chat_not_found","message":"Chat is missing"}]}`,
		"404 Not Found: Chat is missing (chat_not_found)"},
	{"control characters", 400, `{"errors":[{"code":"x\r\n","message":"bad\n2026/11/28 ERROR paid \u001b[2J\u009b31m\u202e\u2028 \u0000 äé é"}]}`,
		`400 Bad Request: bad\n2026/11/28 ERROR paid \x1b[2J\u009b31m\u202e\u2028 \x00 äé é (x\r\n)`},
	{"message without a code", 400, `{"errors":[{"message":"status value is invalid"}]}`, "400 Bad Request: status value is invalid"},
}

// TestE4MessageReadsLikeASentence has both dialects and odd forms, and the whole message.
func TestE4MessageReadsLikeASentence(t *testing.T) {
	for _, c := range errorMessages {
		t.Run(c.name, func(t *testing.T) {
			failure := failureOf(t, kit.Response{Status: c.status, Body: c.body})
			assert.Equal(t, "helpcrunch: GET /customers/7001: "+c.want, failure.Error())
		})
	}
}

// TestE1StatusIsKeptWhateverTheBody has bodies without details.
func TestE1StatusIsKeptWhateverTheBody(t *testing.T) {
	for name, body := range map[string]string{
		"HTML": "<html><body><h1>502 Bad Gateway</h1></body></html>", "empty": "", "white space": " \n", "truncated": `{"errors":[{"code":"inv`,
		"null": "null", "array": "[]", "nested arrays": "[[[]]]", "number": "42", "string": `"no"`, "true": "true",
		"errors null": `{"errors":null}`, "errors empty": `{"errors":[]}`, "errors number": `{"errors":5}`,
		"errors of nulls": `{"errors":[null,{},[],5,true]}`, "binary": "\x00\xff\xfe", "empty object": "{}",
	} {
		for _, status := range []int{400, 401, 404, 429, 502} {
			failure := failureOf(t, kit.Response{Status: status, Body: body})
			assert.Equal(t, fmt.Sprintf("helpcrunch: GET /customers/7001: %d %s", status, http.StatusText(status)), failure.Error(), name)
			assert.Empty(t, failure.Errors, name)
			assert.Equal(t, body, string(failure.Body), name)
			assert.Empty(t, failure.FieldErrors())
		}
	}
}

// TestE1BodyAndMessageAreBounded has a very long body and message.
func TestE1BodyAndMessageAreBounded(t *testing.T) {
	long := "x" + strings.Repeat("ї", 10_000) // the bound falls inside a character
	many := strings.Repeat(`{"code":"x","message":"one of many"},`, 500)
	failure := failureOf(t, kit.Response{Status: 400, Body: `{"errors":[` + many + `{"code":"y","message":"` + long + `"}]}`})
	assert.Len(t, failure.Body, 16<<10)
	assert.Len(t, failure.Errors, 501)
	assert.Less(t, len(failure.Error()), 1000)
	assert.Contains(t, failure.Error(), "496 more")

	failure = failureOf(t, kit.Response{Status: 400, Body: `{"errors":[{"code":"y","message":"` + long + `"}]}`})
	assert.Less(t, len(failure.Error()), 1000)
	assert.Contains(t, failure.Error(), "їїї")
	assert.True(t, strings.HasSuffix(failure.Error(), "її… (y)"))
	assert.True(t, utf8.ValidString(failure.Error()), "no broken character")

	failure = failureOf(t, kit.Response{Status: 502, Body: strings.Repeat("x", 3<<20)})
	assert.Len(t, failure.Body, 16<<10)
}

// TestE1AnErrorHasEveryField has the fields besides the details.
func TestE1AnErrorHasEveryField(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.Response{Status: 429, Body: `{}`, Header: http.Header{"Retry-After": {"7"}}})
	_, err := client.Customers.List(t.Context(), nil)
	failure, ok := errors.AsType[*helpcrunch.APIError](err)
	require.True(t, ok)
	assert.Equal(t, "GET", failure.Method)
	assert.Equal(t, "/customers", failure.Path, "without the query and the base URL's path")
	assert.Equal(t, 1, failure.Attempts)
	assert.Equal(t, 7*time.Second, failure.RetryAfter)
	assert.Equal(t, "helpcrunch: GET /customers: 429 Too Many Requests: asked to wait 7s", err.Error())
}

// TestFieldErrorsAreByPropertyPath has the generic-first form of a 400, and forms that
// name no property.
func TestFieldErrorsAreByPropertyPath(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   map[string]string
	}{
		{"two properties", 400, `{"errors":[` + genericElement + `,{"code":"customer","message":"Not numeric."},{"code":"filter[0].field","message":"Blank."}]}`,
			map[string]string{"customer": "Not numeric.", "filter[0].field": "Blank."}},
		{"two messages about one", 400, `{"errors":[` + genericElement + `,{"code":"name","message":"Blank."},{"code":"name","message":"Too short."}]}`,
			map[string]string{"name": "Blank.; Too short."}},
		{"specific code", 400, `{"errors":[{"code":"invalid_userId_value","message":"taken"}]}`, map[string]string{}},
		{"generic and a word", 400, `{"errors":[` + genericElement + `,{"code":"unauthorized","message":"Unauthorized"}]}`, map[string]string{}},
		{"without the generic element", 400, `{"errors":[{"code":"customer","message":"Not numeric."}]}`, map[string]string{"customer": "Not numeric."}},
		{"as an object", 400, `{"errors":{"name":"Blank.","tags[0].name":["Blank.","Short."]}}`,
			map[string]string{"name": "Blank.", "tags[0].name": "Blank.; Short."}},
		{"a number", 400, `{"errors":[{"code":17,"message":"Odd."}]}`, map[string]string{}},
		{"generic alone", 400, `{"errors":[` + genericElement + `]}`, map[string]string{}},
		{"not a 400", 404, `{"errors":[` + genericElement + `,{"code":"not_found","message":"Chat not found"}]}`, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, failureOf(t, kit.Response{Status: c.status, Body: c.body}).FieldErrors())
		})
	}
}

// TestHasCodeFindsTheCodeOfEveryDetail finds whole codes in every detail.
func TestHasCodeFindsTheCodeOfEveryDetail(t *testing.T) {
	failure := failureOf(t, kit.Response{Status: 400, Body: `{"errors":[{"code":"invalid_request","message":"Invalid request"},{"code":"invalid_userId_value","message":"x"}]}`})
	assert.True(t, failure.HasCode("invalid_userId_value"))
	assert.True(t, failure.HasCode("invalid_request"))
	assert.False(t, failure.HasCode("invalid"))
	assert.False(t, failure.HasCode(""))
}

// TestErrorsAreOneLineWhateverThePath has a line break and a terminal sequence in the path of Do.
func TestErrorsAreOneLineWhateverThePath(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.Response{Status: 404})
	for _, c := range []*helpcrunch.Client{client, kit.NewClient(t, kit.TransportFunc(func(*http.Request) (*http.Response, error) {
		return nil, errNoNetwork
	}), helpcrunch.WithMaxRetries(0))} {
		err := c.Do(t.Context(), "GET", "/a%0Ab%1B[2J", nil, nil, nil)
		require.Error(t, err)
		assert.Contains(t, err.Error(), "/a%0Ab%1B[2J")
		assert.NotContains(t, err.Error(), "\n")
		assert.NotContains(t, err.Error(), "\x1b")
	}
}

// errNoNetwork has a text as a proxy may send it.
var errNoNetwork = errors.New("no network\n\x1b[2J")

// TestErrorsOfTransportsArePrintableAndMatch has a line break in the text of a transport.
func TestErrorsOfTransportsArePrintableAndMatch(t *testing.T) {
	client := kit.NewClient(t, kit.TransportFunc(func(*http.Request) (*http.Response, error) {
		return nil, errNoNetwork
	}), helpcrunch.WithMaxRetries(0))
	err := kit.Get(t.Context(), client)
	require.ErrorIs(t, err, errNoNetwork)
	assert.Contains(t, err.Error(), `no network\n\x1b[2J`)

	client, _ = kit.RespondingClient(t, kit.OK(`{"errors":[{"code":"x","message":"bad\n"}]}`))
	err = kit.Err(client.Customers.Get(t.Context(), 1))
	assert.Contains(t, err.Error(), `bad\n (x)`)
}
