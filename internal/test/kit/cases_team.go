package kit

import (
	"context"

	"github.com/helpcrunch-go/helpcrunch"
)

func messageCases() []OperationCase {
	list := []string{"GET /chats/{id}/messages"}
	create := []string{"POST /messages"}
	answer := []Response{{Status: 201, Body: `{"id":880001}`}}
	note := &helpcrunch.MessageInput{
		Chat: 40001, Text: "This is bold", MarkdownText: "This is **bold**", Agent: 12, Type: helpcrunch.MessageTypePrivate,
	}
	return []OperationCase{
		{"Messages.List", "", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.List(ctx, 40001, listOptions))
			}},
		{"Messages.All", "", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Messages.All(ctx, 40001, nil)) }},
		{"Messages.Create", "as-customer", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 40001, Text: "Hi", From: helpcrunch.MessageFromCustomer}))
			}},
		{"Messages.SendAsAgent", "", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.SendAsAgent(ctx, 40001, 12, "Hi"))
			}},
		{"Messages.SendAsCustomer", "", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.SendAsCustomer(ctx, 40001, "Hi"))
			}},
		{"Messages.AddNote", "", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Messages.AddNote(ctx, 40001, 12, "Hi"))
			}},
		{"Messages.Create", "note", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Messages.Create(ctx, note)) }},
	}
}

func teamCases() []OperationCase {
	agents, departments := []string{"GET /agents"}, []string{"GET /departments"}
	page := []Response{OK(PageJSON)}
	return []OperationCase{
		{"Agents.List", "", agents, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Agents.List(ctx, listOptions)) }},
		{"Agents.All", "", agents, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Agents.All(ctx, nil)) }},
		{"Agents.Unsubscribe", "", []string{"GET /agents/{id}/unsubscribe"}, []Response{OK(`"Ok"`)},
			func(ctx context.Context, c *helpcrunch.Client) error { return c.Agents.Unsubscribe(ctx, 12) }},
		{"Departments.List", "", departments, page,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Departments.List(ctx, listOptions))
			}},
		{"Departments.All", "", departments, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Departments.All(ctx, nil)) }},
		{"Applications.List", "", []string{"GET /applications"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Applications.List(ctx)) }},
		{"Organization.Get", "", []string{"GET /organization"}, []Response{OK(`{"data":{"id":1}}`)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Organization.Get(ctx)) }},
	}
}
