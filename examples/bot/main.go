// Command bot receives webhooks and answers: the first message of a chat gets a reply, and
// its customer a tag. The variable HELPCRUNCH_AGENT contains the id of the agent that writes.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server, which sends it the
// webhooks of a demo chat.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func main() {
	log.SetFlags(0)
	run := demo
	if os.Getenv("HELPCRUNCH_API_KEY") != "" {
		run = serve
	}
	if err := run(); err != nil {
		log.Fatalf("bot: %v", err)
	}
}

// serve receives the webhooks of a real account. A proxy in front of it speaks HTTPS.
func serve() error {
	agent, err := strconv.ParseInt(os.Getenv("HELPCRUNCH_AGENT"), 10, 64)
	if err != nil {
		return fmt.Errorf("HELPCRUNCH_AGENT: %w", err)
	}
	client, err := helpcrunch.New(os.Getenv("HELPCRUNCH_API_KEY"))
	if err != nil {
		return err
	}
	handler, err := newHandler(client, os.Getenv("HELPCRUNCH_SIGNING_KEY"), agent)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: "localhost:8080", Handler: handler, ReadTimeout: time.Minute}
	fmt.Printf("Listening for webhooks on http://%s\n", server.Addr)
	return server.ListenAndServe()
}

// newHandler verifies deliveries, drops duplicates, and handles the events of one chat in
// sequence: two quick messages get one reply.
func newHandler(client *helpcrunch.Client, signingKey string, agent int64) (http.Handler, error) {
	return webhook.NewHandler(signingKey, func(ctx context.Context, event *webhook.Event) error {
		message, ok := event.Message()
		if !ok || event.Type != webhook.EventTypeMessageChatCustomer {
			return nil
		}
		return answer(ctx, client, message, agent)
	}, webhook.WithSequence(func(event *webhook.Event) string {
		message, ok := event.Message()
		if !ok {
			return event.ID
		}
		return strconv.FormatInt(message.ChatID, 10)
	}))
}

// reply is what the bot writes.
const reply = "Thank you! An agent will answer soon."

// answer replies unless an agent or the bot has. If it fails, the service delivers the event
// again, so each step looks first or is idempotent.
func answer(ctx context.Context, client *helpcrunch.Client, event *webhook.MessageData, agent int64) error {
	for message, err := range client.Messages.All(ctx, event.ChatID, nil) {
		if err != nil {
			return err
		}
		if message.From == helpcrunch.MessageFromAgent && message.Type == helpcrunch.MessageTypeMessage {
			return nil
		}
	}
	if _, err := client.Customers.Tag(ctx, event.Customer.ID, helpcrunch.Tag{Name: "Waiting"}); err != nil {
		return err
	}
	_, err := client.Messages.SendAsAgent(ctx, event.ChatID, agent, reply)
	return err
}

// demo lets a customer write twice to an in-memory fake server and prints the chat.
func demo() error {
	fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
	server := helpcrunchtest.NewServer()
	defer server.Close()
	const signingKey = "demo-signing-key"
	handler, err := newHandler(server.Client(), signingKey, server.Agents()[0].ID)
	if err != nil {
		return err
	}
	server.SendWebhooksTo(handler, signingKey)
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Hello?")
	server.CustomerWrites(chat.ID, "Where is my order?")
	if err := server.WaitForWebhooks(context.Background()); err != nil {
		return err
	}
	for _, message := range server.Messages(chat.ID) {
		fmt.Printf("%s: %q\n", message.From, message.Text)
	}
	return nil
}
