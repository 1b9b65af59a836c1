// Command quickstart reads an account: the team, the latest customers and the latest chats.
// With -write it also creates a customer and a chat, and deletes both at the end.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func main() {
	log.SetFlags(0)
	write := flag.Bool("write", false, "create a customer and a chat too, and delete them at the end")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("quickstart: unexpected argument %q", flag.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	key := os.Getenv("HELPCRUNCH_API_KEY")
	client, err := helpcrunch.New(key)
	if key == "" {
		fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
		defer server.Close()
		client, err, *write = server.Client(), nil, true
	}
	if err == nil {
		err = read(ctx, client)
	}
	if err == nil && *write {
		err = story(ctx, client)
	}
	if err != nil {
		log.Fatalf("quickstart: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// read prints the account and what is new in it.
func read(ctx context.Context, client *helpcrunch.Client) error {
	organization, err := client.Organization.Get(ctx)
	if err != nil {
		return err
	}
	agents, err := client.Agents.List(ctx, nil)
	if err != nil {
		return err
	}
	fmt.Printf("Account %q with %d agents\n", organization.Domain, len(agents.Items))
	customers, err := client.Customers.List(ctx, &helpcrunch.CustomerListOptions{
		Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderDescending, Limit: 5,
	})
	if err != nil {
		return err
	}
	for _, customer := range customers.Items {
		fmt.Printf("Customer %d: %q <%s>\n", customer.ID, customer.Name, customer.Email)
	}
	chats, err := client.Chats.List(ctx, &helpcrunch.ChatListOptions{
		Sort: helpcrunch.ChatSortCreatedAt, Order: helpcrunch.OrderDescending, Limit: 5,
	})
	if err != nil {
		return err
	}
	for _, chat := range chats.Items {
		fmt.Printf("Chat %d with %q, status %s: %q\n", chat.ID, chat.Customer.Name, chat.Status, chat.LastMessageText)
	}
	return nil
}

// story creates a customer, who asks a question that an agent answers.
func story(ctx context.Context, client *helpcrunch.Client) (err error) {
	applications, err := client.Applications.List(ctx)
	if err != nil {
		return err
	}
	agents, err := client.Agents.List(ctx, nil)
	if err != nil {
		return err
	}
	if len(applications.Items) == 0 || len(agents.Items) == 0 {
		return errors.New("the account has no application or no agent: a chat needs both")
	}
	customer, err := client.Customers.Create(ctx, &helpcrunch.CustomerInput{Name: "Nora Lindqvist", Email: "nora@example.com"})
	if err != nil {
		return err
	}
	// Deleting the customer deletes her chats. An interrupt must not prevent it.
	defer func() { err = errors.Join(err, client.Customers.Delete(context.WithoutCancel(ctx), customer.ID)) }()
	fmt.Printf("Created customer %d\n", customer.ID)
	chat, err := client.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: customer.ID, Application: applications.Items[0].ID})
	if err != nil {
		return err
	}
	if _, err = client.Messages.SendAsCustomer(ctx, chat.ID, "Where is my order?"); err != nil {
		return err
	}
	_, err = client.Messages.SendAsAgent(ctx, chat.ID, agents.Items[0].ID, "It left our warehouse this morning.")
	if err != nil {
		return err
	}
	for message, err := range client.Messages.All(ctx, chat.ID, nil) {
		if err != nil {
			return err
		}
		fmt.Printf("  from %s: %q\n", message.From, message.Text)
	}
	_, err = client.Chats.SetStatus(ctx, chat.ID, helpcrunch.ChatStatusClosed)
	return err
}
