package kit

import (
	"context"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func customerOperations() []Operation {
	sorted := &helpcrunch.CustomerListOptions{
		Sort: helpcrunch.CustomerSortLastSeen, Order: helpcrunch.OrderDescending, Offset: 100, Limit: 50,
	}
	search := &helpcrunch.CustomerSearch{
		Match: helpcrunch.MatchAny,
		Filters: []helpcrunch.CustomerFilter{
			helpcrunch.CustomerFieldEmail.Contains("example.com"),
			helpcrunch.CustomerFieldTags.HasAll("Lead", "Paid"),
		},
		Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderAscending, Offset: 10, Limit: 20,
	}
	input := &helpcrunch.CustomerInput{
		Name: "Marta Silva", UserID: "crm-17", FirstSeen: Time,
		Tags:       []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}, {Name: "new"}},
		CustomData: helpcrunch.CustomData{"seats": 7, "plan": "gold", "renewal": Time},
	}
	patch := helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta"), Phone: helpcrunch.Null[string]()}
	event := &helpcrunch.EventInput{Name: "Form sent", Data: map[string]any{"tries": 2, "at": Time}}
	return []Operation{
		{"Customers.List", helpcrunchtest.ListCustomers, "GET /customers", Read, "get-customers-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Customers.List(ctx, sorted))
			}},
		{"Customers.Get", helpcrunchtest.GetCustomer, "GET /customers/{id}", Read, "get-customer-v1", CustomerJSON,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.Get(ctx, id))
			}},
		{"Customers.Search", helpcrunchtest.SearchCustomers, "POST /customers/search", Read, "search-customers-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Customers.Search(ctx, search))
			}},
		{"Customers.Create", helpcrunchtest.CreateCustomer, "POST /customers", NonIdempotent, "create-customer-v1", CustomerJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Customers.Create(ctx, input))
			}},
		{"Customers.Replace", helpcrunchtest.ReplaceCustomer, "PUT /customers/{id}", Idempotent, "update-customer-v1", CustomerJSON,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.Replace(ctx, id, input))
			}},
		{"Customers.Update", helpcrunchtest.UpdateCustomer, "PATCH /customers/{id}", Idempotent, "update-customer-v1", CustomerJSON,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.Update(ctx, id, &patch))
			}},
		{"Customers.BatchUpdate", helpcrunchtest.BatchUpdateCustomers, "PUT /customers/batch", Idempotent, "batch-update-customers-v1", "[" + CustomerJSON + "]",
			"items[0].ID", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.BatchUpdate(ctx, []helpcrunch.CustomerBatchItem{{ID: id, Patch: patch}}))
			}},
		{"Customers.Delete", helpcrunchtest.DeleteCustomer, "DELETE /customers/{id}", Idempotent, "delete-customer-v1", `"Ok"`,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return c.Customers.Delete(ctx, id)
			}},
		{"Customers.Tag", helpcrunchtest.TagCustomer, "PUT /customers/{id}/tags", Idempotent, "tag-customer-v1", CustomerJSON,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.Tag(ctx, id, helpcrunch.Tag{Name: "lead", Color: "#ddd"}, helpcrunch.Tag{Name: "new"}))
			}},
		{"Customers.Untag", helpcrunchtest.UntagCustomer, "DELETE /customers/{id}/tags", Idempotent, "untag-customer-v1", CustomerJSON,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.Untag(ctx, id, "reader", "new"))
			}},
		{"Customers.AddEvent", helpcrunchtest.AddEvent, "POST /events", NonIdempotent, "add-customer-event-v1", `{"name":"Form sent"}`,
			"id", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Customers.AddEvent(ctx, id, event))
			}},
	}
}
