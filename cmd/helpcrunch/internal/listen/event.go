package listen

import (
	"fmt"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// maxText bounds the text of a message in a line, in characters.
const maxText = 200

// eventLine returns an event as a line for people.
func eventLine(event *webhook.Event) string {
	parts := []string{"-", string(event.Type), event.ID}
	if !event.CreatedAt.IsZero() {
		parts[0] = event.CreatedAt.UTC().Format(time.RFC3339)
	}
	if data, ok := event.Message(); ok {
		author := person(data.Customer)
		if data.Agent != nil {
			author = data.Agent.Name
		}
		text := []rune(data.Message.Text)
		if len(text) > maxText {
			text = append(text[:maxText], '…')
		}
		parts = append(parts, fmt.Sprintf("chat %d, %s: %s", data.ChatID, author, string(text)))
	}
	if data, ok := event.Chat(); ok {
		parts = append(parts, fmt.Sprintf("chat %d, %s, %s", data.ChatID, data.Status, person(data.Customer)))
	}
	if data, ok := event.Customer(); ok {
		parts = append(parts, person(helpcrunch.ChatCustomer{ID: data.ID, Name: data.Name, Email: data.Email}))
	}
	return cli.Printable(strings.Join(parts, " "))
}

// person names a customer.
func person(c helpcrunch.ChatCustomer) string {
	if name := strings.TrimSpace(c.Name + " " + c.Email); name != "" {
		return fmt.Sprintf("customer %d %s", c.ID, name)
	}
	return fmt.Sprintf("customer %d", c.ID)
}
