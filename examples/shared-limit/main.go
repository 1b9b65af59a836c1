// Command shared-limit shares one rate limit between processes through Redis. Start it in two
// terminals with the same -redis: together they send at most 120 requests per minute.
//
// Without HELPCRUNCH_API_KEY it runs three clients against an in-memory fake server, through
// an in-memory Redis unless -redis is given.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

func main() {
	log.SetFlags(0)
	url := flag.String("redis", "", "the URL of a Redis, such as redis://localhost:6379")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	key := os.Getenv("HELPCRUNCH_API_KEY")
	var err error
	switch {
	case key == "":
		err = demo(ctx, *url)
	case *url == "":
		err = errors.New("-redis is missing")
	default:
		err = work(ctx, "this process", *url, "helpcrunch", func(limit helpcrunch.Option) (*helpcrunch.Client, error) {
			return helpcrunch.New(key, limit)
		})
	}
	if err != nil && ctx.Err() == nil {
		log.Fatalf("shared-limit: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// work reads as fast as the shared limit allows until ctx ends. Processes that give the same
// name to the limiter share its limit.
func work(ctx context.Context, who, url, name string, newClient func(helpcrunch.Option) (*helpcrunch.Client, error)) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return errors.New("-redis is not the URL of a Redis") // the error may quote the password
	}
	store := redis.NewClient(options)
	defer store.Close() //nolint:errcheck // nothing was being written
	limiter, err := redislimit.New(store, name, helpcrunch.DefaultRateLimit)
	if err != nil {
		return err
	}
	defer limiter.Close() //nolint:errcheck // nothing can be done about it
	client, err := newClient(helpcrunch.WithRateLimiter(limiter))
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		if _, err := client.Organization.Get(ctx); err != nil {
			fmt.Printf("%s sent %d requests\n", who, n-1)
			return err
		}
	}
}

// demo runs three clients for a second. Together they send 120 requests, then they wait.
func demo(ctx context.Context, url string) error {
	fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
	if url == "" {
		store, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer store.Close()
		url = "redis://" + store.Addr()
	}
	server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: helpcrunch.DefaultRateLimit}))
	defer server.Close()
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	name := fmt.Sprint("demo ", time.Now().UnixNano()) // a limit that no other process uses
	errs := make([]error, 3)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = work(ctx, fmt.Sprintf("client %d", i+1), url, name, func(limit helpcrunch.Option) (*helpcrunch.Client, error) {
				return helpcrunch.New(server.APIKey, helpcrunch.WithBaseURL(server.URL), limit)
			})
		})
	}
	all.Wait()
	for _, err := range errs {
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	fmt.Printf("together: %d requests in a second, %d in a minute at most\n", server.Count(), server.MostRequestsIn(time.Minute))
	return nil
}
