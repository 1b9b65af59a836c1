package helpcrunch_test

import (
	"context"
	"fmt"
	"log"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Create takes Markdown, together with the same text without markup.
func ExampleMessagesService_Create() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})

	message, err := server.Client().Messages.Create(context.Background(), &helpcrunch.MessageInput{
		Chat:         chat.ID,
		From:         helpcrunch.MessageFromAgent,
		Agent:        server.Agents()[0].ID,
		Text:         "It is on its way.",
		MarkdownText: "It is **on its way**.",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.From, message.Text)
	// Output: agent It is **on its way**.
}

// The customer and the agent write, and only agents see the note.
func ExampleMessagesService_SendAsAgent() {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	client := server.Client()
	ctx := context.Background()
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
	agent := server.Agents()[0]

	if _, err := client.Messages.SendAsCustomer(ctx, chat.ID, "Where is my order?"); err != nil {
		log.Fatal(err)
	}
	if _, err := client.Messages.SendAsAgent(ctx, chat.ID, agent.ID, "On its way."); err != nil {
		log.Fatal(err)
	}
	if _, err := client.Messages.AddNote(ctx, chat.ID, agent.ID, "Parcel 17."); err != nil {
		log.Fatal(err)
	}
	for _, message := range server.Messages(chat.ID) {
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
