package helpcrunch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/pagination"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// maxLimit is the maximum and default page size.
const maxLimit = 100

// Page is a part of a list.
type Page[T any] struct {
	// Items are the rows of the page, in the service's order.
	Items []T
	// Total is the number of rows in the whole list, -1 if unknown.
	Total int
	// Offset is how many rows of the list come before the page.
	Offset int
	// Limit is how many rows were requested.
	Limit int
}

// HasMore reports whether more rows follow the page. Without a total, a page shorter than
// its limit is the last one.
func (p *Page[T]) HasMore() bool {
	return (*pagination.Page[T])(p).HasMore()
}

// NextOffset returns the offset of the next page: Offset plus the number of rows received.
func (p *Page[T]) NextOffset() int {
	return p.Offset + len(p.Items)
}

// Order is the direction of a sort. Case does not matter. Any other value is
// [ErrInvalidArgument].
type Order string

// The orders.
const (
	OrderAscending  Order = "asc"
	OrderDescending Order = "desc"
)

// ListOptions select a part of a list that can't be sorted. Nil means the defaults.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/get-messages-v1,
// https://docs.helpcrunch.com/en/rest-api-v1/get-agents-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/get-departments-v1.
type ListOptions struct {
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In All it is the
	// size of a page.
	Limit int
}

// pageRequest selects and orders the rows of a list or a search. It is the body of a search.
type pageRequest struct {
	Filters    []filterBody `json:"filter,omitempty"`
	Comparison Match        `json:"comparison,omitempty"`
	Sort       string       `json:"sort,omitempty"`
	Order      Order        `json:"order,omitempty"`
	Offset     int          `json:"offset"`
	Limit      int          `json:"limit"`

	argument string // the method's name for it: opts or search
	err      error  // an invalid filter
}

func (o *ListOptions) pageRequest() pageRequest {
	o = cmp.Or(o, new(ListOptions))
	return pageRequest{argument: "opts", Offset: o.Offset, Limit: o.Limit}
}

// checked returns p with its defaults set, or an error about an invalid field.
func (p pageRequest) checked() (pageRequest, error) {
	switch {
	case p.err != nil:
		return p, p.err
	case p.Offset < 0:
		return p, invalid("%s.Offset: at least 0, got %d", p.argument, p.Offset)
	case p.Limit < 0 || p.Limit > maxLimit:
		return p, invalid("%s.Limit: 1 to %d, or 0 for %d, got %d", p.argument, maxLimit, maxLimit, p.Limit)
	}
	p.Limit = cmp.Or(p.Limit, maxLimit)
	p.Order = Order(strings.ToLower(string(p.Order)))
	if p.Order != "" && p.Order != OrderAscending && p.Order != OrderDescending {
		return p, invalid("%s.Order: must be %q or %q, got %q", p.argument, OrderAscending, OrderDescending, p.Order)
	}
	return p, checkUTF8(p.argument+".Sort", p.Sort)
}

func (p pageRequest) query() url.Values {
	query := url.Values{
		"limit":  {strconv.Itoa(p.Limit)},
		"offset": {strconv.Itoa(p.Offset)},
	}
	if p.Sort != "" {
		query.Set("sort", p.Sort)
	}
	if p.Order != "" {
		query.Set("order", string(p.Order))
	}
	return query
}

// envelope combines the formats of list responses.
type envelope[T any] struct {
	Data     []T  `json:"data"`
	Messages []T  `json:"messages"` // the oldest name of data, for messages
	Total    *int `json:"total"`
	Meta     struct {
		Total *int `json:"total"`
	} `json:"meta"`
}

// withPage returns r with the query of a list (GET) or the body of a search (POST). It returns p
// with its defaults set.
func (r request) withPage(p pageRequest) (request, pageRequest) {
	p, err := p.checked()
	r = r.withError(err)
	if r.method == http.MethodPost {
		r.body, r.argument = p, "search"
	} else {
		r.query = p.query()
	}
	return r, p
}

// list requests one page of a list or a search. If the service responds to a search with 404, the
// page is empty. Its total is then 0 at offset 0 and unknown otherwise. A 404 of a proxy is an
// error.
func list[T any](ctx context.Context, c *Client, r request, p pageRequest) (*Page[T], error) {
	r, p = r.withPage(p)
	page, err := requestPage[T](ctx, c, r, p)
	failure, _ := errors.AsType[*APIError](err)
	if r.method == http.MethodPost && errors.Is(err, ErrNotFound) && tolerant.IsDocumentedError(failure.Body) {
		page, err = &Page[T]{Offset: p.Offset, Limit: p.Limit}, nil
		if p.Offset > 0 {
			page.Total = -1
		}
	}
	return page, err
}

// requestPage makes a call whose response is a list.
func requestPage[T any](ctx context.Context, c *Client, r request, p pageRequest) (*Page[T], error) {
	response, err := c.send(ctx, &r)
	if err != nil {
		return nil, err
	}
	return decodePage[T](ctx, c, r, response, p)
}

// decodePage reads the rows and the total of a list's response.
func decodePage[T any](ctx context.Context, c *Client, r request, response *engine.Response, p pageRequest) (*Page[T], error) {
	e := envelope[T]{Data: make([]T, 0, p.Limit)}
	fields, err := e.decode(c, r, response)
	if err != nil {
		return nil, err
	}
	for i := range e.Data {
		if !isRow(&e.Data[i]) {
			return nil, c.unreadableError(&r, response, fmt.Errorf("row %d of the page (index %d) has no id", i+1, i))
		}
	}
	c.reportUnreadable(ctx, &r, fields)
	page := &Page[T]{Items: e.Data, Total: -1, Offset: p.Offset, Limit: p.Limit}
	if total := cmp.Or(e.Total, e.Meta.Total); total != nil {
		page.Total = *total
	}
	return page, nil
}

// decode reads an envelope into Data, Total and Meta. It returns the names of the fields
// that could not be read.
func (e *envelope[T]) decode(c *Client, r request, response *engine.Response) (unreadable []string, err error) {
	body := tolerant.Trim(response.Body)
	if json.Unmarshal(body, e.target(body)) != nil {
		var raw envelope[json.RawMessage]
		if unreadable, err = c.decode(&r, response, raw.target(body)); err != nil {
			return nil, err
		}
		*e = envelope[T]{Total: raw.Total, Meta: raw.Meta}
		e.Data, unreadable = decodeRows[T](raw.Data, unreadable)
		e.Messages, unreadable = decodeRows[T](raw.Messages, unreadable)
	}
	if len(e.Data) > 0 || bytes.HasPrefix(body, []byte("[")) {
		return unreadable, nil
	}
	var names map[string]json.RawMessage
	switch _ = json.Unmarshal(body, &names); {
	case names["data"] == nil && names["messages"] == nil:
		return nil, c.unreadableError(&r, response, errors.New("it holds no list"))
	case names["data"] == nil:
		e.Data = e.Messages
	}
	return unreadable, nil
}

// target returns where to decode a body: the envelope, or only Data if the body is an array.
func (e *envelope[T]) target(body []byte) any {
	if bytes.HasPrefix(body, []byte("[")) {
		return &e.Data
	}
	return e
}

// decodeRows decodes rows one by one, so that an unreadable field affects nothing else. A row that
// can't be read at all has no id. decodeRows appends the names of unreadable fields to unreadable.
func decodeRows[T any](raw []json.RawMessage, unreadable []string) ([]T, []string) {
	rows := make([]T, len(raw))
	for i := range raw {
		fields, _ := tolerant.Unmarshal(raw[i], &rows[i])
		setUnreadable(&rows[i], fields)
		for _, field := range fields {
			unreadable = append(unreadable, fmt.Sprintf("data[%d].%s", i, field))
		}
	}
	return rows, unreadable
}

// rowKind describes how rows of a type are identified and sorted.
type rowKind[T any] struct {
	id func(*T) int64
	// sortKey is the time by which stableSort orders rows. It is nil without a stable sort.
	sortKey     func(*T) time.Time
	stableSort  string
	newestFirst bool // regardless of the requested order
}

// iterateAll iterates over a list or a search in the background, by default in the stable sort.
func iterateAll[T any](ctx context.Context, c *Client, r request, p pageRequest, kind rowKind[T]) iter.Seq2[*T, error] {
	r.background = true
	if kind.stableSort != "" {
		p.Sort, p.Order = cmp.Or(p.Sort, kind.stableSort), cmp.Or(p.Order, OrderAscending)
	}
	rows, err := newList(ctx, c, r, p, kind)
	if err != nil {
		return failed[T](inMethod(strings.TrimSuffix(r.name, "List")+"All", err)) // Customers.All, Customers.SearchAll
	}
	return rows.All(ctx)
}

// iterateSequentially iterates over a search with the client's priority, without prefetch and
// progress. It is for methods that look like a single call.
func iterateSequentially[T any](ctx context.Context, c *Client, op *operation, p pageRequest, kind rowKind[T]) iter.Seq2[*T, error] {
	rows, err := newList(ctx, c.sequential(), c.request(op), p, kind)
	if err != nil {
		return failed[T](err)
	}
	return rows.All(ctx)
}

// iterateSince iterates in the background over the rows whose time is not before since, one request
// at a time. method is the name of the caller.
func iterateSince[T any](ctx context.Context, c *Client, op *operation, method string, kind rowKind[T], since time.Time) iter.Seq2[*T, error] {
	r := c.request(op)
	r.background = true
	r.err = invalidIf(since.IsZero(), "since: must not be zero")
	rows, err := newList(ctx, c.sequential(), r, pageRequest{Sort: kind.stableSort, Order: OrderDescending}, kind)
	if err != nil {
		return failed[T](inMethod(method, err))
	}
	return rows.Since(ctx, since)
}

// sequential returns a client whose iterations neither prefetch nor report progress.
func (c *Client) sequential() *Client {
	return c.derive(func(m *mode) { m.prefetch, m.progress = 1, nil })
}

// newList describes a list or a search for package pagination.
func newList[T any](ctx context.Context, c *Client, r request, p pageRequest, kind rowKind[T]) (pagination.List[T], error) {
	r, p = r.withPage(p)
	if _, err := c.checkedBody(ctx, &r); err != nil {
		return pagination.List[T]{}, inMethod(r.name, err)
	}
	rows := pagination.List[T]{
		Fetch: func(ctx context.Context, offset, limit int, onPermit func()) (*pagination.Page[T], error) {
			r, p := r, p
			r.onPermit, p.Offset, p.Limit = onPermit, offset, limit
			page, err := list[T](ctx, c, r, p)
			return (*pagination.Page[T])(page), err
		},
		ID:         kind.id,
		Descending: kind.newestFirst || p.Order == OrderDescending,
		Offset:     p.Offset,
		Limit:      p.Limit,
		MaxLimit:   maxLimit,
		Pipeline:   c.pipelineConfig(c.mode.prefetch),
		Incomplete: func(got, total int) error { return &IncompleteError{got, total} },
	}
	if p.Sort == kind.stableSort {
		rows.SortKey = kind.sortKey
	}
	return rows, nil
}

// Collect returns all rows of an iterator such as [CustomersService.All]. If the iteration
// fails, it returns the rows before the error, and the error.
func Collect[T any](seq iter.Seq2[*T, error]) ([]T, error) {
	if seq == nil {
		return nil, inMethod("Collect", invalid("seq: must not be nil"))
	}
	var rows []T
	for row, err := range seq {
		if err != nil {
			return rows, err
		}
		rows = append(rows, *row)
	}
	return rows, nil
}

// failed returns an iterator that yields only an error.
func failed[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}
