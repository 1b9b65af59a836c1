package helpcrunch_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func Example_sendAMessageAsAnAgent() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	nora := server.AddCustomer(helpcrunch.Customer{Name: "Nora Lindqvist"})
	application, agent := server.Applications()[0].ID, server.Agents()[0].ID

	err := answerCustomer(context.Background(), server.Client(), nora.ID, application, agent, "It is on its way.")
	if err != nil {
		log.Fatal(err)
	}
	for _, message := range server.Messages(server.Chats()[0].ID) {
		fmt.Println(message.Agent.Name, "wrote:", message.Text)
	}
	// Output: Ada Ramos wrote: It is on its way.
}

func Example_createOrUpdateACustomer() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	for range 2 {
		if err := signUp(context.Background(), server.Client(), "crm-17", "Nora Lindqvist", "nora@example.com"); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// crm-17 was created
	// crm-17 was unchanged
}

func Example_importManyCustomers() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	importCustomers(context.Background(), server.Client(), slices.Values([]helpcrunch.CustomerInput{
		{UserID: "crm-17", Name: "Nora Lindqvist"},
		{UserID: "crm-18", Notes: strings.Repeat("long ", 52)},
		{UserID: "crm-19", Name: "Jonas Weber"},
	}))
	// Output:
	// crm-17 was created
	// crm-18 failed: helpcrunch: Customers.UpsertEach: input.Notes: at most 255 characters, got 260
	// crm-19 was created
}

func Example_readWhatIsNew() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Where is my order?")

	chats, next, err := chatsSince(context.Background(), server.Client(), time.Now().AddDate(0, 0, -1))
	if err != nil {
		log.Fatal(err)
	}
	for _, chat := range chats {
		fmt.Println(chat.Customer.Name, "wrote:", chat.LastMessageText)
	}
	fmt.Println("next time from now on:", time.Since(next) < time.Hour)
	// Output:
	// Nora Lindqvist wrote: Where is my order?
	// next time from now on: true
}

func Example_receiveWebhooks() {
	handler, err := receiveWebhooks("a-signing-key")
	if err != nil {
		log.Fatal(err)
	}
	server := helpcrunchtest.NewServer()
	defer server.Close()
	server.SendWebhooksTo(handler, "a-signing-key")
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Where is my order?")
	if err := server.WaitForWebhooks(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: Nora Lindqvist wrote: Where is my order?
}
