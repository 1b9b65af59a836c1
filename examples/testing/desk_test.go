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

var lamp = Request{
	ID: "R-17", UserID: "shop-204", Name: "Nora Lindqvist", Email: "nora@example.com", Text: "My lamp arrived without a bulb.",
}

// newDesk starts a fake server and a desk that uses it.
func newDesk(t *testing.T, opts ...helpcrunchtest.Option) (*Desk, *helpcrunchtest.Server) {
	t.Helper()
	server := helpcrunchtest.NewServer(opts...)
	t.Cleanup(server.Close)
	return &Desk{Client: server.Client(), Application: server.Applications()[0].ID}, server
}

// assertHandledOnce checks that the account contains the customer, one chat and one note.
func assertHandledOnce(t *testing.T, server *helpcrunchtest.Server, r Request) {
	t.Helper()
	customer, found := server.CustomerByUserID(r.UserID)
	require.True(t, found, "no customer")
	var notes []string
	for _, chat := range server.Chats() {
		if chat.Customer.ID != customer.ID {
			continue
		}
		for _, message := range server.Messages(chat.ID) {
			notes = append(notes, fmt.Sprintf("%s: %s", message.Type, message.Text))
		}
	}
	assert.Equal(t, []string{"private: [" + r.ID + "] " + r.Text}, notes)
}

func TestRequestOfANewCustomer(t *testing.T) {
	desk, server := newDesk(t)
	chatID, err := desk.Handle(t.Context(), lamp)
	require.NoError(t, err)
	customer, _ := server.CustomerByUserID("shop-204")
	assert.Equal(t, "nora@example.com", customer.Email)
	chat, _ := server.Chat(chatID)
	assert.Equal(t, customer.ID, chat.Customer.ID)
	assertHandledOnce(t, server, lamp)
}

func TestRequestOfAKnownCustomerUsesTheOpenChat(t *testing.T) {
	desk, server := newDesk(t)
	customer := server.AddCustomer(helpcrunch.Customer{UserID: "shop-204", Phone: "+1 555 0199"})
	open := server.AddChat(helpcrunchtest.MakeChat(customer.ID))
	chatID, err := desk.Handle(t.Context(), lamp)
	require.NoError(t, err)
	assert.Equal(t, open.ID, chatID)
	customer, _ = server.Customer(customer.ID)
	assert.Equal(t, "Nora Lindqvist", customer.Name)
	assert.Equal(t, "+1 555 0199", customer.Phone, "fields that the form lacks stay")
}

func TestSameRequestTwiceIsOneNote(t *testing.T) {
	desk, server := newDesk(t)
	for range 2 {
		_, err := desk.Handle(t.Context(), lamp)
		require.NoError(t, err)
	}
	assertHandledOnce(t, server, lamp)
}

func TestIncompleteRequestSendsNothing(t *testing.T) {
	desk, server := newDesk(t)
	_, err := desk.Handle(t.Context(), Request{ID: "R-17"})
	require.Error(t, err)
	assert.Zero(t, server.Count())
}

// TestCustomerCreatedMeanwhile creates the customer right after the desk looked for it.
func TestCustomerCreatedMeanwhile(t *testing.T) {
	var server *helpcrunchtest.Server
	var once sync.Once
	desk, server := newDesk(t, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.SearchCustomers {
			once.Do(func() { server.AddCustomer(helpcrunch.Customer{UserID: "shop-204"}) })
		}
	}))
	_, err := desk.Handle(t.Context(), lamp)
	require.NoError(t, err)
	require.Len(t, server.Customers(), 1)
	assertHandledOnce(t, server, lamp)
}

// TestNoteWithAnUnknownOutcome resets the connection after the note was written. The error
// says that it may have been, and the next call finds it.
func TestNoteWithAnUnknownOutcome(t *testing.T) {
	desk, server := newDesk(t)
	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
	_, err := desk.Handle(t.Context(), lamp)
	require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
	_, err = desk.Handle(t.Context(), lamp)
	require.NoError(t, err)
	assertHandledOnce(t, server, lamp)
}

// TestAnyStepCanFail makes the service fail from each request on, and handles the request
// again once it is back.
func TestAnyStepCanFail(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"503":                helpcrunchtest.Status(http.StatusServiceUnavailable),
		"reset":              helpcrunchtest.ResetConnection(),
		"reset after effect": helpcrunchtest.ResetConnection().AfterEffect(),
	} {
		const requests = 6 // search, create, search, create, list, create
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

// TestDeadline delays a response beyond the deadline of the call, in virtual time.
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
	})
}

// TestRateLimit has 20 customers write at once while another program has used up the limit.
// The client waits and retries; the desk has no code for it.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, server := newDesk(t, helpcrunchtest.WithLatency(100*time.Millisecond),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
		desk.Client = server.ProductionClient()
		limited := server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Times(20))
		began := time.Now()
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				_, err := desk.Handle(t.Context(), Request{ID: fmt.Sprintf("R-%d", i), UserID: fmt.Sprintf("shop-%d", i), Text: "Hello?"})
				assert.NoError(t, err)
			})
		}
		all.Wait()
		assert.Equal(t, 20, limited.Fired())
		// The pause of a minute, and 6 requests for each of 20 customers at 120 per minute.
		assert.InDelta(t, 2, time.Since(began).Minutes(), 0.2)
		assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), 120)
		assert.Len(t, server.Customers(), 20)
	})
}
