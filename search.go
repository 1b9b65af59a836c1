package helpcrunch

import (
	"cmp"
	"context"
	"iter"
	"net/http"

	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// Match says how many of a search's filters must match. It is sent with two filters or
// more only.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type Match string

// How many filters must match. The zero Match is MatchAll.
const (
	MatchAll Match = "AND"
	MatchAny Match = "OR"
)

// CustomerSearch selects customers. Nil and the zero value match all.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
type CustomerSearch struct {
	// Match says how many of the filters must hold, by default all.
	Match Match
	// Filters come from fields, as in CustomerFieldEmail.Contains("gmail").
	Filters []CustomerFilter
	// Sort and Order default to the service's own in Search, and to FirstSeen ascending
	// in SearchAll.
	Sort  CustomerSort
	Order Order
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In SearchAll it is the
	// size of a page.
	Limit int
}

// ChatSearch selects chats. Nil and the zero value match all.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type ChatSearch struct {
	// Match says how many of the filters must hold, by default all.
	Match Match
	// Filters come from fields, as in ChatFieldStatus.Equals(ChatStatusOpened).
	Filters []ChatFilter
	// Sort and Order default to the service's own in Search, and to CreatedAt ascending
	// in SearchAll.
	Sort  ChatSort
	Order Order
	// Offset is how many rows to skip, 0 or more.
	Offset int
	// Limit is how many rows to return, 1 to 100; 0 means 100. In SearchAll it is the
	// size of a page.
	Limit int
}

func (s *CustomerSearch) query() (query, error) {
	if s == nil {
		return query{}, nil
	}
	p := pageRequest{argument: "search", offset: s.Offset, limit: s.Limit, sort: string(s.Sort), order: s.Order}
	return newQuery(s.Match, s.Filters, p)
}

func (s *ChatSearch) query() (query, error) {
	if s == nil {
		return query{}, nil
	}
	p := pageRequest{argument: "search", offset: s.Offset, limit: s.Limit, sort: string(s.Sort), order: s.Order}
	return newQuery(s.Match, s.Filters, p)
}

// query is a search without its type.
type query struct {
	page       pageRequest
	conditions []condition
	match      Match
}

// newQuery checks a search.
func newQuery[F filter](match Match, filters []F, p pageRequest) (query, error) {
	q := query{page: p, match: match}
	switch match {
	case "":
		q.match = MatchAll
	case MatchAll, MatchAny:
	default:
		return q, invalid("search.Match: must be MatchAll or MatchAny, got %q", match)
	}
	for i, f := range filters {
		c := condition(f)
		if c.field == "" {
			return q, invalid("search.Filters[%d]: must come from a field, such as CustomerFieldEmail", i)
		}
		if c.problem != "" {
			return q, invalid("search.Filters[%d]: value for %s: %s", i, c.field, c.problem)
		}
		q.conditions = append(q.conditions, c)
	}
	return q, nil
}

// searchBody is a search as it is written.
type searchBody struct {
	Filters    []filterBody `json:"filter,omitempty"`
	Comparison Match        `json:"comparison,omitempty"`
	Sort       string       `json:"sort,omitempty"`
	Order      Order        `json:"order,omitempty"`
	Offset     int          `json:"offset"`
	Limit      int          `json:"limit"`
}

type filterBody struct {
	Field    string `json:"field"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
}

func (q query) body(p pageRequest) searchBody {
	body := searchBody{Sort: p.sort, Order: p.order, Offset: p.offset, Limit: p.limit}
	for _, c := range q.conditions {
		body.Filters = append(body.Filters, filterBody{c.field, c.operator, c.value})
	}
	if len(q.conditions) > 1 {
		body.Comparison = q.match
	}
	return body
}

// find requests one page of a search. A 404 of the service is a page without rows. It means
// that no row matches only if none was skipped. A 404 of a proxy is an error.
func find[T any](ctx context.Context, c *Client, r request, q query) (*Page[T], error) {
	p, err := q.page.checked()
	if err = cmp.Or(r.err, err); err != nil {
		return nil, r.invalid(err)
	}
	r.body, r.argument = q.body(p), "search"
	response, err := c.send(ctx, r)
	if response != nil && response.Status == http.StatusNotFound && tolerant.IsDocumentedError(response.Body) {
		none := &Page[T]{Offset: p.offset, Limit: p.limit}
		if p.offset > 0 {
			none.Total = -1
		}
		return none, nil
	}
	if err != nil {
		return nil, err
	}
	return decodePage[T](ctx, c, r, response, p)
}

// iterateSearch iterates over a search in the background. err is what is invalid in q.
func iterateSearch[T any](ctx context.Context, c *Client, r request, q query, err error, kind rowKind[T]) iter.Seq2[*T, error] {
	r.background, r.caller = true, r.name+"All"
	return iterate(ctx, c, r.withError(err), q.page, kind, searchPages[T](c, q))
}

// searchSequentially iterates over a search without prefetch and progress, with the client's
// priority, for methods that are single calls to their users.
func searchSequentially[T any](ctx context.Context, c *Client, op operationID, q query, err error, kind rowKind[T]) iter.Seq2[*T, error] {
	c = c.derive(func(m *mode) { m.prefetch, m.progress = 1, nil })
	return iterate(ctx, c, c.request(op).withError(err), q.page, kind, searchPages[T](c, q))
}

// searchPages requests the pages of a search.
func searchPages[T any](c *Client, q query) fetch[T] {
	return func(ctx context.Context, r request, p pageRequest) (*Page[T], error) {
		q := q
		q.page = p
		return find[T](ctx, c, r, q)
	}
}
