package kit

import (
	"context"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// chatSearch is a search with filters.
var chatSearch = &helpcrunch.ChatSearch{
	Filters: []helpcrunch.ChatFilter{
		helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusOpened),
		helpcrunch.ChatFieldCreatedAt.After(Time),
	},
	Sort: helpcrunch.ChatSortCreatedAt, Order: helpcrunch.OrderDescending, Limit: 20,
}

func chatOperations() []Operation {
	sorted := &helpcrunch.ChatListOptions{
		Sort: helpcrunch.ChatSortLastMessageAt, Order: helpcrunch.OrderDescending, Offset: 100, Limit: 50,
	}
	return []Operation{
		{"Chats.List", helpcrunchtest.ListChats, "GET /chats", Read, "get-chats-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Chats.List(ctx, sorted))
			}},
		{"Chats.Get", helpcrunchtest.GetChat, "GET /chats/{id}", Read, "get-chat-v1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.Get(ctx, id))
			}},
		{"Chats.Search", helpcrunchtest.SearchChats, "POST /chats/search", Read, "search-chats-v1", PageJSON,
			"", 0, func(ctx context.Context, c *helpcrunch.Client, _ int64) error {
				return Err(c.Chats.Search(ctx, chatSearch))
			}},
		{"Chats.Create", helpcrunchtest.CreateChat, "POST /chats", NonIdempotent, "create-chat-v1", ChatJSON,
			"input.Customer", 7001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: id, Application: 12, Assignee: 3, Department: 310}))
			}},
		{"Chats.SetStatus", helpcrunchtest.SetChatStatus, "PUT /chats/status", Idempotent, "update-chat-status-v1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.SetStatus(ctx, id, helpcrunch.ChatStatusOnHold))
			}},
		{"Chats.Assign", helpcrunchtest.AssignChat, "PUT /chats/assignee", Idempotent, "update-chat-assignee-v1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.Assign(ctx, id, 12))
			}},
		{"Chats.SetDepartment", helpcrunchtest.SetChatDepartment, "PUT /chats/department", Idempotent, "update-chat-department-v1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.SetDepartment(ctx, id, 310))
			}},
		{"Chats.Snooze", helpcrunchtest.SnoozeChat, "PUT /chats/snooze", Idempotent, "snooze-chat-v1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.Snooze(ctx, id, Time.Add(999*time.Millisecond)))
			}},
		{"Chats.Rate", helpcrunchtest.RateChat, "PUT /chats/rate", NonIdempotent, "chat-rating-rest-api", ChatJSON,
			"id", 40002, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.Rate(ctx, id, helpcrunch.RatingVeryPoor))
			}},
		{"Chats.SetReadByAgent", helpcrunchtest.SetReadByAgent, "PUT /chats/readByAgent", Idempotent, "read-chat-rest-api-1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.SetReadByAgent(ctx, id, true))
			}},
		{"Chats.SetReadByCustomer", helpcrunchtest.SetReadByCustomer, "PUT /chats/readByCustomer", Idempotent, "read-chat-rest-api-1", ChatJSON,
			"id", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Chats.SetReadByCustomer(ctx, id, false))
			}},
	}
}

func messageOperations() []Operation {
	return []Operation{
		{"Messages.List", helpcrunchtest.ListMessages, "GET /chats/{id}/messages", Read, "get-messages-v1", PageJSON,
			"chatID", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Messages.List(ctx, id, listOptions))
			}},
		{"Messages.Create", helpcrunchtest.CreateMessage, "POST /messages", NonIdempotent, "create-message-v1", `{"id":880001}`,
			"input.Chat", 40001, func(ctx context.Context, c *helpcrunch.Client, id int64) error {
				return Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{
					Chat: id, Text: "This is bold", MarkdownText: "This is **bold**", Agent: 12, Type: helpcrunch.MessageTypePrivate,
				}))
			}},
	}
}
