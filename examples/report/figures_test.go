package main

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// today is a Thursday.
var today = time.Date(2026, time.March, 5, 18, 0, 0, 0, time.UTC)

// lastDays is a span of so many days up to today.
func lastDays(n int) span {
	last := dayOf(today, time.UTC)
	return span{last.AddDate(0, 0, 1-n), last, time.UTC}
}

// at is a time on the day so many days ago.
func at(daysAgo, hour, minute int) time.Time {
	return time.Date(2026, time.March, 5-daysAgo, hour, minute, 0, 0, time.UTC)
}

var opened = helpcrunch.Chat{Status: helpcrunch.ChatStatusOpened}

func chatOf(status helpcrunch.ChatStatus, rating helpcrunch.Rating) helpcrunch.Chat {
	return helpcrunch.Chat{Status: status, Rating: rating}
}

func in(department int64, name string) helpcrunch.Chat {
	return helpcrunch.Chat{Status: helpcrunch.ChatStatusOpened, Department: &helpcrunch.Department{ID: department, Name: name}}
}

// add counts a chat that was created at a time.
func add(t *tally, created time.Time, chat helpcrunch.Chat, messages ...helpcrunch.Message) {
	chat.CreatedAt = helpcrunch.Timestamp{Time: created}
	t.add(&chat, messages)
}

func message(from helpcrunch.MessageFrom, kind helpcrunch.MessageType, at time.Time, agent *helpcrunch.Agent) helpcrunch.Message {
	return helpcrunch.Message{From: from, Type: kind, CreatedAt: helpcrunch.Timestamp{Time: at}, Agent: agent}
}

func question(at time.Time) helpcrunch.Message {
	return message(helpcrunch.MessageFromCustomer, helpcrunch.MessageTypeMessage, at, nil)
}

func answer(at time.Time, agent int64, name string) helpcrunch.Message {
	return message(helpcrunch.MessageFromAgent, helpcrunch.MessageTypeMessage, at, &helpcrunch.Agent{ID: agent, Name: name})
}

// sampleFigures reads the made-up account.
func sampleFigures(t *testing.T, s span) *figures {
	t.Helper()
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam())
	t.Cleanup(server.Close)
	fill(server, s, today)
	f, err := reader{server.Client(), s, t.Output()}.read(t.Context())
	require.NoError(t, err)
	return f
}

func TestChatsAreCountedByDayAndStatus(t *testing.T) {
	tally := newTally(lastDays(3))
	add(tally, at(0, 0, 0), opened)
	add(tally, at(2, 0, 0), opened)
	add(tally, at(2, 23, 59), chatOf(helpcrunch.ChatStatusClosed, ""))
	add(tally, at(2, 23, 59), opened)
	add(tally, at(1, 12, 0), chatOf("archived", ""))
	add(tally, at(3, 23, 59), opened) // before the span
	add(tally, at(-1, 0, 0), opened)  // after it
	add(tally, time.Time{}, opened)   // on no day at all
	f := tally.figures("")
	assert.Equal(t, 5, f.chats)
	assert.Equal(t, [][]int{
		{1, 0, 2, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 0, 1},
		{0, 0, 1, 0, 0, 0, 0, 0},
	}, f.days)
	assert.Equal(t, 3, f.statusTotal(statusIndex(helpcrunch.ChatStatusOpened)))
}

func TestRatingsAreCounted(t *testing.T) {
	tally := newTally(lastDays(1))
	for _, rating := range []helpcrunch.Rating{"", "perfect", "very poor", "perfect", "3"} {
		add(tally, at(0, 9, 0), chatOf(helpcrunch.ChatStatusClosed, rating))
	}
	f := tally.figures("")
	assert.Equal(t, []int{2, 0, 0, 0, 1, 1}, f.ratings)
	assert.Equal(t, 4, f.rated())
}

func TestFirstAnswer(t *testing.T) {
	ada, ines := &helpcrunch.Agent{ID: 1}, &helpcrunch.Agent{ID: 2}
	from := func(who helpcrunch.MessageFrom, kind helpcrunch.MessageType, minute int, agent *helpcrunch.Agent) helpcrunch.Message {
		return message(who, kind, at(0, 9, minute), agent)
	}
	const (
		customer, agent = helpcrunch.MessageFromCustomer, helpcrunch.MessageFromAgent
		text, note      = helpcrunch.MessageTypeMessage, helpcrunch.MessageTypePrivate
	)
	automatic := from(agent, text, 2, ada)
	automatic.BroadcastType = helpcrunch.BroadcastTypeTrigger
	reply := from(customer, text, 0, nil)
	reply.BroadcastType = helpcrunch.BroadcastTypeAutoChat
	sameSecond := from(agent, text, 1, ada)
	sameSecond.ID = 7
	for name, test := range map[string]struct {
		messages        []helpcrunch.Message
		asked, answered int // minutes, -1 for never
	}{
		"none":                      {nil, -1, -1},
		"no answer":                 {[]helpcrunch.Message{from(customer, text, 1, nil)}, 1, -1},
		"newest first":              {[]helpcrunch.Message{from(agent, text, 9, ines), from(agent, text, 4, ada), from(customer, text, 3, nil), from(customer, text, 1, nil)}, 1, 4},
		"an agent began":            {[]helpcrunch.Message{from(agent, text, 0, ada), from(customer, text, 5, nil), from(agent, text, 7, ada)}, 5, 7},
		"only an agent wrote":       {[]helpcrunch.Message{from(agent, text, 0, ada)}, -1, -1},
		"a note is no answer":       {[]helpcrunch.Message{from(customer, text, 1, nil), from(agent, note, 2, ada), from(agent, text, 3, ada)}, 1, 3},
		"a technical row is none":   {[]helpcrunch.Message{from(customer, text, 1, nil), from(agent, helpcrunch.MessageTypeTech, 2, nil), from(agent, text, 3, ada)}, 1, 3},
		"an automatic one is none":  {[]helpcrunch.Message{from(customer, text, 1, nil), automatic, from(agent, text, 3, ada)}, 1, 3},
		"nor is one by nobody":      {[]helpcrunch.Message{from(customer, text, 1, nil), from(agent, text, 2, nil)}, 1, -1},
		"an automatic question":     {[]helpcrunch.Message{reply, from(customer, text, 1, nil)}, 1, -1},
		"an e-mail is an answer":    {[]helpcrunch.Message{from(customer, helpcrunch.MessageTypeEmail, 1, nil), from(agent, helpcrunch.MessageTypeEmail, 2, ada)}, 1, 2},
		"ids order a single second": {[]helpcrunch.Message{sameSecond, from(customer, text, 1, nil)}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			question, answer := firstAnswer(test.messages)
			assert.Equal(t, test.asked, minuteOf(question))
			assert.Equal(t, test.answered, minuteOf(answer))
		})
	}
}

func minuteOf(m *helpcrunch.Message) int {
	if m == nil {
		return -1
	}
	return m.CreatedAt.Minute()
}

func TestFirstAnswersAreCountedByAgentAndDepartment(t *testing.T) {
	tally := newTally(lastDays(1))
	asked := at(0, 9, 0)
	for i, agent := range []int64{1, 2, 2} {
		add(tally, asked, in(agent, fmt.Sprintf("Team %d", agent)), question(asked), answer(asked.Add(time.Duration(i+1)*time.Minute), agent, "Ada Ramos"))
	}
	add(tally, asked, opened, question(asked), answer(asked.Add(-time.Hour), 3, ""), answer(asked.Add(9*time.Hour), 3, ""))
	add(tally, asked, opened, question(asked))
	add(tally, asked, opened)
	f := tally.figures("")
	assert.Equal(t, 5, f.asked)
	assert.Equal(t, []waits{
		{2, "Ada Ramos", 2, 150 * time.Second, 3 * time.Minute, []int{0, 2, 0, 0, 0, 0}},
		{1, "Ada Ramos", 1, time.Minute, time.Minute, []int{0, 1, 0, 0, 0, 0}},
		{3, "Agent 3", 1, 9 * time.Hour, 9 * time.Hour, []int{0, 0, 0, 0, 0, 1}},
	}, f.agents)
	var departments []string
	for _, w := range f.departments {
		departments = append(departments, fmt.Sprintf("%s: %d", w.name, w.count))
	}
	assert.Equal(t, []string{"Team 2: 2", "No department: 1", "Team 1: 1"}, departments)
	assert.Equal(t, waits{0, "Everyone", 4, 150 * time.Second, 9 * time.Hour, []int{0, 3, 0, 0, 0, 1}}, f.all)
}

func TestMedianAndNinetiethPercentile(t *testing.T) {
	for _, test := range []struct {
		count          int // the waits are 1, 2, ... count seconds
		median, ninety time.Duration
	}{
		{0, 0, 0},
		{1, time.Second, time.Second},
		{2, 1500 * time.Millisecond, 2 * time.Second},
		{9, 5 * time.Second, 9 * time.Second},
		{10, 5500 * time.Millisecond, 9 * time.Second},
		{11, 6 * time.Second, 10 * time.Second},
		{1000, 500500 * time.Millisecond, 900 * time.Second},
	} {
		g := &group{}
		for i := range test.count {
			g.waits = append(g.waits, time.Duration(test.count-i)*time.Second)
		}
		sum := g.sum(0)
		assert.Equal(t, test.median, sum.median, "of %d", test.count)
		assert.Equal(t, test.ninety, sum.ninety, "of %d", test.count)
	}
}

func TestWaitClassesHaveNoGaps(t *testing.T) {
	g := &group{waits: []time.Duration{0, time.Minute - 1, time.Minute, 5*time.Minute - 1, 5 * time.Minute, 15 * time.Minute, time.Hour, 8*time.Hour - 1, 8 * time.Hour, 1e6 * time.Hour}}
	assert.Equal(t, []int{2, 2, 1, 1, 2, 2}, g.sum(0).classes)
}

// TestCountingKeepsAlmostNothingOfAChat: of 100,000 chats, each with its messages, only the
// lengths of the first answers stay.
func TestCountingKeepsAlmostNothingOfAChat(t *testing.T) {
	const chats = 100_000
	tally := newTally(lastDays(30))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range chats {
		asked := at(i%30, 9, i%60)
		chat := in(int64(1+i%5), "Support")
		chat.LastMessageText = fmt.Sprintf("Message %d", i)
		add(tally, asked, chat, question(asked), answer(asked.Add(time.Duration(i)*time.Second), int64(1+i%9), "Ada Ramos"))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	perChat := float64(after.HeapAlloc-before.HeapAlloc) / chats
	t.Logf("%.0f bytes for each chat", perChat)
	assert.Less(t, perChat, 40.0)
	assert.Equal(t, chats, tally.figures("").all.count)
}
