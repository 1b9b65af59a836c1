package helpcrunch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// noMatch is a search's 404 of the service.
var noMatch = kit.Response{Status: 404, Body: `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`}

// TestFindByUserIDFindsTheExactID has responses with the customer, without, and with
// others whose ids differ in case alone.
func TestFindByUserIDFindsTheExactID(t *testing.T) {
	for _, c := range []struct {
		name  string
		with  kit.Response
		found int64 // 0 for not found
	}{
		{"found", kit.OK(oneCustomer), 7001},
		{"no rows", kit.OK(kit.EmptyPageJSON), 0},
		{"404", noMatch, 0},
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

// TestR18UpsertLooksCreatesAndLooksAgain has each way through Upsert: the responses, the
// requests and the result.
func TestR18UpsertLooksCreatesAndLooksAgain(t *testing.T) {
	const look, create, update = "POST /customers/search", "POST /customers", "PATCH /customers/7001"
	lost := kit.Response{Err: errors.New("connection reset")}
	taken := kit.Response{Status: 400, Body: takenUserID}
	newer := kit.Response{Status: 400, Body: `{"errors":[{"code":"invalid_request","message":"Invalid request"},{"code":"userId","message":"This value is already used."}]}`}
	found, none, done := kit.OK(oneCustomer), kit.OK(kit.EmptyPageJSON), kit.OK(kit.CustomerJSON)
	for _, c := range []struct {
		name      string
		responses []kit.Response
		requests  []string
		result    helpcrunch.UpsertResult
		failure   error
	}{
		{"new", []kit.Response{none, done}, []string{look, create}, helpcrunch.UpsertCreated, nil},
		{"new, and the search says 404", []kit.Response{noMatch, done}, []string{look, create}, helpcrunch.UpsertCreated, nil},
		{"found", []kit.Response{found, done}, []string{look, update}, helpcrunch.UpsertUpdated, nil},
		{"taken in between", []kit.Response{none, taken, found, done}, []string{look, create, look, update}, helpcrunch.UpsertUpdated, nil},
		{"taken in between, in the newer form", []kit.Response{none, newer, found, done}, []string{look, create, look, update}, helpcrunch.UpsertUpdated, nil},
		{"lost response, and it was created", []kit.Response{none, lost, found, done}, []string{look, create, look, update}, helpcrunch.UpsertCreated, nil},
		{"lost response, and it was not created", []kit.Response{none, lost, none, done}, []string{look, create, look, create}, helpcrunch.UpsertCreated, nil},
		{"two lost responses", []kit.Response{none, lost, none, lost, none, done},
			[]string{look, create, look, create, look, create}, helpcrunch.UpsertCreated, nil},
		{"three lost responses", []kit.Response{none, lost, none, lost, none, lost, none},
			[]string{look, create, look, create, look, create, look}, "", helpcrunch.ErrMaybeApplied},
		{"lost response, and it was created after the look", []kit.Response{none, lost, none, taken, found, done},
			[]string{look, create, look, create, look, update}, helpcrunch.UpsertCreated, nil},
		{"response of 502, and it was created", []kit.Response{none, {Status: 502}, found, done}, []string{look, create, look, update}, helpcrunch.UpsertCreated, nil},
		{"unreadable response, and it was created", []kit.Response{none, kit.OK("<html>"), found, done}, []string{look, create, look, update}, helpcrunch.UpsertCreated, nil},
		{"taken, and not found", []kit.Response{none, taken, none}, []string{look, create, look}, "", helpcrunch.ErrBadRequest},
		{"rejected", []kit.Response{none, {Status: 400, Body: `{"errors":[{"code":"email","message":"x"}]}`}},
			[]string{look, create}, "", helpcrunch.ErrBadRequest},
		{"rejected after a lost response", []kit.Response{none, lost, none, {Status: 400}},
			[]string{look, create, look, create}, "", helpcrunch.ErrMaybeApplied},
		{"search fails", []kit.Response{{Status: 401}}, []string{look}, "", helpcrunch.ErrUnauthorized},
		{"update fails", []kit.Response{found, {Status: 400}}, []string{look, update}, "", helpcrunch.ErrBadRequest},
		{"deleted in between", []kit.Response{found, {Status: 404}, done}, []string{look, update, create}, helpcrunch.UpsertCreated, nil},
		{"search fails after it was taken", []kit.Response{none, taken, {Status: 401}}, []string{look, create, look}, "", helpcrunch.ErrUnauthorized},
		{"search fails after a lost response", []kit.Response{none, lost, {Status: 401}},
			[]string{look, create, look}, "", helpcrunch.ErrMaybeApplied},
		{"update fails after a lost response", []kit.Response{none, lost, found, {Status: 400}},
			[]string{look, create, look, update}, "", helpcrunch.ErrMaybeApplied},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, transport := kit.RespondingClient(t, c.responses...)
				customer, result, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17", Name: "Marta"})
				assert.Equal(t, c.requests, methods(transport))
				assert.Equal(t, c.result, result)
				if c.failure != nil {
					assert.ErrorIs(t, err, c.failure)
					assert.Nil(t, customer)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, int64(7001), customer.ID)
			})
		})
	}
}

// TestUpsertReportsBothFailures, the last one first: it is the one to act on.
func TestUpsertReportsBothFailures(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON), kit.Response{Status: 502}, kit.Response{Status: 401})
	var err error
	synctest.Test(t, func(t *testing.T) {
		_, _, err = client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-17"})
	})
	assert.EqualError(t, err, "helpcrunch: POST /customers/search: 401 Unauthorized, "+
		"after helpcrunch: POST /customers: 502 Bad Gateway: the request may have been applied")
	last, ok := errors.AsType[*helpcrunch.APIError](err)
	require.True(t, ok)
	assert.Equal(t, 401, last.StatusCode)
}

// TestR18UpsertWaitsBeforeItRetries a creation: as long as the service asks, and never past the deadline.
func TestR18UpsertWaitsBeforeItRetries(t *testing.T) {
	none, done := kit.OK(kit.EmptyPageJSON), kit.OK(kit.CustomerJSON)
	unavailable := func(retryAfter string) kit.Response {
		return kit.Response{Status: 503, Header: http.Header{"Retry-After": {retryAfter}}}
	}
	for _, c := range []struct {
		retryAfter string
		deadline   time.Duration
		took       time.Duration
		requests   int
		failure    error
	}{
		{"5", time.Hour, 5 * time.Second, 4, nil},
		{"86400", time.Hour, 0, 2, helpcrunch.ErrMaybeApplied},
		{"5", 3 * time.Second, 0, 2, context.DeadlineExceeded},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, none, unavailable(c.retryAfter), none, done)
			ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
			defer cancel()
			began := time.Now()
			_, _, err := client.Customers.Upsert(ctx, &helpcrunch.CustomerInput{UserID: "crm-17"})
			assert.Equal(t, c.took, time.Since(began))
			assert.Len(t, transport.Requests(), c.requests)
			require.ErrorIs(t, err, c.failure)
			if err != nil {
				assert.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
			}
		})
	}
}

// TestUpsertByEmail matches without case, never retries a creation, and writes nothing if several
// customers match.
func TestUpsertByEmail(t *testing.T) {
	const look, create, update = "POST /customers/search", "POST /customers", "PATCH /customers/7001"
	none, done := kit.OK(kit.EmptyPageJSON), kit.OK(kit.CustomerJSON)
	found := kit.OK(`{"data":[{"id":7001,"email":"marta@Example.com"},{"id":1,"email":"other@example.com"}],"total":2}`)
	for _, c := range []struct {
		name      string
		responses []kit.Response
		requests  []string
		result    helpcrunch.UpsertResult
		failure   error
	}{
		{"new", []kit.Response{none, done}, []string{look, create}, helpcrunch.UpsertCreated, nil},
		{"found", []kit.Response{found, done}, []string{look, update}, helpcrunch.UpsertUpdated, nil},
		{"lost response", []kit.Response{none, {Err: errors.New("connection reset")}}, []string{look, create}, "", helpcrunch.ErrMaybeApplied},
		{"response of 502", []kit.Response{none, {Status: 502}}, []string{look, create}, "", helpcrunch.ErrMaybeApplied},
		{"malformed", []kit.Response{{Status: 400}}, []string{look}, "", helpcrunch.ErrBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, c.responses...)
			_, result, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{Email: "Marta@example.com", Name: "Marta"})
			assert.Equal(t, c.requests, methods(transport))
			assert.Equal(t, c.result, result)
			assert.ErrorIs(t, err, c.failure)
		})
	}
	client, transport := kit.RespondingClient(t, kit.OK(`{"data":[{"id":3,"email":"A@example.com"},{"id":5,"email":"a@example.com"}],"total":2}`))
	_, _, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{Email: "a@example.com", Name: "Marta"})
	ambiguous, ok := errors.AsType[*helpcrunch.AmbiguousError](err)
	require.True(t, ok)
	assert.Equal(t, &helpcrunch.AmbiguousError{Field: "email", IDs: []int64{3, 5}}, ambiguous)
	assert.EqualError(t, err, "helpcrunch: 2 customers have this email: ids 3, 5")
	transport.Only(t)
}

// TestFindByEmail finds the only match without case.
func TestFindByEmail(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(`{"data":[{"id":3,"email":"A@example.com"},{"id":5,"email":"b@example.com"}],"total":2}`))
	customer, err := client.Customers.FindByEmail(t.Context(), "a@Example.com")
	require.NoError(t, err)
	assert.EqualValues(t, 3, customer.ID)
	assert.Contains(t, string(transport.Only(t).Body), `"value":"a@Example.com"`)

	client, _ = kit.RespondingClient(t, kit.OK(kit.EmptyPageJSON))
	_, err = client.Customers.FindByEmail(t.Context(), "a@example.com")
	require.ErrorIs(t, err, helpcrunch.ErrNotFound)
	assert.EqualError(t, err, "helpcrunch: Customers.FindByEmail: no customer has this Email: not found")
	_, err = client.Customers.FindByUserID(t.Context(), "crm-1")
	assert.EqualError(t, err, "helpcrunch: Customers.FindByUserID: no customer has this UserID: not found")

	client, _ = kit.RespondingClient(t, kit.OK(`{"data":[{"id":3,"email":"a@example.com"},{"id":5,"email":"a@example.com"}],"total":2}`))
	_, err = client.Customers.FindByEmail(t.Context(), "a@example.com")
	assert.ErrorAs(t, err, new(*helpcrunch.AmbiguousError))
}

// TestUpsertWritesWhatDiffers: only fields that the input sets, and nothing if all are stored.
func TestUpsertWritesWhatDiffers(t *testing.T) {
	stored := `{"id":7001,"userId":"crm-17","name":"Marta","email":"m@example.com","phone":"+1","blocked":true,
		"firstSeen":"1700000000","location":{"city":"Porto","countryCode":"PT"},"notes":"vip",
		"tags":[{"name":"Lead","color":"#C377E0"},{"name":"Paid","color":"#000"}],
		"customData":{"plan":"pro","seats":5,"ratio":0.5,"trial":false,"since":1700000000,"old":"2023-11-14 22:13:20"}}`
	at := time.Unix(1700000000, 0)
	for name, c := range map[string]struct {
		input helpcrunch.CustomerInput
		body  string // empty for none
	}{
		"nothing set":         {helpcrunch.CustomerInput{}, ""},
		"all the same":        {helpcrunch.CustomerInput{Name: "Marta", Email: "m@example.com", Phone: "+1", Blocked: true, Notes: "vip", City: "Porto", CountryCode: "PT"}, ""},
		"one differs":         {helpcrunch.CustomerInput{Name: "Marta", Phone: "+2"}, `{"phone":"+2"}`},
		"a flag":              {helpcrunch.CustomerInput{Unsubscribed: true, Blocked: true}, `{"unsubscribed":true}`},
		"city":                {helpcrunch.CustomerInput{City: "Lisbon", CountryCode: "PT"}, `{"city":"Lisbon"}`},
		"unset in location":   {helpcrunch.CustomerInput{RegionCode: "13"}, `{"regionCode":"13"}`},
		"time in the second":  {helpcrunch.CustomerInput{FirstSeen: at.Add(999 * time.Millisecond)}, ""},
		"another time":        {helpcrunch.CustomerInput{FirstSeen: at.Add(time.Second)}, `{"firstSeen":"1700000001"}`},
		"time where none is":  {helpcrunch.CustomerInput{LastSeen: at}, `{"lastSeen":"1700000000"}`},
		"tags in any order":   {helpcrunch.CustomerInput{Tags: []helpcrunch.Tag{{Name: "Paid"}, {Name: "Lead"}, {Name: "Paid"}}}, ""},
		"same color":          {helpcrunch.CustomerInput{Tags: []helpcrunch.Tag{{Name: "Paid"}, {Name: "Lead", Color: "#c377e0"}}}, ""},
		"another color":       {helpcrunch.CustomerInput{Tags: []helpcrunch.Tag{{Name: "Paid", Color: "red"}, {Name: "Lead"}}}, `{"tags":[{"name":"Paid","color":"red"},{"name":"Lead"}]}`},
		"a tag less":          {helpcrunch.CustomerInput{Tags: []helpcrunch.Tag{{Name: "Paid"}}}, `{"tags":[{"name":"Paid"}]}`},
		"a tag more":          {helpcrunch.CustomerInput{Tags: []helpcrunch.Tag{{Name: "Paid"}, {Name: "Lead"}, {Name: "New"}}}, `{"tags":[{"name":"Paid"},{"name":"Lead"},{"name":"New"}]}`},
		"custom data":         {helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"plan": "pro", "seats": uint8(5), "ratio": float32(0.5), "trial": false, "since": at, "old": at, "none": nil}}, ""},
		"a whole float":       {helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"seats": 5.0}}, ""},
		"text for a number":   {helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"seats": "5"}}, `{"customData":[{"property":"seats","value":"5"}]}`},
		"null for a value":    {helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"plan": nil}}, `{"customData":[{"property":"plan","value":null}]}`},
		"a value that is new": {helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"plan": "pro", "new": 1}}, `{"customData":[{"property":"new","value":1},{"property":"plan","value":"pro"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, kit.OK(`{"data":[`+stored+`],"total":1}`), kit.OK(kit.CustomerJSON))
			c.input.UserID = "crm-17"
			customer, result, err := client.Customers.Upsert(t.Context(), &c.input)
			require.NoError(t, err)
			assert.Equal(t, int64(7001), customer.ID)
			if c.body == "" {
				transport.Only(t)
				assert.Equal(t, helpcrunch.UpsertUnchanged, result)
				return
			}
			assert.Equal(t, helpcrunch.UpsertUpdated, result)
			require.Len(t, transport.Requests(), 2)
			assert.JSONEq(t, c.body, string(transport.Requests()[1].Body))
		})
	}
}

// TestFindOrCreateChatStories has each way through FindOrCreate.
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
		{"none, and the search says 404", []kit.Response{noMatch, made}, []string{look, create}, 40001, true, nil},
		{"all closed", []kit.Response{allClosed, made}, []string{look, create}, 40001, true, nil},
		{"lost response, and it was created", []kit.Response{none, lost, open}, []string{look, create, look}, 2, true, nil},
		{"lost response, and it was not", []kit.Response{none, lost, none}, []string{look, create, look}, 0, false, helpcrunch.ErrMaybeApplied},
		{"lost response, and the search fails", []kit.Response{none, {Status: 500}, {Status: 500}}, []string{look, create, look}, 0, false, helpcrunch.ErrMaybeApplied},
		{"rejected", []kit.Response{none, {Status: 400}}, []string{look, create}, 0, false, helpcrunch.ErrBadRequest},
		{"customer is deleted", []kit.Response{none, {Status: 404}}, []string{look, create}, 0, false, helpcrunch.ErrNotFound},
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
	assert.LessOrEqual(t, len(transport.Requests()), 5)
}
