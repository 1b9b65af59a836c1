package helpcrunch

import (
	"net/http"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
)

// operation is an endpoint of the API.
type operation struct {
	name   string // the method's, as response hooks and errors show it
	method string
	path   string // {id} stands for the id
	class  engine.Class
	page   string // the documentation page, below docs
}

// docs is the base URL of the service's documentation pages.
const docs = "https://docs.helpcrunch.com/en/rest-api-v1/"

// operations contains every endpoint.
var operations []*operation

// newOperation returns an endpoint and adds it to operations.
func newOperation(name, method, path string, class engine.Class, page string) *operation {
	op := &operation{name, method, path, class, page}
	operations = append(operations, op)
	return op
}

// The endpoints: the name, method, path, retry class and documentation page of each.
var (
	listCustomers         = newOperation("Customers.List", http.MethodGet, "/customers", engine.Read, "get-customers-v1")
	getCustomer           = newOperation("Customers.Get", http.MethodGet, "/customers/{id}", engine.Read, "get-customer-v1")
	searchCustomers       = newOperation("Customers.Search", http.MethodPost, "/customers/search", engine.Read, "search-customers-v1")
	createCustomer        = newOperation("Customers.Create", http.MethodPost, "/customers", engine.NonIdempotent, "create-customer-v1")
	replaceCustomer       = newOperation("Customers.Replace", http.MethodPut, "/customers/{id}", engine.Idempotent, "update-customer-v1")
	updateCustomer        = newOperation("Customers.Update", http.MethodPatch, "/customers/{id}", engine.Idempotent, "update-customer-v1")
	batchUpdateCustomers  = newOperation("Customers.BatchUpdate", http.MethodPut, "/customers/batch", engine.Idempotent, "batch-update-customers-v1")
	deleteCustomer        = newOperation("Customers.Delete", http.MethodDelete, "/customers/{id}", engine.Idempotent, "delete-customer-v1")
	tagCustomer           = newOperation("Customers.Tag", http.MethodPut, "/customers/{id}/tags", engine.Idempotent, "tag-customer-v1")
	untagCustomer         = newOperation("Customers.Untag", http.MethodDelete, "/customers/{id}/tags", engine.Idempotent, "untag-customer-v1")
	addCustomerEvent      = newOperation("Customers.AddEvent", http.MethodPost, "/events", engine.NonIdempotent, "add-customer-event-v1")
	listChats             = newOperation("Chats.List", http.MethodGet, "/chats", engine.Read, "get-chats-v1")
	getChat               = newOperation("Chats.Get", http.MethodGet, "/chats/{id}", engine.Read, "get-chat-v1")
	searchChats           = newOperation("Chats.Search", http.MethodPost, "/chats/search", engine.Read, "search-chats-v1")
	createChat            = newOperation("Chats.Create", http.MethodPost, "/chats", engine.NonIdempotent, "create-chat-v1")
	setChatStatus         = newOperation("Chats.SetStatus", http.MethodPut, "/chats/status", engine.Idempotent, "update-chat-status-v1")
	setChatAssignee       = newOperation("Chats.Assign", http.MethodPut, "/chats/assignee", engine.Idempotent, "update-chat-assignee-v1")
	setChatDepartment     = newOperation("Chats.SetDepartment", http.MethodPut, "/chats/department", engine.Idempotent, "update-chat-department-v1")
	snoozeChat            = newOperation("Chats.Snooze", http.MethodPut, "/chats/snooze", engine.Idempotent, "snooze-chat-v1")
	rateChat              = newOperation("Chats.Rate", http.MethodPut, "/chats/rate", engine.NonIdempotent, "chat-rating-rest-api")
	setChatReadByAgent    = newOperation("Chats.SetReadByAgent", http.MethodPut, "/chats/readByAgent", engine.Idempotent, "read-chat-rest-api-1")
	setChatReadByCustomer = newOperation("Chats.SetReadByCustomer", http.MethodPut, "/chats/readByCustomer", engine.Idempotent, "read-chat-rest-api-1")
	listMessages          = newOperation("Messages.List", http.MethodGet, "/chats/{id}/messages", engine.Read, "get-messages-v1")
	createMessage         = newOperation("Messages.Create", http.MethodPost, "/messages", engine.NonIdempotent, "create-message-v1")
	listAgents            = newOperation("Agents.List", http.MethodGet, "/agents", engine.Read, "get-agents-v1")
	unsubscribeAgent      = newOperation("Agents.Unsubscribe", http.MethodGet, "/agents/{id}/unsubscribe", engine.Idempotent, "unsubscribe-agent-v1")
	listDepartments       = newOperation("Departments.List", http.MethodGet, "/departments", engine.Read, "get-departments-v1")
	listApplications      = newOperation("Applications.List", http.MethodGet, "/applications", engine.Read, "get-applications-v1")
	getOrganization       = newOperation("Organization.Get", http.MethodGet, "/organization", engine.Read, "get-organization-v1")
)
