package trigger

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// makeBody returns the body of an event as the in-memory fake server writes it, with an
// example customer, chat or message. An empty id is replaced by a random UUID.
func makeBody(event webhook.EventType, id string) []byte {
	bodies := make(chan []byte, 1)
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithWebhookSchedule(),
		helpcrunchtest.WithWebhookHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // of a request in memory
			bodies <- body
		}), "any key"))
	defer server.Close()
	random := server.SendWebhook(event, exampleOf(server, event))[0]
	body := <-bodies
	if id == "" {
		return body
	}
	quoted, _ := json.Marshal(id) // a string can always be marshaled
	return bytes.Replace(body, []byte(`"`+random+`"`), quoted, 1)
}

// exampleOf adds a row that the event is about.
func exampleOf(server *helpcrunchtest.Server, event webhook.EventType) any {
	now := helpcrunch.Timestamp{Time: server.Now()}
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.UserID, c.FirstSeen, c.LastSeen = "crm-4411", now, now
		c.Tags = []helpcrunch.Tag{{Name: "reader"}}
		c.CustomData = helpcrunch.CustomData{"plan": "gold"}
		c.Unsubscribed = event == webhook.EventTypeCustomerUnsubscribed
		c.Blocked = event == webhook.EventTypeCustomerBlocked
	}))
	family, rest, _ := strings.Cut(string(event), ".")
	if family == "customer" {
		return customer
	}
	agent := server.Agents()[0]
	chat := server.AddChat(helpcrunchtest.MakeChat(customer.ID, func(c *helpcrunch.Chat) {
		c.CreatedAt, c.Assignee = now, &agent
		switch event {
		case webhook.EventTypeChatNew:
			c.Status, c.Assignee = helpcrunch.ChatStatusNew, nil
		case webhook.EventTypeChatSnoozed:
			c.SnoozedUntil = helpcrunch.Timestamp{Time: now.Add(24 * time.Hour)}
		case webhook.EventTypeChatClosed, webhook.EventTypeChatRated:
			c.Status, c.ClosedAt, c.ClosedBy = helpcrunch.ChatStatusClosed, now, helpcrunch.ClosedByAgent
		}
		if event == webhook.EventTypeChatRated {
			c.Rating = helpcrunch.RatingPerfect
		}
	}))
	if family == "chat" {
		return chat
	}
	return server.AddMessage(helpcrunchtest.MakeMessage(chat.ID, func(m *helpcrunch.Message) {
		m.Text, m.CreatedAt = "Where is my order?", now
		if !strings.HasSuffix(rest, "customer") {
			m.Text, m.From, m.Agent = "It is on its way.", helpcrunch.MessageFromAgent, &agent
		}
		if event == webhook.EventTypeMessagePrivate {
			m.Text, m.Type = "A regular customer.", helpcrunch.MessageTypePrivate
		}
	}))
}
