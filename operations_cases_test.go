package helpcrunch_test

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// operationCase calls one exported method in one way.
type operationCase struct {
	method  string   // such as "Customers.Get"
	variant string   // tells apart several ways to call one method
	uses    []string // the operations it uses, in order
	replies []reply
	call    func(context.Context, *helpcrunch.Client) error
}

// golden is the name of the case's golden file.
func (c operationCase) golden() string {
	if c.variant == "" {
		return c.method
	}
	return c.method + "." + c.variant
}

const (
	aCustomer = `{"id":7001,"userId":"crm-17"}`
	aChat     = `{"id":40001,"status":"opened"}`
	aPage     = `{"data":[{"id":1}],"total":1}`
	noRows    = `{"data":[],"total":0}`
)

var (
	aTime       = time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	aListOption = &helpcrunch.ListOptions{Offset: 5, Limit: 20}
)

// fails returns the error of a call, and forgets its result.
func fails[T any](_ T, err error) error { return err }

// walked ranges over a walk to its end.
func walked[T any](rows iter.Seq2[*T, error]) error {
	for _, err := range rows {
		if err != nil {
			return err
		}
	}
	return nil
}

// updated returns the first error of the outcomes.
func updated(outcomes iter.Seq[helpcrunch.BatchOutcome]) error {
	return cmp.Or(updateErrors(outcomes)...)
}

// upserted returns the first error of the outcomes.
func upserted(outcomes iter.Seq[helpcrunch.UpsertOutcome]) error {
	return cmp.Or(upsertErrors(outcomes)...)
}

// operationCases has a case, or several, for every exported method of every service.
func operationCases() []operationCase {
	var all []operationCase
	for _, cases := range [][]operationCase{
		customerReads(), customerWrites(), customerComposites(),
		chatReads(), chatWrites(), chatComposites(),
		messageCases(), teamCases(),
	} {
		all = append(all, cases...)
	}
	return all
}

func customerReads() []operationCase {
	list := []string{"GET /customers"}
	search := []string{"POST /customers/search"}
	sorted := &helpcrunch.CustomerListOptions{
		Sort: helpcrunch.CustomerSortLastSeen, Order: helpcrunch.OrderDescending, Offset: 100, Limit: 50,
	}
	find := &helpcrunch.CustomerSearch{
		Match: helpcrunch.MatchAny,
		Filters: []helpcrunch.CustomerFilter{
			helpcrunch.CustomerFields.Email.Contains("example.com"),
			helpcrunch.CustomerFields.Tags.HasAll("Lead", "Paid"),
		},
		Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderAscending, Offset: 10, Limit: 20,
	}
	return []operationCase{
		{"Customers.Get", "", []string{"GET /customers/{id}"}, []reply{replyOK(aCustomer)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Customers.Get(ctx, 7001)) }},
		{"Customers.List", "default", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Customers.List(ctx, nil)) }},
		{"Customers.List", "sorted", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Customers.List(ctx, sorted)) }},
		{"Customers.All", "", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Customers.All(ctx, nil)) }},
		{"Customers.Search", "", search, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Customers.Search(ctx, find)) }},
		{"Customers.Search", "nil", search, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Customers.Search(ctx, nil)) }},
		{"Customers.SearchAll", "", search, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Customers.SearchAll(ctx, nil)) }},
		{"Customers.FindByUserID", "", search, []reply{replyOK(`{"data":[` + aCustomer + `],"total":1}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.FindByUserID(ctx, "crm-17"))
			}},
	}
}

func customerWrites() []operationCase {
	answer := []reply{replyOK(aCustomer)}
	input := &helpcrunch.CustomerInput{
		Name: "Marta Silva", UserID: "crm-17", FirstSeen: aTime,
		Tags:       []helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}, {Name: "new"}},
		CustomData: helpcrunch.CustomData{"seats": 7, "plan": "gold", "renewal": aTime},
	}
	patch := helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta"), Phone: helpcrunch.Null[string]()}
	items := []helpcrunch.CustomerBatchItem{{ID: 7001, Patch: patch}}
	event := &helpcrunch.EventInput{Name: "Form sent", Data: map[string]any{"tries": 2, "at": aTime}}
	return []operationCase{
		{"Customers.Create", "", []string{"POST /customers"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Customers.Create(ctx, input)) }},
		{"Customers.Replace", "", []string{"PUT /customers/{id}"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.Replace(ctx, 7001, input))
			}},
		{"Customers.Update", "", []string{"PATCH /customers/{id}"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.Update(ctx, 7001, &patch))
			}},
		{"Customers.BatchUpdate", "", []string{"PUT /customers/batch"}, []reply{replyOK("[" + aCustomer + "]")},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.BatchUpdate(ctx, items))
			}},
		{"Customers.UpdateEach", "", []string{"PATCH /customers/{id}"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return updated(c.Customers.UpdateEach(ctx, slices.Values(items)))
			}},
		{"Customers.Delete", "", []string{"DELETE /customers/{id}"}, []reply{replyOK(`"Ok"`)},
			func(ctx context.Context, c *helpcrunch.Client) error { return c.Customers.Delete(ctx, 7001) }},
		{"Customers.Tag", "", []string{"PUT /customers/{id}/tags"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.Tag(ctx, 7001, helpcrunch.Tag{Name: "reader", Color: "#ddd"}, helpcrunch.Tag{Name: "new"}))
			}},
		{"Customers.Untag", "", []string{"DELETE /customers/{id}/tags"}, answer,
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.Untag(ctx, 7001, "reader", "new"))
			}},
		{"Customers.AddEvent", "", []string{"POST /events"}, []reply{replyOK(`{"name":"Form sent"}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.AddEvent(ctx, 7001, event))
			}},
		{"Customers.AddEvent", "without-data", []string{"POST /events"}, []reply{replyOK(`{"name":"Form sent"}`)},
			func(ctx context.Context, c *helpcrunch.Client) error {
				return fails(c.Customers.AddEvent(ctx, 7001, &helpcrunch.EventInput{Name: "Form sent"}))
			}},
	}
}

func customerComposites() []operationCase {
	upsert := func(ctx context.Context, c *helpcrunch.Client) error {
		_, _, err := c.Customers.Upsert(ctx, &helpcrunch.CustomerInput{UserID: "crm-17", Name: "Marta"})
		return err
	}
	upsertEach := func(ctx context.Context, c *helpcrunch.Client) error {
		inputs := []*helpcrunch.CustomerInput{{UserID: "crm-17", Name: "Marta"}}
		return upserted(c.Customers.UpsertEach(ctx, slices.Values(inputs)))
	}
	return []operationCase{
		{"Customers.UpsertEach", "", []string{"POST /customers/search", "POST /customers"},
			[]reply{replyOK(noRows), replyOK(aCustomer)}, upsertEach},
		{"Customers.Upsert", "new", []string{"POST /customers/search", "POST /customers"},
			[]reply{replyOK(noRows), replyOK(aCustomer)}, upsert},
		{"Customers.Upsert", "found", []string{"POST /customers/search", "PATCH /customers/{id}"},
			[]reply{replyOK(`{"data":[` + aCustomer + `],"total":1}`), replyOK(aCustomer)}, upsert},
	}
}

func chatReads() []operationCase {
	list := []string{"GET /chats"}
	search := []string{"POST /chats/search"}
	sorted := &helpcrunch.ChatListOptions{
		Sort: helpcrunch.ChatSortLastMessageAt, Order: helpcrunch.OrderDescending, Offset: 100, Limit: 50,
	}
	find := &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{
			helpcrunch.ChatFields.Status.Equals(helpcrunch.ChatStatusOpened),
			helpcrunch.ChatFields.CreatedAt.After(aTime),
		},
		Sort: helpcrunch.ChatSortCreatedAt, Order: helpcrunch.OrderDescending, Limit: 20,
	}
	return []operationCase{
		{"Chats.Get", "", []string{"GET /chats/{id}"}, []reply{replyOK(aChat)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Chats.Get(ctx, 40001)) }},
		{"Chats.List", "default", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Chats.List(ctx, nil)) }},
		{"Chats.List", "sorted", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Chats.List(ctx, sorted)) }},
		{"Chats.All", "", list, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Chats.All(ctx, nil)) }},
		{"Chats.Search", "", search, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Chats.Search(ctx, find)) }},
		{"Chats.SearchAll", "", search, []reply{replyOK(aPage)},
			func(ctx context.Context, c *helpcrunch.Client) error { return walked(c.Chats.SearchAll(ctx, find)) }},
	}
}

// chatChange is a case of the operations that carry the chat's id in their body.
func chatChange(method, variant, path string, call func(context.Context, *helpcrunch.ChatsService) (*helpcrunch.Chat, error)) operationCase {
	return operationCase{
		method: "Chats." + method, variant: variant, uses: []string{"PUT " + path}, replies: []reply{replyOK(aChat)},
		call: func(ctx context.Context, c *helpcrunch.Client) error { return fails(call(ctx, c.Chats)) },
	}
}

func chatWrites() []operationCase {
	type chats = *helpcrunch.ChatsService
	type chat = *helpcrunch.Chat
	return []operationCase{
		chatChange("SetStatus", "", "/chats/status", func(ctx context.Context, s chats) (chat, error) {
			return s.SetStatus(ctx, 40001, helpcrunch.ChatStatusOnHold)
		}),
		chatChange("Assign", "", "/chats/assignee", func(ctx context.Context, s chats) (chat, error) {
			return s.Assign(ctx, 40001, 12)
		}),
		chatChange("Unassign", "", "/chats/assignee", func(ctx context.Context, s chats) (chat, error) {
			return s.Unassign(ctx, 40001)
		}),
		chatChange("SetDepartment", "", "/chats/department", func(ctx context.Context, s chats) (chat, error) {
			return s.SetDepartment(ctx, 40001, 310)
		}),
		chatChange("Snooze", "", "/chats/snooze", func(ctx context.Context, s chats) (chat, error) {
			return s.Snooze(ctx, 40001, aTime.Add(999*time.Millisecond))
		}),
		chatChange("Unsnooze", "", "/chats/snooze", func(ctx context.Context, s chats) (chat, error) {
			return s.Unsnooze(ctx, 40001)
		}),
		chatChange("Rate", "", "/chats/rate", func(ctx context.Context, s chats) (chat, error) {
			return s.Rate(ctx, 40001, helpcrunch.RatingVeryPoor)
		}),
		chatChange("SetReadByAgent", "", "/chats/readByAgent", func(ctx context.Context, s chats) (chat, error) {
			return s.SetReadByAgent(ctx, 40001, true)
		}),
		chatChange("SetReadByCustomer", "", "/chats/readByCustomer", func(ctx context.Context, s chats) (chat, error) {
			return s.SetReadByCustomer(ctx, 40001, false)
		}),
	}
}

func chatComposites() []operationCase {
	full := &helpcrunch.ChatInput{Customer: 7001, Application: 12, Assignee: 3, Department: 310}
	minimal := &helpcrunch.ChatInput{Customer: 7001, Application: 12}
	findOrCreate := func(ctx context.Context, c *helpcrunch.Client) error {
		_, _, err := c.Chats.FindOrCreate(ctx, full)
		return err
	}
	return []operationCase{
		{"Chats.Create", "", []string{"POST /chats"}, []reply{replyOK(aChat)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Chats.Create(ctx, full)) }},
		{"Chats.Create", "minimal", []string{"POST /chats"}, []reply{replyOK(aChat)},
			func(ctx context.Context, c *helpcrunch.Client) error { return fails(c.Chats.Create(ctx, minimal)) }},
		{"Chats.FindOrCreate", "new", []string{"POST /chats/search", "POST /chats"},
			[]reply{replyOK(noRows), replyOK(aChat)}, findOrCreate},
		{"Chats.FindOrCreate", "found", []string{"POST /chats/search"},
			[]reply{replyOK(`{"data":[` + aChat + `],"total":1}`)}, findOrCreate},
	}
}
