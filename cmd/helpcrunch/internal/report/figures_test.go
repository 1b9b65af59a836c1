package report

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// today is a Thursday.
var today = time.Date(2026, time.March, 5, 18, 0, 0, 0, time.UTC)

// lastDays returns the span of n days up to today.
func lastDays(n int) span {
	last := dayOf(today, time.UTC)
	return span{last.AddDate(0, 0, 1-n), last, time.UTC}
}

// at returns a time on the day n days before today.
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

// chatAt returns a chat that was created at a time.
func chatAt(created time.Time, chat helpcrunch.Chat) *helpcrunch.Chat {
	chat.CreatedAt = helpcrunch.Timestamp{Time: created}
	return &chat
}

// responded returns the record of a chat in which an agent responded after these times.
func responded(agent int64, name string, took ...time.Duration) record {
	r := record{Asked: true, Names: map[int64]string{agent: name}}
	for _, t := range took {
		r.Responses = append(r.Responses, response{agent, t})
	}
	return r
}

func ofAccount(f *figures, domain string) *figures {
	f.account = domain
	return f
}

// demoFigures reads the account of --demo.
func demoFigures(t *testing.T, s span) *figures {
	t.Helper()
	server := newDemo(s, today)
	t.Cleanup(server.Close)
	f, err := newReader(t, s).read(t.Context(), server.Client())
	require.NoError(t, err)
	return f
}

func TestChatsAreCountedByDayAndStatus(t *testing.T) {
	tally := newTally(lastDays(3), nil)
	for _, chat := range []*helpcrunch.Chat{
		chatAt(at(0, 0, 0), opened),
		chatAt(at(2, 0, 0), opened),
		chatAt(at(2, 23, 59), chatOf(helpcrunch.ChatStatusClosed, "")),
		chatAt(at(2, 23, 59), opened),
		chatAt(at(1, 12, 0), chatOf("archived", "")),
		chatAt(at(3, 23, 59), opened), // before the span
		chatAt(at(-1, 0, 0), opened),  // after it
		chatAt(time.Time{}, opened),   // on no day at all
	} {
		tally.add(chat, record{})
	}
	f := tally.figures()
	assert.Equal(t, 5, f.chats)
	assert.Equal(t, [][]int{
		{1, 0, 2, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 0, 1},
		{0, 0, 1, 0, 0, 0, 0, 0},
	}, f.days)
	assert.Equal(t, 3, f.statusTotal(index(statuses, "opened")))
}

// TestEveryClassOfTheSDKIsKnown: the words of the service are those of the SDK.
func TestEveryClassOfTheSDKIsKnown(t *testing.T) {
	for _, status := range []helpcrunch.ChatStatus{
		helpcrunch.ChatStatusNew, helpcrunch.ChatStatusOpened, helpcrunch.ChatStatusPending, helpcrunch.ChatStatusOnHold,
		helpcrunch.ChatStatusNoCommunication, helpcrunch.ChatStatusClosed, helpcrunch.ChatStatusEmpty,
	} {
		assert.Less(t, index(statuses, string(status)), len(statuses)-1, status)
	}
	for _, rating := range []helpcrunch.Rating{
		helpcrunch.RatingPerfect, helpcrunch.RatingGreat, helpcrunch.RatingAverage, helpcrunch.RatingPoor, helpcrunch.RatingVeryPoor,
	} {
		assert.Less(t, index(ratings, string(rating)), len(ratings)-1, rating)
	}
}

func TestRatingsAreCounted(t *testing.T) {
	tally := newTally(lastDays(1), nil)
	for _, rating := range []helpcrunch.Rating{"", "perfect", "very poor", "perfect", "3"} {
		tally.add(chatAt(at(0, 9, 0), chatOf(helpcrunch.ChatStatusClosed, rating)), record{})
	}
	f := tally.figures()
	assert.Equal(t, []int{2, 0, 0, 0, 1, 1}, f.ratings)
}

func TestResponsesAreCountedByAgentAndDepartment(t *testing.T) {
	tally := newTally(lastDays(1), nil)
	for i, agent := range []int64{1, 2, 2} {
		tally.add(chatAt(at(0, 9, 0), in(agent, fmt.Sprintf("Team %d", agent))),
			responded(agent, "Ada Ramos", time.Duration(i+1)*time.Minute, time.Second))
	}
	tally.add(chatAt(at(0, 9, 0), opened), responded(3, "", 9*time.Hour, 2*time.Hour, time.Hour))
	tally.add(chatAt(at(0, 9, 0), opened), record{Asked: true})
	tally.add(chatAt(at(0, 9, 0), opened), record{})
	f := tally.figures()
	assert.Equal(t, 5, f.asked)
	assert.Equal(t, times{
		All: summary{0, "Everyone", 4, 150 * time.Second, 9 * time.Hour, []int{0, 3, 0, 0, 0, 1}},
		Agents: []summary{
			{2, "Ada Ramos", 2, 150 * time.Second, 3 * time.Minute, []int{0, 2, 0, 0, 0, 0}},
			{1, "Ada Ramos", 1, time.Minute, time.Minute, []int{0, 1, 0, 0, 0, 0}},
			{3, "Agent 3", 1, 9 * time.Hour, 9 * time.Hour, []int{0, 0, 0, 0, 0, 1}},
		},
		Departments: []summary{
			{2, "Team 2", 2, 150 * time.Second, 3 * time.Minute, []int{0, 2, 0, 0, 0, 0}},
			{0, "No department", 1, 9 * time.Hour, 9 * time.Hour, []int{0, 0, 0, 0, 0, 1}},
			{1, "Team 1", 1, time.Minute, time.Minute, []int{0, 1, 0, 0, 0, 0}},
		},
	}, f.first)
	assert.Equal(t, summary{0, "Everyone", 5, time.Second, 2 * time.Hour, []int{3, 0, 0, 0, 2, 0}}, f.followUp.All)
	assert.Equal(t, summary{3, "Agent 3", 2, 90 * time.Minute, 2 * time.Hour, []int{0, 0, 0, 0, 2, 0}}, f.followUp.Agents[1])
}

func TestPercentiles(t *testing.T) {
	for _, test := range []struct {
		count    int // the times are 1, 2, ... count seconds
		p50, p90 time.Duration
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
			g.took = append(g.took, time.Duration(test.count-i)*time.Second)
		}
		sum := g.sum(0)
		assert.Equal(t, test.p50, sum.p50, "of %d", test.count)
		assert.Equal(t, test.p90, sum.p90, "of %d", test.count)
	}
}

func TestDurationsHaveNoGaps(t *testing.T) {
	g := &group{took: []time.Duration{0, time.Minute - 1, time.Minute, 5*time.Minute - 1, 5 * time.Minute, 15 * time.Minute, time.Hour, 8*time.Hour - 1, 8 * time.Hour, 1e6 * time.Hour}}
	assert.Equal(t, []int{2, 2, 1, 1, 2, 2}, g.sum(0).classes)
}

// TestCountingKeepsAlmostNothingOfAChat: of 100,000 chats only the response times stay.
func TestCountingKeepsAlmostNothingOfAChat(t *testing.T) {
	const chats = 100_000
	tally := newTally(lastDays(30), nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range chats {
		chat := in(int64(1+i%5), "Support")
		chat.LastMessageText = fmt.Sprintf("Message %d", i)
		tally.add(chatAt(at(i%30, 9, i%60), chat), responded(int64(1+i%9), "Ada Ramos", time.Duration(i)*time.Second))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	perChat := float64(after.HeapAlloc-before.HeapAlloc) / chats
	t.Logf("%.0f bytes per chat", perChat)
	assert.Less(t, perChat, 40.0)
	assert.Equal(t, chats, tally.figures().first.All.count)
}
