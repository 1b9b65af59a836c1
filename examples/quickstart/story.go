package main

import (
	"context"
	"errors"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// story creates, changes and deletes.
type story struct {
	client *helpcrunch.Client
	output
}

// tell tells the whole story. The customer is deleted at its end, wherever that is.
func (s story) tell(ctx context.Context) (err error) {
	team, err := lookAround(ctx, s.client, s.output)
	if err != nil {
		return err
	}
	if len(team.agents) == 0 || len(team.applications) == 0 {
		return errors.New("the account has no agent or no application, so no chat can be opened")
	}
	customer, err := s.welcome(ctx)
	if customer != nil {
		defer func() { err = errors.Join(err, s.remove(ctx, customer)) }()
	}
	if err != nil {
		return err
	}
	chat, err := s.talk(ctx, customer, team)
	if err != nil {
		return err
	}
	if err := s.finish(ctx, chat); err != nil {
		return err
	}
	if err := s.messages(ctx, chat); err != nil {
		return err
	}
	return s.walk(ctx)
}

// welcome creates a customer, tags her and searches for her.
func (s story) welcome(ctx context.Context) (*helpcrunch.Customer, error) {
	customer, err := s.client.Customers.Create(ctx, &helpcrunch.CustomerInput{
		Name:    "Nora Lindqvist",
		Email:   "nora@example.com",
		Company: "Example Books",
	})
	if err != nil {
		return nil, err
	}
	s.say("\nCreated customer %d: %s <%s>", customer.ID, customer.Name, customer.Email)

	tagged, err := s.client.Customers.Tag(ctx, customer.ID, helpcrunch.Tag{Name: "quickstart"})
	if err != nil {
		return customer, err
	}
	s.say("Tagged her: %s", names(tagged.Tags, func(t helpcrunch.Tag) string { return t.Name + " (" + t.Color + ")" }))

	page, err := s.client.Customers.Search(ctx, &helpcrunch.CustomerSearch{
		Filters: []helpcrunch.CustomerFilter{
			helpcrunch.CustomerFieldTags.HasAll("quickstart"),
			helpcrunch.CustomerFieldEmail.Contains("@example.com"),
		},
	})
	if err != nil {
		return customer, err
	}
	s.say("Searched for the tag and @example.com: found %d", len(page.Items))
	return customer, nil
}

// talk opens a chat and lets both sides write.
func (s story) talk(ctx context.Context, customer *helpcrunch.Customer, team *team) (*helpcrunch.Chat, error) {
	chat, err := s.client.Chats.Create(ctx, &helpcrunch.ChatInput{
		Customer:    customer.ID,
		Application: team.applications[0].ID,
	})
	if err != nil {
		return nil, err
	}
	s.say("\nOpened chat %d, status %q", chat.ID, chat.Status)

	agent := team.agents[0]
	messages := s.client.Messages
	for _, message := range []struct {
		who, text string
		send      func(text string) (*helpcrunch.Message, error)
	}{
		{customer.Name, "Hello, where is my order?", func(text string) (*helpcrunch.Message, error) {
			return messages.SendAsCustomer(ctx, chat.ID, text)
		}},
		{agent.Name, "It left our house this morning.", func(text string) (*helpcrunch.Message, error) {
			return messages.SendAsAgent(ctx, chat.ID, agent.ID, text)
		}},
		{agent.Name + ", in private", "Parcel 17, given to the courier at nine.", func(text string) (*helpcrunch.Message, error) {
			return messages.AddNote(ctx, chat.ID, agent.ID, text)
		}},
	} {
		if _, err := message.send(message.text); err != nil {
			return nil, err
		}
		if chat, err = s.client.Chats.Get(ctx, chat.ID); err != nil {
			return nil, err
		}
		s.say("  %s: %s (status %q)", message.who, message.text, chat.Status)
	}
	return chat, nil
}

// finish closes the chat and rates it.
func (s story) finish(ctx context.Context, chat *helpcrunch.Chat) error {
	closed, err := s.client.Chats.SetStatus(ctx, chat.ID, helpcrunch.ChatStatusClosed)
	if err != nil {
		return err
	}
	s.say("Closed the chat: status %q, by %s", closed.Status, closed.ClosedBy)
	rated, err := s.client.Chats.Rate(ctx, chat.ID, helpcrunch.RatingGreat)
	if err != nil {
		return err
	}
	s.say("Rated it: %s", rated.Rating)
	return nil
}

// messages lists the chat's messages.
func (s story) messages(ctx context.Context, chat *helpcrunch.Chat) error {
	page, err := s.client.Messages.List(ctx, chat.ID, nil)
	if err != nil {
		return err
	}
	s.say("\nThe chat's messages, newest first:")
	for _, message := range page.Items {
		s.say("  %-7s  from %-8s  %s", message.Type, message.From, message.Text)
	}
	return nil
}

// mostRows bounds the walk over a large account.
const mostRows = 500

// walk pages through everything.
func (s story) walk(ctx context.Context) error {
	customers, last := 0, ""
	for customer, err := range s.client.Customers.All(ctx, nil) {
		if err != nil {
			return err
		}
		customers, last = customers+1, customer.Name
		if customers == mostRows {
			break
		}
	}
	s.say("\nWalked over %d customers, 100 to a page; the last one is %s", customers, last)
	chats := 0
	for chat, err := range s.client.Chats.All(ctx, nil) {
		if err != nil {
			return err
		}
		chats, last = chats+1, chat.Customer.Name
		if chats == mostRows {
			break
		}
	}
	s.say("Walked over all chats too: %d, the last one with %s", chats, last)
	return nil
}

// remove deletes the customer, even when ctx has ended.
func (s story) remove(ctx context.Context, customer *helpcrunch.Customer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.client.Customers.Delete(ctx, customer.ID); err != nil {
		return err
	}
	s.say("Deleted customer %d", customer.ID)
	return nil
}
