package redislimit_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

func Example() {
	redisClient, apiKey, options, stop := setUp()
	defer stop()

	limiter, err := redislimit.New(redisClient, "helpcrunch", helpcrunch.DefaultRateLimit)
	if err != nil {
		log.Fatal(err)
	}
	defer limiter.Close()
	client, err := helpcrunch.New(apiKey, append(options, helpcrunch.WithRateLimiter(limiter))...)
	if err != nil {
		log.Fatal(err)
	}
	customer, err := client.Customers.Get(context.Background(), 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.Name)
	// Output: Nora Lindqvist
}

// With a local share a process goes on when it can't reach Redis; without, it gets an error.
func ExampleWithLocalShare() {
	nowhere := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer nowhere.Close()

	strict, err := redislimit.New(nowhere, "helpcrunch", helpcrunch.DefaultRateLimit)
	if err != nil {
		log.Fatal(err)
	}
	err = strict.Wait(context.Background())
	fmt.Println("without Redis there are no permits:", errors.Is(err, redislimit.ErrUnavailable))

	// At most 4 processes share the limit, so each may use a quarter of it. The shares begin
	// when all that came from Redis is free again: here 300 ms later, by default 91 s.
	lenient, err := redislimit.New(nowhere, "helpcrunch", helpcrunch.DefaultRateLimit, redislimit.WithLocalShare(4),
		redislimit.WithWindow(100*time.Millisecond),
		redislimit.WithAttemptTimeout(100*time.Millisecond), redislimit.WithTimeout(100*time.Millisecond))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("with a share there are:", lenient.Wait(context.Background()) == nil)
	// Output:
	// without Redis there are no permits: true
	// with a share there are: true
}

// setUp starts an in-memory Redis and an in-memory fake server.
func setUp() (client *redis.Client, apiKey string, options []helpcrunch.Option, stop func()) {
	mini, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	server := helpcrunchtest.NewServer()
	server.AddCustomer(helpcrunch.Customer{ID: 1, Name: "Nora Lindqvist"})
	redisOptions, err := redis.ParseURL("redis://" + mini.Addr()) // rediss:// for TLS
	if err != nil {
		log.Fatal(err)
	}
	client = redis.NewClient(redisOptions)
	return client, server.APIKey, []helpcrunch.Option{helpcrunch.WithBaseURL(server.URL)}, func() {
		client.Close()
		server.Close()
		mini.Close()
	}
}
