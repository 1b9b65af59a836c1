package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestCustomerTakenInBetween has another program create the customer at the moment when
// the desk has just looked and found none.
func TestCustomerTakenInBetween(t *testing.T) {
	var server *helpcrunchtest.Server
	var once sync.Once
	desk, server := newDesk(t, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.SearchCustomers {
			once.Do(func() { server.AddCustomer(helpcrunch.Customer{UserID: "shop-204", Company: "Example Lamps"}) })
		}
	}))

	_, err := desk.Handle(t.Context(), lamp)

	require.NoError(t, err)
	require.Len(t, server.Customers(), 1)
	assert.Equal(t, "Example Lamps", server.Customers()[0].Company)
	assert.Equal(t, "Nora Lindqvist", server.Customers()[0].Name)
	assertHandledOnce(t, server, lamp)
}

// TestLostAnswer breaks the connection after the message was written: the customer has
// it, but the desk was not told.
func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		lost := server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
		began := time.Now()

		_, err := desk.Handle(t.Context(), lamp)

		require.NoError(t, err)
		assert.Equal(t, 1, lost.Fired())
		assert.Equal(t, settling, time.Since(began), "the service had time to write")
		assertHandledOnce(t, server, lamp)
	})
}

// TestLostMessage breaks the connection before the message was written. To the desk it
// looks the same.
func TestLostMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		lost := server.Inject(helpcrunchtest.ResetConnection().On(helpcrunchtest.CreateMessage).Times(2))

		_, err := desk.Handle(t.Context(), lamp)

		require.NoError(t, err)
		assert.Equal(t, 2, lost.Fired())
		assertHandledOnce(t, server, lamp)
	})
}

// TestRefusedMessage has the service reject the message. A retry would fail too.
func TestRefusedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		server.Inject(helpcrunchtest.Status(http.StatusBadRequest).On(helpcrunchtest.CreateMessage))

		_, err := desk.Handle(t.Context(), lamp)

		require.ErrorIs(t, err, helpcrunch.ErrBadRequest)
		assert.Equal(t, 1, server.Count(helpcrunchtest.CreateMessage))
	})
}

// TestMessageLostForEver gives up after three postings, and leaves the rest undone.
func TestMessageLostForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		server.Inject(helpcrunchtest.ResetConnection().On(helpcrunchtest.CreateMessage))

		_, err := desk.Handle(t.Context(), lamp)

		require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
		assert.ErrorContains(t, err, "request R-17: posting the answer")
		assert.Equal(t, 3, server.Count(helpcrunchtest.CreateMessage))
		assert.Empty(t, server.Customers()[0].Tags)

		server.ClearFaults()
		_, err = desk.Handle(t.Context(), lamp)
		require.NoError(t, err)
		assertHandledOnce(t, server, lamp)
	})
}

func TestServiceDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable))

		_, err := desk.Handle(t.Context(), lamp)

		require.ErrorIs(t, err, helpcrunch.ErrServer)
		assert.ErrorContains(t, err, "request R-17: saving the customer")
		assert.Empty(t, server.Customers())

		server.ClearFaults()
		_, err = desk.Handle(t.Context(), lamp)
		require.NoError(t, err)
		assertHandledOnce(t, server, lamp)
	})
}

// TestAnyStepCanFail lets the service go down at each request in turn, with and without
// carrying that one out, and handles the request again once it is back.
func TestAnyStepCanFail(t *testing.T) {
	down := map[string]helpcrunchtest.Fault{
		"reset":              helpcrunchtest.ResetConnection(),
		"reset after effect": helpcrunchtest.ResetConnection().AfterEffect(),
		"refused":            helpcrunchtest.RefuseConnection(),
	}
	const requests = 9 // look, create, look, open, look, answer, tag, look, note
	for name, fault := range down {
		for before := range requests {
			t.Run(fmt.Sprintf("%s after %d", name, before), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					desk, server := newDesk(t)
					server.Inject(fault.After(before))
					_, err := desk.Handle(t.Context(), lamp)
					require.Error(t, err)

					server.ClearFaults()
					_, err = desk.Handle(t.Context(), lamp)
					require.NoError(t, err)
					assertHandledOnce(t, server, lamp)
					assert.Len(t, server.Customers(), 1)
					assert.Len(t, server.Chats(), 1)
				})
			})
		}
	}
}

// TestDeadline lets the response to the message come too late for the context.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		server.Inject(helpcrunchtest.SlowHeaders(time.Hour).On(helpcrunchtest.CreateMessage).Once())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()

		_, err := desk.Handle(ctx, lamp)

		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 10*time.Second, time.Since(began))

		_, err = desk.Handle(t.Context(), lamp)
		require.NoError(t, err)
		assertHandledOnce(t, server, lamp)
	})
}

// TestDeadlineWhileSettling ends the context between a lost response and the look at the chat.
func TestDeadlineWhileSettling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t)
		server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
		ctx, cancel := context.WithTimeout(t.Context(), settling-time.Second)
		defer cancel()
		began := time.Now()

		_, err := desk.Handle(ctx, lamp)

		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
		assert.Equal(t, settling-time.Second, time.Since(began))

		_, err = desk.Handle(t.Context(), lamp)
		require.NoError(t, err)
		assertHandledOnce(t, server, lamp)
	})
}

// TestStorm has twenty people write at once, in a minute whose requests another program
// has used up. The client waits by itself; the desk has no code for it.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t,
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}),
			helpcrunchtest.WithLatency(100*time.Millisecond))
		desk.Client = server.ProductionClient()
		storm := server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Times(20))
		began := time.Now()

		var people sync.WaitGroup
		for i := range 20 {
			people.Go(func() {
				_, err := desk.Handle(t.Context(), numbered(i))
				assert.NoError(t, err)
			})
		}
		people.Wait()

		assert.Equal(t, 20, storm.Fired(), "the first call of each")
		// The minute that the service asked for, and then 9 calls of 20 people at 120 a minute.
		assert.InDelta(t, 2.5, time.Since(began).Minutes(), 0.2)
		assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), 120)
		assert.Len(t, server.Customers(), 20)
		for i := range 20 {
			assertHandledOnce(t, server, numbered(i))
		}
	})
}

// numbered is one request of many.
func numbered(i int) Request {
	return Request{
		ID: fmt.Sprintf("R-%d", i), UserID: fmt.Sprintf("shop-%d", i), Name: fmt.Sprintf("Guest %d", i),
		Email: fmt.Sprintf("guest%d@example.org", i), Text: "Hello?",
	}
}
