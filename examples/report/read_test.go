package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newAccount makes an account with so many chats, one an hour up to today, each of a question
// and an answer after a minute.
func newAccount(t *testing.T, chats int, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutListener())...)
	t.Cleanup(server.Close)
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber"})
	for i := range chats {
		asked := today.Add(time.Duration(-i) * time.Hour)
		chat := server.AddChat(helpcrunch.Chat{
			Customer:  helpcrunch.ChatCustomer{ID: customer.ID},
			Status:    helpcrunch.ChatStatusOpened,
			CreatedAt: helpcrunch.Timestamp{Time: asked},
		})
		for _, m := range []helpcrunch.Message{question(asked), answer(asked.Add(time.Minute), server.Agents()[0].ID, "")} {
			m.Chat = chat.ID
			server.AddMessage(m)
		}
	}
	return server
}

func TestReadTakesTheChatsOfTheSpan(t *testing.T) {
	server := newAccount(t, 500)
	var progress bytes.Buffer
	f, err := reader{server.Client(), lastDays(7), &progress}.read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 6*24+19, f.chats)
	assert.Equal(t, f.chats, f.all.count)
	assert.Equal(t, time.Minute, f.all.median)
	assert.Equal(t, server.Agents()[0].Name, f.agents[0].name)
	assert.Equal(t, "acme-demo", f.account)
	assert.Equal(t, f.chats, server.Count(helpcrunchtest.ListMessages), "no chat outside of the span is read")
	assert.Empty(t, progress.String(), "a moment needs no progress")
}

func TestReadOnlyReads(t *testing.T) {
	server := newAccount(t, 20)
	_, err := reader{server.Client(), lastDays(7), t.Output()}.read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, server.Count(), server.Count(
		helpcrunchtest.GetOrganization, helpcrunchtest.SearchChats, helpcrunchtest.ListMessages))
}

// TestReadIsAsFastAsTheLimit: although each answer takes two seconds, the rate limit is what
// 600 chats wait for. The progress says how long that will be.
func TestReadIsAsFastAsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAccount(t, 600, helpcrunchtest.WithLatency(2*time.Second),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
		client, err := helpcrunch.New(server.APIKey,
			helpcrunch.WithBaseURL(server.URL), helpcrunch.WithHTTPClient(server.HTTPClient()))
		require.NoError(t, err)
		var progress bytes.Buffer
		began := time.Now()

		f, err := reader{client, lastDays(30), &progress}.read(t.Context())

		require.NoError(t, err)
		assert.Equal(t, 600, f.chats)
		assert.InDelta(t, 5, time.Since(began).Minutes(), 0.5)
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		lines := strings.Split(strings.TrimSpace(progress.String()), "\n")
		assert.InDelta(t, 60, len(lines), 5, "one every five seconds")
		assert.Regexp(t, `^\d+ of 600 chats read, about [345] min( \d+ s)? left$`, lines[4])
	})
}

func TestReadGoesOnWithoutAChatThatWasDeleted(t *testing.T) {
	server := newAccount(t, 3)
	server.Inject(helpcrunchtest.Status(http.StatusNotFound).On(helpcrunchtest.ListMessages).Once())
	f, err := reader{server.Client(), lastDays(7), t.Output()}.read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, f.chats)
	assert.Equal(t, 2, f.all.count)
}

func TestReadEndsWithTheFirstFailure(t *testing.T) {
	for _, operation := range []helpcrunchtest.Operation{
		helpcrunchtest.GetOrganization, helpcrunchtest.SearchChats, helpcrunchtest.ListMessages,
	} {
		server := newAccount(t, 150)
		server.Inject(helpcrunchtest.Status(http.StatusForbidden).On(operation))
		_, err := reader{server.Client(), lastDays(7), t.Output()}.read(t.Context())
		require.Error(t, err)
		api, ok := err.(*helpcrunch.APIError) //nolint:errorlint // it must be the failure itself
		require.True(t, ok, "%v", err)
		assert.Equal(t, http.StatusForbidden, api.StatusCode)
		assert.LessOrEqual(t, server.Count(operation), width)
	}
}
