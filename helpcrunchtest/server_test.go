package helpcrunchtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newServer starts a server that is closed when the test ends.
func newServer(t testing.TB, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(opts...)
	t.Cleanup(server.Close)
	return server
}

func TestStoryThroughTheSDK(t *testing.T) {
	ctx := t.Context()
	server := newServer(t)
	client := server.Client()

	customer, err := client.Customers.Create(ctx, &helpcrunch.CustomerInput{
		Name: "Marta Silva", Email: "marta@example.org", UserID: "crm-1", CustomData: helpcrunch.CustomData{"seats": 7},
	})
	require.NoError(t, err)
	customer, err = client.Customers.Tag(ctx, customer.ID, helpcrunch.Tag{Name: "Lead"})
	require.NoError(t, err)
	assert.Equal(t, []helpcrunch.Tag{{Name: "Lead", Color: "#c377e0"}}, customer.Tags)

	found, err := client.Customers.Search(ctx, &helpcrunch.CustomerSearch{
		Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldTags.HasAll("Lead")},
	})
	require.NoError(t, err)
	require.Len(t, found.Items, 1)
	assert.Equal(t, *customer, found.Items[0])

	chat, err := client.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: customer.ID, Application: server.Applications()[0].ID})
	require.NoError(t, err)
	assert.Equal(t, helpcrunch.ChatStatusEmpty, chat.Status)
	_, err = client.Messages.SendAsCustomer(ctx, chat.ID, "Is anyone there?")
	require.NoError(t, err)
	_, err = client.Messages.SendAsAgent(ctx, chat.ID, server.Agents()[0].ID, "I am")
	require.NoError(t, err)
	_, err = client.Chats.SetStatus(ctx, chat.ID, helpcrunch.ChatStatusClosed)
	require.NoError(t, err)
	rated, err := client.Chats.Rate(ctx, chat.ID, helpcrunch.RatingGreat)
	require.NoError(t, err)
	assert.Equal(t, helpcrunch.RatingGreat, rated.Rating)
	held, ok := server.Chat(chat.ID)
	require.True(t, ok)
	assert.Equal(t, held, *rated)
}

func TestURLIsARealListener(t *testing.T) {
	server := newServer(t)
	assert.True(t, strings.HasSuffix(server.URL, "/v1"), server.URL)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/organization", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.JSONEq(t, `{"data":{"id":501,"domain":"acme-demo","teamOnline":true,"chatEnabled":true}}`, string(body))
}

func TestServerInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithLatency(time.Hour))
		defer server.Close()
		client := server.Client(helpcrunch.WithAttemptTimeout(2 * time.Hour))
		before := time.Now()
		_, err := client.Organization.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, time.Hour, time.Since(before), "the latency passes in virtual time")
	})
}

func TestServerMadeOutsideWorksInsideABubble(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithLatency(time.Hour))
	synctest.Test(t, func(t *testing.T) {
		client := server.Client(helpcrunch.WithAttemptTimeout(2 * time.Hour))
		_, err := client.Organization.Get(t.Context())
		require.NoError(t, err)
	})
}

func TestServerWithoutListenerHasAURLThatCannotBeDialled(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	assert.Equal(t, "https://helpcrunchtest.invalid/v1", server.URL)
	_, err := server.Client().Organization.Get(t.Context())
	require.NoError(t, err)
}

func TestCancellingDuringLatencyReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithLatency(time.Hour))
		defer server.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/organization", nil)
		require.NoError(t, err)
		before := time.Now()
		response, err := server.HTTPClient().Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(before))
	})
}

func TestClosedServerGetsNoRequests(t *testing.T) {
	server := helpcrunchtest.NewServer()
	server.Close()
	_, err := server.Client(helpcrunch.WithMaxRetries(0)).Organization.Get(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/organization", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	server.Close() // a second Close is harmless
}

func TestCloseAbortsWaitingRequests(t *testing.T) {
	arrived := make(chan struct{}, 1)
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithLatency(time.Hour),
		helpcrunchtest.WithObserver(func(helpcrunchtest.Request) { arrived <- struct{}{} }))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/organization", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	failed := make(chan error)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		failed <- err
	}()
	<-arrived
	server.Close()
	err = <-failed
	require.Error(t, err)
	assert.False(t, errors.Is(err, context.Canceled))
}

func TestInvalidOptionsPanic(t *testing.T) {
	assert.PanicsWithValue(t,
		"helpcrunchtest: WithAPIKey: the key must have 16 characters or more of A-Z a-z 0-9 + / = -",
		func() { helpcrunchtest.NewServer(helpcrunchtest.WithAPIKey("short")) })
	assert.PanicsWithValue(t, `helpcrunchtest: WithAttributes: plan: "txt" is not a type of attributes: there are ["text" "number" "boolean" "date"]`,
		func() {
			helpcrunchtest.NewServer(helpcrunchtest.WithAttributes(map[string]helpcrunchtest.AttributeType{"plan": "txt"}))
		})
	assert.PanicsWithValue(t, "helpcrunchtest: WithRateLimit: 0 requests in 0s is not a limit",
		func() { helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{})) })
	server := newServer(t, helpcrunchtest.WithoutListener())
	assert.Panics(t, func() { server.Client(helpcrunch.WithMaxRetries(-1)) })
}
