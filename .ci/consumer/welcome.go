// Package consumer is what a user of the library writes. It is no part of the workspace, and
// gets the modules by their versions.
package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/helpcrunch-go/helpcrunch"
)

// Welcome writes to a customer.
func Welcome(ctx context.Context, client *helpcrunch.Client, userID string, application, agent int64) error {
	customer, err := client.Customers.FindByUserID(ctx, userID)
	if errors.Is(err, helpcrunch.ErrNotFound) {
		return fmt.Errorf("nobody to welcome: %w", err)
	}
	if err != nil {
		return err
	}
	chat, _, err := client.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{Customer: customer.ID, Application: application})
	if err != nil {
		return err
	}
	_, err = client.Messages.SendAsAgent(ctx, chat.ID, agent, "Welcome!")
	return err
}
