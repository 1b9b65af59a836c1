package export

import (
	"context"
	"iter"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/transcript"
)

// customerRow is a customer in JSON Lines and in the journal.
type customerRow struct {
	helpcrunch.Customer

	Unreadable []string `json:"unreadable,omitempty"`
}

// chatRow is a chat. The seconds are absent if they are unknown.
type chatRow struct {
	helpcrunch.Chat

	FirstResponseSeconds *float64 `json:"firstResponseSeconds,omitempty"`
	ResolutionSeconds    *float64 `json:"resolutionSeconds,omitempty"`
	Unreadable           []string `json:"unreadable,omitempty"`
}

// messageRow is a message.
type messageRow struct {
	helpcrunch.Message

	Customer   helpcrunch.ChatCustomer `json:"customer"`
	Unreadable []string                `json:"unreadable,omitempty"`
}

// messagesRow holds the messages of a chat, oldest first. Only the journal has it.
type messagesRow struct {
	ID       int64        `json:"id"`
	Messages []messageRow `json:"messages"`
}

func newChatRow(c *helpcrunch.Chat, messages []helpcrunch.Message) chatRow {
	row := chatRow{Chat: *c, Unreadable: c.Unreadable, ResolutionSeconds: secondsBetween(c.CreatedAt, c.ClosedAt)}
	if question, response := transcript.FirstResponse(messages); response != nil {
		row.FirstResponseSeconds = secondsBetween(question.CreatedAt, response.CreatedAt)
	}
	return row
}

// secondsBetween returns nil if a time is unknown. A clock that was set back counts as 0.
func secondsBetween(from, to helpcrunch.Timestamp) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	seconds := max(0, to.Sub(from.Time).Seconds())
	return &seconds
}

func newMessagesRow(c *helpcrunch.Chat, messages []helpcrunch.Message) messagesRow {
	row := messagesRow{ID: c.ID, Messages: make([]messageRow, len(messages))}
	for i := range messages {
		row.Messages[i] = messageRow{messages[i], c.Customer, messages[i].Unreadable}
	}
	return row
}

// gather adds the rows to the journal that it does not hold yet.
func (e *export) gather(ctx context.Context, since time.Time) error {
	e.meter = e.env.NewMeter(e.unit())
	defer e.meter.Close()
	client := e.client.WithProgress(e.estimate)
	switch {
	case e.list == customerList:
		return gather(ctx, e, customers(client), since, func(c *helpcrunch.Customer) error {
			return e.add(customerRow{*c, c.Unreadable})
		})
	case e.noTimes:
		return gather(ctx, e, chats(client), since, func(c *helpcrunch.Chat) error { return e.add(newChatRow(c, nil)) })
	}
	rows, err := newRows(ctx, e, chats(e.client), since)
	if err != nil {
		return err
	}
	var failure error
	listed := func(yield func(*helpcrunch.Chat) bool) {
		for chat, err := range rows {
			if failure = err; err != nil || !yield(chat) {
				return
			}
		}
	}
	for outcome := range helpcrunch.Each(ctx, client, listed, e.load(since), nil) {
		if outcome.Err != nil {
			return outcome.Err
		}
		if outcome.Value == nil { // deleted meanwhile
			continue
		}
		if err := e.add(outcome.Value); err != nil {
			return err
		}
	}
	return failure
}

// load returns the call that reads the messages of a chat and makes a row, nil for a chat that
// was deleted meanwhile.
func (e *export) load(since time.Time) func(context.Context, *helpcrunch.Client, *helpcrunch.Chat) (any, error) {
	if e.list == chatList {
		since = time.Time{} // the first response may be older
	}
	return func(ctx context.Context, client *helpcrunch.Client, chat *helpcrunch.Chat) (any, error) {
		messages, found, err := transcript.Read(ctx, client, chat, since)
		switch {
		case err != nil || !found:
			return nil, err
		case e.list == messageList:
			return newMessagesRow(chat, messages), nil
		}
		return newChatRow(chat, messages), nil
	}
}

// gather adds rows that take no requests of their own.
func gather[T any](ctx context.Context, e *export, s source[T], since time.Time, add func(*T) error) error {
	rows, err := newRows(ctx, e, s, since)
	if err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := add(row); err != nil {
			return err
		}
	}
	return nil
}

// newRows iterates over the rows that the journal does not hold, and starts the progress.
func newRows[T any](ctx context.Context, e *export, s source[T], since time.Time) (iter.Seq2[*T, error], error) {
	e.progress = helpcrunch.Progress{Total: -1, Remaining: -1}
	if !since.IsZero() {
		e.show()
		return s.news(ctx, since, e.claimed), nil
	}
	first, err := s.page(ctx)
	if err != nil {
		return nil, err
	}
	e.progress.Total = first.Total
	e.show()
	return s.rest(ctx, e.claimed, first.Total), nil
}
