package helpcrunchtest

import "github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/api"

// Operation names an operation of the API. It is empty for a request to any other path.
type Operation = api.Operation

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
	names := make([]Operation, len(api.Routes))
	for i := range api.Routes {
		names[i] = api.Routes[i].Name
	}
	return names
}
