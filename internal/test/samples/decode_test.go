package samples_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE8EveryEnvelopeDecodes reads a list in every envelope that is known.
func TestE8EveryEnvelopeDecodes(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ids        []int64
		total      int
	}{
		{"data and total", `{"data":[{"id":1},{"id":2}],"total":7}`, []int64{1, 2}, 7},
		{"total first", `{"total":7,"data":[{"id":1}]}`, []int64{1}, 7},
		{"meta.total", `{"data":[{"id":1}],"meta":{"total":7}}`, []int64{1}, 7},
		{"total and meta.total", `{"data":[{"id":1}],"total":7,"meta":{"total":9}}`, []int64{1}, 7},
		{"no total", `{"data":[{"id":1}]}`, []int64{1}, -1},
		{"total null", `{"data":[{"id":1}],"total":null,"meta":null}`, []int64{1}, -1},
		{"empty meta as an array", `{"data":[{"id":1}],"meta":[]}`, []int64{1}, -1},
		{"total as a string", `{"data":[{"id":1}],"total":"7"}`, []int64{1}, 7},
		{"meta.total as a string", `{"data":[{"id":1}],"meta":{"total":"7"}}`, []int64{1}, 7},
		{"total of zero", `{"data":[],"total":0}`, []int64{}, 0},
		{"messages for data", `{"messages":[{"id":1},{"id":2}],"total":7}`, []int64{1, 2}, 7},
		{"empty messages", `{"messages":[]}`, []int64{}, -1},
		{"rows alone", `[{"id":1},{"id":2}]`, []int64{1, 2}, -1},
		{"no rows alone", ` [ ] `, []int64{}, -1},
		{"null data", `{"data":null,"total":0}`, []int64{}, 0},
		{"empty data", `{"data":[]}`, []int64{}, -1},
		{"empty data as an object", `{"data":{}}`, []int64{}, -1},
		{"data with gaps, as an object", `{"data":{"0":{"id":1},"2":{"id":3}},"total":2}`, []int64{1, 3}, 2},
		{"data as one row", `{"data":{"id":1}}`, []int64{1}, -1},
		{"unknown members", `{"data":[{"id":1,"novelty":{"a":[1]}}],"total":1,"links":{"next":null}}`, []int64{1}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := kit.RespondingClient(t, kit.OK(c.body))
			messages, err := client.Messages.List(t.Context(), 40001, &helpcrunch.ListOptions{Offset: 3, Limit: 20})
			require.NoError(t, err)
			assertPage(t, messages, c.ids, c.total)
			agents, err := client.Agents.List(t.Context(), &helpcrunch.ListOptions{Offset: 3, Limit: 20})
			require.NoError(t, err)
			require.Equal(t, c.total, agents.Total)
			assert.Len(t, agents.Items, len(c.ids))
		})
	}
}

func assertPage(t *testing.T, page *helpcrunch.Page[helpcrunch.Message], ids []int64, total int) {
	t.Helper()
	found := []int64{}
	for _, row := range page.Items {
		found = append(found, row.ID)
	}
	assert.Equal(t, ids, found)
	assert.Equal(t, total, page.Total)
	assert.Equal(t, []int{3, 20, 3 + len(ids)}, []int{page.Offset, page.Limit, page.NextOffset()})
}

// TestE8AResponseWithoutRowsIsAnError has objects that are no list: no rows must
// not be read out of them.
func TestE8AResponseWithoutRowsIsAnError(t *testing.T) {
	for _, body := range []string{`{}`, `{"total":5}`, `{"errors":[]}`, `{"id":1}`, `{"data":5}`, `{"data":"x"}`, `[5]`} {
		client, _ := kit.RespondingClient(t, kit.OK(body))
		_, err := client.Customers.List(t.Context(), nil)
		assert.ErrorContains(t, err, "can't be read", body)
	}
}

// TestHasMoreFollowsTheTotalOrTheLimit tells from a page whether there is another one.
func TestHasMoreFollowsTheTotalOrTheLimit(t *testing.T) {
	for _, c := range []struct {
		total, offset, limit, rows int
		want                       bool
	}{
		{total: 7, offset: 0, limit: 5, rows: 5, want: true},
		{total: 7, offset: 5, limit: 5, rows: 2, want: false},
		{total: 7, offset: 0, limit: 5, rows: 3, want: true}, // a short page, and more behind it
		{total: 5, offset: 0, limit: 5, rows: 5, want: false},
		{total: 7, offset: 5, limit: 5, rows: 0, want: false},
		{total: -1, offset: 0, limit: 5, rows: 5, want: true},
		{total: -1, offset: 5, limit: 5, rows: 4, want: false},
		{total: -1, offset: 5, limit: 5, rows: 0, want: false},
	} {
		page := helpcrunch.Page[int]{Items: make([]int, c.rows), Total: c.total, Offset: c.offset, Limit: c.limit}
		assert.Equal(t, c.want, page.HasMore(), "%+v", c)
		assert.Equal(t, c.offset+c.rows, page.NextOffset())
	}
}

// TestE8CustomerReadsEveryShape has documented and other fields.
func TestE8CustomerReadsEveryShape(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       helpcrunch.Customer
	}{
		{"everything null", `{"id":1,"name":null,"email":null,"userId":null,"firstSeen":null,"location":null,"device":null,
			"unsubscribed":null,"blocked":null,"notes":null,"tags":null,"customData":null}`, helpcrunch.Customer{ID: 1}},
		{"almost everything absent", `{"id":1}`, helpcrunch.Customer{ID: 1}},
		{"empty objects as arrays", `{"id":1,"location":[],"device":[],"tags":[],"customData":[]}`,
			helpcrunch.Customer{ID: 1, Tags: []helpcrunch.Tag{}, CustomData: helpcrunch.CustomData{}}},
		{"empty objects", `{"id":1,"location":{},"device":{},"customData":{}}`,
			helpcrunch.Customer{ID: 1, Location: &helpcrunch.Location{}, Device: &helpcrunch.Device{}, CustomData: helpcrunch.CustomData{}}},
		{"nulls inside a location", `{"id":1,"location":{"regionCode":null,"countryCode":"PT","city":null}}`,
			helpcrunch.Customer{ID: 1, Location: &helpcrunch.Location{CountryCode: "PT"}}},
		{"numbers for strings", `{"id":1,"userId":17,"phone":351000000001,"integrationId":900100200,"name":true,"notes":49.50}`,
			helpcrunch.Customer{ID: 1, UserID: "17", Phone: "351000000001", IntegrationID: "900100200", Name: "true", Notes: "49.50"}},
		{"strings for numbers", `{"id":"1","device":{"id":"700123"}}`, helpcrunch.Customer{ID: 1, Device: &helpcrunch.Device{ID: 700123}}},
		{"numbers and strings for booleans", `{"id":1,"blocked":1,"unsubscribed":"0"}`, helpcrunch.Customer{ID: 1, Blocked: true}},
		{"unknown fields and values", `{"id":1,"createdFrom":"carrier pigeon","novelty":[{"a":1}],"device":{"platform":"watch","novelty":1}}`,
			helpcrunch.Customer{ID: 1, CreatedFrom: "carrier pigeon", Device: &helpcrunch.Device{Platform: "watch"}}},
		{"times in three forms", `{"id":1,"firstSeen":1603885746,"lastSeen":"1603885746.769"}`,
			helpcrunch.Customer{ID: 1, FirstSeen: timestamp(1603885746000), LastSeen: timestamp(1603885746769)}},
		{"a tag without a colour", `{"id":1,"tags":[{"name":"new"},{"name":"old","color":null}]}`,
			helpcrunch.Customer{ID: 1, Tags: []helpcrunch.Tag{{Name: "new"}, {Name: "old"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := kit.RespondingClient(t, kit.OK(c.body))
			got, err := client.Customers.Get(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, c.want, *got)
		})
	}
}

// timestamp makes a Timestamp of milliseconds since 1970.
func timestamp(milliseconds int64) helpcrunch.Timestamp {
	return helpcrunch.Timestamp{Time: time.UnixMilli(milliseconds).UTC()}
}

// TestE8ChatReadsEveryShape has older, newer and odd chats.
func TestE8ChatReadsEveryShape(t *testing.T) {
	ada := helpcrunch.Agent{ID: 7, Name: "Ada", Email: "ada@example.com", Role: helpcrunch.RoleSuperviser}
	const adaJSON = `{"id":7,"name":"Ada","email":"ada@example.com","role":"superviser"}`
	for _, c := range []struct {
		name, body string
		want       helpcrunch.Chat
	}{
		{"agents as one object", `{"id":1,"agents":` + adaJSON + `}`, helpcrunch.Chat{ID: 1, Agents: []helpcrunch.Agent{ada}}},
		{"agents as a list", `{"id":1,"agents":[` + adaJSON + `]}`, helpcrunch.Chat{ID: 1, Agents: []helpcrunch.Agent{ada}}},
		{"agents null", `{"id":1,"agents":null}`, helpcrunch.Chat{ID: 1}},
		{"no agents", `{"id":1,"agents":[]}`, helpcrunch.Chat{ID: 1, Agents: []helpcrunch.Agent{}}},
		{"assignee and department", `{"id":1,"assignee":` + adaJSON + `,"department":{"id":310,"name":"Billing"}}`,
			helpcrunch.Chat{ID: 1, Assignee: &ada, Department: &helpcrunch.Department{ID: 310, Name: "Billing"}}},
		{"nothing but nulls", `{"id":1,"status":null,"closedBy":null,"rating":null,"assignee":null,"department":null,"customer":null,
			"lastMessageId":null,"applicationId":null,"lastCommunicatedAgentId":null,"snoozedUntil":null,"lastMessageText":null}`, helpcrunch.Chat{ID: 1}},
		{"rating and closedBy as numbers", `{"id":1,"rating":4,"closedBy":1}`, helpcrunch.Chat{ID: 1, Rating: "4", ClosedBy: "1"}},
		{"on hold", `{"id":1,"status":"onhold"}`, helpcrunch.Chat{ID: 1, Status: helpcrunch.ChatStatusOnHold}},
		{"unknown words", `{"id":1,"status":"parked","rating":"superb","closedBy":"robot","createdWith":"dream"}`,
			helpcrunch.Chat{ID: 1, Status: "parked", Rating: "superb", ClosedBy: "robot", CreatedWith: "dream"}},
		{"ids as strings", `{"id":"1","applicationId":"12","lastMessageId":"880001","customer":{"id":"90210"}}`,
			helpcrunch.Chat{ID: 1, ApplicationID: 12, LastMessageID: 880001, Customer: helpcrunch.ChatCustomer{ID: 90210}}},
		{"a customer without a name", `{"id":1,"customer":{"id":90210,"name":null,"email":null,"userId":null}}`,
			helpcrunch.Chat{ID: 1, Customer: helpcrunch.ChatCustomer{ID: 90210}}},
		{"an empty snooze", `{"id":1,"snoozedUntil":"","closedAt":"1705000300.250","createdAt":1605000000.5}`,
			helpcrunch.Chat{ID: 1, ClosedAt: timestamp(1705000300250), CreatedAt: timestamp(1605000000500)}},
		{"notes of the oldest page", `{"id":1,"notes":"call back"}`, helpcrunch.Chat{ID: 1, Notes: "call back"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := kit.RespondingClient(t, kit.OK(c.body))
			got, err := client.Chats.Get(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, c.want, *got)
		})
	}
}

// TestE8MessageReadsEveryShape has messages of people, notes and technical rows.
func TestE8MessageReadsEveryShape(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       helpcrunch.Message
	}{
		{"short agent", `{"id":1,"chat":40001,"agent":{"id":7,"name":"Ada"}}`,
			helpcrunch.Message{ID: 1, Chat: 40001, Agent: &helpcrunch.Agent{ID: 7, Name: "Ada"}}},
		{"technical row", `{"id":1,"agent":null,"type":"tech","from":"agent","text":"chat_auto_assigned"}`,
			helpcrunch.Message{ID: 1, Type: helpcrunch.MessageTypeTech, From: helpcrunch.MessageFromAgent, Text: "chat_auto_assigned"}},
		{"text null right after creation", `{"id":1,"text":null,"updatedAt":null,"createdAt":"1594000170.118"}`,
			helpcrunch.Message{ID: 1, CreatedAt: timestamp(1594000170118)}},
		{"ids as strings", `{"id":"1","chat":"40001"}`, helpcrunch.Message{ID: 1, Chat: 40001}},
		{"unknown words", `{"id":1,"type":"voice","from":"robot","broadcastType":"carrier pigeon"}`,
			helpcrunch.Message{ID: 1, Type: "voice", From: "robot", BroadcastType: "carrier pigeon"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := kit.RespondingClient(t, kit.Response{Status: 201, Body: c.body})
			got, err := client.Messages.Create(t.Context(), &helpcrunch.MessageInput{Chat: 1, Text: "Hi", From: helpcrunch.MessageFromCustomer})
			require.NoError(t, err)
			assert.Equal(t, c.want, *got)
		})
	}
}
