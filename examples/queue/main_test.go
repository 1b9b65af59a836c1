package main

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// TestEventsAreHandledInOrder receives three messages, closes and reopens the queue, and makes
// the first attempt at each event fail.
func TestEventsAreHandledInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, err := open(path)
	require.NoError(t, err)
	const key = "example-signing-key"
	handler, err := webhook.NewHandler(key, q.add)
	require.NoError(t, err)
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	server.SendWebhooksTo(handler, key, webhook.EventTypeMessageChatCustomer)
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	texts := []string{"one", "two", "three"}
	for _, text := range texts {
		server.CustomerWrites(chat.ID, text)
		require.NoError(t, server.WaitForWebhooks(t.Context()))
	}
	_, err = open(path)
	require.Error(t, err, "a second process")
	require.NoError(t, q.db.Close())

	q, err = open(path)
	require.NoError(t, err)
	defer q.db.Close()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var handled []string
		failed := make(map[string]bool)
		q.work(ctx, func(_ context.Context, event *webhook.Event) error {
			message, ok := event.Message()
			require.True(t, ok)
			text := message.Message.Text
			if !failed[text] {
				failed[text] = true
				return errors.New("made up")
			}
			handled = append(handled, text)
			if len(handled) == len(texts) {
				stop()
			}
			return nil
		})
		assert.Equal(t, texts, handled)
	})
	found, err := q.handleOldest(t.Context(), show)
	require.NoError(t, err)
	assert.False(t, found, "the queue is empty")
}
