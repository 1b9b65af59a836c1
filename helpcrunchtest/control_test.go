package helpcrunchtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// control makes a control request, checks its status, and reads the response into a value.
func control(t *testing.T, server *helpcrunchtest.Server, method, path, body string, status int, into any) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(server.URL, "/v1")+path, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, status, response.StatusCode, "%s", data)
	if into != nil {
		require.NoError(t, json.Unmarshal(data, into), "%s", data)
	}
	return string(data)
}

func TestControlIsOffByDefault(t *testing.T) {
	server := newServer(t)
	for _, path := range []string{"/", "/_fake/reset", "/_fake/requests"} {
		control(t, server, http.MethodGet, path, "", http.StatusUnauthorized, nil)
	}
}

func TestControlResets(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil), helpcrunchtest.WithDemoAccount())
	seeded := server.Customers()
	status, _, _ := send(t, server, http.MethodPost, "/customers", `{"name":"Ada"}`)
	require.Equal(t, http.StatusCreated, status)
	server.Inject(helpcrunchtest.Status(503))
	control(t, server, http.MethodPost, "/_fake/reset", "", http.StatusNoContent, nil)
	assert.Equal(t, seeded, server.Customers())
	assert.Empty(t, server.Requests())
	status, _, body := send(t, server, http.MethodPost, "/customers", `{"name":"Ada"}`)
	assert.Equal(t, http.StatusCreated, status, "no fault is left")
	assert.Contains(t, body, `"id":100006`, "ids begin anew")
}

func TestControlSeeds(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil))
	var ids map[string][]int64
	control(t, server, http.MethodPost, "/_fake/seed", `{"customers":[{"name":"Ada","userId":"crm-1","lastSeen":"1700000000","tags":[{"name":"Lead"}]}],
		"chats":[{"customer":{"id":100001},"status":"on hold"}],"messages":[{"chat":20000001,"text":"Hi","from":"customer"}],
		"agents":[{"name":"Lee"}],"departments":[{"name":"Sales"}],"applications":[{"id":35,"name":"shop"}]}`, http.StatusOK, &ids)
	assert.Equal(t, []int64{100001}, ids["customers"])
	assert.Equal(t, []int64{35}, ids["applications"])
	customer, ok := server.CustomerByUserID("crm-1")
	require.True(t, ok)
	assert.Equal(t, int64(1_700_000_000), customer.LastSeen.Unix())
	chat, ok := server.Chat(ids["chats"][0])
	require.True(t, ok)
	assert.Equal(t, helpcrunch.ChatStatusOnHold, chat.Status)
	assert.Equal(t, "Hi", chat.LastMessageText)
	text := control(t, server, http.MethodPost, "/_fake/seed", `{"customers":7}`, http.StatusBadRequest, nil)
	assert.Contains(t, text, `{"error":"the body is not valid: `)
}

func TestControlInjectsFaults(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil))
	control(t, server, http.MethodPost, "/_fake/faults", `{"fault":"status 503 on customers.list times 2"}`, http.StatusNoContent, nil)
	status, _, _ := send(t, server, http.MethodGet, "/customers", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.JSONEq(t, `[{"fault":"status 503","fired":1}]`, control(t, server, http.MethodGet, "/_fake/faults", "", http.StatusOK, nil))
	control(t, server, http.MethodDelete, "/_fake/faults", "", http.StatusNoContent, nil)
	status, _, _ = send(t, server, http.MethodGet, "/customers", "")
	assert.Equal(t, http.StatusOK, status)
	text := control(t, server, http.MethodPost, "/_fake/faults", `{"fault":"earthquake"}`, http.StatusBadRequest, nil)
	assert.Contains(t, text, "earthquake")
}

func TestControlSurvivesRefusedConnections(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil))
	control(t, server, http.MethodPost, "/_fake/faults", `{"fault":"refuse"}`, http.StatusNoContent, nil)
	response, err := http.DefaultClient.Do(get(t, server, "/customers"))
	if err == nil {
		_ = response.Body.Close()
	}
	require.Error(t, err)
	control(t, server, http.MethodDelete, "/_fake/faults", "", http.StatusNoContent, nil)
	status, _, _ := send(t, server, http.MethodGet, "/customers", "")
	assert.Equal(t, http.StatusOK, status)
}

func TestControlShowsRequests(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil))
	send(t, server, http.MethodPost, "/customers?a=b", `{"name":"Ada"}`)
	send(t, server, http.MethodGet, "/organization", "")
	var requests []map[string]any
	control(t, server, http.MethodGet, "/_fake/requests", "", http.StatusOK, &requests)
	require.Len(t, requests, 2)
	assert.Equal(t, "customers.create", requests[0]["operation"])
	assert.Equal(t, `{"name":"Ada"}`, requests[0]["body"])
	assert.Equal(t, "a=b", requests[0]["query"])
	assert.EqualValues(t, 201, requests[0]["status"])
	assert.NotContains(t, control(t, server, http.MethodGet, "/_fake/requests", "", http.StatusOK, nil), server.APIKey)
	control(t, server, http.MethodGet, "/_fake/requests?last=1", "", http.StatusOK, &requests)
	assert.Equal(t, "organization.get", requests[0]["operation"])
	control(t, server, http.MethodGet, "/_fake/requests?operation=customers.create", "", http.StatusOK, &requests)
	assert.Len(t, requests, 1)
	control(t, server, http.MethodGet, "/_fake/requests?last=x", "", http.StatusBadRequest, nil)
	control(t, server, http.MethodDelete, "/_fake/requests", "", http.StatusNoContent, nil)
	assert.Equal(t, "[]\n", control(t, server, http.MethodGet, "/_fake/requests", "", http.StatusOK, nil))
}

func TestControlMovesTheClock(t *testing.T) {
	receiver := &receiver{t: t}
	server := newServer(t, helpcrunchtest.WithControl(nil), helpcrunchtest.WithClock(conformanceClock),
		helpcrunchtest.WithWebhookHandler(receiver, signingKey))
	for _, step := range []step{aCustomer, aChat, {"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":1700003600}`, 200, ""}} {
		ask(t, server, step.request, step.body)
	}
	settle(t, server)
	receiver.received()
	assert.JSONEq(t, `{"now":"2023-11-14T23:13:20.125Z"}`, control(t, server, http.MethodPut, "/_fake/clock", `{"move":"1h"}`, http.StatusOK, nil))
	settle(t, server)
	require.Len(t, receiver.received(), 1, "the snooze has ended")
	control(t, server, http.MethodPut, "/_fake/clock", `{"now":"2030-01-02T03:04:05Z"}`, http.StatusOK, nil)
	assert.Equal(t, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), server.Now().UTC())
	assert.JSONEq(t, `{"now":"2030-01-02T03:04:05Z"}`, control(t, server, http.MethodGet, "/_fake/clock", "", http.StatusOK, nil))
	for _, body := range []string{`{}`, `{"now":"2030-01-02T03:04:05Z","move":"1s"}`, `{"move":"soon"}`, `{"now":"soon"}`, ``} {
		control(t, server, http.MethodPut, "/_fake/clock", body, http.StatusBadRequest, nil)
	}
	var webhooks []map[string]any
	control(t, server, http.MethodGet, "/_fake/webhooks?last=1", "", http.StatusOK, &webhooks)
	assert.Equal(t, "chat.unsnoozed", webhooks[0]["event"])
}

func TestControlShowsTheAccountAndAPage(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil), helpcrunchtest.WithDemoAccount())
	text := control(t, server, http.MethodGet, "/_fake/account", "", http.StatusOK, nil)
	assert.Contains(t, text, `"chats":6,"customers":5`)
	assert.Contains(t, text, `"name":"Marta Silva"`)
	page := control(t, server, http.MethodGet, "/", "", http.StatusOK, nil)
	assert.Contains(t, page, "<title>Fake HelpCrunch server</title>")
	assert.NotContains(t, page, "https://", "the page loads nothing from elsewhere")
}

func TestControlRejects(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithControl(nil))
	control(t, server, http.MethodPost, "/_fake/end", "", http.StatusBadRequest, nil)
	control(t, server, http.MethodGet, "/_fake/nothing", "", http.StatusNotFound, nil)
	control(t, server, http.MethodGet, "/_fake/reset", "", http.StatusNotFound, nil)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(server.URL, "/v1")+"/_fake/reset", nil)
	require.NoError(t, err)
	request.Header.Set("Origin", "https://elsewhere.example.com")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
}
