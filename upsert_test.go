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
)

const (
	takenUserID = `{"errors":[{"code":"invalid_userId_value","message":"taken"}]}`
	oneCustomer = `{"data":[` + aCustomer + `],"total":1}`
)

// methods returns what was sent, as "POST /customers" and the like.
func methods(transport *recordingTransport) []string {
	var all []string
	for _, r := range transport.sent() {
		all = append(all, r.Method+" "+strings.TrimPrefix(r.Path, "/v1"))
	}
	return all
}

// TestFindByUserIDFindsTheExactID has answers with the customer, without, and with
// others whose ids a service that minds no case takes for the same.
func TestFindByUserIDFindsTheExactID(t *testing.T) {
	for _, c := range []struct {
		name  string
		with  reply
		found int64 // 0 for not found
	}{
		{"found", replyOK(oneCustomer), 7001},
		{"no rows", replyOK(noRows), 0},
		{"answered with 404", reply{status: 404, body: `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`}, 0},
		{"another case only", replyOK(`{"data":[{"id":1,"userId":"CRM-17"}],"total":1}`), 0},
		{"another case first", replyOK(`{"data":[{"id":1,"userId":"CRM-17"},{"id":2,"userId":"crm-17"}],"total":2}`), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := replying(t, c.with)
			customer, err := client.Customers.FindByUserID(t.Context(), "crm-17")
			transport.only(t)
			if c.found == 0 {
				assert.ErrorIs(t, err, helpcrunch.ErrNotFound)
				assert.Nil(t, customer)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.found, customer.ID)
		})
	}
	client, _ := replying(t, reply{status: 401})
	_, err := client.Customers.FindByUserID(t.Context(), "crm-17")
	assert.ErrorIs(t, err, helpcrunch.ErrUnauthorized, "another failure is not taken for not found")
	assert.NotErrorIs(t, err, helpcrunch.ErrNotFound)
}

// TestUpsertLooksCreatesAndLooksAgain tells the story of each way through Upsert: the
// replies, the requests they lead to, and the outcome.
func TestUpsertLooksCreatesAndLooksAgain(t *testing.T) {
	const look, create, update = "POST /customers/search", "POST /customers", "PATCH /customers/7001"
	lost := reply{err: errors.New("connection reset")}
	taken := reply{status: 400, body: takenUserID}
	found, none, done := replyOK(oneCustomer), replyOK(noRows), replyOK(aCustomer)
	for _, c := range []struct {
		name    string
		replies []reply
		sent    []string
		created bool
		failure error
	}{
		{"new", []reply{none, done}, []string{look, create}, true, nil},
		{"new, and the search says 404", []reply{{status: 404}, done}, []string{look, create}, true, nil},
		{"found", []reply{found, done}, []string{look, update}, false, nil},
		{"taken in between", []reply{none, taken, found, done}, []string{look, create, look, update}, false, nil},
		{"lost answer, and it was created", []reply{none, lost, found, done}, []string{look, create, look, update}, true, nil},
		{"lost answer, and it was not created", []reply{none, lost, none}, []string{look, create, look}, false, helpcrunch.ErrMaybeApplied},
		{"answer of 502, and it was created", []reply{none, {status: 502}, found, done}, []string{look, create, look, update}, true, nil},
		{"unreadable answer, and it was created", []reply{none, replyOK("<html>"), found, done}, []string{look, create, look, update}, true, nil},
		{"taken, and not found", []reply{none, taken, none}, []string{look, create, look}, false, helpcrunch.ErrBadRequest},
		{"another refusal", []reply{none, {status: 400, body: `{"errors":[{"code":"email","message":"x"}]}`}},
			[]string{look, create}, false, helpcrunch.ErrBadRequest},
		{"search fails", []reply{{status: 401}}, []string{look}, false, helpcrunch.ErrUnauthorized},
		{"update fails", []reply{found, {status: 400}}, []string{look, update}, false, helpcrunch.ErrBadRequest},
		{"deleted in between", []reply{found, {status: 404}, done}, []string{look, update, create}, true, nil},
		{"search fails after it was taken", []reply{none, taken, {status: 401}}, []string{look, create, look}, false, helpcrunch.ErrUnauthorized},
		{"search fails after a lost answer", []reply{none, lost, {status: 401}},
			[]string{look, create, look}, false, helpcrunch.ErrMaybeApplied},
		{"update fails after a lost answer", []reply{none, lost, found, {status: 400}},
			[]string{look, create, look, update}, false, helpcrunch.ErrMaybeApplied},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := replying(t, c.replies...)
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
	client, _ := replying(t, replyOK(noRows), reply{status: 502}, reply{status: 401})
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
	client, transport := replying(t, replyOK(oneCustomer), replyOK(aCustomer))
	_, _, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17", Phone: "+1", Blocked: true})
	require.NoError(t, err)
	assert.JSONEq(t, `{"phone":"+1","blocked":true}`, string(transport.sent()[1].Body))

	client, transport = replying(t, replyOK(oneCustomer))
	customer, created, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17"})
	require.NoError(t, err)
	assert.False(t, created)
	assert.Equal(t, int64(7001), customer.ID)
	transport.only(t)
}

// TestFindOrCreateChatStories tells each way through FindOrCreate.
func TestFindOrCreateChatStories(t *testing.T) {
	const look, create = "POST /chats/search", "POST /chats"
	open := replyOK(`{"data":[{"id":3,"status":"closed"},{"id":2,"status":"onhold"},{"id":1,"status":"new"}],"total":3}`)
	allClosed := replyOK(`{"data":[{"id":3,"status":"closed"}],"total":1}`)
	none, made := replyOK(noRows), replyOK(`{"id":40001,"status":"empty"}`)
	lost := reply{err: errors.New("connection reset")}
	for _, c := range []struct {
		name    string
		replies []reply
		sent    []string
		id      int64
		created bool
		failure error
	}{
		{"the latest that is not closed", []reply{open}, []string{look}, 2, false, nil},
		{"none at all", []reply{none, made}, []string{look, create}, 40001, true, nil},
		{"none, and the search says 404", []reply{{status: 404}, made}, []string{look, create}, 40001, true, nil},
		{"all closed", []reply{allClosed, made}, []string{look, create}, 40001, true, nil},
		{"lost answer, and it was created", []reply{none, lost, open}, []string{look, create, look}, 2, true, nil},
		{"lost answer, and it was not", []reply{none, lost, none}, []string{look, create, look}, 0, false, helpcrunch.ErrMaybeApplied},
		{"lost answer, and the search fails", []reply{none, {status: 500}, {status: 500}}, []string{look, create, look}, 0, false, helpcrunch.ErrMaybeApplied},
		{"refused", []reply{none, {status: 400}}, []string{look, create}, 0, false, helpcrunch.ErrBadRequest},
		{"customer is gone", []reply{none, {status: 404}}, []string{look, create}, 0, false, helpcrunch.ErrNotFound},
		{"search fails", []reply{{status: 401}}, []string{look}, 0, false, helpcrunch.ErrUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := replying(t, c.replies...)
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
	client, transport := replyingBy(t, func(r recordedRequest) reply {
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
		return replyOK(`{"data":[` + strings.Join(rows, ",") + `],"meta":{"total":251}}`)
	})
	chat, created, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{Customer: 7001, Application: 12})
	require.NoError(t, err)
	assert.False(t, created)
	assert.Equal(t, int64(251), chat.ID)
	assert.Len(t, transport.sent(), 3)
}

// TestP1FindOrCreateEndsWhenTheListDoesNotAdvance serves the same page of closed chats,
// without a total, whatever the offset.
func TestP1FindOrCreateEndsWhenTheListDoesNotAdvance(t *testing.T) {
	page := `{"data":[` + strings.Repeat(`{"id":1,"status":"closed"},`, 99) + `{"id":2,"status":"closed"}]}`
	client, transport := replyingBy(t, func(recordedRequest) reply {
		return replyOK(page)
	})
	_, _, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{Customer: 7001, Application: 12})
	assert.ErrorContains(t, err, "does not advance")
	assert.Len(t, transport.sent(), 3)
}
