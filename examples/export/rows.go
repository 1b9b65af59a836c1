package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// row is a row of the account that is to be exported.
type row struct {
	id int64
	// load returns what is written of it, as JSON, or nil when it is gone by now.
	load func(context.Context) (any, error)
}

// source is a list of the account.
type source struct {
	// count is how many rows there are, -1 when the service does not say.
	count func(context.Context) (int, error)
	// walk yields the rows from an offset on, in an order that does not change.
	walk func(ctx context.Context, offset int) iter.Seq2[row, error]
	// requests is how many a row takes beside those of the walk, at least.
	requests int
	// width is how many rows are loaded side by side.
	width int
}

// newSource makes the source that the flags ask for. show learns how far a walk is.
func (c *config) newSource(client *helpcrunch.Client, show func(helpcrunch.Progress)) source {
	walker := client.WithProgress(show)
	if c.what == whatCustomers {
		return customers(client, walker)
	}
	return chats(client, walker, c.messages)
}

func customers(client, walker *helpcrunch.Client) source {
	return source{
		width: 1,
		count: func(ctx context.Context) (int, error) {
			page, err := client.Customers.List(ctx, &helpcrunch.CustomerListOptions{Limit: 1})
			if err != nil {
				return 0, err
			}
			return page.Total, nil
		},
		walk: func(ctx context.Context, offset int) iter.Seq2[row, error] {
			return rowsOf(walker.Customers.All(ctx, &helpcrunch.CustomerListOptions{Offset: offset}), func(c *helpcrunch.Customer) row {
				return row{c.ID, func(context.Context) (any, error) { return newCustomerLine(c), nil }}
			})
		},
	}
}

// messagesAtOnce is for how many chats messages are asked for side by side. The client
// keeps to the rate limit whatever this is: 16 are enough for 120 requests a minute at a
// latency of eight seconds.
const messagesAtOnce = 16

func chats(client, walker *helpcrunch.Client, withMessages bool) source {
	s := source{
		width: 1,
		count: func(ctx context.Context) (int, error) {
			page, err := client.Chats.List(ctx, &helpcrunch.ChatListOptions{Limit: 1})
			if err != nil {
				return 0, err
			}
			return page.Total, nil
		},
		walk: func(ctx context.Context, offset int) iter.Seq2[row, error] {
			return rowsOf(walker.Chats.All(ctx, &helpcrunch.ChatListOptions{Offset: offset}), func(c *helpcrunch.Chat) row {
				return row{c.ID, func(ctx context.Context) (any, error) { return loadChat(ctx, client, c, withMessages) }}
			})
		},
	}
	if withMessages {
		s.requests, s.width = 1, messagesAtOnce
	}
	return s
}

// rowsOf makes rows of a walk.
func rowsOf[T any](walk iter.Seq2[*T, error], rowOf func(*T) row) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for item, err := range walk {
			if err != nil {
				yield(row{}, err)
				return
			}
			if !yield(rowOf(item), nil) {
				return
			}
		}
	}
}

// loadChat returns a chat with its messages, oldest first, or without any. It returns nil
// for a chat that was deleted since it was listed.
func loadChat(ctx context.Context, client *helpcrunch.Client, chat *helpcrunch.Chat, withMessages bool) (any, error) {
	line := newChatLine(chat)
	if !withMessages {
		return line, nil
	}
	line.Messages = []messageLine{}
	for message, err := range client.Messages.All(ctx, chat.ID, nil) {
		if errors.Is(err, helpcrunch.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		line.Messages = append(line.Messages, newMessageLine(message))
	}
	slices.Reverse(line.Messages)
	return line, nil
}

// customerLine is a customer as JSON Lines have it: as the SDK's type, which can read it
// again, with times that people can read.
type customerLine struct {
	helpcrunch.Customer

	FirstSeen moment `json:"firstSeen"`
	LastSeen  moment `json:"lastSeen"`
}

func newCustomerLine(c *helpcrunch.Customer) customerLine {
	return customerLine{*c, moment(c.FirstSeen), moment(c.LastSeen)}
}

// chatLine is a chat likewise.
type chatLine struct {
	helpcrunch.Chat

	ClosedAt              moment        `json:"closedAt"`
	CreatedAt             moment        `json:"createdAt"`
	LastMessageAt         moment        `json:"lastMessageAt"`
	LastCustomerMessageAt moment        `json:"lastCustomerMessageAt"`
	SnoozedUntil          moment        `json:"snoozedUntil"`
	Messages              []messageLine `json:"messages,omitzero"`
}

func newChatLine(c *helpcrunch.Chat) chatLine {
	return chatLine{
		Chat:                  *c,
		ClosedAt:              moment(c.ClosedAt),
		CreatedAt:             moment(c.CreatedAt),
		LastMessageAt:         moment(c.LastMessageAt),
		LastCustomerMessageAt: moment(c.LastCustomerMessageAt),
		SnoozedUntil:          moment(c.SnoozedUntil),
	}
}

// messageLine is a message likewise.
type messageLine struct {
	helpcrunch.Message

	CreatedAt moment `json:"createdAt"`
	UpdatedAt moment `json:"updatedAt"`
}

func newMessageLine(m *helpcrunch.Message) messageLine {
	return messageLine{*m, moment(m.CreatedAt), moment(m.UpdatedAt)}
}

// moment is a time that is written as RFC 3339 has it, in UTC, and as null when there is none.
type moment helpcrunch.Timestamp

// String returns the time, or nothing when there is none.
func (m moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.UTC().Format(time.RFC3339Nano)
}

// MarshalJSON writes the time.
func (m moment) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(m.String())
}
