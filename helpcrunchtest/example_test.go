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
	server.Inject(helpcrunchtest.TooManyRequests().On(helpcrunchtest.CreateMessage).Once())

	// The code under test replies, and the client retries.
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
	handler, err := webhook.NewHandler("a signing key", func(_ context.Context, event *webhook.Event) error { // the code under test
		if customer, ok := event.Customer(); ok && event.Type == webhook.EventTypeCustomerNew {
			fmt.Println("welcome", customer.Email)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
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

// Any HTTP client can use the server, in memory or over the network.
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

// The table of all dialects.
func ExampleDialectSwitches() {
	for _, name := range helpcrunchtest.DialectSwitches() {
		fmt.Println(name+":", helpcrunchtest.DialectSwitchDoc(name))
	}
	// Output:
	// errors=generic: sends "invalid_request" first, then one element for each violation, whose code is the property's path
	// errors=single: sends one element for 401, 404 and 429 with the generic code, and the generic form for 400, as the "Get started" page shows
	// times=integers: sends whole seconds as a number: 1603885746
	// times=fractional-strings: sends a string with milliseconds: "1603885746.125"
	// times=fractional-numbers: sends a number with milliseconds: 1603885746.125
	// times=mixed: sends the times of messages and the ends of snoozes as fractional strings, and all others as integers
	// missing-times=empty-strings: sends an empty string for a time that is not set
	// custom-data=pairs: sends custom data as an array of {"property", "value"}, a date as "2006-01-02 15:04:05"
	// empty-data=object: sends empty data as {}
	// empty-data=null: sends empty data as null
	// empty-data=left-out: leaves empty data out
	// totals=top: sends "total" for all
	// totals=meta: sends "meta.total" for all
	// totals=twice: sends "total" and "meta.total" for all
	// totals=nowhere: sends no total
	// totals=oldest: sends no total for agents and departments, and "meta.total" alone for a search of chats
	// ok=text: sends Ok as text/plain
	// ok=text-called-json: sends Ok without quotes as application/json
	// ok=json-called-text: sends "Ok" with the quotes as text/html
	// on-hold=space: sends the chat status on hold as "on hold"
	// on-hold=hyphen: sends the chat status on hold as "on-hold"
	// events=with-customer: sends the id of the customer with an event
	// events=without-id: sends an event without its id
	// auth=exact: accepts "Bearer KEY" alone
	// auth=brackets: accepts the scheme in any case, and the key in angle brackets too: "Bearer <KEY>". It is not proven that the service does
	// nulls=first: puts nulls first in both orders
	// nulls=last: puts nulls last in both orders
	// numbers-for-strings-are-400: rejects a number where a string belongs, instead of taking its digits
	// empty-arrays-are-400: rejects [] where an object belongs, {} where an array belongs, and a new customer without a body, instead of reading them as empty
	// empty-strings-are-400: rejects a string filter whose value is empty
	// create-updates: makes a new customer with a known userId update that customer and respond 200, instead of 400
	// device-as-string: sends the device of a customer as the name of its platform
	// chat-created-is-200: responds 200 instead of 201 to a new chat
	// message-created-is-200: responds 200 instead of 201 to a new message
	// no-match-is-404: responds 404 instead of an empty page to a search without a match
	// misspelt-not-found: responds with the code "not_fount" when a missing chat is marked as read
	// missing-chat-is-404: responds 404 instead of 400 to a message to a missing chat
	// batch-in-data: wraps the response to a batch in an object with the key "data"
	// batch-replaces: makes each item of a batch replace its customer, as PUT does, instead of patching it
	// batch-counts-items: counts each item of a batch as a request against the rate limit, instead of the batch as one
	// put-patches: makes PUT keep the properties that are not sent, as older pages say
	// patch-adds-tags: makes PATCH add tags instead of replacing them
	// patch-replaces-custom-data: makes PATCH replace custom data whole instead of merging it by name
	// limit-above-100-is-400: rejects a limit above 100 instead of reducing it to 100
	// newest-first: lists customers and chats by descending id when no sort is given
	// messages-key: sends a page of messages under "messages" instead of "data"
	// old-fields: leaves out what older documentation does not have: createdFrom and integrationId of customers; createdWith, applicationId and the read marks of chats
	// chat-notes: adds the notes of a chat, which only the oldest documentation has
	// short-agents: sends the agent of a message as id and name alone
	// one-agent: sends the agents of a chat as one object, or null, instead of an array
	// null-location: sends null for a customer without any location, instead of an object of nulls
	// null-text-on-create: sends null as the text of a message just created
	// rating-numbers: sends closedBy and rating as numbers in the responses to the read marks
	// application-optional: lets a chat be created without an application
	// note-needs-agent: rejects a private note without an agent
	// no-status-notes: leaves out the message of type "tech" that a change of status through the API adds to a chat
	// webhook-data-as-string: sends the eventData of webhooks as a string of JSON
	// webhook-plain-chat-id: sends the id of a chat in chat webhooks as "id" instead of "chat_id"
	// webhook-camel-chat-id: sends the id of a chat in webhooks as "chatId" instead of "chat_id"
	// webhook-numeric-ids: sends the id of a webhook as a number instead of a UUID
	// webhook-null-updated-at: sends null as the updatedAt of a new message, instead of its createdAt
	// webhook-nulls-left-out: leaves nulls out of the eventData of webhooks
	// webhook-shared-ids: gives one id to all webhooks that a change of a row raises, such as chat.status_updated and chat.closed, at every URL
	// oldest: uses the form of the oldest documentation wherever it differs
}
