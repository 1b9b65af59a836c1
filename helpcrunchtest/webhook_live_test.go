package helpcrunchtest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func TestWebhooksSpellTheIDOfAChatInEveryWay(t *testing.T) {
	for name, want := range map[string]struct{ chat, message string }{
		"":                      {"chat_id", "chat_id"},
		"webhook-plain-chat-id": {"id", "chat_id"},
		"webhook-camel-chat-id": {"chatId", "chatId"},
	} {
		dialect, err := helpcrunchtest.ParseDialect(name)
		require.NoError(t, err)
		server, receiver := newReceiver(t, helpcrunchtest.WithDialect(dialect))
		for _, step := range []step{aCustomer, aChat, customerIn} {
			ask(t, server, step.request, step.body)
		}
		settle(t, server)
		for _, body := range receiver.received() {
			key := want.chat
			switch body.Event {
			case "customer.new":
				continue
			case "message.chat.customer":
				key = want.message
			}
			var data map[string]any
			require.NoError(t, json.Unmarshal(body.EventData, &data))
			assert.EqualValues(t, 20000001, data[key], "%s under %q", body.Event, name)
		}
		for _, delivery := range server.Deliveries() {
			event, err := webhook.Parse(delivery.Body)
			require.NoError(t, err)
			if chat, ok := event.Chat(); ok {
				assert.EqualValues(t, 20000001, chat.ChatID, "the SDK reads %q", name)
			}
			if message, ok := event.Message(); ok {
				assert.EqualValues(t, 20000001, message.ChatID, "the SDK reads %q", name)
			}
		}
	}
}

func TestWebhooksHaveNumbersAsIDs(t *testing.T) {
	server, _ := newReceiver(t, helpcrunchtest.WithDialect(helpcrunchtest.Dialect{WebhookNumericIDs: true}))
	ask(t, server, aCustomer.request, aCustomer.body)
	settle(t, server)
	delivery := server.Deliveries()[0]
	var body struct{ ID any }
	require.NoError(t, json.Unmarshal(delivery.Body, &body))
	assert.IsType(t, 0.0, body.ID)
	event, err := webhook.Parse(delivery.Body)
	require.NoError(t, err)
	assert.Equal(t, delivery.ID, event.ID)
}

func TestWebhooksOfMessagesHaveAnUpdatedAt(t *testing.T) {
	for strict, want := range map[bool]any{false: "1700000000.125", true: nil} {
		server, receiver := newReceiver(t, helpcrunchtest.WithClock(conformanceClock),
			helpcrunchtest.WithDialect(helpcrunchtest.Dialect{WebhookNullUpdatedAt: strict}))
		for _, step := range []step{aCustomer, aChat, customerIn} {
			ask(t, server, step.request, step.body)
		}
		settle(t, server)
		var seen int
		for _, body := range receiver.received() {
			if body.Event != "message.chat.customer" {
				continue
			}
			var data struct{ Message map[string]any }
			require.NoError(t, json.Unmarshal(body.EventData, &data))
			assert.Equal(t, want, data.Message["updatedAt"])
			seen++
		}
		assert.Equal(t, 1, seen)
	}
}

func TestWebhooksNameTheMessenger(t *testing.T) {
	server, receiver := newReceiver(t)
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
	for kind, want := range map[string]map[string]any{
		"web":       {},
		"telegram":  {"telegramBotUsername": "shop_bot"},
		"instagram": {"instagramPageName": "Shop"},
		"facebook":  {"facebookPageLink": "https://facebook.example.com/shop_bot"},
	} {
		application := server.AddApplication(helpcrunch.Application{Name: "shop_bot", DisplayName: "Shop", Type: kind})
		chat := server.AddChat(helpcrunchtest.MakeChat(customer.ID, func(c *helpcrunch.Chat) { c.ApplicationID = application.ID }))
		server.SendWebhook(webhook.EventTypeChatNew, chat)
		settle(t, server)
		var data map[string]any
		require.NoError(t, json.Unmarshal(receiver.received()[0].EventData, &data))
		for _, key := range []string{"telegramBotUsername", "instagramPageName", "facebookPageLink"} {
			assert.Equal(t, want[key], data[key], "%s of an application of type %s", key, kind)
		}
	}
}

func TestSendWebhooksToAfterNewServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
		all, closed := &receiver{t: t}, &receiver{t: t}
		server.SendWebhooksTo(all, signingKey)
		server.SendWebhooksTo(closed, signingKey, webhook.EventTypeChatClosed)
		client := server.Client()
		chat, err := client.Chats.Create(t.Context(), &helpcrunch.ChatInput{Customer: customer.ID, Application: server.Applications()[0].ID})
		require.NoError(t, err)
		_, err = client.Chats.SetStatus(t.Context(), chat.ID, helpcrunch.ChatStatusClosed)
		require.NoError(t, err)
		require.NoError(t, server.WaitForWebhooks(t.Context()))
		assert.Len(t, all.received(), 3)
		assert.Len(t, closed.received(), 1)
		assert.Len(t, server.Deliveries(), 4)
	})
}

func TestSendWebhooksToRejectsMistakes(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	handler := http.NotFoundHandler()
	for want, send := range map[string]func(){
		"helpcrunchtest: SendWebhooksTo: the handler is nil":                                           func() { server.SendWebhooksTo(nil, signingKey) },
		"helpcrunchtest: SendWebhooksTo: the signing key must not be empty, nor have spaces around it": func() { server.SendWebhooksTo(handler, " k") },
	} {
		assert.PanicsWithValue(t, want, send)
	}
	assert.Panics(t, func() { server.SendWebhooksTo(handler, signingKey, "chat.old") })
}
