package helpcrunch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// answerCustomer posts an agent's message in the customer's open chat, or in a new one.
func answerCustomer(ctx context.Context, client *helpcrunch.Client, in helpcrunch.ChatInput, agent int64, text string) error {
	chat, _, err := client.Chats.FindOrCreate(ctx, &in)
	if err != nil {
		return err
	}
	_, err = client.Messages.SendAsAgent(ctx, chat.ID, agent, text)
	return err
}

func Example_sendAMessageAsAnAgent() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})
	ada := server.Agents()[0]

	in := helpcrunch.ChatInput{Customer: nora.ID, Application: server.Applications()[0].ID}
	if err := answerCustomer(context.Background(), server.Client(), in, ada.ID, "It is on its way."); err != nil {
		log.Fatal(err)
	}
	for _, message := range server.Messages(server.Chats()[0].ID) {
		fmt.Println(message.Agent.Name, "wrote:", message.Text)
	}
	// Output: Ada Ramos wrote: It is on its way.
}

// signUp adds a user to the account, or updates it. It is safe to repeat.
func signUp(ctx context.Context, client *helpcrunch.Client, userID, name, email string) error {
	customer, result, err := client.Customers.Upsert(ctx, &helpcrunch.CustomerInput{
		UserID: userID,
		Name:   name,
		Email:  email,
	})
	if err != nil {
		return err
	}
	fmt.Println(customer.Name, "was", result)
	return nil
}

func Example_findOrCreateACustomer() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	for range 2 {
		if err := signUp(context.Background(), server.Client(), "crm-17", "Nora Lindqvist", "nora@example.com"); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// Nora Lindqvist was created
	// Nora Lindqvist was unchanged
}

// exportCustomers writes every customer as a line of JSON, and shows how long it will take.
func exportCustomers(ctx context.Context, client *helpcrunch.Client, to io.Writer) error {
	client = client.WithProgress(func(p helpcrunch.Progress) {
		fmt.Printf("%d of %d, %s left\n", p.Done, p.Total, p.Remaining.Round(time.Second))
	})
	lines := json.NewEncoder(to)
	for customer, err := range client.Customers.All(ctx, nil) {
		if err != nil {
			return err
		}
		if err := lines.Encode(customer); err != nil {
			return err
		}
	}
	return nil
}

func Example_exportEverything() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})
	if err := exportCustomers(context.Background(), server.Client(), os.Stderr); err != nil {
		log.Fatal(err)
	}
	// Output: 1 of 1, 0s left
}

// receiveWebhooks prints what customers write.
func receiveWebhooks(signingKey string) (http.Handler, error) {
	return webhook.NewHandler(signingKey, func(ctx context.Context, event *webhook.Event) error {
		if data, ok := event.Message(); ok && event.Type == webhook.EventTypeMessageChatCustomer {
			fmt.Println(data.Customer.Name, "wrote:", data.Message.Text)
		}
		return nil // an error makes the service send the event again
	})
}

func Example_receiveWebhooks() {
	handler, err := receiveWebhooks("a-signing-key")
	if err != nil {
		log.Fatal(err)
	}
	server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhookHandler(handler, "a-signing-key"))
	defer server.Close()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Where is my order?")
	if err := server.WaitForWebhooks(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: Nora Lindqvist wrote: Where is my order?
}
