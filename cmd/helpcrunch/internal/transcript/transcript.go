// Package transcript reads the messages of a chat and finds its response times.
package transcript

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// enoughOlder is how many older messages in a row end Read. The service lists messages by their
// ids, which need not be in the order of their times.
const enoughOlder = 100

// Read returns the messages of a chat, oldest first: all of them, or those written at since or
// later. found is false if the chat was deleted meanwhile. A chat takes a request per 100
// messages, an empty one none.
func Read(ctx context.Context, client *helpcrunch.Client, chat *helpcrunch.Chat, since time.Time) (messages []helpcrunch.Message, found bool, err error) {
	if chat.Status == helpcrunch.ChatStatusEmpty {
		return nil, true, nil
	}
	older := 0
	for message, err := range client.Messages.All(ctx, chat.ID, nil) {
		switch {
		case errors.Is(err, helpcrunch.ErrNotFound):
			return nil, false, nil
		case err != nil:
			return nil, false, err
		}
		if message.CreatedAt.Before(since) && !message.CreatedAt.IsZero() {
			if older++; older == enoughOlder {
				break
			}
			continue
		}
		older, messages = 0, append(messages, *message)
	}
	slices.SortFunc(messages, func(a, b helpcrunch.Message) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	return messages, true, nil
}

// FirstResponse finds the customer's first message and the first of Responses. Either is nil if
// there is none.
func FirstResponse(messages []helpcrunch.Message) (question, response *helpcrunch.Message) {
	question, responses := Responses(messages)
	if len(responses) == 0 {
		return question, nil
	}
	return question, responses[0].Message
}

// Response is a message of an agent to a waiting customer.
type Response struct {
	Message *helpcrunch.Message
	// Took is how long the customer waited: since their first message after the response before.
	Took time.Duration
}

// Responses finds the customer's first message, nil if there is none, and the responses of
// agents. Private notes, technical rows and automatic messages do not count, nor do messages of
// the excluded agents and messages without a readable time. The messages must be in the order of
// Read.
func Responses(messages []helpcrunch.Message, excluded ...int64) (question *helpcrunch.Message, responses []Response) {
	var waiting *helpcrunch.Message
	for i := range messages {
		m := &messages[i]
		switch {
		case m.Type == helpcrunch.MessageTypePrivate, m.Type == helpcrunch.MessageTypeTech, m.BroadcastType != "", m.CreatedAt.IsZero():
		case m.From == helpcrunch.MessageFromCustomer:
			question, waiting = cmp.Or(question, m), cmp.Or(waiting, m)
		case waiting != nil && m.Agent != nil && !slices.Contains(excluded, m.Agent.ID):
			responses = append(responses, Response{m, m.CreatedAt.Sub(waiting.CreatedAt.Time)})
			waiting = nil
		}
	}
	return question, responses
}
