// Command first lists the chats that nobody has answered yet.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

func main() {
	client, err := helpcrunch.New(os.Getenv("HELPCRUNCH_API_KEY"))
	if err != nil {
		log.Fatal(err)
	}
	unanswered := client.Chats.SearchAll(context.Background(), &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{
			helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusNew),
		},
	})
	for chat, err := range unanswered {
		if err != nil {
			log.Fatal(err)
		}
		waiting := time.Since(chat.LastCustomerMessageAt.Time).Round(time.Minute)
		fmt.Printf("%s has been waiting for %s: %s\n", chat.Customer.Name, waiting, chat.LastMessageText)
	}
}
