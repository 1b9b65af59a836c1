package check

import (
	"context"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newAccount makes the fake server of --demo, which has an example of every point.
func newAccount(dialect helpcrunchtest.Dialect) *helpcrunchtest.Server {
	server := helpcrunchtest.NewServer(
		helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithDialect(dialect),
		helpcrunchtest.WithDemoAccount(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 100, Chats: 20, Messages: 80}, 1),
	)
	server.AddDepartment(helpcrunchtest.MakeDepartment(func(d *helpcrunch.Department) { d.Name = "Returns" }))
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.CustomData = helpcrunch.CustomData{"renewal": time.Date(2026, time.May, 6, 9, 15, 0, 0, time.UTC)}
	}))
	chat := func(status helpcrunch.ChatStatus, edits ...func(*helpcrunch.Chat)) helpcrunch.Chat {
		edits = append(edits, func(c *helpcrunch.Chat) {
			c.Status, c.CreatedAt.Time = status, time.Date(2026, time.April, 1, 8, 0, 0, 0, time.UTC)
		})
		return server.AddChat(helpcrunchtest.MakeChat(customer.ID, edits...))
	}
	chat(helpcrunch.ChatStatusNoCommunication)
	chat(helpcrunch.ChatStatusPending, func(c *helpcrunch.Chat) { c.SnoozedUntil.Time = time.Now().Add(24 * time.Hour) })
	talk := chat(helpcrunch.ChatStatusOpened)
	server.AddMessage(helpcrunchtest.MakeMessage(talk.ID, func(m *helpcrunch.Message) {
		m.Edited, m.UpdatedAt = true, helpcrunch.Timestamp{Time: m.CreatedAt.Add(time.Minute)}
	}))
	// A status that is set through the API adds a message.
	_, _ = server.Client().Chats.SetStatus(context.Background(), talk.ID, helpcrunch.ChatStatusPending)
	return server
}
