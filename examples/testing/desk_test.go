package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var lamp = Request{
	ID: "R-17", UserID: "shop-204", Name: "Nora Lindqvist", Email: "nora@example.com",
	Text: "My lamp arrived without a bulb.",
}

// newDesk starts a fake server and makes a desk that works in it.
func newDesk(t *testing.T, opts ...helpcrunchtest.Option) (*Desk, *helpcrunchtest.Server) {
	t.Helper()
	server := helpcrunchtest.NewServer(opts...)
	t.Cleanup(server.Close)
	return &Desk{
		Client:      server.Client(),
		Agent:       server.Agents()[0].ID,
		Application: server.Applications()[0].ID,
	}, server
}

// assertHandledOnce checks that the account holds all that a request leads to, and
// nothing twice.
func assertHandledOnce(t *testing.T, server *helpcrunchtest.Server, r Request) {
	t.Helper()
	customer, found := server.CustomerByUserID(r.UserID)
	require.True(t, found, "no customer")
	require.Len(t, customer.Tags, 1)
	assert.Equal(t, "Web form", customer.Tags[0].Name)

	var written []string
	for _, chat := range server.Chats() {
		if chat.Customer.ID != customer.ID {
			continue
		}
		for _, message := range server.Messages(chat.ID) {
			written = append(written, fmt.Sprintf("%s: %s", message.Type, message.Text))
		}
	}
	assert.Equal(t, []string{
		"message: Thank you, we have received your request and will write to you here. [" + r.ID + "]",
		"private: Written into the form: " + r.Text + " [" + r.ID + "]",
	}, written)
}

func TestNewCustomerIsAnswered(t *testing.T) {
	desk, server := newDesk(t)

	chatID, err := desk.Handle(t.Context(), lamp)

	require.NoError(t, err)
	customer, _ := server.CustomerByUserID("shop-204")
	assert.Equal(t, "Nora Lindqvist", customer.Name)
	assert.Equal(t, "nora@example.com", customer.Email)
	chat, _ := server.Chat(chatID)
	assert.Equal(t, customer.ID, chat.Customer.ID)
	assert.Equal(t, helpcrunch.ChatStatusOpened, chat.Status)
	assertHandledOnce(t, server, lamp)
}

func TestKnownCustomerIsAnsweredInTheOpenChat(t *testing.T) {
	desk, server := newDesk(t)
	customer := server.AddCustomer(helpcrunch.Customer{UserID: "shop-204", Phone: "+1 555 0199"})
	open := server.AddChat(helpcrunchtest.MakeChat(customer.ID))
	server.CustomerWrites(open.ID, "Have you got [R-17]?") // which is no answer of ours

	chatID, err := desk.Handle(t.Context(), lamp)

	require.NoError(t, err)
	assert.Equal(t, open.ID, chatID)
	assert.Len(t, server.Messages(open.ID), 3)
	customer, _ = server.Customer(customer.ID)
	assert.Equal(t, "Nora Lindqvist", customer.Name)
	assert.Equal(t, "+1 555 0199", customer.Phone, "what the form does not ask for stays")
}

func TestClosedChatIsLeftAlone(t *testing.T) {
	desk, server := newDesk(t)
	customer := server.AddCustomer(helpcrunch.Customer{UserID: "shop-204"})
	closed := server.AddChat(helpcrunch.Chat{
		Customer: helpcrunch.ChatCustomer{ID: customer.ID},
		Status:   helpcrunch.ChatStatusClosed,
	})

	chatID, err := desk.Handle(t.Context(), lamp)

	require.NoError(t, err)
	assert.NotEqual(t, closed.ID, chatID)
	assert.Empty(t, server.Messages(closed.ID))
	assertHandledOnce(t, server, lamp)
}

func TestSameRequestTwiceIsAnsweredOnce(t *testing.T) {
	desk, server := newDesk(t)
	for range 2 {
		_, err := desk.Handle(t.Context(), lamp)
		require.NoError(t, err)
	}
	assertHandledOnce(t, server, lamp)
}

func TestAnotherRequestIsAnsweredInTheSameChat(t *testing.T) {
	desk, server := newDesk(t)
	another := lamp
	another.ID = "R-1" // the beginning of R-17
	first, err := desk.Handle(t.Context(), lamp)
	require.NoError(t, err)
	second, err := desk.Handle(t.Context(), another)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.Len(t, server.Messages(first), 4)
}

func TestIncompleteRequestIsRefused(t *testing.T) {
	desk, server := newDesk(t)
	for _, r := range []Request{
		{UserID: "shop-204", Text: "Hello?"},
		{ID: "R-17", Text: "Hello?"},
		{ID: "R-17", UserID: "shop-204", Text: " "},
	} {
		_, err := desk.Handle(t.Context(), r)
		assert.ErrorContains(t, err, "the request")
	}
	assert.Empty(t, server.Requests())
}
