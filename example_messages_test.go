package helpcrunch_test

import (
	"context"
	"fmt"
	"log"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Without an agent a message is the customer's. A private one is seen by agents alone.
func ExampleMessagesService_Create() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	agent := server.Agents()[0]

	for _, input := range []helpcrunch.MessageInput{
		{Chat: chat.ID, Text: "Where is my order?"},
		{Chat: chat.ID, Text: "On its way.", Agent: agent.ID},
		{Chat: chat.ID, Text: "Parcel 17.", Agent: agent.ID, Type: helpcrunch.MessageTypePrivate},
	} {
		message, err := client.Messages.Create(ctx, &input)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(message.From, message.Type, message.Text)
	}
	// Output:
	// customer message Where is my order?
	// agent message On its way.
	// agent private Parcel 17.
}

func ExampleMessagesService_List() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Where is my order?")
	server.AgentWrites(chat.ID, server.Agents()[0].ID, "On its way.")

	newest, err := client.Messages.List(context.Background(), chat.ID, &helpcrunch.ListOptions{Limit: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(newest.Items[0].Agent.Name, "wrote:", newest.Items[0].Text)
	// Output: Ada Ramos wrote: On its way.
}

// Messages come newest first.
func ExampleMessagesService_All() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	server.CustomerWrites(chat.ID, "Where is my order?")
	server.CustomerWrites(chat.ID, "It has come.")

	for message, err := range client.Messages.All(context.Background(), chat.ID, nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(message.Text)
	}
	// Output:
	// It has come.
	// Where is my order?
}
