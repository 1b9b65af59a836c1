package helpcrunchtest_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// A receiver may call the API, which raises more events.
func TestWaitingIncludesWebhooksOfHandlers(t *testing.T) {
	server, receiver := newReceiver(t)
	client := server.Client()
	receiver.respond = func(body webhookBody) int {
		customers := len(server.Customers())
		if body.Event == "customer.new" && customers < 20 {
			_, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Next"})
			assert.NoError(t, err)
		}
		return http.StatusOK
	}
	ask(t, server, "POST /customers", `{}`)
	settle(t, server)
	assert.Len(t, receiver.received(), 20)
}

// A handler may still write after its timeout, so that the test must wait for it.
func TestWaitingForWebhooksWaitsForHandlersInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t, helpcrunchtest.WithWebhookTimeout(time.Second), helpcrunchtest.WithWebhookSchedule())
		ended := false
		receiver.respond = func(webhookBody) int { time.Sleep(time.Minute); ended = true; return http.StatusOK }
		server.SendWebhook("test", nil)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		require.EqualError(t, server.WaitForWebhooks(ctx),
			"waiting for a handler that runs on after its timeout: context deadline exceeded")
		settle(t, server)
		assert.True(t, ended)
		require.Len(t, server.Deliveries(), 1)
		assert.ErrorIs(t, server.Deliveries()[0].Err, context.DeadlineExceeded)
	})
}

func TestCloseWaitsForHandlersInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t, helpcrunchtest.WithWebhookTimeout(time.Second), helpcrunchtest.WithWebhookSchedule())
		receiver.respond = func(webhookBody) int { time.Sleep(time.Minute); return http.StatusOK }
		server.SendWebhook("test", nil)
		time.Sleep(2 * time.Second)
		began := time.Now()
		server.Close()
		assert.Equal(t, 58*time.Second, time.Since(began), "it was given up, but is still at work")
	})
}

// The error explains why a test waits for more than a minute.
func TestErrorOfAWaitNamesTheFailedWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, receiver := newReceiver(t)
		wait := func(d time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			return server.WaitForWebhooks(ctx)
		}
		receiver.respond = func(body webhookBody) int {
			if body.Attempts == 1 {
				panic("oh no")
			}
			return http.StatusTeapot
		}
		server.SendWebhook("first", nil)
		time.Sleep(time.Second)
		server.SendWebhook("second", nil)
		require.EqualError(t, wait(time.Second), "waiting for 2 webhooks (first: 1 of 3 attempts made, the last: status 418): context deadline exceeded")
		err := wait(20 * time.Second)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "waiting for 2 webhooks (first: 2 of 3 attempts made, the last: ")
		require.ErrorContains(t, err, "the handler panicked: oh no")
		settle(t, server)
	})
}
