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
	page   string // the vendor's page, below docs
}

// docs is the base URL of the vendor's pages.
const docs = "https://docs.helpcrunch.com/en/rest-api-v1/"

// operationID is an index of operations.
type operationID int

const (
	listCustomers operationID = iota
	getCustomer
	searchCustomers
	createCustomer
	replaceCustomer
	updateCustomer
	batchUpdateCustomers
	deleteCustomer
	tagCustomer
	untagCustomer
	addCustomerEvent
	listChats
	getChat
	searchChats
	createChat
	setChatStatus
	setChatAssignee
	setChatDepartment
	snoozeChat
	rateChat
	setChatReadByAgent
	setChatReadByCustomer
	listMessages
	createMessage
	listAgents
	unsubscribeAgent
	listDepartments
	listApplications
	getOrganization
)

// operations defines the name, method, path and retry class of every endpoint.
var operations = [...]operation{
	listCustomers:         {"Customers.List", http.MethodGet, "/customers", engine.Read, "get-customers-v1"},
	getCustomer:           {"Customers.Get", http.MethodGet, "/customers/{id}", engine.Read, "get-customer-v1"},
	searchCustomers:       {"Customers.Search", http.MethodPost, "/customers/search", engine.Read, "search-customers-v1"},
	createCustomer:        {"Customers.Create", http.MethodPost, "/customers", engine.NonIdempotent, "create-customer-v1"},
	replaceCustomer:       {"Customers.Replace", http.MethodPut, "/customers/{id}", engine.Idempotent, "update-customer-v1"},
	updateCustomer:        {"Customers.Update", http.MethodPatch, "/customers/{id}", engine.Idempotent, "update-customer-v1"},
	batchUpdateCustomers:  {"Customers.BatchUpdate", http.MethodPut, "/customers/batch", engine.Idempotent, "batch-update-customers-v1"},
	deleteCustomer:        {"Customers.Delete", http.MethodDelete, "/customers/{id}", engine.Idempotent, "delete-customer-v1"},
	tagCustomer:           {"Customers.Tag", http.MethodPut, "/customers/{id}/tags", engine.Idempotent, "tag-customer-v1"},
	untagCustomer:         {"Customers.Untag", http.MethodDelete, "/customers/{id}/tags", engine.Idempotent, "untag-customer-v1"},
	addCustomerEvent:      {"Customers.AddEvent", http.MethodPost, "/events", engine.NonIdempotent, "add-customer-event-v1"},
	listChats:             {"Chats.List", http.MethodGet, "/chats", engine.Read, "get-chats-v1"},
	getChat:               {"Chats.Get", http.MethodGet, "/chats/{id}", engine.Read, "get-chat-v1"},
	searchChats:           {"Chats.Search", http.MethodPost, "/chats/search", engine.Read, "search-chats-v1"},
	createChat:            {"Chats.Create", http.MethodPost, "/chats", engine.NonIdempotent, "create-chat-v1"},
	setChatStatus:         {"Chats.SetStatus", http.MethodPut, "/chats/status", engine.Idempotent, "update-chat-status-v1"},
	setChatAssignee:       {"Chats.Assign", http.MethodPut, "/chats/assignee", engine.Idempotent, "update-chat-assignee-v1"},
	setChatDepartment:     {"Chats.SetDepartment", http.MethodPut, "/chats/department", engine.Idempotent, "update-chat-department-v1"},
	snoozeChat:            {"Chats.Snooze", http.MethodPut, "/chats/snooze", engine.Idempotent, "snooze-chat-v1"},
	rateChat:              {"Chats.Rate", http.MethodPut, "/chats/rate", engine.NonIdempotent, "chat-rating-rest-api"},
	setChatReadByAgent:    {"Chats.SetReadByAgent", http.MethodPut, "/chats/readByAgent", engine.Idempotent, "read-chat-rest-api-1"},
	setChatReadByCustomer: {"Chats.SetReadByCustomer", http.MethodPut, "/chats/readByCustomer", engine.Idempotent, "read-chat-rest-api-1"},
	listMessages:          {"Messages.List", http.MethodGet, "/chats/{id}/messages", engine.Read, "get-messages-v1"},
	createMessage:         {"Messages.Create", http.MethodPost, "/messages", engine.NonIdempotent, "create-message-v1"},
	listAgents:            {"Agents.List", http.MethodGet, "/agents", engine.Read, "get-agents-v1"},
	unsubscribeAgent:      {"Agents.Unsubscribe", http.MethodGet, "/agents/{id}/unsubscribe", engine.Idempotent, "unsubscribe-agent-v1"},
	listDepartments:       {"Departments.List", http.MethodGet, "/departments", engine.Read, "get-departments-v1"},
	listApplications:      {"Applications.List", http.MethodGet, "/applications", engine.Read, "get-applications-v1"},
	getOrganization:       {"Organization.Get", http.MethodGet, "/organization", engine.Read, "get-organization-v1"},
}
