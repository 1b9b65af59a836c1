package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// Request is what somebody wrote into the form on your website.
type Request struct {
	// ID is your own number of the request. The answer and the note quote it, by which
	// they are found again.
	ID                  string
	UserID, Name, Email string
	Text                string
}

// mark is what the answer and the note of this request contain, and no others. The
// brackets keep R-1 apart from R-17.
func (r Request) mark() string { return "[" + r.ID + "]" }

func (r Request) check() error {
	switch {
	case strings.TrimSpace(r.ID) == "":
		return errors.New("the request has no id")
	case strings.TrimSpace(r.UserID) == "":
		return errors.New("the request does not say which user wrote it")
	case strings.TrimSpace(r.Text) == "":
		return errors.New("the request is empty")
	}
	return nil
}

// Desk answers requests in the chats of their customers.
type Desk struct {
	Client      *helpcrunch.Client
	Agent       int64 // the id of the agent in whose name it writes
	Application int64 // the id of the application in which it opens chats
}

// customerTag is put on everybody who used the form.
const customerTag = "Web form"

// Handle answers a request, tags its customer and leaves a note for the agents. It
// returns the id of the chat. Customer and chat are those that the account has already,
// or else new ones.
//
// After a failure call it again with the same request: it goes on where it stopped, and
// nothing is written twice. Requests of one customer must come one after the other.
func (d *Desk) Handle(ctx context.Context, r Request) (chatID int64, err error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("request %s: %w", r.ID, err)
		}
	}()
	// Upsert and FindOrCreate look by themselves when somebody else was faster or a response was lost.
	customer, _, err := d.Client.Customers.Upsert(ctx, &helpcrunch.CustomerInput{
		UserID: r.UserID, Name: r.Name, Email: r.Email,
	})
	if err != nil {
		return 0, fmt.Errorf("saving the customer: %w", err)
	}
	chat, _, err := d.Client.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{
		Customer: customer.ID, Application: d.Application,
	})
	if err != nil {
		return 0, fmt.Errorf("opening the chat: %w", err)
	}
	thanks := "Thank you, we have received your request and will write to you here. " + r.mark()
	if err := d.post(ctx, r, chat.ID, helpcrunch.MessageTypeMessage, thanks); err != nil {
		return 0, fmt.Errorf("posting the answer: %w", err)
	}
	if _, err := d.Client.Customers.Tag(ctx, customer.ID, helpcrunch.Tag{Name: customerTag}); err != nil {
		return 0, fmt.Errorf("tagging the customer: %w", err)
	}
	note := "Written into the form: " + r.Text + " " + r.mark()
	if err := d.post(ctx, r, chat.ID, helpcrunch.MessageTypePrivate, note); err != nil {
		return 0, fmt.Errorf("leaving the note: %w", err)
	}
	return chat.ID, nil
}

const (
	// maxPostings bounds how often a message is posted whose response is lost each time.
	maxPostings = 3
	// settling is how long to wait before looking for a message whose response was lost:
	// the service may still be about to write it.
	settling = 5 * time.Second
)

// post sees to it that a message of a request is in its chat, and is there once. A
// posting that may have been carried out is not repeated before the chat was looked at.
func (d *Desk) post(ctx context.Context, r Request, chatID int64, kind helpcrunch.MessageType, text string) error {
	err := d.postIfMissing(ctx, r, chatID, kind, text)
	for postings := 1; postings < maxPostings && errors.Is(err, helpcrunch.ErrMaybeApplied); postings++ {
		if interrupted := wait(ctx, settling); interrupted != nil {
			return errors.Join(interrupted, err)
		}
		err = d.postIfMissing(ctx, r, chatID, kind, text)
	}
	return err
}

func (d *Desk) postIfMissing(ctx context.Context, r Request, chatID int64, kind helpcrunch.MessageType, text string) error {
	for message, err := range d.Client.Messages.All(ctx, chatID, nil) {
		if err != nil {
			return err
		}
		byUs := message.From == helpcrunch.MessageFromAgent && message.Type == kind
		if byUs && strings.Contains(message.Text, r.mark()) {
			return nil
		}
	}
	var err error
	if kind == helpcrunch.MessageTypePrivate {
		_, err = d.Client.Messages.AddNote(ctx, chatID, d.Agent, text)
	} else {
		_, err = d.Client.Messages.SendAsAgent(ctx, chatID, d.Agent, text)
	}
	return err
}

// wait waits, but no longer than the context lasts.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
