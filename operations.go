package helpcrunch

import (
	"net/http"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
)

// operation is an endpoint of the API.
type operation struct {
	method string
	path   string // {id} stands for the id
	class  engine.Class
	page   string // the vendor's page, below docs
}

// docs is where the vendor's pages are.
const docs = "https://docs.helpcrunch.com/en/rest-api-v1/"

// operationID is a row of the table of operations.
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

// operations is the single place that knows an endpoint's method, path and retry class.
var operations = [...]operation{
	listCustomers:         {http.MethodGet, "/customers", engine.Read, "get-customers-v1"},
	getCustomer:           {http.MethodGet, "/customers/{id}", engine.Read, "get-customer-v1"},
	searchCustomers:       {http.MethodPost, "/customers/search", engine.Read, "search-customers-v1"},
	createCustomer:        {http.MethodPost, "/customers", engine.NonIdempotent, "create-customer-v1"},
	replaceCustomer:       {http.MethodPut, "/customers/{id}", engine.Idempotent, "update-customer-v1"},
	updateCustomer:        {http.MethodPatch, "/customers/{id}", engine.Idempotent, "update-customer-v1"},
	batchUpdateCustomers:  {http.MethodPut, "/customers/batch", engine.Idempotent, "batch-update-customers-v1"},
	deleteCustomer:        {http.MethodDelete, "/customers/{id}", engine.Idempotent, "delete-customer-v1"},
	tagCustomer:           {http.MethodPut, "/customers/{id}/tags", engine.Idempotent, "tag-customer-v1"},
	untagCustomer:         {http.MethodDelete, "/customers/{id}/tags", engine.Idempotent, "untag-customer-v1"},
	addCustomerEvent:      {http.MethodPost, "/events", engine.NonIdempotent, "add-customer-event-v1"},
	listChats:             {http.MethodGet, "/chats", engine.Read, "get-chats-v1"},
	getChat:               {http.MethodGet, "/chats/{id}", engine.Read, "get-chat-v1"},
	searchChats:           {http.MethodPost, "/chats/search", engine.Read, "search-chats-v1"},
	createChat:            {http.MethodPost, "/chats", engine.NonIdempotent, "create-chat-v1"},
	setChatStatus:         {http.MethodPut, "/chats/status", engine.Idempotent, "update-chat-status-v1"},
	setChatAssignee:       {http.MethodPut, "/chats/assignee", engine.Idempotent, "update-chat-assignee-v1"},
	setChatDepartment:     {http.MethodPut, "/chats/department", engine.Idempotent, "update-chat-department-v1"},
	snoozeChat:            {http.MethodPut, "/chats/snooze", engine.Idempotent, "snooze-chat-v1"},
	rateChat:              {http.MethodPut, "/chats/rate", engine.NonIdempotent, "chat-rating-rest-api"},
	setChatReadByAgent:    {http.MethodPut, "/chats/readByAgent", engine.Idempotent, "read-chat-rest-api-1"},
	setChatReadByCustomer: {http.MethodPut, "/chats/readByCustomer", engine.Idempotent, "read-chat-rest-api-1"},
	listMessages:          {http.MethodGet, "/chats/{id}/messages", engine.Read, "get-messages-v1"},
	createMessage:         {http.MethodPost, "/messages", engine.NonIdempotent, "create-message-v1"},
	listAgents:            {http.MethodGet, "/agents", engine.Read, "get-agents-v1"},
	unsubscribeAgent:      {http.MethodGet, "/agents/{id}/unsubscribe", engine.Idempotent, "unsubscribe-agent-v1"},
	listDepartments:       {http.MethodGet, "/departments", engine.Read, "get-departments-v1"},
	listApplications:      {http.MethodGet, "/applications", engine.Read, "get-applications-v1"},
	getOrganization:       {http.MethodGet, "/organization", engine.Read, "get-organization-v1"},
}
