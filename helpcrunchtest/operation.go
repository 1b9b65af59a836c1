package helpcrunchtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Operation names an operation of the API, for faults and for counting.
// A request that is none of them has the empty Operation.
type Operation string

// The operations, in the order of the vendor's documentation.
const (
	ListCustomers        Operation = "customers.list"
	GetCustomer          Operation = "customers.get"
	SearchCustomers      Operation = "customers.search"
	CreateCustomer       Operation = "customers.create"
	ReplaceCustomer      Operation = "customers.replace"
	UpdateCustomer       Operation = "customers.update"
	BatchUpdateCustomers Operation = "customers.batch"
	DeleteCustomer       Operation = "customers.delete"
	TagCustomer          Operation = "customers.tag"
	UntagCustomer        Operation = "customers.untag"
	AddEvent             Operation = "events.create"
	ListChats            Operation = "chats.list"
	GetChat              Operation = "chats.get"
	SearchChats          Operation = "chats.search"
	CreateChat           Operation = "chats.create"
	SetChatStatus        Operation = "chats.status"
	AssignChat           Operation = "chats.assignee"
	SetChatDepartment    Operation = "chats.department"
	SnoozeChat           Operation = "chats.snooze"
	RateChat             Operation = "chats.rate"
	SetReadByAgent       Operation = "chats.readByAgent"
	SetReadByCustomer    Operation = "chats.readByCustomer"
	ListMessages         Operation = "messages.list"
	CreateMessage        Operation = "messages.create"
	ListAgents           Operation = "agents.list"
	UnsubscribeAgent     Operation = "agents.unsubscribe"
	ListDepartments      Operation = "departments.list"
	ListApplications     Operation = "applications.list"
	GetOrganization      Operation = "organization.get"
)

// Operations returns all operations, in the order of their constants.
func Operations() []Operation {
	names := make([]Operation, len(routes))
	for i := range routes {
		names[i] = routes[i].operation
	}
	return names
}

// route is how an operation is reached and what carries it out.
type route struct {
	operation Operation
	method    string
	pattern   string // below /v1, {id} stands for digits
	handle    func(*Server, *call) (answer, *problem)
}

// routes has one row for each operation.
var routes []route

func init() {
	routes = []route{
		{ListCustomers, http.MethodGet, "/customers", (*Server).listCustomers},
		{GetCustomer, http.MethodGet, "/customers/{id}", (*Server).getCustomer},
		{SearchCustomers, http.MethodPost, "/customers/search", (*Server).searchCustomers},
		{CreateCustomer, http.MethodPost, "/customers", (*Server).createCustomer},
		{ReplaceCustomer, http.MethodPut, "/customers/{id}", (*Server).replaceCustomer},
		{UpdateCustomer, http.MethodPatch, "/customers/{id}", (*Server).updateCustomer},
		{BatchUpdateCustomers, http.MethodPut, "/customers/batch", (*Server).batchUpdateCustomers},
		{DeleteCustomer, http.MethodDelete, "/customers/{id}", (*Server).deleteCustomer},
		{TagCustomer, http.MethodPut, "/customers/{id}/tags", (*Server).tagCustomer},
		{UntagCustomer, http.MethodDelete, "/customers/{id}/tags", (*Server).untagCustomer},
		{AddEvent, http.MethodPost, "/events", (*Server).addEvent},
		{ListChats, http.MethodGet, "/chats", (*Server).listChats},
		{GetChat, http.MethodGet, "/chats/{id}", (*Server).getChat},
		{SearchChats, http.MethodPost, "/chats/search", (*Server).searchChats},
		{CreateChat, http.MethodPost, "/chats", (*Server).createChat},
		{SetChatStatus, http.MethodPut, "/chats/status", (*Server).setChatStatus},
		{AssignChat, http.MethodPut, "/chats/assignee", (*Server).assignChat},
		{SetChatDepartment, http.MethodPut, "/chats/department", (*Server).setChatDepartment},
		{SnoozeChat, http.MethodPut, "/chats/snooze", (*Server).snoozeChat},
		{RateChat, http.MethodPut, "/chats/rate", (*Server).rateChat},
		{SetReadByAgent, http.MethodPut, "/chats/readByAgent", (*Server).setReadByAgent},
		{SetReadByCustomer, http.MethodPut, "/chats/readByCustomer", (*Server).setReadByCustomer},
		{ListMessages, http.MethodGet, "/chats/{id}/messages", (*Server).listMessages},
		{CreateMessage, http.MethodPost, "/messages", (*Server).createMessage},
		{ListAgents, http.MethodGet, "/agents", (*Server).listAgents},
		{UnsubscribeAgent, http.MethodGet, "/agents/{id}/unsubscribe", (*Server).unsubscribeAgent},
		{ListDepartments, http.MethodGet, "/departments", (*Server).listDepartments},
		{ListApplications, http.MethodGet, "/applications", (*Server).listApplications},
		{GetOrganization, http.MethodGet, "/organization", (*Server).getOrganization},
	}
}

// basePath is where the API begins.
const basePath = "/v1"

// findRoute returns the route of a request and the id in its path. Without one, it
// returns the methods that the path has, if any.
func findRoute(method, path string) (found *route, id int64, allowed []string) {
	path, ok := strings.CutPrefix(path, basePath)
	if !ok {
		return nil, 0, nil
	}
	path = strings.TrimSuffix(path, "/")
	for i := range routes {
		id, ok := matchPath(routes[i].pattern, path)
		switch {
		case !ok:
		case routes[i].method == method:
			return &routes[i], id, nil
		case !slices.Contains(allowed, routes[i].method):
			allowed = append(allowed, routes[i].method)
		}
	}
	return nil, 0, allowed
}

// matchPath compares a path with a pattern and returns the id in it. An id beyond the
// range is 0, which no row has either.
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
	if !ok || !isDigits(digits) {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, true
	}
	return id, true
}
