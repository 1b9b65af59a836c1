package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestOneReplyToTwoQuickMessages also lets the first attempt to reply fail: the service
// delivers the event again.
func TestOneReplyToTwoQuickMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const key = "example-signing-key"
		server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(),
			helpcrunchtest.WithWebhookSchedule(time.Minute))
		defer server.Close()
		handler, err := newHandler(server.Client(), key, server.Agents()[0].ID)
		require.NoError(t, err)
		server.SendWebhooksTo(handler, key)
		failed := server.Inject(helpcrunchtest.Status(http.StatusConflict).On(helpcrunchtest.CreateMessage).Once())

		chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
		server.CustomerWrites(chat.ID, "Hello?")
		server.CustomerWrites(chat.ID, "Where is my order?")
		require.NoError(t, server.WaitForWebhooks(t.Context()))

		assert.Equal(t, 1, failed.Fired())
		var replies []string
		for _, message := range server.Messages(chat.ID) {
			if message.From == helpcrunch.MessageFromAgent {
				replies = append(replies, message.Text)
			}
		}
		assert.Equal(t, []string{reply}, replies)
		chat, _ = server.Chat(chat.ID)
		customer, _ := server.Customer(chat.Customer.ID)
		require.Len(t, customer.Tags, 1)
		assert.Equal(t, "Waiting", customer.Tags[0].Name)
	})
}
