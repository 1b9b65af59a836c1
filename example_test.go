package helpcrunch_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"os"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Create one client and share it. New sends nothing.
func ExampleNew() {
	client, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithRateLimit(60))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client)

	_, err = helpcrunch.New("Bearer 0123456789abcdef")
	fmt.Println(err)
	// Output:
	// helpcrunch.Client(https://api.helpcrunch.com/v1)
	// helpcrunch: New: apiKey: must not start with "Bearer": pass the key alone
}

// Background calls yield to interactive ones.
func ExampleClient_InBackground() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()

	background := client.InBackground()
	for _, name := range []string{"Nora Lindqvist", "Jonas Weber", "Aylin Demir"} {
		if _, err := background.Customers.Create(ctx, &helpcrunch.CustomerInput{Name: name}); err != nil {
			log.Fatal(err)
		}
	}
	page, err := client.Customers.List(ctx, nil) // takes priority
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Total, "customers")
	// Output: 3 customers
}

// Do calls an endpoint without a method of its own, and decodes the response into any type.
func ExampleClient_Do() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()

	var agents struct {
		Data []struct {
			Name string `json:"name"`
		} `json:"data"`
	}
	query := url.Values{"limit": {"1"}}
	if err := client.Do(context.Background(), http.MethodGet, "/agents", query, nil, &agents); err != nil {
		log.Fatal(err)
	}
	fmt.Println(agents.Data[0].Name)
	// Output: Ada Ramos
}

// A nightly job marks its requests and gives up sooner. It shares connections and rate limit
// with the client that it comes from.
func ExampleClient_With() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	nightly, err := server.Client().With(
		helpcrunch.WithUserAgent("nightly-job/1.0"),
		helpcrunch.WithHeader("X-Job", "nightly"),
		helpcrunch.WithMaxRetries(1))
	if err != nil {
		log.Fatal(err)
	}
	organization, err := nightly.InBackground().Organization.Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(organization.Domain)

	_, err = nightly.With(helpcrunch.WithRateLimit(60))
	fmt.Println(err)
	// Output:
	// acme-demo
	// helpcrunch: With: WithRateLimit: can't differ between clients that share connections and limiter
}

// Clients with one key need a common limiter.
func ExampleNewRateLimiter() {
	limiter, err := helpcrunch.NewRateLimiter(helpcrunch.DefaultRateLimit)
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"orders", "support"} {
		client, err := helpcrunch.New("0123456789abcdef",
			helpcrunch.WithRateLimiter(limiter),
			helpcrunch.WithUserAgent(name+"/1.0"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, client)
	}
	// Output:
	// orders helpcrunch.Client(https://api.helpcrunch.com/v1)
	// support helpcrunch.Client(https://api.helpcrunch.com/v1)
}

// A logger gets a record of every call, retry and pause. Records contain no bodies, no
// queries and no key.
func ExampleWithLogger() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "queued" {
				return slog.Attr{} // differ from run to run
			}
			return a
		},
	}))
	client := server.Client(helpcrunch.WithLogger(logger))

	if _, err := client.Organization.Get(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: level=DEBUG msg="helpcrunch call" method=GET path=/v1/organization status=200 attempts=1
}
