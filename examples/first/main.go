// Command first lists the chats that nobody has answered yet.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func main() {
	log.SetFlags(0)
	key := os.Getenv("HELPCRUNCH_API_KEY")
	client, err := helpcrunch.New(key)
	if key == "" {
		fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
		defer server.Close()
		client, err = server.Client(), nil
	}
	if err == nil {
		err = list(context.Background(), client)
	}
	if err != nil {
		log.Fatalf("first: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// list prints the chats that wait for a first response.
func list(ctx context.Context, client *helpcrunch.Client) error {
	unanswered := &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusNew)},
	}
	for chat, err := range client.Chats.SearchAll(ctx, unanswered) {
		if err != nil {
			return err
		}
		waiting := time.Since(chat.LastCustomerMessageAt.Time).Round(time.Minute)
		fmt.Printf("%q has been waiting for %s: %q\n", chat.Customer.Name, waiting, chat.LastMessageText)
	}
	return nil
}
