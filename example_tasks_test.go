package helpcrunch_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// The functions of README.md and of the guides, which example_tasks_run_test.go runs.

// answerCustomer sends a message in the customer's open chat, or in a new one.
func answerCustomer(ctx context.Context, client *helpcrunch.Client, customerID, applicationID, agentID int64, text string) error {
	chat, _, err := client.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{
		Customer:    customerID,
		Application: applicationID, // the channel, from Applications.List
	})
	if err != nil {
		return err
	}
	_, err = client.Messages.SendAsAgent(ctx, chat.ID, agentID, text)
	return err
}

// signUp adds a user to the account, or updates it. It is safe to repeat.
func signUp(ctx context.Context, client *helpcrunch.Client, userID, name, email string) error {
	_, result, err := client.Customers.Upsert(ctx, &helpcrunch.CustomerInput{
		UserID: userID, // your own id of the user
		Name:   name,
		Email:  email,
	})
	if err != nil {
		return err
	}
	fmt.Println(userID, "was", result) // created, updated or unchanged
	return nil
}

// importCustomers creates or updates customers concurrently, as fast as the rate limit allows.
func importCustomers(ctx context.Context, client *helpcrunch.Client, inputs iter.Seq[helpcrunch.CustomerInput]) {
	for outcome := range client.Customers.UpsertEach(ctx, inputs) {
		if outcome.Err != nil {
			fmt.Println(outcome.Input.UserID, "failed:", outcome.Err) // the others continue
			continue
		}
		fmt.Println(outcome.Input.UserID, "was", outcome.Value.Result)
	}
}

// chatsSince returns the chats with messages since a time, and the time for the next call.
func chatsSince(ctx context.Context, client *helpcrunch.Client, since time.Time) ([]helpcrunch.Chat, time.Time, error) {
	began := time.Now()
	chats, err := helpcrunch.Collect(client.Chats.ActiveSince(ctx, since))
	if err != nil {
		return nil, since, err
	}
	return chats, began.Add(-time.Minute), nil // this clock and the service's may differ
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
