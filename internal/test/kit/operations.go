package kit

import (
	"context"
	"slices"
	"testing"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// Class says whether an operation may be retried.
type Class string

// The classes.
const (
	Read          Class = "read"
	Idempotent    Class = "idempotent"
	NonIdempotent Class = "not idempotent"
)

// Operation is an endpoint of the API, as tests need it.
type Operation struct {
	Name     string // the method's, such as "Customers.Get"
	Fake     helpcrunchtest.Operation
	Endpoint string // such as "GET /customers/{id}"
	Class    Class
	Page     string // of the service's documentation
	Response string // a body that the method accepts

	// IDName is what errors call the id that the method takes, and ID is that id at an Account.
	// Both are unset where the method takes none.
	IDName string
	ID     int64
	// Call calls the method with an id, which may be invalid. With ID it succeeds at an Account.
	Call func(ctx context.Context, c *helpcrunch.Client, id int64) error
}

// Operations returns an entry for every operation, in the order of operations.go.
func Operations() []Operation {
	return slices.Concat(customerOperations(), chatOperations(), messageOperations(), teamOperations())
}

// Account returns a fake server that holds what the calls of Operations need: a customer, an open
// chat, a closed one that can be rated, and a team.
func Account(t testing.TB, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutTeam())...)
	t.Cleanup(server.Close)
	for _, id := range []int64{3, 12} {
		server.AddAgent(helpcrunchtest.MakeAgent(func(a *helpcrunch.Agent) { a.ID = id }))
	}
	server.AddDepartment(helpcrunchtest.MakeDepartment(func(d *helpcrunch.Department) { d.ID = 310 }))
	server.AddApplication(helpcrunchtest.MakeApplication(func(a *helpcrunch.Application) { a.ID = 12 }))
	server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.ID, c.Tags = 7001, []helpcrunch.Tag{{Name: "reader", Color: "#00aa00"}, {Name: "paid", Color: "#00aa00"}}
	}))
	for i, status := range []helpcrunch.ChatStatus{helpcrunch.ChatStatusOpened, helpcrunch.ChatStatusClosed} {
		id := int64(40001 + i)
		server.AddChat(helpcrunchtest.MakeChat(7001, func(c *helpcrunch.Chat) { c.ID = id }))
		server.AgentWrites(id, 3, "Good morning")
		chat, _ := server.Chat(id)
		chat.Status = status
		server.AddChat(chat)
	}
	return server
}
