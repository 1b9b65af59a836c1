package helpcrunchtest_test

import (
	"context"
	"io"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestSeededRowsReadTheSameThroughTheAPI(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	client := server.Client()
	customer := server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.ID, c.UserID, c.Unsubscribed, c.Blocked = 42, "crm-42", true, true
		c.Tags = []helpcrunch.Tag{{Name: "Paid"}, {Name: "Lead", Color: "red"}}
		c.CustomData = helpcrunch.CustomData{"a": 1, "b": 2.5, "c": "x", "d": true, "e": nil, "f": time.Unix(1_700_000_000, 0)}
		c.Device = &helpcrunch.Device{ID: 1, IP: "203.0.113.9", Timezone: "UTC", Platform: "desktop", UserAgent: "Example/1"}
	}))
	assert.Equal(t, int64(42), customer.ID)
	assert.Equal(t, helpcrunch.CustomData{"a": int64(1), "b": 2.5, "c": "x", "d": true, "f": int64(1_700_000_000)}, customer.CustomData)
	read, err := client.Customers.Get(t.Context(), 42)
	require.NoError(t, err)
	assert.Equal(t, customer, *read)

	chat := server.AddChat(helpcrunchtest.MakeChat(42, func(c *helpcrunch.Chat) {
		c.Status, c.Rating, c.ClosedBy = helpcrunch.ChatStatusClosed, helpcrunch.RatingPoor, helpcrunch.ClosedByCustomer
		c.ClosedAt = helpcrunch.Timestamp{Time: time.Unix(1_700_000_000, 0)}
		c.Assignee, c.Department = &server.Agents()[0], &server.Departments()[0]
	}))
	message := server.AddMessage(helpcrunchtest.MakeMessage(chat.ID, func(m *helpcrunch.Message) { m.Read = true }))
	readChat, err := client.Chats.Get(t.Context(), chat.ID)
	require.NoError(t, err)
	chat, _ = server.Chat(chat.ID)
	assert.Equal(t, chat, *readChat)
	assert.Equal(t, message.ID, chat.LastMessageID)
	assert.Equal(t, helpcrunch.ChatStatusClosed, chat.Status, "history reopens nothing")
	page, err := client.Messages.List(t.Context(), chat.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, []helpcrunch.Message{message}, page.Items)
}

func TestSeededCustomDataOfEveryKindReadsTheSameThroughTheAPI(t *testing.T) {
	type word string
	moment := time.Unix(1_700_000_000, 0)
	for _, form := range []helpcrunchtest.CustomDataForm{helpcrunchtest.CustomDataAsObject, helpcrunchtest.CustomDataAsPairs} {
		server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDialect(helpcrunchtest.Dialect{CustomData: form}))
		seeded := server.AddCustomer(helpcrunch.Customer{CustomData: helpcrunch.CustomData{
			"int": 1, "int8": int8(-2), "int16": int16(3), "int32": int32(4), "int64": int64(5),
			"uint": uint(6), "uint8": uint8(7), "uint16": uint16(8), "uint32": uint32(9), "uint64": uint64(math.MaxUint64),
			"float32": float32(0.1), "float64": 2.5, "whole": 3.0, "bool": true, "word": word("x"),
			"time": moment, "timestamp": helpcrunch.Timestamp{Time: moment},
			"no time": time.Time{}, "no timestamp": helpcrunch.Timestamp{}, "NaN": math.NaN(), "list": []int{1}, "nil": nil,
		}})
		read, err := server.Client().Customers.Get(t.Context(), seeded.ID)
		require.NoError(t, err)
		assert.Equal(t, seeded.CustomData, read.CustomData)
		var date any = int64(1_700_000_000)
		if form == helpcrunchtest.CustomDataAsPairs {
			date = "2023-11-14 22:13:20"
		}
		assert.Equal(t, helpcrunch.CustomData{
			"int": int64(1), "int8": int64(-2), "int16": int64(3), "int32": int64(4), "int64": int64(5),
			"uint": int64(6), "uint8": int64(7), "uint16": int64(8), "uint32": int64(9), "uint64": float64(math.MaxUint64),
			"float32": 0.1, "float64": 2.5, "whole": int64(3), "bool": true, "word": "x", "time": date, "timestamp": date,
		}, read.CustomData)
	}
}

func TestAnOlderSeededMessageLeavesTheLastMessage(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	ada, tomas := server.Agents()[0], server.Agents()[1]
	chat := server.AddChat(helpcrunch.Chat{})
	at := func(seconds int64) helpcrunch.Timestamp {
		return helpcrunch.Timestamp{Time: time.Unix(seconds, 0).UTC()}
	}
	server.AddMessage(helpcrunch.Message{Chat: chat.ID, Text: "hello?", CreatedAt: at(2000)})
	newest := server.AddMessage(helpcrunch.Message{Chat: chat.ID, Text: "newest", Agent: &ada, CreatedAt: at(3000)})
	server.AddMessage(helpcrunch.Message{Chat: chat.ID, Text: "old", CreatedAt: at(1000)})
	server.AddMessage(helpcrunch.Message{Chat: chat.ID, Text: "older", Agent: &tomas, CreatedAt: at(500)})
	chat, _ = server.Chat(chat.ID)
	assert.Equal(t, newest.ID, chat.LastMessageID)
	assert.Equal(t, "newest", chat.LastMessageText)
	assert.True(t, chat.LastMessageAt.Equal(at(3000).Time))
	assert.True(t, chat.LastCustomerMessageAt.Equal(at(2000).Time))
	assert.Equal(t, ada.ID, chat.LastCommunicatedAgentID)
	assert.Equal(t, []helpcrunch.Agent{ada, tomas}, chat.Agents)

	server.AddMessage(helpcrunch.Message{Chat: chat.ID, Text: "and now", CreatedAt: at(4000)})
	chat, _ = server.Chat(chat.ID)
	assert.Equal(t, "and now", chat.LastMessageText)
	assert.True(t, chat.LastCustomerMessageAt.Equal(at(4000).Time))
}

func TestSeedingAddsReferencedRows(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam())
	chat := server.AddChat(helpcrunch.Chat{
		Customer:   helpcrunch.ChatCustomer{ID: 9, Name: "Lee", UserID: "crm-9"},
		Assignee:   &helpcrunch.Agent{ID: 5, Name: "Ines"},
		Agents:     []helpcrunch.Agent{{ID: 5}, {ID: 6, Name: "Oleh"}},
		Department: &helpcrunch.Department{ID: 7, Name: "Sales", Agents: []helpcrunch.Agent{{ID: 8, Name: "Uma"}}},
	})
	assert.Equal(t, helpcrunch.ChatStatusEmpty, chat.Status)
	assert.False(t, chat.CreatedAt.IsZero())
	customer, ok := server.CustomerByUserID("crm-9")
	require.True(t, ok)
	assert.Equal(t, int64(9), customer.ID)
	assert.Equal(t, []helpcrunch.Agent{
		{ID: 5, Name: "Ines", Role: "agent"}, {ID: 6, Name: "Oleh", Role: "agent"}, {ID: 8, Name: "Uma", Role: "agent"},
	}, server.Agents())
	assert.Equal(t, "Sales", server.Departments()[0].Name)

	message := server.AddMessage(helpcrunch.Message{Chat: 77, Text: "Hi"})
	assert.Equal(t, helpcrunch.MessageFromCustomer, message.From)
	_, ok = server.Chat(77)
	assert.True(t, ok)
	note := server.AddMessage(helpcrunch.Message{Chat: 77, Text: "a note", Type: helpcrunch.MessageTypePrivate})
	assert.Equal(t, helpcrunch.MessageFromAgent, note.From)
	application := server.AddApplication(helpcrunchtest.MakeApplication())
	assert.Equal(t, []helpcrunch.Application{application}, server.Applications())
	department := server.AddDepartment(helpcrunchtest.MakeDepartment(func(d *helpcrunch.Department) { d.ID = 7 }))
	assert.Equal(t, []helpcrunch.Department{department}, server.Departments(), "the one with the id is replaced")
}

func TestPeopleWrite(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	agent := server.AddAgent(helpcrunchtest.MakeAgent())
	chat := server.AddChat(helpcrunch.Chat{ReadByAgent: true, ReadByCustomer: true})
	server.CustomerWrites(chat.ID, "Hello?")
	chat, _ = server.Chat(chat.ID)
	assert.Equal(t, helpcrunch.ChatStatusNew, chat.Status)
	assert.False(t, chat.ReadByAgent)
	server.AgentWrites(chat.ID, agent.ID, "Hello!")
	chat, _ = server.Chat(chat.ID)
	assert.Equal(t, helpcrunch.ChatStatusOpened, chat.Status)
	assert.Equal(t, []helpcrunch.Agent{agent}, chat.Agents)
	assert.Equal(t, "Hello!", chat.LastMessageText)
	assert.Zero(t, server.CustomerWrites(5, "to nobody"))
	assert.Zero(t, server.AgentWrites(5, agent.ID, "to nobody"))
	assert.Zero(t, server.AgentWrites(chat.ID, 5, "from nobody"))
	assert.Len(t, server.Messages(chat.ID), 2)

	server.RemoveCustomer(chat.Customer.ID)
	server.RemoveCustomer(5)
	assert.Empty(t, server.Customers())
	assert.Empty(t, server.Chats())
	assert.Empty(t, server.Messages(chat.ID))
}

func TestTimesBefore1970(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	early := helpcrunch.Timestamp{Time: time.UnixMilli(-1500).UTC()}
	added := server.AddCustomer(helpcrunch.Customer{FirstSeen: early})
	read, err := server.Client().Customers.Get(t.Context(), added.ID)
	require.NoError(t, err)
	assert.Equal(t, time.Unix(-2, 0).UTC(), read.FirstSeen.Time)
	assert.Equal(t, added, *read)
}

func TestBodiesEndWithTheirContext(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener())
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/agents", nil)
	require.NoError(t, err)
	response, err := server.HTTPClient().Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	cancel()
	_, err = io.ReadAll(response.Body)
	require.ErrorIs(t, err, context.Canceled)
}

func TestClientKeepsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		defer server.Close()
		client := server.Client(helpcrunch.WithRetryWait(time.Second, time.Hour))
		server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Once())
		server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(time.Second).Once())
		server.Inject(helpcrunchtest.SlowHeaders(100 * time.Millisecond).Times(1))
		before := time.Now()
		done := make(chan error)
		for range 2 {
			go func() {
				_, err := client.Organization.Get(t.Context())
				done <- err
			}()
		}
		for range 2 {
			require.NoError(t, <-done)
		}
		assert.GreaterOrEqual(t, time.Since(before), time.Minute, "the shorter pause does not cut the longer one")

		server.Inject(helpcrunchtest.TooManyRequests().RetryAfter(time.Minute).Once())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before = time.Now()
		_, err := client.Organization.Get(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, helpcrunch.ErrRateLimited)
		assert.Zero(t, time.Since(before), "a pause beyond the deadline is not waited for")
	})
}
