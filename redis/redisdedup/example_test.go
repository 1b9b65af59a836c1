package redisdedup_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/helpcrunch-go/helpcrunch/redis/redisdedup"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// newHandler is called in every process: they share what they have handled.
func newHandler(redisURL, signingKey string) (http.Handler, error) {
	options, err := redis.ParseURL(redisURL) // redis://:password@example.com:6379/0
	if err != nil {
		return nil, err
	}
	events, err := redisdedup.New(redis.NewClient(options), "support-bot")
	if err != nil {
		return nil, err
	}
	return webhook.NewHandler(signingKey, func(_ context.Context, event *webhook.Event) error {
		fmt.Println("handling", event.Type)
		return nil
	}, webhook.WithDeduplicator(events))
}

func ExampleNew() {
	handler, err := newHandler("redis://localhost:6379/0", "a-signing-key")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/helpcrunch", handler)
}
