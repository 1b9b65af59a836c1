package helpcrunchtest_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// Package webhook reads the same in every dialect.
func TestWebhooksReadTheSameUnderEveryDialect(t *testing.T) {
	names := append(helpcrunchtest.DialectSwitches(), "", "webhook-data-as-string,webhook-plain-chat-id,webhook-nulls-left-out,oldest")
	for _, name := range names {
		t.Run("dialect "+name, func(t *testing.T) {
			t.Parallel()
			dialect, err := helpcrunchtest.ParseDialect(name)
			require.NoError(t, err)
			server, _ := newReceiver(t, helpcrunchtest.WithDialect(dialect))
			customer := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
				c.Name, c.CustomData = "Zoë/Silva", helpcrunch.CustomData{"plan": "gold", "seats": int64(7)}
			}))
			chat := server.AddChat(helpcrunchtest.MakeChat(customer.ID, func(c *helpcrunch.Chat) {
				c.Status, c.Assignee = helpcrunch.ChatStatusOnHold, &helpcrunch.Agent{ID: 101}
			}))
			message := server.AgentWrites(chat.ID, 101, "a/b é")
			server.SendWebhook(webhook.EventTypeCustomerNew, customer)
			server.SendWebhook(webhook.EventTypeChatStatusUpdated, chat)
			settle(t, server)
			require.Len(t, server.Deliveries(), 3)
			for _, delivery := range server.Deliveries() {
				assertReads(t, delivery.Body, server, message)
			}
		})
	}
}

// assertReads compares an event with the stored rows.
func assertReads(t *testing.T, body []byte, server *helpcrunchtest.Server, message helpcrunch.Message) {
	t.Helper()
	event, err := webhook.Parse(body)
	require.NoError(t, err)
	chat, customer := server.Chats()[0], server.Customers()[0]
	switch event.Type {
	case webhook.EventTypeCustomerNew:
		data, ok := event.Customer()
		require.True(t, ok)
		assert.Equal(t, webhook.CustomerData{
			ID: customer.ID, Name: customer.Name, Email: customer.Email, CustomData: customer.CustomData,
		}, *data)
	case webhook.EventTypeChatStatusUpdated:
		data, ok := event.Chat()
		require.True(t, ok)
		assert.Equal(t, webhook.ChatData{
			ChatID: chat.ID, Status: chat.Status, CommunicatedAgents: []int64{101}, Customer: chat.Customer,
			CreatedAt: helpcrunch.Timestamp{Time: chat.CreatedAt.UTC()}, ApplicationID: 301, Assignee: chat.Assignee,
		}, *data)
	default:
		data, ok := event.Message()
		require.True(t, ok, "%s", body)
		assert.Equal(t, message.Text, data.Message.Text)
		assert.Equal(t, message.ID, data.Message.ID)
		assert.Equal(t, chat.ID, data.ChatID)
		assert.Equal(t, chat.Customer, data.Customer)
		assert.Equal(t, int64(301), data.Message.ApplicationID)
		assert.EqualValues(t, 101, data.Agent.ID)
		assert.False(t, data.Message.CreatedAt.IsZero())
	}
}

func TestWebhooksOfOneChangeCanShareTheirID(t *testing.T) {
	for _, shared := range []bool{false, true} {
		first, second := &receiver{t: t}, &receiver{t: t}
		server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDialect(helpcrunchtest.Dialect{WebhookSharedIDs: shared}),
			helpcrunchtest.WithWebhookHandler(first, signingKey), helpcrunchtest.WithWebhookHandler(second, signingKey))
		for _, step := range []step{aCustomer, aChat, closing} {
			ask(t, server, step.request, step.body)
		}
		settle(t, server)
		ids := map[string]map[string]bool{} // by event
		for _, body := range append(first.received(), second.received()...) {
			if ids[body.Event] == nil {
				ids[body.Event] = map[string]bool{}
			}
			ids[body.Event][string(body.ID)] = true
		}
		want := map[bool]int{true: 1, false: 2}[shared]
		for event, of := range ids {
			assert.Len(t, of, want, event)
		}
		require.Len(t, ids, 4)
		assert.Equal(t, shared, maps.Equal(ids["chat.status_updated"], ids["chat.closed"]))
		assert.NotEqual(t, ids["chat.new"], ids["chat.closed"], "another change")
	}
}
