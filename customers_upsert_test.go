package helpcrunch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

const (
	takenUserID = `{"errors":[{"code":"invalid_userId_value","message":"taken"}]}`
	oneCustomer = `{"data":[` + kit.CustomerJSON + `],"total":1}`
)

// methods returns what was sent, as "POST /customers" and the like.
func methods(transport *kit.RecordingTransport) []string {
	var all []string
	for _, r := range transport.Requests() {
		all = append(all, r.Method+" "+strings.TrimPrefix(r.Path, "/v1"))
	}
	return all
}

// TestFindByUserIDFindsTheExactID has answers with the customer, without, and with
// others whose ids a service that minds no case takes for the same.
func TestFindByUserIDFindsTheExactID(t *testing.T) {
	for _, c := range []struct {
		name  string
		with  kit.Response
		found int64 // 0 for not found
	}{
		{"found", kit.OK(oneCustomer), 7001},
		{"no rows", kit.OK(kit.EmptyPageJSON), 0},
		{"answered with 404", kit.Response{Status: 404, Body: `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`}, 0},
		{"another case only", kit.OK(`{"data":[{"id":1,"userId":"CRM-17"}],"total":1}`), 0},
		{"another case first", kit.OK(`{"data":[{"id":1,"userId":"CRM-17"},{"id":2,"userId":"crm-17"}],"total":2}`), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, c.with)
			customer, err := client.Customers.FindByUserID(t.Context(), "crm-17")
			transport.Only(t)
			if c.found == 0 {
				assert.ErrorIs(t, err, helpcrunch.ErrNotFound)
				assert.Nil(t, customer)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.found, customer.ID)
		})
	}
	client, _ := kit.RespondingClient(t, kit.Response{Status: 401})
	_, err := client.Customers.FindByUserID(t.Context(), "crm-17")
	assert.ErrorIs(t, err, helpcrunch.ErrUnauthorized, "another failure is not taken for not found")
	assert.NotErrorIs(t, err, helpcrunch.ErrNotFound)
}

// TestUpsertLooksCreatesAndLooksAgain tells the story of each way through Upsert: the
// replies, the requests they lead to, and the outcome.
func TestUpsertLooksCreatesAndLooksAgain(t *testing.T) {
	const look, create, update = "POST /customers/search", "POST /customers", "PATCH /customers/7001"
	lost := kit.Response{Err: errors.New("connection reset")}
	taken := kit.Response{Status: 400, Body: takenUserID}
	found, none, done := kit.OK(oneCustomer), kit.OK(kit.EmptyPageJSON), kit.OK(kit.CustomerJSON)
	for _, c := range []struct {
		name    string
		replies []kit.Response
		sent    []string
		created bool
		failure error
	}{
		{"new", []kit.Response{none, done}, []string{look, create}, true, nil},
		{"new, and the search says 404", []kit.Response{{Status: 404}, done}, []string{look, create}, true, nil},
		{"found", []kit.Response{found, done}, []string{look, update}, false, nil},
		{"taken in between", []kit.Response{none, taken, found, done}, []string{look, create, look, update}, false, nil},
		{"lost answer, and it was created", []kit.Response{none, lost, found, done}, []string{look, create, look, update}, true, nil},
		{"lost answer, and it was not created", []kit.Response{none, lost, none}, []string{look, create, look}, false, helpcrunch.ErrMaybeApplied},
		{"answer of 502, and it was created", []kit.Response{none, {Status: 502}, found, done}, []string{look, create, look, update}, true, nil},
		{"unreadable answer, and it was created", []kit.Response{none, kit.OK("<html>"), found, done}, []string{look, create, look, update}, true, nil},
		{"taken, and not found", []kit.Response{none, taken, none}, []string{look, create, look}, false, helpcrunch.ErrBadRequest},
		{"another refusal", []kit.Response{none, {Status: 400, Body: `{"errors":[{"code":"email","message":"x"}]}`}},
			[]string{look, create}, false, helpcrunch.ErrBadRequest},
		{"search fails", []kit.Response{{Status: 401}}, []string{look}, false, helpcrunch.ErrUnauthorized},
		{"update fails", []kit.Response{found, {Status: 400}}, []string{look, update}, false, helpcrunch.ErrBadRequest},
		{"deleted in between", []kit.Response{found, {Status: 404}, done}, []string{look, update, create}, true, nil},
		{"search fails after it was taken", []kit.Response{none, taken, {Status: 401}}, []string{look, create, look}, false, helpcrunch.ErrUnauthorized},
		{"search fails after a lost answer", []kit.Response{none, lost, {Status: 401}},
			[]string{look, create, look}, false, helpcrunch.ErrMaybeApplied},
		{"update fails after a lost answer", []kit.Response{none, lost, found, {Status: 400}},
			[]string{look, create, look, update}, false, helpcrunch.ErrMaybeApplied},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, c.replies...)
			customer, created, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17", Name: "Marta"})
			assert.Equal(t, c.sent, methods(transport))
			assert.Equal(t, c.created, created)
			if c.failure != nil {
				assert.ErrorIs(t, err, c.failure)
				assert.Nil(t, customer)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, int64(7001), customer.ID)
		})
	}
}

// TestUpsertTellsOfBothFailures names the last failure first: it is the one to act on.
func TestUpsertTellsOfBothFailures(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON), kit.Response{Status: 502}, kit.Response{Status: 401})
	_, _, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17"})
	assert.EqualError(t, err, "helpcrunch: POST /customers/search: 401 Unauthorized, "+
		"after helpcrunch: POST /customers: 502 Bad Gateway: the request may have been applied")
	last, ok := errors.AsType[*helpcrunch.APIError](err)
	require.True(t, ok)
	assert.Equal(t, 401, last.StatusCode)
}

// TestUpsertPatchesOnlyWhatIsSet never replaces, and sends nothing for an input without
// anything to change.
func TestUpsertPatchesOnlyWhatIsSet(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(oneCustomer), kit.OK(kit.CustomerJSON))
	_, _, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17", Phone: "+1", Blocked: true})
	require.NoError(t, err)
	assert.JSONEq(t, `{"phone":"+1","blocked":true}`, string(transport.Requests()[1].Body))

	client, transport = kit.RespondingClient(t, kit.OK(oneCustomer))
	customer, created, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17"})
	require.NoError(t, err)
	assert.False(t, created)
	assert.Equal(t, int64(7001), customer.ID)
	transport.Only(t)
}

// TestFindOrCreateChatStories tells each way through FindOrCreate.
func TestFindOrCreateChatStories(t *testing.T) {
	const look, create = "POST /chats/search", "POST /chats"
	open := kit.OK(`{"data":[{"id":3,"status":"closed"},{"id":2,"status":"onhold"},{"id":1,"status":"new"}],"total":3}`)
	allClosed := kit.OK(`{"data":[{"id":3,"status":"closed"}],"total":1}`)
	none, made := kit.OK(kit.EmptyPageJSON), kit.OK(`{"id":40001,"status":"empty"}`)
	lost := kit.Response{Err: errors.New("connection reset")}
	for _, c := range []struct {
		name    string
		replies []kit.Response
		sent    []string
		id      int64
		created bool
		failure error
	}{
		{"the latest that is not closed", []kit.Response{open}, []string{look}, 2, false, nil},
		{"none at all", []kit.Response{none, made}, []string{look, create}, 40001, true, nil},
		{"none, and the search says 404", []kit.Response{{Status: 404}, made}, []string{look, create}, 40001, true, nil},
		{"all closed", []kit.Response{allClosed, made}, []string{look, create}, 40001, true, nil},
		{"lost answer, and it was created", []kit.Response{none, lost, open}, []string{look, create, look}, 2, true, nil},
		{"lost answer, and it was not", []kit.Response{none, lost, none}, []string{look, create, look}, 0, false, helpcrunch.ErrMaybeApplied},
		{"lost answer, and the search fails", []kit.Response{none, {Status: 500}, {Status: 500}}, []string{look, create, look}, 0, false, helpcrunch.ErrMaybeApplied},
		{"refused", []kit.Response{none, {Status: 400}}, []string{look, create}, 0, false, helpcrunch.ErrBadRequest},
		{"customer is gone", []kit.Response{none, {Status: 404}}, []string{look, create}, 0, false, helpcrunch.ErrNotFound},
		{"search fails", []kit.Response{{Status: 401}}, []string{look}, 0, false, helpcrunch.ErrUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, c.replies...)
			chat, created, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{Customer: 7001, Application: 12})
			assert.Equal(t, c.sent, methods(transport))
			assert.Equal(t, c.created, created)
			if c.failure != nil {
				assert.ErrorIs(t, err, c.failure)
				assert.Nil(t, chat)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.id, chat.ID)
		})
	}
}

// TestFindOrCreateLooksThroughAllPages has 250 closed chats before an open one.
func TestFindOrCreateLooksThroughAllPages(t *testing.T) {
	client, transport := kit.RespondingClientFunc(t, func(r kit.RecordedRequest) kit.Response {
		var search struct{ Offset, Limit int }
		require.NoError(t, json.Unmarshal(r.Body, &search))
		var rows []string
		for id := search.Offset; id < min(search.Offset+search.Limit, 251); id++ {
			status := "closed"
			if id == 250 {
				status = "pending"
			}
			rows = append(rows, fmt.Sprintf(`{"id":%d,"status":%q}`, id+1, status))
		}
		return kit.OK(`{"data":[` + strings.Join(rows, ",") + `],"meta":{"total":251}}`)
	})
	chat, created, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{Customer: 7001, Application: 12})
	require.NoError(t, err)
	assert.False(t, created)
	assert.Equal(t, int64(251), chat.ID)
	assert.Len(t, transport.Requests(), 3)
}

// TestP1FindOrCreateEndsWhenTheListDoesNotAdvance serves the same page of closed chats,
// without a total, whatever the offset.
func TestP1FindOrCreateEndsWhenTheListDoesNotAdvance(t *testing.T) {
	page := `{"data":[` + strings.Repeat(`{"id":1,"status":"closed"},`, 99) + `{"id":2,"status":"closed"}]}`
	client, transport := kit.RespondingClientFunc(t, func(kit.RecordedRequest) kit.Response {
		return kit.OK(page)
	})
	_, _, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{Customer: 7001, Application: 12})
	assert.ErrorContains(t, err, "does not advance")
	assert.Len(t, transport.Requests(), 3)
}
