package transcript_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/transcript"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// at is a time in a minute of one hour.
func at(minute int) helpcrunch.Timestamp {
	return helpcrunch.Timestamp{Time: time.Date(2026, time.March, 5, 9, minute, 0, 0, time.UTC)}
}

// minuteOf is the minute of a message, -1 for nil.
func minuteOf(m *helpcrunch.Message) int {
	if m == nil {
		return -1
	}
	return m.CreatedAt.Minute()
}

func TestFirstResponse(t *testing.T) {
	const (
		customer, agent = helpcrunch.MessageFromCustomer, helpcrunch.MessageFromAgent
		text, email     = helpcrunch.MessageTypeMessage, helpcrunch.MessageTypeEmail
	)
	ada := &helpcrunch.Agent{ID: 1}
	from := func(who helpcrunch.MessageFrom, kind helpcrunch.MessageType, minute int, by *helpcrunch.Agent) helpcrunch.Message {
		return helpcrunch.Message{From: who, Type: kind, CreatedAt: at(minute), Agent: by}
	}
	asked := from(customer, text, 1, nil)
	automatic, campaign := from(agent, text, 2, ada), from(customer, text, 0, nil)
	automatic.BroadcastType, campaign.BroadcastType = helpcrunch.BroadcastTypeTrigger, helpcrunch.BroadcastTypeAutoChat
	for name, test := range map[string]struct {
		messages            []helpcrunch.Message
		question, responded int // minutes, -1 for never
	}{
		"no messages":           {nil, -1, -1},
		"no response":           {[]helpcrunch.Message{asked}, 1, -1},
		"the first of several":  {[]helpcrunch.Message{asked, from(customer, text, 3, nil), from(agent, text, 4, ada), from(agent, text, 9, ada)}, 1, 4},
		"an agent began":        {[]helpcrunch.Message{from(agent, text, 0, ada), from(customer, text, 5, nil), from(agent, text, 7, ada)}, 5, 7},
		"only an agent wrote":   {[]helpcrunch.Message{from(agent, text, 0, ada)}, -1, -1},
		"a private note":        {[]helpcrunch.Message{asked, from(agent, helpcrunch.MessageTypePrivate, 2, ada), from(agent, text, 3, ada)}, 1, 3},
		"a technical row":       {[]helpcrunch.Message{asked, from(agent, helpcrunch.MessageTypeTech, 2, nil), from(agent, text, 3, ada)}, 1, 3},
		"an automatic response": {[]helpcrunch.Message{asked, automatic, from(agent, text, 3, ada)}, 1, 3},
		"an unknown author":     {[]helpcrunch.Message{asked, from(agent, text, 2, nil)}, 1, -1},
		"an automatic question": {[]helpcrunch.Message{campaign, asked}, 1, -1},
		"without a time":        {[]helpcrunch.Message{{From: customer}, {From: agent, Agent: ada}, asked, from(agent, text, 3, ada)}, 1, 3},
		"e-mail":                {[]helpcrunch.Message{from(customer, email, 1, nil), from(agent, email, 2, ada)}, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			question, response := transcript.FirstResponse(test.messages)
			assert.Equal(t, test.question, minuteOf(question))
			assert.Equal(t, test.responded, minuteOf(response))
		})
	}
}

func TestResponsesOfAConversation(t *testing.T) {
	write := func(minute int, agent int64) helpcrunch.Message {
		m := helpcrunch.Message{From: helpcrunch.MessageFromCustomer, CreatedAt: at(minute)}
		if agent != 0 {
			m.From, m.Agent = helpcrunch.MessageFromAgent, &helpcrunch.Agent{ID: agent}
		}
		return m
	}
	messages := []helpcrunch.Message{write(0, 0), write(0, 9), write(3, 0), write(4, 1), write(5, 1),
		write(10, 0), write(12, 0), write(13, 9), write(17, 2), write(20, 0), write(21, 9), write(30, 0)}
	for name, test := range map[string]struct {
		excluded []int64
		want     string
	}{
		"of all":           {nil, "9 after 0s, 1 after 1m0s, 9 after 3m0s, 9 after 1m0s"},
		"without a bot":    {[]int64{9}, "1 after 4m0s, 2 after 7m0s"},
		"of none":          {[]int64{1, 9, 2}, ""},
		"without a guest":  {[]int64{0}, "9 after 0s, 1 after 1m0s, 9 after 3m0s, 9 after 1m0s"},
		"without one more": {[]int64{1, 9}, "2 after 17m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			question, responses := transcript.Responses(messages, test.excluded...)
			assert.Equal(t, 0, minuteOf(question))
			var got []string
			for _, r := range responses {
				got = append(got, fmt.Sprintf("%d after %s", r.Message.Agent.ID, r.Took))
			}
			assert.Equal(t, test.want, strings.Join(got, ", "))
		})
	}
}

func TestReadReturnsTheOldestFirst(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
	defer server.Close()
	chat := server.AddChat(helpcrunch.Chat{Status: helpcrunch.ChatStatusOpened, Customer: helpcrunch.ChatCustomer{ID: server.AddCustomer(helpcrunch.Customer{}).ID}})
	for i, minute := range []int{5, 1, 9, 9} {
		server.AddMessage(helpcrunch.Message{ID: int64(700 - i), Chat: chat.ID, From: helpcrunch.MessageFromCustomer, CreatedAt: at(minute)})
	}
	read := func(since time.Time) (ids []int64) {
		messages, found, err := transcript.Read(t.Context(), server.Client(), &chat, since)
		require.NoError(t, err)
		assert.True(t, found)
		for _, m := range messages {
			ids = append(ids, m.ID)
		}
		return ids
	}
	assert.Equal(t, []int64{699, 700, 697, 698}, read(time.Time{}), "ids order the messages of one second")
	assert.Equal(t, []int64{700, 697, 698}, read(at(5).Time))

	server.ForgetRequests()
	chat.Status = helpcrunch.ChatStatusEmpty
	assert.Empty(t, read(time.Time{}))
	assert.Zero(t, server.Count(helpcrunchtest.ListMessages))

	chat.ID, chat.Status = 12345, helpcrunch.ChatStatusOpened
	_, found, err := transcript.Read(t.Context(), server.Client(), &chat, time.Time{})
	require.NoError(t, err)
	assert.False(t, found, "the chat is deleted")
}

// TestReadStopsBeforeOlderPages reads at the rate limit, which bounds the prefetched pages.
func TestReadStopsBeforeOlderPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithLatency(300*time.Millisecond),
			helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 1, Chats: 1, Messages: 4000}, 1))
		defer server.Close()
		chat := server.Chats()[0]
		client := server.Client(helpcrunch.WithRateLimit(helpcrunch.DefaultRateLimit))
		messages, _, err := transcript.Read(t.Context(), client, &chat, chat.LastMessageAt.Time)
		require.NoError(t, err)
		assert.NotEmpty(t, messages)
		assert.Less(t, server.Count(helpcrunchtest.ListMessages), 20, "of 40 pages")
	})
}
