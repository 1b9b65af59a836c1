package helpcrunchtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func Example() {
	ctx := context.Background()
	server := helpcrunchtest.NewServer()
	defer server.Close()
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer())
	chat := server.AddChat(helpcrunchtest.MakeChat(customer.ID))
	server.CustomerWrites(chat.ID, "Is anyone there?")

	// The code under test answers.
	client := server.Client()
	_, err := client.Messages.SendAsAgent(ctx, chat.ID, server.Agents()[0].ID, "I am.")
	if err != nil {
		fmt.Println(err)
	}

	for _, message := range server.Messages(chat.ID) {
		fmt.Printf("%s: %s\n", message.From, message.Text)
	}
	// Output:
	// customer: Is anyone there?
	// agent: I am.
}

func ExampleServer_AddCustomer() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	added := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.UserID = "crm-42"
		c.Tags = []helpcrunch.Tag{{Name: "Paid"}}
	}))
	found, err := server.Client().Customers.FindByUserID(context.Background(), "crm-42")
	fmt.Println(found.ID == added.ID, found.Name, found.Tags[0].Name, err)
	// Output: true Marta Silva Paid <nil>
}

func ExampleServer_Inject() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	storm := server.Inject(helpcrunchtest.TooManyRequests().On(helpcrunchtest.CreateCustomer).Times(3))
	_, err := server.Client().Customers.Create(context.Background(), &helpcrunch.CustomerInput{Name: "Marta"})
	fmt.Println(err, storm.Fired(), len(server.Customers()))
	// Output: <nil> 3 1
}

func ExampleFault_AfterEffect() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateCustomer).Once())
	_, err := server.Client().Customers.Create(context.Background(), &helpcrunch.CustomerInput{Name: "Marta"})
	fmt.Println("may have been applied:", errors.Is(err, helpcrunch.ErrMaybeApplied))
	fmt.Println("was applied:", server.Effects(helpcrunchtest.CreateCustomer) == 1)
	// Output:
	// may have been applied: true
	// was applied: true
}

func ExampleServer_Requests() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	_, _ = server.Client().Customers.Create(context.Background(), &helpcrunch.CustomerInput{Name: "Marta"})
	_, _ = server.Client().Customers.Get(context.Background(), 5)
	for _, request := range server.Requests() {
		fmt.Println(request.Operation, request.Method, request.Path, request.Status)
	}
	fmt.Println(server.CountStatus(http.StatusNotFound, helpcrunchtest.GetCustomer), "customer was not found")
	// Output:
	// customers.create POST /v1/customers 201
	// customers.get GET /v1/customers/5 404
	// 1 customer was not found
}

func ExampleWithRateLimit() {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 2, RetryAfter: true}))
	defer server.Close()
	client := server.Client(helpcrunch.WithMaxRetries(0))
	for range 3 {
		_, err := client.Organization.Get(context.Background())
		fmt.Println("limited:", errors.Is(err, helpcrunch.ErrRateLimited))
	}
	// Output:
	// limited: false
	// limited: false
	// limited: true
}

func ExampleWithDialect() {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDialect(helpcrunchtest.Dialect{
		NoMatchIs404: true, Totals: helpcrunchtest.TotalsNowhere,
	}))
	defer server.Close()
	page, err := server.Client().Customers.Search(context.Background(), nil)
	fmt.Println(len(page.Items), err)
	// Output: 0 <nil>
}

func ExampleParseDialect() {
	dialect, err := helpcrunchtest.ParseDialect("times=integers,ok=text")
	fmt.Println(dialect.Times == helpcrunchtest.TimesAsIntegers, dialect.OK == helpcrunchtest.OKAsText, err)
	// Output: true true <nil>
}

func ExampleWithClock() {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	server := helpcrunchtest.NewServer(helpcrunchtest.WithClock(func() time.Time { return now }))
	defer server.Close()
	chat := server.AddChat(helpcrunchtest.MakeChat(server.AddCustomer(helpcrunchtest.MakeCustomer()).ID))
	_, _ = server.Client().Chats.Snooze(context.Background(), chat.ID, now.Add(24*time.Hour))

	now = now.Add(24 * time.Hour)
	chat, _ = server.Chat(chat.ID)
	fmt.Println("snoozed:", !chat.SnoozedUntil.IsZero(), "read:", chat.ReadByAgent)
	// Output: snoozed: false read: false
}

func ExampleWithDemoAccount() {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	for _, chat := range server.Chats()[:3] {
		fmt.Printf("%s, %s: %s\n", chat.Customer.Name, chat.Status, chat.LastMessageText)
	}
	// Output:
	// Marta Silva, closed: Thanks!
	// Marta Silva, opened: Of course. To which address?
	// Owen Price, new: Does the gold plan include phone support?
}

func ExampleWithGenerated() {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 250}, 1))
	defer server.Close()
	count := 0
	for _, err := range server.Client().Customers.All(context.Background(), nil) {
		if err != nil {
			fmt.Println(err)
		}
		count++
	}
	fmt.Println(count, "customers in", server.Count(helpcrunchtest.ListCustomers), "requests")
	// Output: 250 customers in 3 requests
}

func ExampleWithWebhookHandler() {
	ctx := context.Background()
	handler := webhook.NewHandler("a signing key", func(_ context.Context, event *webhook.Event) error { // the code under test
		if customer, ok := event.Customer(); ok && event.Type == webhook.EventTypeCustomerNew {
			fmt.Println("welcome", customer.Email)
		}
		return nil
	})
	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(handler, "a signing key"))
	defer server.Close()

	_, _ = server.Client().Customers.Create(ctx, &helpcrunch.CustomerInput{Email: "marta@example.org"})
	_ = server.WaitForWebhooks(ctx)
	for _, delivery := range server.Deliveries() {
		fmt.Println(delivery.Event, delivery.Attempts, delivery.Status)
	}
	// Output:
	// welcome marta@example.org
	// customer.new 0 200
}

func ExampleServer_ReleaseWebhooks() {
	ctx := context.Background()
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) // the code under test
	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(handler, "a signing key"))
	defer server.Close()
	chat := server.AddChat(helpcrunchtest.MakeChat(server.AddCustomer(helpcrunchtest.MakeCustomer()).ID))

	server.HoldWebhooks()
	server.AgentWrites(chat.ID, server.Agents()[0].ID, "Hello")
	_, _ = server.Client().Chats.SetStatus(ctx, chat.ID, helpcrunch.ChatStatusClosed)
	held := server.HeldWebhooks()
	server.ReleaseWebhooks(held[2].ID, held[0].ID)
	_ = server.WaitForWebhooks(ctx)
	for _, delivery := range server.Deliveries() {
		fmt.Println(delivery.Event)
	}
	// Output:
	// chat.closed
	// message.chat.agent
}

// Any HTTP client can speak to the server, in memory or over the network.
func ExampleServer_HTTPClient() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	request, _ := http.NewRequest(http.MethodPost, server.URL+"/customers", strings.NewReader(`{"userId":true}`))
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	response, err := server.HTTPClient().Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.Status, string(body))
	// Output: 400 Bad Request {"errors":[{"code":"userId","message":"This value should be of type string."}]}
}

func ExampleParseFault() {
	fault, err := helpcrunchtest.ParseFault("reset after-effect on messages.create once")
	fmt.Println(fault, err)
	// Output: reset connection after effect <nil>
}
