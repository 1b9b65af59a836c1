// Package api implements the operations of the API on an account.
package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/search"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Service implements the operations of the API on an account.
type Service struct {
	Store      *account.Account
	Dialect    *wire.Dialect
	Attributes map[string]account.AttributeType // nil accepts every attribute
}

// Call is a request to an operation.
type Call struct {
	Route               *Route // nil for no operation
	ID                  int64  // from the path
	Query               string // not yet parsed
	Body                []byte
	Now                 account.Instant
	StuckPage, LongPage bool // faults of the page
}

// Response is the response of an operation. The defaults are 200 and application/json.
type Response struct {
	Status      int
	ContentType string
	Body        []byte
}

// Cost returns as how many requests the rate limit counts a call.
func (s *Service) Cost(c *Call) int {
	if c.Route == nil || c.Route.Name != batchUpdate || !s.Dialect.BatchCountsItems {
		return 1
	}
	items, problem := s.Dialect.ReadItems(c.Body)
	if problem != nil {
		return 1
	}
	return len(items)
}

func respond[Row any](s *Service, status int, row *Row, write func(*wire.Encoder, *Row)) Response {
	e := wire.NewEncoder(s.Dialect, s.Store, 1024)
	write(e, row)
	return Response{Status: status, Body: e.Buffer}
}

// list responds with a page of rows under a key, and their total.
func list[Row any](s *Service, key string, rows []*Row, write func(*wire.Encoder, *Row), total int, totals wire.Totals) Response {
	e := wire.NewEncoder(s.Dialect, s.Store, 64+512*len(rows))
	wire.Page(e, key, rows, write, total, totals)
	return Response{Body: e.Buffer}
}

// Operation is the name of an operation.
type Operation string

// Route maps a method and a path to the handler of an operation.
type Route struct {
	Name    Operation
	method  string
	pattern string // below /v1, {id} stands for digits
	Handle  handler
}

type handler func(*Service, *Call) (Response, *wire.Problem)

// rowHandler handles a call on the row whose id is in the path.
type rowHandler[Row any] func(*Service, *Call, *Row) (Response, *wire.Problem)

func withCustomer(handle rowHandler[account.Customer]) handler {
	return withRow(handle, func(a *account.Account) *account.Table[account.Customer] { return a.Customers }, wire.NotFound("Customer"))
}

func withChat(handle rowHandler[account.Chat]) handler {
	return withRow(handle, func(a *account.Account) *account.Table[account.Chat] { return a.Chats }, wire.ChatNotFound)
}

func withAgent(handle rowHandler[account.Agent]) handler {
	return withRow(handle, func(a *account.Account) *account.Table[account.Agent] { return a.Agents }, wire.NotFound("Agent"))
}

// withRow returns a handler that looks up the row in a table, and responds with missing without one.
func withRow[Row any](handle rowHandler[Row], table func(*account.Account) *account.Table[Row], missing *wire.Problem) handler {
	return func(s *Service, c *Call) (Response, *wire.Problem) {
		row := table(s.Store).Get(c.ID)
		if row == nil {
			return Response{}, missing
		}
		return handle(s, c, row)
	}
}

// batchUpdate is the operation that the rate limit may count as several requests.
const batchUpdate = "customers.batch"

// Routes contains one route for each operation, in the order of the vendor's documentation.
var Routes = []Route{
	{"customers.list", http.MethodGet, "/customers", (*Service).listCustomers},
	{"customers.get", http.MethodGet, "/customers/{id}", withCustomer((*Service).getCustomer)},
	{"customers.search", http.MethodPost, "/customers/search", (*Service).searchCustomers},
	{"customers.create", http.MethodPost, "/customers", (*Service).createCustomer},
	{"customers.replace", http.MethodPut, "/customers/{id}", withCustomer((*Service).replaceCustomer)},
	{"customers.update", http.MethodPatch, "/customers/{id}", withCustomer((*Service).updateCustomer)},
	{batchUpdate, http.MethodPut, "/customers/batch", (*Service).batchUpdateCustomers},
	{"customers.delete", http.MethodDelete, "/customers/{id}", withCustomer((*Service).deleteCustomer)},
	{"customers.tag", http.MethodPut, "/customers/{id}/tags", withCustomer((*Service).tagCustomer)},
	{"customers.untag", http.MethodDelete, "/customers/{id}/tags", withCustomer((*Service).untagCustomer)},
	{"events.create", http.MethodPost, "/events", (*Service).addEvent},
	{"chats.list", http.MethodGet, "/chats", (*Service).listChats},
	{"chats.get", http.MethodGet, "/chats/{id}", withChat((*Service).getChat)},
	{"chats.search", http.MethodPost, "/chats/search", (*Service).searchChats},
	{"chats.create", http.MethodPost, "/chats", (*Service).createChat},
	{"chats.status", http.MethodPut, "/chats/status", (*Service).setChatStatus},
	{"chats.assignee", http.MethodPut, "/chats/assignee", (*Service).assignChat},
	{"chats.department", http.MethodPut, "/chats/department", (*Service).setChatDepartment},
	{"chats.snooze", http.MethodPut, "/chats/snooze", (*Service).snoozeChat},
	{"chats.rate", http.MethodPut, "/chats/rate", (*Service).rateChat},
	{"chats.readByAgent", http.MethodPut, "/chats/readByAgent", (*Service).setReadByAgent},
	{"chats.readByCustomer", http.MethodPut, "/chats/readByCustomer", (*Service).setReadByCustomer},
	{"messages.list", http.MethodGet, "/chats/{id}/messages", withChat((*Service).listMessages)},
	{"messages.create", http.MethodPost, "/messages", (*Service).createMessage},
	{"agents.list", http.MethodGet, "/agents", (*Service).listAgents},
	{"agents.unsubscribe", http.MethodGet, "/agents/{id}/unsubscribe", withAgent((*Service).unsubscribeAgent)},
	{"departments.list", http.MethodGet, "/departments", (*Service).listDepartments},
	{"applications.list", http.MethodGet, "/applications", (*Service).listApplications},
	{"organization.get", http.MethodGet, "/organization", (*Service).getOrganization},
}

// BasePath is the prefix of all paths.
const BasePath = "/v1"

// FindRoute returns the route of a request and the id in its path. Without a route for the method,
// it returns the allowed methods of the path.
func FindRoute(method, path string) (found *Route, id int64, allowed []string) {
	path, ok := strings.CutPrefix(path, BasePath)
	if !ok {
		return nil, 0, nil
	}
	path = strings.TrimSuffix(path, "/")
	for i := range Routes {
		id, ok := matchPath(Routes[i].pattern, path)
		switch {
		case !ok:
		case Routes[i].method == method:
			return &Routes[i], id, nil
		case !slices.Contains(allowed, Routes[i].method):
			allowed = append(allowed, Routes[i].method)
		}
	}
	return nil, 0, allowed
}

// matchPath matches a path against a pattern and returns the id, 0 for one out of range.
func matchPath(pattern, path string) (id int64, ok bool) {
	before, after, hasID := strings.Cut(pattern, "{id}")
	if !hasID {
		return 0, pattern == path
	}
	rest, ok := strings.CutPrefix(path, before)
	if !ok {
		return 0, false
	}
	digits, ok := strings.CutSuffix(rest, after)
	if !ok || !account.IsDigits(digits) {
		return 0, false
	}
	if id, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return id, true
	}
	return 0, true
}

// listRows responds with the page of a table that the query selects.
func listRows[Row any](
	s *Service, c *Call, t *account.Table[Row], sorts search.Sorts[Row], write func(*wire.Encoder, *Row), totals wire.Totals,
) (Response, *wire.Problem) {
	w, problem := queryWindow(s, c, sorts)
	if problem != nil {
		return Response{}, problem
	}
	rows := search.Sorted(t, w, sorts)
	return list(s, "data", search.Cut(rows, w), write, len(rows), totals), nil
}

// searchRows responds with the page of a table that the body selects.
func searchRows[Row any](
	s *Service, c *Call, t *account.Table[Row], fields search.Fields[Row], sorts search.Sorts[Row],
	write func(*wire.Encoder, *Row), totals wire.Totals, noMatch *wire.Problem,
) (Response, *wire.Problem) {
	query, problem := search.ReadSearch(s.Store, s.Dialect, c.Body, fields, sorts)
	if problem != nil {
		return Response{}, problem
	}
	s.applyPageFaults(&query.Window, c)
	rows, total := query.Run(search.Sorted(t, query.Window, sorts))
	if total == 0 && s.Dialect.NoMatchIs404 {
		return Response{}, noMatch
	}
	return list(s, "data", rows, write, total, totals), nil
}

// queryWindow reads the window from the query, and applies the page faults.
func queryWindow[Row any](s *Service, c *Call, sorts search.Sorts[Row]) (search.Window, *wire.Problem) {
	w, problem := search.ReadQuery(s.Dialect, c.Query, sorts)
	s.applyPageFaults(&w, c)
	return w, problem
}

func (s *Service) applyPageFaults(w *search.Window, c *Call) {
	if c.StuckPage {
		w.Offset = 0
	}
	if c.LongPage {
		w.Limit = 2*w.Limit + 1
	}
}
