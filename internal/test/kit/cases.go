package kit

import (
	"context"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// OperationCase calls one exported method in one way.
type OperationCase struct {
	Method    string   // such as "Customers.Get"
	Variant   string   // tells apart several ways to call one method
	Uses      []string // the endpoints that it calls, in order
	Responses []Response
	Call      func(context.Context, *helpcrunch.Client) error
}

// Golden is the name of the case's golden file.
func (c OperationCase) Golden() string {
	if c.Variant == "" {
		return c.Method
	}
	return c.Method + "." + c.Variant
}

// Bodies of responses.
const (
	CustomerJSON  = `{"id":7001,"userId":"crm-17"}`
	ChatJSON      = `{"id":40001,"status":"opened"}`
	PageJSON      = `{"data":[{"id":1}],"total":1}`
	EmptyPageJSON = `{"data":[],"total":0}`
)

var (
	// Time is a time for inputs.
	Time        = time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	listOptions = &helpcrunch.ListOptions{Offset: 5, Limit: 20}
)

// OperationCases has a case, or several, for every exported method of every service: one for each
// of Operations, and those of iterators, of methods that combine operations, and of other inputs.
func OperationCases() []OperationCase {
	var cases []OperationCase
	for _, op := range Operations() {
		cases = append(cases, OperationCase{
			Method: op.Name, Uses: []string{op.Endpoint}, Responses: []Response{OK(op.Response)},
			Call: func(ctx context.Context, c *helpcrunch.Client) error { return op.Call(ctx, c, op.ID) },
		})
	}
	return slices.Concat(cases, customerCases(), chatCases(), otherCases())
}

// SingleOperationCases are the cases of methods that make one request.
func SingleOperationCases() []OperationCase {
	var single []OperationCase
	for _, c := range OperationCases() {
		if len(c.Uses) == 1 && len(c.Responses) == 1 {
			single = append(single, c)
		}
	}
	return single
}

// Composites are the methods that combine operations.
var Composites = []string{"Customers.FindByUserID", "Customers.FindByEmail", "Customers.Upsert", "Customers.UpsertEach", "Chats.FindOrCreate"}

func customerCases() []OperationCase {
	list, search := []string{"GET /customers"}, []string{"POST /customers/search"}
	lookAndCreate := []string{"POST /customers/search", "POST /customers"}
	page := []Response{OK(PageJSON)}
	found := OK(`{"data":[` + CustomerJSON + `],"total":1}`)
	upsert := func(ctx context.Context, c *helpcrunch.Client) error {
		_, _, err := c.Customers.Upsert(ctx, &helpcrunch.CustomerInput{UserID: "crm-17", Name: "Marta"})
		return err
	}
	return []OperationCase{
		{"Customers.List", "nil", list, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.List(ctx, nil)) }},
		{"Customers.All", "", list, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Customers.All(ctx, nil)) }},
		{"Customers.SeenSince", "", list, page,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Drain(c.Customers.SeenSince(ctx, time.Unix(1_772_443_800, 0)))
			}},
		{"Customers.Search", "nil", search, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.Search(ctx, nil)) }},
		{"Customers.SearchAll", "", search, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Customers.SearchAll(ctx, nil)) }},
		{"Customers.FindByUserID", "", search, []Response{found},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.FindByUserID(ctx, "crm-17"))
			}},
		{"Customers.FindByEmail", "", search, []Response{OK(`{"data":[{"id":7001,"email":"marta@example.com"}],"total":1}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.FindByEmail(ctx, "Marta@example.com"))
			}},
		{"Customers.UpdateEach", "", []string{"PATCH /customers/{id}"}, []Response{OK(CustomerJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				patch := helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta"), Phone: helpcrunch.Null[string]()}
				items := []helpcrunch.CustomerBatchItem{{ID: 7001, Patch: patch}}
				return FirstError(c.Customers.UpdateEach(ctx, slices.Values(items)))
			}},
		{"Customers.AddEvent", "without-data", []string{"POST /events"}, []Response{OK(`{"name":"Form sent"}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.AddEvent(ctx, 7001, &helpcrunch.EventInput{Name: "Form sent"}))
			}},
		{"Customers.UpsertEach", "", lookAndCreate, []Response{OK(EmptyPageJSON), OK(CustomerJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				inputs := []helpcrunch.CustomerInput{{UserID: "crm-17", Name: "Marta"}}
				return FirstError(c.Customers.UpsertEach(ctx, slices.Values(inputs)))
			}},
		{"Customers.Upsert", "new", lookAndCreate, []Response{OK(EmptyPageJSON), OK(CustomerJSON)}, upsert},
		{"Customers.Upsert", "found", []string{"POST /customers/search", "PATCH /customers/{id}"},
			[]Response{found, OK(CustomerJSON)}, upsert},
	}
}

func chatCases() []OperationCase {
	page, chat := []Response{OK(PageJSON)}, []Response{OK(ChatJSON)}
	findOrCreate := func(ctx context.Context, c *helpcrunch.Client) error {
		_, _, err := c.Chats.FindOrCreate(ctx, &helpcrunch.ChatInput{Customer: 7001, Application: 12, Assignee: 3, Department: 310})
		return err
	}
	return []OperationCase{
		{"Chats.List", "nil", []string{"GET /chats"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.List(ctx, nil)) }},
		{"Chats.All", "", []string{"GET /chats"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Chats.All(ctx, nil)) }},
		{"Chats.ActiveSince", "", []string{"GET /chats"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Drain(c.Chats.ActiveSince(ctx, time.Unix(1_772_443_800, 0)))
			}},
		{"Chats.SearchAll", "", []string{"POST /chats/search"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Drain(c.Chats.SearchAll(ctx, chatSearch))
			}},
		{"Chats.Create", "minimal", []string{"POST /chats"}, chat,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: 7001, Application: 12}))
			}},
		{"Chats.FindOrCreate", "new", []string{"POST /chats/search", "POST /chats"},
			[]Response{OK(EmptyPageJSON), OK(ChatJSON)}, findOrCreate},
		{"Chats.FindOrCreate", "found", []string{"POST /chats/search"},
			[]Response{OK(`{"data":[` + ChatJSON + `],"total":1}`)}, findOrCreate},
		{"Chats.Unassign", "", []string{"PUT /chats/assignee"}, chat,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.Unassign(ctx, 40001)) }},
		{"Chats.Unsnooze", "", []string{"PUT /chats/snooze"}, chat,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.Unsnooze(ctx, 40001)) }},
	}
}

func otherCases() []OperationCase {
	page := []Response{OK(PageJSON)}
	message := []Response{{Status: 201, Body: `{"id":880001}`}}
	return []OperationCase{
		{"Messages.All", "", []string{"GET /chats/{id}/messages"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Messages.All(ctx, 40001, nil)) }},
		{"Messages.Create", "as-customer", []string{"POST /messages"}, message,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 40001, Text: "Hi", From: helpcrunch.MessageFromCustomer}))
			}},
		{"Messages.SendAsAgent", "", []string{"POST /messages"}, message,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.SendAsAgent(ctx, 40001, 12, "Hi"))
			}},
		{"Messages.SendAsCustomer", "", []string{"POST /messages"}, message,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.SendAsCustomer(ctx, 40001, "Hi"))
			}},
		{"Messages.AddNote", "", []string{"POST /messages"}, message,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.AddNote(ctx, 40001, 12, "Hi"))
			}},
		{"Agents.All", "", []string{"GET /agents"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Agents.All(ctx, nil)) }},
		{"Departments.All", "", []string{"GET /departments"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Departments.All(ctx, nil)) }},
	}
}
