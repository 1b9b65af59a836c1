package kit

import (
	"context"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

func chatReads() []OperationCase {
	list := []string{"GET /chats"}
	search := []string{"POST /chats/search"}
	sorted := &helpcrunch.ChatListOptions{
		Sort: helpcrunch.ChatSortLastMessageAt, Order: helpcrunch.OrderDescending, Offset: 100, Limit: 50,
	}
	find := &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{
			helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusOpened),
			helpcrunch.ChatFieldCreatedAt.After(Time),
		},
		Sort: helpcrunch.ChatSortCreatedAt, Order: helpcrunch.OrderDescending, Limit: 20,
	}
	return []OperationCase{
		{"Chats.Get", "", []string{"GET /chats/{id}"}, []Response{OK(ChatJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.Get(ctx, 40001)) }},
		{"Chats.List", "default", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.List(ctx, nil)) }},
		{"Chats.List", "sorted", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.List(ctx, sorted)) }},
		{"Chats.All", "", list, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Chats.All(ctx, nil)) }},
		{"Chats.Search", "", search, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.Search(ctx, find)) }},
		{"Chats.SearchAll", "", search, []Response{OK(PageJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Drain(c.Chats.SearchAll(ctx, find)) }},
	}
}

// chatChange is a case of the operations that carry the chat's id in their body.
func chatChange(method, variant, path string, call func(context.Context, *helpcrunch.ChatsService) (*helpcrunch.Chat, error)) OperationCase {
	return OperationCase{
		Method: "Chats." + method, Variant: variant, Uses: []string{"PUT " + path}, Responses: []Response{OK(ChatJSON)},
		Call: func(ctx context.Context, c *helpcrunch.Client) error { return Err(call(ctx, c.Chats)) },
	}
}

func chatWrites() []OperationCase {
	type chats = *helpcrunch.ChatsService
	type chat = *helpcrunch.Chat
	return []OperationCase{
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
			return s.Snooze(ctx, 40001, Time.Add(999*time.Millisecond))
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

func chatComposites() []OperationCase {
	full := &helpcrunch.ChatInput{Customer: 7001, Application: 12, Assignee: 3, Department: 310}
	minimal := &helpcrunch.ChatInput{Customer: 7001, Application: 12}
	findOrCreate := func(ctx context.Context, c *helpcrunch.Client) error {
		_, _, err := c.Chats.FindOrCreate(ctx, full)
		return err
	}
	return []OperationCase{
		{"Chats.Create", "", []string{"POST /chats"}, []Response{OK(ChatJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.Create(ctx, full)) }},
		{"Chats.Create", "minimal", []string{"POST /chats"}, []Response{OK(ChatJSON)},
			func(ctx context.Context, c *helpcrunch.Client) error { return Err(c.Chats.Create(ctx, minimal)) }},
		{"Chats.FindOrCreate", "new", []string{"POST /chats/search", "POST /chats"},
			[]Response{OK(EmptyPageJSON), OK(ChatJSON)}, findOrCreate},
		{"Chats.FindOrCreate", "found", []string{"POST /chats/search"},
			[]Response{OK(`{"data":[` + ChatJSON + `],"total":1}`)}, findOrCreate},
	}
}
