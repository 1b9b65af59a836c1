package samples_test

import (
	"context"
	"encoding/json"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

func customerSenders() map[string][]requestSample {
	list := func(opts *helpcrunch.CustomerListOptions) func(context.Context, *helpcrunch.Client) error {
		return func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.List(ctx, opts)) }
	}
	tag := func(tags ...helpcrunch.Tag) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Tag(ctx, 810001, tags...))
		}}
	}
	event := func(id int64, name string, data map[string]any) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, id, &helpcrunch.EventInput{Name: name, Data: data}))
		}}
	}
	return map[string][]requestSample{
		"customers.list": {
			{list(&helpcrunch.CustomerListOptions{Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderDescending}),
				pageIsExplicit, adds(map[string]any{"limit": json.Number("100"), "offset": json.Number("0")})},
			{send: list(&helpcrunch.CustomerListOptions{Limit: 100, Offset: 200})},
		},
		"customers.tag": {
			tag(helpcrunch.Tag{Name: "reader", Color: "#ddd"}, helpcrunch.Tag{Name: "spring sale"}, helpcrunch.Tag{Name: "ads"}),
			tag(helpcrunch.Tag{Name: "reader", Color: "#1188cc"}),
		},
		"customers.untag": {{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Untag(ctx, 810001, "reader"))
		}}},
		"events.create": {
			event(810001, "Form Sent", map[string]any{"form": "Contact", "tries": 2}),
			event(810001, "Form Sent", map[string]any{"form": "Contact", "tries": true}),
			event(810001, "Form Sent", nil),
			event(7700123, "Plan Viewed", map[string]any{"plan": "Team", "visits": 3, "trial": true}),
		},
	}
}

// martaSeen is marta with all fields of a documented replacement.
func martaSeen() helpcrunch.CustomerInput {
	in := kit.Marta()
	in.LastSeen = time.Unix(1700003600, 0)
	in.Referer, in.LastPage = "https://search.example.com", "https://shop.example.org/cart"
	return in
}

// fromTelegram adds where a customer came from.
func fromTelegram(in helpcrunch.CustomerInput) helpcrunch.CustomerInput {
	in.CreatedFrom, in.IntegrationID = "telegram", "900100200"
	return in
}

func customerWriteSenders() map[string][]requestSample {
	create := func(input helpcrunch.CustomerInput) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Create(ctx, &input))
		}}
	}
	replace := func(input helpcrunch.CustomerInput, reason string, change func(map[string]any)) requestSample {
		return requestSample{func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Replace(ctx, 810001, &input))
		}, reason, change}
	}
	owen := helpcrunch.CustomerInput{Name: "Owen Price", Email: "owen@example.com", UserID: "crm-17"}
	older, unsubscribed := owen, owen
	unsubscribed.Unsubscribed = true
	older.Company, older.Source, older.Locale, older.Notes = "Price Ltd", "https://search.example.com", "en", "Met at the fair"
	older.FirstSeen = time.Unix(1700000000, 0)
	older.CustomData = helpcrunch.CustomData{"plan_name": "Gold", "seats": 7}
	older.Tags = []helpcrunch.Tag{{Name: "reader", Color: "#ddd"}, {Name: "new"}}
	createOlder := create(older)
	createOlder.reason, createOlder.change = timesAsStrings, adds(map[string]any{"firstSeen": "1700000000"})
	flags := drops("unsubscribed", "blocked")
	return map[string][]requestSample{
		"customers.create": {
			createOlder, create(kit.Marta()), create(fromTelegram(kit.Marta())),
			create(helpcrunch.CustomerInput{
				Name: "Owen", UserID: "user_17", Locale: "en", CreatedFrom: "telegram",
				Tags: []helpcrunch.Tag{{Name: "bot", Color: "#008800"}},
			}),
			create(unsubscribed),
		},
		"customers.replace": {
			replace(helpcrunch.CustomerInput{
				Notes: "Prefers mornings", Locale: "pt", City: "Lisbon", RegionCode: "Lisboa", CountryCode: "PT",
				CustomData: helpcrunch.CustomData{"Plan name": "Silver", "Seats": 3},
			}, nullIsLeftOut, drops("source")),
			replace(martaSeen(), zeroIsLeftOut, flags),
			replace(fromTelegram(martaSeen()), zeroIsLeftOut, flags),
			replace(helpcrunch.CustomerInput{Notes: "short note"}, "", nil),
		},
		"customers.patch": {{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Update(ctx, 810001, &helpcrunch.CustomerPatch{
				Phone: helpcrunch.Set("+351000000009"), Company: helpcrunch.Null[string](),
			}))
		}}},
		"customers.batch": {batchSender(martaSeen()), batchSender(fromTelegram(martaSeen()))},
	}
}

// batchSender sends a batch of one item, with every field of the input and both flags.
func batchSender(in helpcrunch.CustomerInput) requestSample {
	patch := helpcrunch.CustomerPatch{
		Name: helpcrunch.Set(in.Name), Email: helpcrunch.Set(in.Email), UserID: helpcrunch.Set(in.UserID),
		Company: helpcrunch.Set(in.Company), Phone: helpcrunch.Set(in.Phone),
		FirstSeen: helpcrunch.Set(in.FirstSeen), LastSeen: helpcrunch.Set(in.LastSeen),
		Unsubscribed: helpcrunch.Set(false), Blocked: helpcrunch.Set(false),
		Source: helpcrunch.Set(in.Source), Referer: helpcrunch.Set(in.Referer), LastPage: helpcrunch.Set(in.LastPage),
		Locale: helpcrunch.Set(in.Locale), Notes: helpcrunch.Set(in.Notes),
		Tags: helpcrunch.Set(in.Tags), CustomData: helpcrunch.Set(in.CustomData),
	}
	if in.CreatedFrom != "" {
		patch.CreatedFrom, patch.IntegrationID = helpcrunch.Set(in.CreatedFrom), helpcrunch.Set(in.IntegrationID)
	}
	return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
		return kit.Err(c.Customers.BatchUpdate(ctx, []helpcrunch.CustomerBatchItem{{ID: 810001, Patch: patch}}))
	}}
}
