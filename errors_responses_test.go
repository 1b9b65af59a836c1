package helpcrunch_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE7OkInEveryFormIsASuccess accepts any response below 300 that is not a web page, for the two
// operations that respond with the text Ok.
func TestE7OkInEveryFormIsASuccess(t *testing.T) {
	for name, with := range map[string]kit.Response{
		"JSON string":           kit.OK(`"Ok"`),
		"bare text":             {Status: 200, Body: "Ok", Header: http.Header{"Content-Type": {"text/plain"}}},
		"bare text as JSON":     kit.OK("Ok"),
		"as HTML":               {Status: 200, Body: "Ok", Header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}}},
		"without content type":  {Status: 200, Body: `"Ok"`, Header: http.Header{}},
		"other case and spaces": kit.OK(" OK\r\n"),
		"empty":                 kit.OK(""),
		"204":                   {Status: 204},
		"202":                   {Status: 202, Body: `"Ok"`},
		"object":                kit.OK(`{"status":"Ok"}`),
	} {
		client, _ := kit.RespondingClient(t, with)
		assert.NoError(t, client.Customers.Delete(t.Context(), 7001), name)
		assert.NoError(t, client.Agents.Unsubscribe(t.Context(), 12), name)
	}
	client, _ := kit.RespondingClient(t, kit.OK("\n <html>Maintenance</html>"))
	for _, err := range []error{client.Customers.Delete(t.Context(), 7001), client.Agents.Unsubscribe(t.Context(), 12)} {
		assert.ErrorContains(t, err, "<html>Maintenance</html>")
	}
}

// unreadableResponses are bodies of a 200 that have no JSON where JSON belongs.
var unreadableResponses = map[string]string{
	"HTML":           "<html><head><title>Maintenance</title></head>" + strings.Repeat("<p>please wait</p>", 1000) + "</html>",
	"truncated JSON": `{"id":7001,"name":"Mar`,
	"empty":          "",
	"null":           "null",
	"the text Ok":    `"Ok"`,
	"number":         "42",
	"trailing text":  `{"id":7001} and more`,
	"two values":     `{"id":7001}{"id":7002}`,
}

// TestE7AResponseThatIsNotTheExpectedJSONIsAnError calls one method of each kind of result.
func TestE7AResponseThatIsNotTheExpectedJSONIsAnError(t *testing.T) {
	calls := map[string]func(context.Context, *helpcrunch.Client) error{
		"object":       func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Get(ctx, 7001)) },
		"list":         func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.List(ctx, nil)) },
		"search":       func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.Search(ctx, nil)) },
		"applications": func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Applications.List(ctx)) },
		"organization": func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Organization.Get(ctx)) },
		"batch": func(ctx context.Context, c *helpcrunch.Client) error {
			patch := helpcrunch.CustomerPatch{Name: helpcrunch.Set("x")}
			return kit.Err(c.Customers.BatchUpdate(ctx, []helpcrunch.CustomerBatchItem{{ID: 1, Patch: patch}}))
		},
		"iterator": func(ctx context.Context, c *helpcrunch.Client) error { return kit.Drain(c.Agents.All(ctx, nil)) },
		"Do": func(ctx context.Context, c *helpcrunch.Client) error {
			var out struct{ ID int64 }
			return c.Do(ctx, "GET", "/customers/7001", nil, nil, &out)
		},
	}
	for name, body := range unreadableResponses {
		for kind, call := range calls {
			client, _ := kit.RespondingClient(t, kit.OK(body))
			err := call(t.Context(), client)
			require.Error(t, err, "%s: %s", kind, name)
			assert.Equal(t, kind == "batch", errors.Is(err, helpcrunch.ErrMaybeApplied), "%s: %s", kind, name)
			assert.Less(t, len(err.Error()), 500, "a bounded message")
			assert.ErrorContains(t, err, "200 with a response that can't be read")
			assert.Equal(t, name == "HTML", strings.Contains(err.Error(), "<title>Maintenance"), "%s: %s", kind, name)
		}
	}
}

// TestE7AnUnreadableResponseToANonIdempotentOperationIsMaybeApplied has the operations that are
// never sent twice: the caller must know that the service may have carried them out.
func TestE7AnUnreadableResponseToANonIdempotentOperationIsMaybeApplied(t *testing.T) {
	for method, call := range nonIdempotentCalls() {
		for name, body := range unreadableResponses {
			client, transport := kit.RespondingClient(t, kit.OK(body))
			err := call(t.Context(), client)
			assert.ErrorIs(t, err, helpcrunch.ErrMaybeApplied, "%s: %s", method, name)
			transport.Only(t)
		}
		for _, with := range []kit.Response{{Status: 500}, {Status: 502, Body: "<html>"}, {Err: errors.New("connection reset")}} {
			client, _ := kit.RespondingClient(t, with)
			assert.ErrorIs(t, call(t.Context(), client), helpcrunch.ErrMaybeApplied, method)
		}
		for _, status := range []int{302, 400, 401, 403, 404, 422, 429} {
			client, _ := kit.RespondingClient(t, kit.Response{Status: status})
			err := call(t.Context(), client)
			require.Error(t, err)
			assert.NotErrorIs(t, err, helpcrunch.ErrMaybeApplied, "%s: %d says that it was rejected", method, status)
		}
	}
}

// nonIdempotentCalls are the calls of the operations that are not idempotent.
func nonIdempotentCalls() map[string]func(context.Context, *helpcrunch.Client) error {
	calls := make(map[string]func(context.Context, *helpcrunch.Client) error)
	for _, op := range kit.Operations() {
		if op.Class == kit.NonIdempotent {
			calls[op.Name] = func(ctx context.Context, c *helpcrunch.Client) error { return op.Call(ctx, c, op.ID) }
		}
	}
	return calls
}

// TestE7TheExcerptHasNothingOfTheRequest: nothing is quoted when the request carried text.
func TestE7TheExcerptHasNothingOfTheRequest(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK("<p>could not store ada@example.com</p>"))
	_, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Email: "ada@example.com"})
	assert.NotContains(t, err.Error(), "could not store")
}

// TestE7TheExcerptHasNoKey: a proxy may repeat the header of the request.
func TestE7TheExcerptHasNoKey(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK("<p>could not store 0123456789abcdef</p>"))
	_, err := client.Customers.Get(t.Context(), 7001)
	assert.ErrorContains(t, err, "could not store")
	assert.NotContains(t, err.Error(), "0123456789abcdef")
}

// TestS6AnErrorQuotesNoDataOfAResponse has data in responses that are truncated or not JSON.
func TestS6AnErrorQuotesNoDataOfAResponse(t *testing.T) {
	const email, note = "canary-email@example.com", "canary-note"
	row := `{"id":7001,"email":"` + email + `","notes":"` + note + `"`
	for _, body := range []string{
		row, row + "}]", `[` + row, `{"data":[` + row + `}],"total":`, email + " " + note, `"` + note + `"`, "\ufeff" + row, row + `,"id":"` + note + `"}`,
		`{"data":"` + note + `"}`,
	} {
		for _, op := range kit.Operations() {
			client, _ := kit.RespondingClient(t, kit.OK(body))
			if err := op.Call(t.Context(), client, op.ID); err != nil {
				assert.NotContains(t, err.Error(), email, op.Name)
				assert.NotContains(t, err.Error(), note, op.Name)
			}
		}
	}
}

// TestS6TheBodyOfAnErrorPinsNoMoreThanItShows: errors may be kept.
func TestS6TheBodyOfAnErrorPinsNoMoreThanItShows(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.Response{Status: 400, Body: strings.Repeat("x", 900<<10)})
	_, err := client.Customers.Get(t.Context(), 7001)
	apiError, ok := errors.AsType[*helpcrunch.APIError](err)
	require.True(t, ok)
	assert.Len(t, apiError.Body, 16<<10)
	assert.LessOrEqual(t, cap(apiError.Body), 20<<10)
}

// TestE7AnySuccessStatusIsASuccess accepts all statuses of 200 to 299.
func TestE7AnySuccessStatusIsASuccess(t *testing.T) {
	for _, status := range []int{200, 201, 202, 203, 226, 299} {
		client, _ := kit.RespondingClient(t, kit.Response{Status: status, Body: kit.CustomerJSON})
		customer, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Marta"})
		require.NoError(t, err)
		assert.Equal(t, int64(7001), customer.ID)
	}
}
