package helpcrunchtest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// raised is an event and what its data must contain.
type raised struct {
	event webhook.EventType
	data  string
}

// cause is a request, the events that it raises, and the requests before it.
type cause struct {
	name    string
	dialect helpcrunchtest.Dialect
	before  []step
	do      step
	want    []raised
}

var (
	marta     = `{"id":100001,"name":"Marta Silva","email":"marta@example.org","userId":"crm-1"`
	martas    = `"customer":` + marta + `}`
	adas      = `{"id":101,"name":"Ada Ramos","email":"ada@example.com","role":"admin"}`
	blocked   = step{"PATCH /customers/100001", `{"blocked":true,"unsubscribed":true,"tags":[{"name":"Lead"}]}`, 0, ""}
	tagged    = step{"PATCH /customers/100001", `{"tags":[{"name":"Lead"},{"name":"Paid","color":"#123456"}]}`, 0, ""}
	status    = webhook.EventTypeChatStatusUpdated
	startedAt = "1700000000.125"
)

var customerCauses = []cause{
	{
		name: "a customer is created, with everything", do: step{"POST /customers", `{
			"name":"Marta Silva","email":"marta@example.org","userId":"crm-1","unsubscribed":true,"blocked":true,
			"tags":[{"name":"Lead"}],"customData":[{"property":"plan","value":"gold"},{"property":"seats","value":7}]}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerNew, marta + `,"unsubscribed":true,"customData":{"plan":"gold","seats":7}}`}},
	},
	{
		name: "an e-mail address changes", before: []step{aCustomer},
		do: step{"PATCH /customers/100001", `{"email":"silva@example.org"}`, 0, ""},
		want: []raised{{
			webhook.EventTypeCustomerEmailUpdated,
			`{"id":100001,"name":"Marta Silva","email":"silva@example.org","userId":"crm-1","unsubscribed":false,"customData":[]}`,
		}},
	},
	{
		name: "an e-mail address is taken away", before: []step{aCustomer},
		do:   step{"PATCH /customers/100001", `{"email":null}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerEmailUpdated, `{"id":100001,"email":null}`}},
	},
	{
		name: "nothing changes", before: []step{aCustomer},
		do: step{"PATCH /customers/100001", `{"email":"marta@example.org","tags":[],"blocked":false}`, 0, ""},
	},
	{
		name: "what no event tells of changes", before: []step{aCustomer},
		do: step{"PATCH /customers/100001", `{"name":"Marta","customData":[{"property":"plan","value":"gold"}]}`, 0, ""},
	},
	{
		name: "a customer is tagged", before: []step{aCustomer},
		do:   step{"PUT /customers/100001/tags", `{"tags":[{"name":"Lead"}]}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerTagsChanged, marta + `}`}},
	},
	{
		name: "all tags go", before: []step{aCustomer, blocked},
		do:   step{"DELETE /customers/100001/tags", `{"tags":[{"name":"Lead"}]}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerTagsChanged, marta + `}`}},
	},
	{
		name: "a tag is set that is there", before: []step{aCustomer, blocked},
		do: step{"PUT /customers/100001/tags", `{"tags":[{"name":"Lead"}]}`, 0, ""},
	},
	{
		name: "tags are set in another order", before: []step{aCustomer, tagged},
		do: step{"PATCH /customers/100001", `{"tags":[{"name":"Paid","color":"#123456"},{"name":"Lead"}]}`, 0, ""},
	},
	{
		name: "a tag gets another colour", before: []step{aCustomer, tagged},
		do:   step{"PUT /customers/100001/tags", `{"tags":[{"name":"Paid","color":"#654321"}]}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerTagsChanged, marta + `}`}},
	},
	{
		name: "one tag takes another's place", before: []step{aCustomer, tagged},
		do:   step{"PATCH /customers/100001", `{"tags":[{"name":"Lead"},{"name":"Late"}]}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerTagsChanged, marta + `}`}},
	},
	{
		name: "one patch changes all", before: []step{aCustomer}, do: blocked,
		want: []raised{
			{webhook.EventTypeCustomerTagsChanged, marta + `}`},
			{webhook.EventTypeCustomerUnsubscribed, marta + `,"unsubscribed":true}`},
			{webhook.EventTypeCustomerBlocked, marta + `}`},
		},
	},
	{
		name: "a replacement clears all", before: []step{aCustomer, blocked}, do: step{"PUT /customers/100001", `{"name":"Marta"}`, 0, ""},
		want: []raised{
			{webhook.EventTypeCustomerEmailUpdated, `{"id":100001,"name":"Marta","email":null,"userId":null}`},
			{webhook.EventTypeCustomerTagsChanged, `{"id":100001}`},
			{webhook.EventTypeCustomerSubscribed, `{"id":100001,"unsubscribed":false}`},
			{webhook.EventTypeCustomerUnblocked, `{"id":100001}`},
		},
	},
	{
		name: "a batch changes two customers", before: []step{aCustomer, another},
		do: step{"PUT /customers/batch", `[{"customer":100001,"blocked":true},{"customer":100002,"email":"price@example.com"}]`, 0, ""},
		want: []raised{
			{webhook.EventTypeCustomerBlocked, `{"id":100001}`},
			{webhook.EventTypeCustomerEmailUpdated, `{"id":100002,"email":"price@example.com"}`},
		},
	},
	{
		name: "a customer is deleted, with a chat", before: []step{aCustomer, aChat}, do: step{"DELETE /customers/100001", "", 0, ""},
		want: []raised{{webhook.EventTypeCustomerDeleted, marta + `}`}},
	},
	{
		name: "custom data in pairs", dialect: helpcrunchtest.OldestDialect(), before: []step{aCustomer},
		do:   step{"PATCH /customers/100001", `{"blocked":true,"customData":[{"property":"plan","value":"gold"}]}`, 0, ""},
		want: []raised{{webhook.EventTypeCustomerBlocked, marta + `,"customData":[{"property":"plan","value":"gold"}]}`}},
	},
}

var chatCauses = []cause{
	{
		name: "a chat is created", before: []step{aCustomer}, do: aChat,
		want: []raised{{webhook.EventTypeChatNew, `{"chat_id":20000001,"communicatedAgents":[],` + martas + `,"closedBy":null,
			"status":"empty","closedAt":null,"rating":null,"createdAt":"` + startedAt + `","snoozedUntil":null,"applicationId":301,
			"department":null,"assignee":null}`}},
	},
	{
		name: "a chat is created for an agent", before: []step{aCustomer},
		do: step{"POST /chats", `{"customer":100001,"application":301,"assignee":101,"department":201}`, 0, ""},
		want: []raised{
			{webhook.EventTypeChatNew, `{"chat_id":20000001,"department":{"id":201,"name":"Helpdesk"},"assignee":` + adas + `}`},
			{webhook.EventTypeChatAssigned, `{"chat_id":20000001,"assignee":` + adas + `}`},
		},
	},
	{
		name: "a status is set", before: []step{aCustomer, aChat}, do: step{"PUT /chats/status", `{"id":20000001,"status":"on hold"}`, 0, ""},
		want: []raised{{status, `{"chat_id":20000001,"status":"onhold"}`}},
	},
	{
		name: "the same status is set", before: []step{aCustomer, aChat, closing}, do: closing,
	},
	{
		name: "a chat is closed", before: []step{aCustomer, aChat, customerIn, agentIn}, do: closing,
		want: []raised{
			{status, `{"chat_id":20000001,"communicatedAgents":[101],"status":"closed","closedBy":"agent","closedAt":"` + startedAt + `"}`},
			{webhook.EventTypeChatClosed, `{"chat_id":20000001,"status":"closed","closedBy":"agent"}`},
		},
	},
	{
		name: "a chat is assigned", before: []step{aCustomer, aChat}, do: step{"PUT /chats/assignee", `{"id":20000001,"assignee":101}`, 0, ""},
		want: []raised{{webhook.EventTypeChatAssigned, `{"chat_id":20000001,"assignee":` + adas + `}`}},
	},
	{
		name: "a chat loses its assignee", before: []step{aCustomer, aChat, {"PUT /chats/assignee", `{"id":20000001,"assignee":101}`, 0, ""}},
		do: step{"PUT /chats/assignee", `{"id":20000001,"assignee":null}`, 0, ""},
	},
	{
		name: "a chat moves to a department and is marked as read", before: []step{aCustomer, aChat},
		do: step{"PUT /chats/department", `{"id":20000001,"department":201}`, 0, ""},
	},
	{
		name: "a chat is snoozed", before: []step{aCustomer, aChat},
		do:   step{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":"1700003600"}`, 0, ""},
		want: []raised{{webhook.EventTypeChatSnoozed, `{"chat_id":20000001,"snoozedUntil":"1700003600.000"}`}},
	},
	{
		name: "a snooze is taken back", before: []step{aCustomer, aChat, {"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":"1700003600"}`, 0, ""}},
		do:   step{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":null}`, 0, ""},
		want: []raised{{webhook.EventTypeChatUnsnoozed, `{"chat_id":20000001,"snoozedUntil":null}`}},
	},
	{
		name: "a chat is rated", before: []step{aCustomer, aChat, agentIn, closing},
		do:   step{"PUT /chats/rate", `{"id":20000001,"rating":"very poor"}`, 0, ""},
		want: []raised{{webhook.EventTypeChatRated, `{"chat_id":20000001,"rating":"very poor"}`}},
	},
	{
		name: "a chat is marked as read", before: []step{aCustomer, aChat, customerIn},
		do: step{"PUT /chats/readByAgent", `{"id":20000001,"read":true}`, 0, ""},
	},
	{
		name: "an id goes by another name", dialect: helpcrunchtest.Dialect{WebhookPlainChatID: true, WebhookNullsLeftOut: true},
		before: []step{aCustomer}, do: aChat,
		want: []raised{{webhook.EventTypeChatNew, `={"id":20000001,"communicatedAgents":[],` + martas + `,
			"status":"empty","createdAt":"` + startedAt + `","applicationId":301}`}},
	},
}

var messageCauses = []cause{
	{
		name: "a customer writes the first message", before: []step{aCustomer, aChat}, do: customerIn,
		want: []raised{
			{webhook.EventTypeMessageChatCustomer, `={"chat_id":20000001,"agent":null,` + martas + `,
				"message":{"id":300000001,"text":"Hi there","applicationId":301,"broadcastType":null,
				"createdAt":"` + startedAt + `","updatedAt":"` + startedAt + `","edited":false,"read":false}}`},
			{status, `{"chat_id":20000001,"status":"new"}`},
		},
	},
	{
		name: "a customer writes another", before: []step{aCustomer, aChat, customerIn}, do: customerIn,
		want: []raised{{webhook.EventTypeMessageChatCustomer, `{"chat_id":20000001}`}},
	},
	{
		name: "an agent writes", before: []step{aCustomer, aChat, customerIn}, do: agentIn,
		want: []raised{
			{webhook.EventTypeMessageChatAgent, `{"chat_id":20000001,"agent":` + adas + `,` + martas + `,"message":{"text":"Hello"}}`},
			{status, `{"chat_id":20000001,"status":"opened","communicatedAgents":[101]}`},
		},
	},
	{
		name: "a customer writes to a closed chat", before: []step{aCustomer, aChat, customerIn, closing}, do: customerIn,
		want: []raised{
			{webhook.EventTypeMessageChatCustomer, `{"chat_id":20000001}`},
			{status, `{"chat_id":20000001,"status":"opened","closedAt":null,"closedBy":null}`},
		},
	},
	{
		name: "an agent writes a note", before: []step{aCustomer, aChat, customerIn},
		do:   step{"POST /messages", `{"chat":20000001,"text":"vip","type":"private","agent":101}`, 0, ""},
		want: []raised{{webhook.EventTypeMessagePrivate, `{"chat_id":20000001,"agent":` + adas + `,"message":{"text":"vip"}}`}},
	},
	{
		name: "somebody writes a note", before: []step{aCustomer, aChat, customerIn},
		do:   step{"POST /messages", `{"chat":20000001,"text":"vip","type":"private"}`, 0, ""},
		want: []raised{{webhook.EventTypeMessagePrivate, `{"chat_id":20000001,"agent":null}`}},
	},
	{
		name: "agents are short and nulls left out", dialect: helpcrunchtest.Dialect{ShortAgents: true, WebhookNullsLeftOut: true},
		before: []step{aCustomer, aChat, customerIn, agentIn}, do: agentIn,
		want: []raised{{webhook.EventTypeMessageChatAgent, `={"chat_id":20000001,"agent":{"id":101,"name":"Ada Ramos"},` + martas + `,
			"message":{"id":300000003,"text":"Hello","applicationId":301,"createdAt":"` + startedAt + `","updatedAt":"` + startedAt + `",
			"edited":false,"read":false}}`}},
	},
}

func TestChangesThroughTheAPIRaiseTheirEvents(t *testing.T) {
	for _, causes := range [][]cause{customerCauses, chatCauses, messageCauses} {
		for _, cause := range causes {
			t.Run(cause.name, func(t *testing.T) {
				t.Parallel()
				server, receiver := newReceiver(t, helpcrunchtest.WithDialect(cause.dialect),
					helpcrunchtest.WithClock(func() time.Time { return conformanceStart }))
				for _, before := range cause.before {
					ask(t, server, before.request, before.body)
				}
				settle(t, server)
				receiver.received()
				ask(t, server, cause.do.request, cause.do.body)
				settle(t, server)
				assertRaised(t, cause.want, receiver.received())
			})
		}
	}
}

// assertRaised checks that these events arrived, in any order, and no others.
func assertRaised(t *testing.T, want []raised, got []webhookBody) {
	t.Helper()
	byEvent := map[webhook.EventType]webhookBody{}
	for _, body := range got {
		byEvent[webhook.EventType(body.Event)] = body
		assert.Equal(t, conformanceStart.Unix(), body.CreatedAt, body.Event)
		assert.Equal(t, conformanceStart.Unix(), body.LastAttemptAt, body.Event)
		assert.Zero(t, body.Attempts, body.Event)
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, body.ID)
	}
	require.Len(t, got, len(want), "%s", got)
	for _, row := range want {
		body, ok := byEvent[row.event]
		require.True(t, ok, "%s was not raised", row.event)
		if row.data[0] == '=' {
			require.JSONEq(t, row.data[1:], string(body.EventData), row.event)
			continue
		}
		var wantData, gotData any
		require.NoError(t, json.Unmarshal([]byte(row.data), &wantData), row.data)
		require.NoError(t, json.Unmarshal(body.EventData, &gotData))
		assertContains(t, wantData, gotData, "$", string(row.event)+" "+string(body.EventData))
	}
}

// The table above and the clock raise every event except those of e-mails.
func TestEveryEventHasACause(t *testing.T) {
	caused := map[webhook.EventType]bool{}
	for _, causes := range [][]cause{customerCauses, chatCauses, messageCauses} {
		for _, cause := range causes {
			for _, row := range cause.want {
				caused[row.event] = true
			}
		}
	}
	names := `chat.new chat.status_updated chat.assigned chat.snoozed chat.unsnoozed chat.closed chat.rated customer.new
		customer.email_updated customer.tags_changed customer.unsubscribed customer.subscribed customer.blocked
		customer.unblocked customer.deleted message.chat.customer message.chat.agent message.private`
	var want []webhook.EventType
	for name := range strings.FieldsSeq(names) {
		want = append(want, webhook.EventType(name))
	}
	assert.ElementsMatch(t, want, slices.Collect(maps.Keys(caused)))
}

func TestSeedingRaisesNothing(t *testing.T) {
	server, receiver := newReceiver(t, helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 3, Chats: 3, Messages: 9}, 1),
		helpcrunchtest.WithSeed(func(s *helpcrunchtest.Server) { s.CustomerWrites(s.Chats()[0].ID, "Hello?") }))
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
	chat := server.AddChat(helpcrunchtest.MakeChat(customer.ID))
	server.AddMessage(helpcrunchtest.MakeMessage(chat.ID))
	server.Generate(helpcrunchtest.DataSize{Customers: 3, Chats: 3, Messages: 9}, 2)
	server.RemoveCustomer(customer.ID)
	settle(t, server)
	assert.Empty(t, receiver.received())
}

func TestMessagesOfPeopleRaiseEvents(t *testing.T) {
	server, receiver := newReceiver(t)
	chat := server.AddChat(helpcrunchtest.MakeChat(server.AddCustomer(helpcrunchtest.MakeCustomer()).ID,
		func(c *helpcrunch.Chat) { c.Status = helpcrunch.ChatStatusNew }))
	server.CustomerWrites(chat.ID, "Is anyone there?")
	server.AgentWrites(chat.ID, server.Agents()[0].ID, "I am.")
	settle(t, server)
	var events []string
	for _, body := range receiver.received() {
		events = append(events, body.Event)
	}
	assert.ElementsMatch(t, []string{"message.chat.customer", "message.chat.agent", "chat.status_updated"}, events)
}

func TestOnlyAppliedRequestsRaiseEvents(t *testing.T) {
	server, receiver := newReceiver(t)
	client := server.Client(helpcrunch.WithMaxRetries(0))
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
	_, err := client.Customers.Update(t.Context(), customer.ID, &helpcrunch.CustomerPatch{Notes: helpcrunch.Set("x")})
	require.NoError(t, err)
	server.Inject(helpcrunchtest.Status(503).Once())
	require.Error(t, client.Customers.Delete(t.Context(), customer.ID))
	settle(t, server)
	assert.Empty(t, receiver.received())
	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().Once())
	require.Error(t, client.Customers.Delete(t.Context(), customer.ID))
	settle(t, server)
	assert.Len(t, receiver.received(), 1, "it was deleted, although the response was lost")
}
