// Command testing is a small service with its tests, which are the point: see desk_test.go.
// It opens a chat for each request from a web form, once, whatever fails on the way.
//
// It runs against an in-memory fake server.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Request is what somebody wrote into the form.
type Request struct {
	ID                  string // the note contains it
	UserID, Name, Email string
	Text                string
}

// Desk passes requests on to the agents.
type Desk struct {
	Client      *helpcrunch.Client
	Application int64 // in which it opens chats
}

// Handle finds or creates the customer and the chat, and leaves the request as a note. It
// returns the id of the chat. After a failure, call it again: nothing is written twice, as
// long as the calls for one customer follow each other.
func (d *Desk) Handle(ctx context.Context, r Request) (chatID int64, err error) {
	if r.ID == "" || r.UserID == "" {
		return 0, errors.New("the request has no id or no user id")
	}
	customer, _, err := d.Client.Customers.Upsert(ctx, &helpcrunch.CustomerInput{
		UserID: r.UserID, Name: r.Name, Email: r.Email,
	})
	if err != nil {
		return 0, fmt.Errorf("saving the customer: %w", err)
	}
	chat, _, err := d.Client.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{Customer: customer.ID, Application: d.Application})
	if err != nil {
		return 0, fmt.Errorf("opening the chat: %w", err)
	}
	if err := d.addNote(ctx, chat.ID, r); err != nil {
		return 0, fmt.Errorf("adding the note: %w", err)
	}
	return chat.ID, nil
}

// addNote adds the note of a request, unless the chat has it.
func (d *Desk) addNote(ctx context.Context, chatID int64, r Request) error {
	mark := "[" + r.ID + "]"
	for message, err := range d.Client.Messages.All(ctx, chatID, nil) {
		if err != nil {
			return err
		}
		if message.Type == helpcrunch.MessageTypePrivate && strings.HasPrefix(message.Text, mark) {
			return nil
		}
	}
	// Creating a message is not idempotent, so the client does not retry it. If its outcome
	// is unknown (ErrMaybeApplied), the next call looks for the note first.
	_, err := d.Client.Messages.Create(ctx, &helpcrunch.MessageInput{
		Chat: chatID, Type: helpcrunch.MessageTypePrivate, Text: mark + " " + r.Text,
	})
	return err
}

func main() {
	log.SetFlags(0)
	server := helpcrunchtest.NewServer()
	defer server.Close()
	desk := &Desk{Client: server.Client(), Application: server.Applications()[0].ID}
	chatID, err := desk.Handle(context.Background(), Request{
		ID: "R-17", UserID: "shop-204", Name: "Nora Lindqvist", Email: "nora@example.com", Text: "My lamp arrived without a bulb.",
	})
	if err != nil {
		log.Fatalf("testing: %v", err) //nolint:gocritic // nothing to close on failure
	}
	for _, message := range server.Messages(chatID) {
		fmt.Printf("chat %d: %q\n", chatID, message.Text)
	}
}
