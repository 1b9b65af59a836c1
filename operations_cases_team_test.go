package helpcrunch_test

import (
	"context"

	"github.com/helpcrunch-go/helpcrunch"
)

func messageCases() []operationCase {
	list := []string{"GET /chats/{id}/messages"}
	create := []string{"POST /messages"}
	answer := []reply{{status: 201, body: `{"id":880001}`}}
	note := &helpcrunch.MessageInput{
		Chat: 40001, Text: "This is bold", MarkdownText: "This is **bold**", Agent: 12, Type: helpcrunch.MessageTypePrivate,
	}
	return []operationCase{
		{"Messages.List", "", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Messages.List(ctx, 40001, aListOption))
			}},
		{"Messages.All", "", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Messages.All(ctx, 40001, nil)) }},
		{"Messages.Create", "as-customer", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 40001, Text: "Hi"}))
			}},
		{"Messages.Create", "note", create, answer,
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Messages.Create(ctx, note)) }},
	}
}

func teamCases() []operationCase {
	agents, departments := []string{"GET /agents"}, []string{"GET /departments"}
	page := []reply{replyOK(aPage)}
	return []operationCase{
		{"Agents.List", "", agents, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Agents.List(ctx, aListOption)) }},
		{"Agents.All", "", agents, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Agents.All(ctx, nil)) }},
		{"Agents.Unsubscribe", "", []string{"GET /agents/{id}/unsubscribe"}, []reply{replyOK(`"Ok"`)},
			func(ctx context.Context, c *helpcrunch.Client) error { return c.Agents.Unsubscribe(ctx, 12) }},
		{"Departments.List", "", departments, page,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Departments.List(ctx, aListOption))
			}},
		{"Departments.All", "", departments, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Departments.All(ctx, nil)) }},
		{"Applications.List", "", []string{"GET /applications"}, page,
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Applications.List(ctx)) }},
		{"Organization.Get", "", []string{"GET /organization"}, []reply{replyOK(`{"data":{"id":1}}`)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Organization.Get(ctx)) }},
	}
}
