package helpcrunchtest_test

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestDuplicateHasTheSameBytes(t *testing.T) {
	server, receiver := newReceiver(t, helpcrunchtest.WithWebhookSchedule(0, 0))
	receiver.respond = func(body webhookBody) int { return map[bool]int{true: 500, false: 200}[body.Attempts == 0] }
	id := server.SendWebhook("test", nil)[0]
	settle(t, server)
	receiver.respond = func(webhookBody) int { return http.StatusServiceUnavailable }
	server.Redeliver(id)
	settle(t, server)
	sent := server.Deliveries()
	require.Len(t, sent, 3, "a duplicate is sent once, whatever the response")
	assert.Equal(t, sent[1].Body, sent[2].Body)
	assert.Equal(t, sent[1].Signature, sent[2].Signature)
	assert.Equal(t, []bool{false, false, true}, []bool{sent[0].Duplicate, sent[1].Duplicate, sent[2].Duplicate})
	assert.Equal(t, 503, sent[2].Status)
	assert.PanicsWithValue(t, `helpcrunchtest: redelivering a webhook: no delivery of "other" is recorded`,
		func() { server.Redeliver("other") })
}

func TestForgeries(t *testing.T) {
	type arrival struct {
		body      []byte
		signature []string
	}
	arrived := make(chan arrival, 10)
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithWebhookHandler(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			arrived <- arrival{body, r.Header.Values("X-HelpCrunch-Signature")}
			w.WriteHeader(http.StatusUnauthorized)
		}), signingKey))
	for how, check := range map[helpcrunchtest.Forgery]func(arrival, string){
		helpcrunchtest.WrongKey: func(got arrival, id string) {
			assert.Regexp(t, `^[0-9a-f]{40}$`, got.signature[0])
			assert.NotEqual(t, sign(signingKey, got.body), got.signature[0])
			assert.Contains(t, string(got.body), id)
		},
		helpcrunchtest.ChangedBody: func(got arrival, id string) {
			assert.Regexp(t, `^[0-9a-f]{40}$`, got.signature[0])
			assert.NotEqual(t, sign(signingKey, got.body), got.signature[0])
			assert.NotEqual(t, sign("not "+signingKey, got.body), got.signature[0])
			assert.Contains(t, string(got.body), id)
		},
		helpcrunchtest.NoSignature: func(got arrival, _ string) { assert.Empty(t, got.signature) },
	} {
		server.ForgetRequests()
		id := server.Forge(how, webhook.EventTypeChatNew, nil)[0]
		settle(t, server)
		require.Len(t, arrived, 1, "a forgery is sent once, whatever the response")
		got := <-arrived
		check(got, id)
		sent := server.Deliveries()
		assert.Equal(t, how, sent[0].Forgery)
		assert.Equal(t, got.body, sent[0].Body)
		assert.Equal(t, id, sent[0].ID)
	}
}

func TestHeldWebhooksAreReleasedInOrder(t *testing.T) {
	server, receiver := newReceiver(t)
	server.HoldWebhooks()
	for _, step := range []step{aCustomer, aChat, customerIn, agentIn, closing} {
		ask(t, server, step.request, step.body)
	}
	settle(t, server)
	assert.Empty(t, receiver.received())
	var ids []string
	var events []webhook.EventType
	for _, held := range server.HeldWebhooks() {
		ids, events = append(ids, held.ID), append(events, held.Event)
	}
	require.Equal(t, []webhook.EventType{
		"customer.new", "chat.new", "message.chat.customer", "chat.status_updated", "message.chat.agent",
		"chat.status_updated", "chat.status_updated", "chat.closed",
	}, events)

	order := slices.Clone(ids[2:])
	slices.Reverse(order)
	server.ReleaseWebhooks(order...)
	settle(t, server)
	var got []string
	for _, body := range receiver.received() {
		got = append(got, string(body.ID))
	}
	assert.Equal(t, order, got)
	assert.Len(t, server.HeldWebhooks(), 2, "the rest stays")

	server.CustomerWrites(server.Chats()[0].ID, "Hello?")
	assert.Len(t, server.HeldWebhooks(), 4)
	server.ReleaseAllWebhooks()
	server.AddCustomer(helpcrunchtest.MakeCustomer())
	server.CustomerWrites(server.Chats()[0].ID, "Hello?")
	settle(t, server)
	assert.Len(t, receiver.received(), 5)
	assert.Empty(t, server.HeldWebhooks())
}

// Without ids nothing is released.
func TestReleasingNoWebhooksReleasesNone(t *testing.T) {
	server, receiver := newReceiver(t)
	server.HoldWebhooks()
	server.SendWebhook("test", nil)
	server.ReleaseWebhooks()
	server.SendWebhook("test", nil)
	settle(t, server)
	assert.Empty(t, receiver.received())
	assert.Len(t, server.HeldWebhooks(), 2)
}

func TestReleasingAnUnknownWebhookPanics(t *testing.T) {
	server, receiver := newReceiver(t)
	server.HoldWebhooks()
	id := server.SendWebhook("test", nil)[0]
	assert.PanicsWithValue(t, `helpcrunchtest: releasing webhooks: "other" is not held`, func() { server.ReleaseWebhooks(id, "other") })
	assert.PanicsWithValue(t, `helpcrunchtest: releasing webhooks: "`+id+`" is not held`, func() { server.ReleaseWebhooks(id, id) })
	settle(t, server)
	assert.Empty(t, receiver.received())
	server.ReleaseWebhooks(id)
	settle(t, server)
	assert.Len(t, receiver.received(), 1)
}

// Without a receiver these methods would do nothing, and a test would pass wrongly.
func TestWebhookMethodsPanicWithoutWebhooks(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	const none = ": the server has no webhooks: use WithWebhook, WithWebhookHandler or SendWebhooksTo"
	for doing, do := range map[string]func(){
		"sending the webhook chat.new": func() { server.SendWebhook(webhook.EventTypeChatNew, nil) },
		"sending the webhook chat.old": func() { server.Forge(helpcrunchtest.WrongKey, "chat.old", nil) },
		"redelivering a webhook":       func() { server.Redeliver("no") },
		"holding webhooks":             func() { server.HoldWebhooks() },
		"releasing webhooks":           func() { server.ReleaseWebhooks() },
		"releasing all webhooks":       func() { server.ReleaseAllWebhooks() },
	} {
		assert.PanicsWithValue(t, "helpcrunchtest: "+doing+none, do)
	}
	require.EqualError(t, server.WaitForWebhooks(t.Context()), "waiting for webhooks"+none)
	assert.Empty(t, server.HeldWebhooks())
	assert.Empty(t, server.Deliveries())
}

// A failed delivery is retried by the schedule and does not block the next one.
func TestFailedHeldWebhookDoesNotBlockTheNext(t *testing.T) {
	server, receiver := newReceiver(t, helpcrunchtest.WithWebhookSchedule(0))
	receiver.respond = func(body webhookBody) int { return map[bool]int{true: 500, false: 200}[body.Attempts == 0] }
	server.HoldWebhooks()
	first, second := server.SendWebhook("first", nil)[0], server.SendWebhook("second", nil)[0]
	server.ReleaseWebhooks(second, first)
	settle(t, server)
	counts := map[string]int{}
	for _, body := range receiver.received() {
		counts[body.Event]++
	}
	assert.Equal(t, map[string]int{"first": 2, "second": 2}, counts)
}

func TestSendWebhookWithARow(t *testing.T) {
	server, receiver := newReceiver(t)
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
	chat := server.AddChat(helpcrunchtest.MakeChat(customer.ID))
	email := server.AddMessage(helpcrunchtest.MakeMessage(chat.ID, func(m *helpcrunch.Message) {
		m.Type, m.Text = helpcrunch.MessageTypeEmail, "By e-mail"
	}))
	send := func(event webhook.EventType, row any) string {
		require.Len(t, server.SendWebhook(event, row), 1)
		settle(t, server)
		body := receiver.received()[0]
		assert.EqualValues(t, event, body.Event)
		return string(body.EventData)
	}
	for _, event := range []webhook.EventType{
		webhook.EventTypeMessageEmailCustomer, webhook.EventTypeMessageEmailAgent,
	} {
		assert.Contains(t, send(event, email), `"text":"By e-mail"`)
	}
	assert.Contains(t, send(webhook.EventTypeChatRated, &chat), `{"chat_id":20000001,`)
	assert.Contains(t, send(webhook.EventTypeCustomerNew, &customer), `"email":"marta@example.org"`)
	assert.Contains(t, send(webhook.EventTypeMessagePrivate, &email), `{"chat_id":20000001,`)
	assert.Equal(t, `{"what":"ever"}`, send("tomorrow.event", map[string]string{"what": "ever"}))
	assert.Equal(t, "null", send("tomorrow.event", nil))
	for sentence, row := range map[string]any{
		"the server has no customer 5":          helpcrunch.Customer{ID: 5},
		"the server has no chat 5":              helpcrunch.Chat{ID: 5},
		"the server has no message 5 in chat 6": helpcrunch.Message{ID: 5, Chat: 6},
		"json: unsupported type: func()":        func() {},
	} {
		assert.PanicsWithValue(t, "helpcrunchtest: sending the webhook chat.new: "+sentence,
			func() { server.SendWebhook(webhook.EventTypeChatNew, row) })
	}
}

func TestRequestLogBoundsDeliveries(t *testing.T) {
	server, receiver := newReceiver(t, helpcrunchtest.WithRequestLog(2))
	for _, event := range []webhook.EventType{"1", "2", "3", "4", "5"} {
		server.SendWebhook(event, nil)
		settle(t, server)
	}
	assert.Len(t, receiver.received(), 5)
	sent := server.Deliveries()
	require.Len(t, sent, 2)
	assert.Equal(t, []webhook.EventType{"4", "5"}, []webhook.EventType{sent[0].Event, sent[1].Event})
	assert.Len(t, server.DeliveriesOf("5"), 1)
	server.ForgetRequests()
	assert.Empty(t, server.Deliveries())
}
