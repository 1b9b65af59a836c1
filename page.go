package helpcrunch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// maxLimit is the largest page, and the default.
const maxLimit = 100

// Page is a part of a list.
type Page[T any] struct {
	// Items are the rows of the page, in the service's order.
	Items []T
	// Total is how many rows the whole list has, -1 when the service did not say.
	Total int
	// Offset is how many rows of the list come before the page.
	Offset int
	// Limit is how many rows were asked for.
	Limit int
}

// HasMore reports whether there are rows behind the page. Without a total, a page
// shorter than its limit is the last one.
func (p *Page[T]) HasMore() bool {
	if p.Total >= 0 {
		return len(p.Items) > 0 && p.NextOffset() < p.Total
	}
	return len(p.Items) >= p.Limit && len(p.Items) > 0
}

// NextOffset is the offset of the next page: it moves by the rows received.
func (p *Page[T]) NextOffset() int {
	return p.Offset + len(p.Items)
}

// Order is the direction of a sort, in capitals or not. Another word is
// [ErrInvalidArgument].
type Order string

// The orders.
const (
	OrderAscending  Order = "asc"
	OrderDescending Order = "desc"
)

// ListOptions choose a part of a list that can't be sorted. Nil means the defaults.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-messages-v1,
// https://docs.helpcrunch.com/en/rest-api-v1/get-agents-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/get-departments-v1.
type ListOptions struct {
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In a walk it is the
	// size of a page.
	Limit int
}

// part is which rows of a list to return, in which order.
type part struct {
	argument      string // what the method calls it, such as opts
	offset, limit int
	sort          string
	order         Order
}

func (o *ListOptions) part() part {
	if o == nil {
		return part{}
	}
	return part{argument: "opts", offset: o.Offset, limit: o.Limit}
}

// checked returns the part with its defaults, or what is wrong with it.
func (p part) checked() (part, error) {
	switch {
	case p.offset < 0:
		return p, invalid("%s.Offset: at least 0, got %d", p.argument, p.offset)
	case p.limit < 0 || p.limit > maxLimit:
		return p, invalid("%s.Limit: 1 to %d, or 0 for %d, got %d", p.argument, maxLimit, maxLimit, p.limit)
	case p.limit == 0:
		p.limit = maxLimit
	}
	p.order = Order(strings.ToLower(string(p.order)))
	if p.order != "" && p.order != OrderAscending && p.order != OrderDescending {
		return p, invalid("%s.Order: must be %q or %q, got %q", p.argument, OrderAscending, OrderDescending, p.order)
	}
	return p, nil
}

// sorted returns the part with a sort, if it has none of its own.
func (p part) sorted(sort string) part {
	if p.sort == "" {
		p.sort = sort
	}
	if p.order == "" {
		p.order = OrderAscending
	}
	return p
}

func (p part) query() url.Values {
	query := url.Values{
		"limit":  {strconv.Itoa(p.limit)},
		"offset": {strconv.Itoa(p.offset)},
	}
	if p.sort != "" {
		query.Set("sort", p.sort)
	}
	if p.order != "" {
		query.Set("order", string(p.order))
	}
	return query
}

// envelope is every form in which a list arrives.
type envelope[T any] struct {
	Data     []T  `json:"data"`
	Messages []T  `json:"messages"` // the oldest name of data, for messages
	Total    *int `json:"total"`
	Meta     struct {
		Total *int `json:"total"`
	} `json:"meta"`
}

// list asks for one page.
func list[T any](ctx context.Context, c *Client, r request, p part) (*Page[T], error) {
	p, err := p.checked()
	if err != nil {
		return nil, r.invalid(err)
	}
	r.query = p.query()
	answer, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return decodePage[T](c, r, answer, p)
}

// decodePage reads the rows and the total of a list's answer.
func decodePage[T any](c *Client, r request, answer *engine.Response, p part) (*Page[T], error) {
	e := envelope[T]{Data: make([]T, 0, p.limit)}
	into := any(&e)
	if bytes.HasPrefix(tolerant.TrimSpace(answer.Body), []byte("[")) {
		into = &e.Data // the rows alone
	}
	if err := c.decode(r, answer, into); err != nil {
		return nil, err
	}
	page := &Page[T]{Items: e.Data, Total: -1, Offset: p.offset, Limit: p.limit}
	if len(e.Messages) > 0 {
		page.Items = e.Messages
	}
	if len(page.Items) == 0 && into == any(&e) && !namesRows(answer.Body) {
		return nil, c.unreadable(r, answer, errors.New("it holds no list"))
	}
	if e.Total == nil {
		e.Total = e.Meta.Total
	}
	if e.Total != nil {
		page.Total = *e.Total
	}
	return page, nil
}

// namesRows reports whether an answer without rows has a place for them.
func namesRows(body []byte) bool {
	var names map[string]json.RawMessage
	if json.Unmarshal(body, &names) != nil {
		return false
	}
	return names["data"] != nil || names["messages"] != nil
}
