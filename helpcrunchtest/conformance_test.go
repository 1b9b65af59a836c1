package helpcrunchtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// The conformance tests use plain HTTP, so that a mistake in both server and SDK shows. These are
// the first ids of a new server.
const (
	customer1 = "100001"
	chat1     = "20000001"
	message1  = "300000001"
	ada       = "101"
	tomas     = "102"
	helpdesk  = "201"
	widget    = "301"
)

// step is a request and its expected response. want is JSON that the response must contain:
// objects may have more keys. A want with the prefix "=" must be equal as a whole.
type step struct {
	request string // method and path below /v1
	body    string
	status  int
	want    string
}

// conformance is a behaviour that the contract states, by section and row.
type conformance struct {
	row     string
	dialect helpcrunchtest.Dialect
	options []helpcrunchtest.Option
	steps   []step
}

// conformanceStart is the time of all conformance tests.
var conformanceStart = time.UnixMilli(1_700_000_000_125).UTC()

func conformanceClock() time.Time { return conformanceStart }

func checkConformance(t *testing.T, rows []conformance) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.row, func(t *testing.T) {
			t.Parallel()
			options := append([]helpcrunchtest.Option{
				helpcrunchtest.WithDialect(row.dialect),
				helpcrunchtest.WithClock(conformanceClock),
			}, row.options...)
			server := newServer(t, options...)
			for i, step := range row.steps {
				step.check(t, server, i)
			}
		})
	}
}

// check sends the request over the network and compares the response.
func (s step) check(t *testing.T, server *helpcrunchtest.Server, index int) {
	t.Helper()
	method, path, _ := strings.Cut(s.request, " ")
	status, _, body := send(t, server, method, path, s.body)
	name := fmt.Sprintf("step %d: %s %s\nresponse %d %s", index+1, s.request, s.body, status, body)
	require.Equal(t, s.status, status, name)
	if s.want == "" {
		return
	}
	if exact, ok := strings.CutPrefix(s.want, "="); ok {
		require.JSONEq(t, exact, body, name)
		return
	}
	var want, got any
	require.NoError(t, json.Unmarshal([]byte(s.want), &want), "want of "+name)
	require.NoError(t, json.Unmarshal([]byte(body), &got), name)
	assertContains(t, want, got, "$", name)
}

// send makes a request with the server's key and returns status, headers and body.
func send(t *testing.T, server *helpcrunchtest.Server, method, path, body string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, response.Header, string(data)
}

// assertContains checks that got contains want.
func assertContains(t *testing.T, want, got any, path, name string) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		require.True(t, ok, "%s is %v\n%s", path, got, name)
		for key, value := range want {
			inner, ok := object[key]
			require.True(t, ok, "%s has no %s\n%s", path, key, name)
			assertContains(t, value, inner, path+"."+key, name)
		}
	case []any:
		array, ok := got.([]any)
		require.True(t, ok, "%s is %v\n%s", path, got, name)
		require.Len(t, array, len(want), "%s\n%s", path, name)
		for i := range want {
			assertContains(t, want[i], array[i], fmt.Sprintf("%s[%d]", path, i), name)
		}
	default:
		assert.Equal(t, want, got, "%s\n%s", path, name)
	}
}

// Steps that many rows begin with.
var (
	aCustomer  = step{"POST /customers", `{"name":"Marta Silva","email":"marta@example.org","userId":"crm-1"}`, 201, ""}
	another    = step{"POST /customers", `{"name":"Owen Price","email":"owen@example.com","userId":"crm-2"}`, 201, ""}
	aChat      = step{"POST /chats", `{"customer":` + customer1 + `,"application":` + widget + `}`, 201, ""}
	customerIn = step{"POST /messages", `{"chat":` + chat1 + `,"text":"Hi there","type":"message"}`, 201, ""}
	agentIn    = step{"POST /messages", `{"chat":` + chat1 + `,"text":"Hello","type":"message","agent":` + ada + `}`, 201, ""}
	closing    = step{"PUT /chats/status", `{"id":` + chat1 + `,"status":"closed"}`, 200, ""}
)

// errorOf is the body of an error response, exactly.
func errorOf(codesAndMessages ...string) string {
	var elements []string
	for i := 0; i < len(codesAndMessages); i += 2 {
		elements = append(elements, fmt.Sprintf(`{"code":%q,"message":%q}`, codesAndMessages[i], codesAndMessages[i+1]))
	}
	return `={"errors":[` + strings.Join(elements, ",") + `]}`
}

// genericOf is the body of an error response in the generic form.
func genericOf(codesAndMessages ...string) string {
	return errorOf(append([]string{"invalid_request", "Invalid request"}, codesAndMessages...)...)
}

var generic = helpcrunchtest.Dialect{Errors: helpcrunchtest.ErrorsGeneric}

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
