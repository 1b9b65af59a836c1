package export

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// ids are the rows that the journal holds, and those on their way into it.
type ids map[int64]struct{}

// claim adds an id. It returns false if it was there.
func (i ids) claim(id int64) bool {
	before := len(i)
	i[id] = struct{}{}
	return len(i) > before
}

// source is one list of the account.
type source[T any] struct {
	id func(*T) int64
	// page returns the first page of the list, for its total.
	page func(ctx context.Context) (*helpcrunch.Page[T], error)
	// all iterates from an offset, in an order that does not change.
	all func(ctx context.Context, offset int) iter.Seq2[*T, error]
	// since iterates over what is new, newest first.
	since func(ctx context.Context, since time.Time) iter.Seq2[*T, error]
}

// customers returns the list of customers.
func customers(client *helpcrunch.Client) source[helpcrunch.Customer] {
	return source[helpcrunch.Customer]{
		id: func(c *helpcrunch.Customer) int64 { return c.ID },
		page: func(ctx context.Context) (*helpcrunch.Page[helpcrunch.Customer], error) {
			return client.Customers.List(ctx, &helpcrunch.CustomerListOptions{Limit: 1})
		},
		all: func(ctx context.Context, offset int) iter.Seq2[*helpcrunch.Customer, error] {
			return client.Customers.All(ctx, &helpcrunch.CustomerListOptions{Offset: offset})
		},
		since: client.Customers.SeenSince,
	}
}

// chats returns the list of chats.
func chats(client *helpcrunch.Client) source[helpcrunch.Chat] {
	return source[helpcrunch.Chat]{
		id: func(c *helpcrunch.Chat) int64 { return c.ID },
		page: func(ctx context.Context) (*helpcrunch.Page[helpcrunch.Chat], error) {
			return client.Chats.List(ctx, &helpcrunch.ChatListOptions{Limit: 1})
		},
		all: func(ctx context.Context, offset int) iter.Seq2[*helpcrunch.Chat, error] {
			return client.Chats.All(ctx, &helpcrunch.ChatListOptions{Offset: offset})
		},
		since: client.Chats.ActiveSince,
	}
}

// margin is how many rows before the end of the journal are read again. If no more rows were
// deleted since, the first try joins.
const margin = 100

// rest iterates over the rows that are not claimed, and claims them. A list keeps its order, but
// deleted rows move the others up. So it begins before the end of the journal, and goes back
// further until it meets a known row: then nothing is missing in between.
//
// Rows with the same time may change their order between requests. If the list then turns out
// to be incomplete, it is read again from its beginning, as long as that finds more rows.
func (s source[T]) rest(ctx context.Context, claimed ids, total int) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		held, back := len(claimed), margin
		for offset := max(0, held-back); ; {
			before := len(claimed)
			joined, stopped, err := s.pass(ctx, offset, claimed, yield)
			var incomplete *helpcrunch.IncompleteError
			isShort := errors.As(err, &incomplete)
			switch {
			case stopped:
				return
			case err != nil && !isShort:
				yield(nil, err)
				return
			case !joined:
				back *= 2
				offset = max(0, held-back)
			case offset > 0 && (isShort || len(claimed) < total),
				isShort && len(claimed) > before && len(claimed) < incomplete.Total:
				offset = 0
			case isShort && len(claimed) < incomplete.Total:
				yield(nil, &helpcrunch.IncompleteError{Got: len(claimed), Total: incomplete.Total})
				return
			default:
				return
			}
		}
	}
}

// pass iterates once from an offset. joined is false if the first row is unknown: rows before it
// may be missing.
func (s source[T]) pass(ctx context.Context, offset int, claimed ids, yield func(*T, error) bool) (joined, stopped bool, err error) {
	joined = offset == 0
	for row, err := range s.all(ctx, offset) {
		if err != nil {
			return joined, false, err
		}
		id := s.id(row)
		if _, known := claimed[id]; !joined && !known {
			return false, false, nil
		}
		joined = true
		if claimed.claim(id) && !yield(row, nil) {
			return true, true, nil
		}
	}
	return joined, false, nil
}

// news iterates over what is new since a time and not claimed, and claims it.
func (s source[T]) news(ctx context.Context, since time.Time, claimed ids) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for row, err := range s.since(ctx, since) {
			if err == nil && !claimed.claim(s.id(row)) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}
