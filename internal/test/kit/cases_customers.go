package kit

import (
	"context"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

func customerReads() []OperationCase {
	list := []string{"GET /customers"}
	search := []string{"POST /customers/search"}
	sorted := &helpcrunch.CustomerListOptions{
		Sort: helpcrunch.CustomerSortLastSeen, Order: helpcrunch.OrderDescending, Offset: 100, Limit: 50,
	}
	find := &helpcrunch.CustomerSearch{
		Match: helpcrunch.MatchAny,
		Filters: []helpcrunch.CustomerFilter{
			helpcrunch.CustomerFieldEmail.Contains("example.com"),
			helpcrunch.CustomerFieldTags.HasAll("Lead", "Paid"),
		},
		Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderAscending, Offset: 10, Limit: 20,
	}
	return []OperationCase{
		{"Customers.Get", "", []string{"GET /customers/{id}"}, []Response{OK(CustomerJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.Get(ctx, 7001)) }},
		{"Customers.List", "default", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.List(ctx, nil)) }},
		{"Customers.List", "sorted", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.List(ctx, sorted)) }},
		{"Customers.All", "", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Customers.All(ctx, nil)) }},
		{"Customers.Search", "", search, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.Search(ctx, find)) }},
		{"Customers.Search", "nil", search, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.Search(ctx, nil)) }},
		{"Customers.SearchAll", "", search, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Customers.SearchAll(ctx, nil)) }},
		{"Customers.FindByUserID", "", search, []Response{OK(`{"data":[` + CustomerJSON + `],"total":1}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.FindByUserID(ctx, "crm-17"))
			}},
	}
}

func customerWrites() []OperationCase {
	answer := []Response{OK(CustomerJSON)}
	input := &helpcrunch.CustomerInput{
		Name: "Marta Silva", UserID: "crm-17", FirstSeen: Time,
		Tags:       []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}, {Name: "new"}},
		CustomData: helpcrunch.CustomData{"seats": 7, "plan": "gold", "renewal": Time},
	}
	patch := helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta"), Phone: helpcrunch.Null[string]()}
	items := []helpcrunch.CustomerBatchItem{{ID: 7001, Patch: patch}}
	event := &helpcrunch.EventInput{Name: "Form sent", Data: map[string]any{"tries": 2, "at": Time}}
	return []OperationCase{
		{"Customers.Create", "", []string{"POST /customers"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Customers.Create(ctx, input)) }},
		{"Customers.Replace", "", []string{"PUT /customers/{id}"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.Replace(ctx, 7001, input))
			}},
		{"Customers.Update", "", []string{"PATCH /customers/{id}"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.Update(ctx, 7001, &patch))
			}},
		{"Customers.BatchUpdate", "", []string{"PUT /customers/batch"}, []Response{OK("[" + CustomerJSON + "]")},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.BatchUpdate(ctx, items))
			}},
		{"Customers.UpdateEach", "", []string{"PATCH /customers/{id}"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return UpdateError(c.Customers.UpdateEach(ctx, slices.Values(items)))
			}},
		{"Customers.Delete", "", []string{"DELETE /customers/{id}"}, []Response{OK(`"Ok"`)},
			func(ctx context.Context, c *helpcrunch.Client) error { return c.Customers.Delete(ctx, 7001) }},
		{"Customers.Tag", "", []string{"PUT /customers/{id}/tags"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.Tag(ctx, 7001, helpcrunch.Tag{Name: "reader", Color: "#ddd"}, helpcrunch.Tag{Name: "new"}))
			}},
		{"Customers.Untag", "", []string{"DELETE /customers/{id}/tags"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.Untag(ctx, 7001, "reader", "new"))
			}},
		{"Customers.AddEvent", "", []string{"POST /events"}, []Response{OK(`{"name":"Form sent"}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.AddEvent(ctx, 7001, event))
			}},
		{"Customers.AddEvent", "without-data", []string{"POST /events"}, []Response{OK(`{"name":"Form sent"}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return Err(c.Customers.AddEvent(ctx, 7001, &helpcrunch.EventInput{Name: "Form sent"}))
			}},
	}
}

func customerComposites() []OperationCase {
	upsert := func(ctx context.Context, c *helpcrunch.Client) error {
		_, _, err := c.Customers.Upsert(ctx, &helpcrunch.CustomerInput{UserID: "crm-17", Name: "Marta"})
		return err
	}
	upsertEach := func(ctx context.Context, c *helpcrunch.Client) error {
		inputs := []*helpcrunch.CustomerInput{{UserID: "crm-17", Name: "Marta"}}
		return UpsertError(c.Customers.UpsertEach(ctx, slices.Values(inputs)))
	}
	return []OperationCase{
		{"Customers.UpsertEach", "", []string{"POST /customers/search", "POST /customers"},
			[]Response{OK(EmptyPageJSON), OK(CustomerJSON)}, upsertEach},
		{"Customers.Upsert", "new", []string{"POST /customers/search", "POST /customers"},
			[]Response{OK(EmptyPageJSON), OK(CustomerJSON)}, upsert},
		{"Customers.Upsert", "found", []string{"POST /customers/search", "PATCH /customers/{id}"},
			[]Response{OK(`{"data":[` + CustomerJSON + `],"total":1}`), OK(CustomerJSON)}, upsert},
	}
}

// Marta is the customer of the samples' newest bodies.
func Marta() helpcrunch.CustomerInput {
	return helpcrunch.CustomerInput{
		Name: "Marta Silva", Email: "marta@example.org", UserID: "crm-4411",
		Company: "Silva Books", Phone: "+351000000001",
		FirstSeen: time.Unix(1700000000, 0),
		Source:    "https://shop.example.org", Locale: "pt", Notes: "Prefers mornings",
		Tags: []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}},
		CustomData: helpcrunch.CustomData{
			"plan_name": "gold", "seats": 7, "monthly_fee": 49.5, "renewal_date": time.Unix(1704067200, 0),
			"portal_url": "https://portal.example.org/a/7", "is_trial": false,
		},
	}
}
