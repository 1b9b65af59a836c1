package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// read returns the table in a file.
func read(t *testing.T, path string) (saved table) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &saved))
	return saved
}

// TestSyncContinuesWhereItWas: the second run reads one page and sees what is new.
func TestSyncContinuesWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
		defer server.Close()
		var chats []helpcrunch.Chat
		for range 250 {
			chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
			server.CustomerWrites(chat.ID, "Where is my order?")
			chats = append(chats, chat)
		}
		time.Sleep(time.Hour)
		path := filepath.Join(t.TempDir(), "chats.json")
		require.NoError(t, run(t.Context(), server.Client(), path))
		saved := read(t, path)
		assert.Len(t, saved.Chats, 250)
		assert.Equal(t, time.Now().Add(-margin).UTC(), saved.Since.UTC())

		time.Sleep(time.Hour)
		server.CustomerWrites(chats[7].ID, "It has arrived.")
		server.ForgetRequests()
		require.NoError(t, run(t.Context(), server.Client(), path))
		assert.Equal(t, 1, server.Count())
		saved = read(t, path)
		assert.Len(t, saved.Chats, 250)
		assert.Equal(t, "It has arrived.", saved.Chats[chats[7].ID].LastMessage)
		assert.Equal(t, "Where is my order?", saved.Chats[chats[8].ID].LastMessage)
	})
}

// TestSyncChangesNothingAfterAnError, so that the next run starts from the same time.
func TestSyncChangesNothingAfterAnError(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	path := filepath.Join(t.TempDir(), "chats.json")
	require.NoError(t, run(t.Context(), server.Client(), path))
	before := read(t, path)
	server.Inject(helpcrunchtest.Status(http.StatusForbidden))
	require.Error(t, run(t.Context(), server.Client(), path))
	assert.Equal(t, before, read(t, path))
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	assert.Error(t, run(t.Context(), server.Client(), path), "a broken table is not overwritten")
}
