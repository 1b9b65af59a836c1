package consumer

import (
	"context"
	"errors"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const signingKey = "example-signing-key"

func TestWelcome(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) { c.UserID = "crm-1" }))
	if err := Welcome(t.Context(), server.Client(), "crm-1", server.Applications()[0].ID, server.Agents()[0].ID); err != nil {
		t.Fatal(err)
	}
	chats := server.Chats()
	if len(chats) != 1 || chats[0].Customer.ID != customer.ID || chats[0].LastMessageText != "Welcome!" {
		t.Errorf("not one chat with a welcome: %+v", chats)
	}
}

func TestNobodyToWelcome(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	err := Welcome(t.Context(), server.Client(), "crm-2", server.Applications()[0].ID, server.Agents()[0].ID)
	if !errors.Is(err, helpcrunch.ErrNotFound) {
		t.Errorf("not ErrNotFound: %v", err)
	}
}

func TestWebhooks(t *testing.T) {
	events := make(chan webhook.EventType, 1)
	handler, err := webhook.NewHandler(signingKey, func(_ context.Context, event *webhook.Event) error {
		events <- event.Type
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(handler, signingKey))
	defer server.Close()
	if _, err := server.Client().Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Marta"}); err != nil {
		t.Fatal(err)
	}
	if got := <-events; got != webhook.EventTypeCustomerNew {
		t.Errorf("an event of another type: %s", got)
	}
}

func TestSharedLimit(t *testing.T) {
	store := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer store.Close()
	limiter, err := redislimit.New(store, "example", helpcrunch.DefaultRateLimit)
	if err != nil {
		t.Fatal(err)
	}
	defer limiter.Close()
	server := helpcrunchtest.NewServer()
	defer server.Close()
	if _, err := server.Client(helpcrunch.WithRateLimiter(limiter)).Organization.Get(t.Context()); err != nil {
		t.Error(err)
	}
}
