package helpcrunch_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// errors.Is matches the kind of an error. The APIError has the codes.
func ExampleAPIError() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	server.AddCustomer(helpcrunch.Customer{UserID: "crm-17"})

	_, err := client.Customers.Create(context.Background(), &helpcrunch.CustomerInput{UserID: "crm-17"})
	if apiError, ok := errors.AsType[*helpcrunch.APIError](err); ok && apiError.HasCode("invalid_userId_value") {
		fmt.Println("the userId is taken")
	}
	fmt.Println("a bad request:", errors.Is(err, helpcrunch.ErrBadRequest))

	_, err = client.Customers.Get(context.Background(), 99)
	fmt.Println("not found:", errors.Is(err, helpcrunch.ErrNotFound))
	fmt.Println(err)
	// Output:
	// the userId is taken
	// a bad request: true
	// not found: true
	// helpcrunch: GET /customers/99: 404 Not Found: Customer not found (entity_not_found)
}

// FieldErrors returns the messages of the service by property.
func ExampleAPIError_FieldErrors() {
	dialect := helpcrunchtest.Dialect{Errors: helpcrunchtest.ErrorsGeneric}
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDialect(dialect))
	defer server.Close()

	body := map[string]any{"name": true}
	err := server.Client().Do(context.Background(), http.MethodPost, "/customers", nil, body, nil)
	if apiError, ok := errors.AsType[*helpcrunch.APIError](err); ok {
		for property, message := range apiError.FieldErrors() {
			fmt.Printf("%s: %s\n", property, message)
		}
	}
	// Output: name: This value should be of type string.
}

// An invalid argument is an error before anything is sent.
func ExampleErrorKind_invalidArgument() {
	server := helpcrunchtest.NewServer()
	defer server.Close()

	_, err := server.Client().Customers.List(context.Background(), &helpcrunch.CustomerListOptions{Limit: 500})
	fmt.Println(errors.Is(err, helpcrunch.ErrInvalidArgument), server.Count())
	fmt.Println(err)
	// Output:
	// true 0
	// helpcrunch: Customers.List: opts.Limit: 1 to 100, or 0 for 100, got 500
}

// A message whose response was lost is not retried: the customer might read it twice.
// Look for the message before you send it again.
func ExampleErrorKind_maybeApplied() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateMessage).Once())
	text := "Your order has left our house."
	_, err := client.Messages.SendAsAgent(ctx, chat.ID, server.Agents()[0].ID, text)

	if errors.Is(err, helpcrunch.ErrMaybeApplied) {
		newest, err := client.Messages.List(ctx, chat.ID, &helpcrunch.ListOptions{Limit: 1})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("it was posted:", len(newest.Items) == 1 && newest.Items[0].Text == text)
	}
	// Output: it was posted: true
}

// A read is retried while the service is down.
func Example_retries() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable).Times(2))

	organization, err := server.Client().Organization.Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(organization.Domain, "after", server.Count(), "requests")
	// Output: acme-demo after 3 requests
}

// After a 429 every operation is retried. Other calls of the client wait too.
func Example_rateLimit() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	rateLimited := helpcrunchtest.TooManyRequests().RetryAfter(5 * time.Millisecond)
	server.Inject(rateLimited.On(helpcrunchtest.CreateCustomer).Times(2))

	_, err := server.Client().Customers.Create(context.Background(), &helpcrunch.CustomerInput{Name: "Nora Lindqvist"})
	fmt.Println(err)
	fmt.Println(server.CountStatus(http.StatusTooManyRequests), "rate-limited,", server.Effects(helpcrunchtest.CreateCustomer), "created")
	// Output:
	// <nil>
	// 2 rate-limited, 1 created
}

// A call does not start a wait that would outlast its context. It returns at once, and the
// error matches both causes.
func Example_deadline() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(30 * time.Second))
	client := server.Client(helpcrunch.WithRetryWait(time.Millisecond, time.Minute))

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := client.Organization.Get(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, helpcrunch.ErrRateLimited))
	// Output: true true
}
