package kit

import (
	"context"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func teamOperations() []Operation {
	return []Operation{
		{"Agents.List", helpcrunchtest.ListAgents, "GET /agents", Read, "get-agents-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Agents.List(ctx, listOptions))
			}},
		{"Agents.Unsubscribe", helpcrunchtest.UnsubscribeAgent, "GET /agents/{id}/unsubscribe", Idempotent, "unsubscribe-agent-v1", `"Ok"`,
			"id", 12, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return c.Agents.Unsubscribe(ctx, id)
			}},
		{"Departments.List", helpcrunchtest.ListDepartments, "GET /departments", Read, "get-departments-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Departments.List(ctx, listOptions))
			}},
		{"Applications.List", helpcrunchtest.ListApplications, "GET /applications", Read, "get-applications-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Applications.List(ctx))
			}},
		{"Organization.Get", helpcrunchtest.GetOrganization, "GET /organization", Read, "get-organization-v1", `{"data":{"id":1}}`,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Organization.Get(ctx))
			}},
	}
}
