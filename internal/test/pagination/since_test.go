package pagination_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// activity is an account in which things happen before each request.
type activity struct {
	*rand.Rand
	server *helpcrunchtest.Server
	quiet  bool
	now    time.Time
	chats  bool    // and not customers
	ids    []int64 // of the rows
}

var activityBegan = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func newActivity(t *testing.T, seed uint64, chats bool, rows, unset int, nulls helpcrunchtest.NullOrder) *activity {
	a := &activity{Rand: rand.New(rand.NewPCG(seed, 3)), quiet: true, now: activityBegan, chats: chats}
	a.server = helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam(),
		helpcrunchtest.WithDialect(helpcrunchtest.Dialect{Nulls: nulls}),
		helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) {
			a.happen()
			return 0, 0
		}))
	t.Cleanup(a.server.Close)
	for i := range rows {
		a.ids = append(a.ids, int64(1000+i))
	}
	for i, at := range a.Perm(rows) {
		if i < unset {
			a.put(a.ids[at], time.Time{})
		} else {
			a.put(a.ids[at], activityBegan.Add(-time.Duration(a.IntN(rows))*time.Second)) // with ties
		}
	}
	return a
}

// put sets the time of a row.
func (a *activity) put(id int64, at time.Time) {
	if a.chats {
		a.server.AddChat(helpcrunchtest.MakeChat(id, func(c *helpcrunch.Chat) {
			c.ID, c.LastMessageAt = id, helpcrunch.Timestamp{Time: at}
		}))
		return
	}
	a.server.AddCustomer(helpcrunchtest.MakeCustomer(func(c *helpcrunch.Customer) {
		c.ID, c.LastSeen = id, helpcrunch.Timestamp{Time: at}
	}))
}

// happen lets rows rise, disappear and appear.
func (a *activity) happen() {
	if a.quiet {
		return
	}
	for range a.IntN(4) {
		a.now = a.now.Add(time.Duration(a.IntN(2)) * time.Second)
		switch id := a.ids[a.IntN(len(a.ids))]; a.IntN(4) {
		case 0:
			a.server.RemoveCustomer(id)
		case 1:
			a.put(int64(100_000+a.IntN(1_000_000)), time.Time{})
		default:
			if len(a.times()[id]) > 0 {
				a.put(id, a.now)
			}
		}
	}
}

// times returns the time of each row that exists, as text; empty for none.
func (a *activity) times() map[int64]string {
	times := make(map[int64]string)
	add := func(id int64, at time.Time) {
		times[id] = at.Format(time.RFC3339)
	}
	if a.chats {
		for _, c := range a.server.Chats() {
			add(c.ID, c.LastMessageAt.Time)
		}
		return times
	}
	for _, c := range a.server.Customers() {
		add(c.ID, c.LastSeen.Time)
	}
	return times
}

// since iterates over the rows since a time.
func (a *activity) since(ctx context.Context, client *helpcrunch.Client, since time.Time) iter.Seq2[int64, error] {
	if a.chats {
		return idsIn(client.Chats.ActiveSince(ctx, since))
	}
	return idsIn(client.Customers.SeenSince(ctx, since))
}

// TestSinceYieldsEachRowOnce: in random accounts in which rows rise, are created and deleted,
// with ties, and rows without a time first or last.
func TestSinceYieldsEachRowOnce(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 4))
		rows := 1 + random.IntN(900)
		nulls := []helpcrunchtest.NullOrder{helpcrunchtest.NullsFirst, helpcrunchtest.NullsLast}[random.IntN(2)]
		a := newActivity(t, seed, seed%2 == 0, rows, random.IntN(rows+1), nulls)
		since := activityBegan.Add(-time.Duration(random.IntN(rows+rows/4+1)) * time.Second)
		name := fmt.Sprintf("seed %d: %d rows, nulls %v, since %s", seed, rows, nulls, since)
		client := a.server.Client()
		a.server.ForgetRequests()
		a.quiet = random.IntN(4) == 0
		yielded := make(map[int64]bool)
		for id, err := range a.since(t.Context(), client, since) {
			require.NoError(t, err, name)
			require.False(t, yielded[id], "%s: %d came twice", name, id)
			yielded[id] = true
		}
		a.quiet = true
		requests := a.server.Count()
		for id, at := range a.times() {
			active := at >= since.Format(time.RFC3339) // never is in the year 1
			require.Equal(t, active, yielded[id], "%s: row %d of %s", name, id, at)
		}
		assert.LessOrEqual(t, requests, (len(yielded)+99)/100+20, name)
	}
}

// TestSinceComesNewestFirst and asks for no more than it must.
func TestSinceComesNewestFirst(t *testing.T) {
	for _, chats := range []bool{true, false} {
		a := newActivity(t, 1, chats, 900, 0, helpcrunchtest.NullsLast)
		times := a.times()
		client := a.server.Client()
		a.server.ForgetRequests()
		last := "9"
		n := 0
		for id, err := range a.since(t.Context(), client, activityBegan.Add(-20*time.Second)) {
			require.NoError(t, err)
			assert.LessOrEqual(t, times[id], last)
			last = times[id]
			n++
		}
		assert.Less(t, n, 100)
		assert.Equal(t, 1, a.server.Count(), "one page shows all")
		for range a.since(t.Context(), client, activityBegan.Add(-time.Hour)) {
			break
		}
		assert.Equal(t, 2, a.server.Count(), "breaking off requests nothing more")
	}
}

// TestSinceFindsTheTopOfALongList: 20,000 chats, most of them without a message.
func TestSinceFindsTheTopOfALongList(t *testing.T) {
	for _, unset := range []int{20_000, 19_999, 19_950, 12_345, 150, 100, 99, 0} {
		list := sinceList{rows: 20_000, unset: unset}
		requests := list.count(t, true)
		pages := (20_000 - unset + 99) / 100
		assert.LessOrEqual(t, requests, pages+20, "%d without a message, first", unset)
		list.last = true
		assert.LessOrEqual(t, list.count(t, false), pages+20, "%d without a message, last", unset)
	}
}

// TestSinceEndsWhereAllHaveOneTime: no page shows all of them.
func TestSinceEndsWhereAllHaveOneTime(t *testing.T) {
	for _, unset := range []int{0, 1234} {
		list := sinceList{rows: 5000, unset: unset, ties: true}
		assert.LessOrEqual(t, list.count(t, true), (5000-unset+99)/100+20)
	}
}

// TestSinceReadsAnUnsortedListToItsEnd: the service ignores the sort.
func TestSinceReadsAnUnsortedListToItsEnd(t *testing.T) {
	for _, unset := range []int{0, 150} {
		list := sinceList{rows: 1000, unset: unset, shuffled: true}
		list.count(t, false)
	}
}

// TestSinceNeedsATime: zero is invalid.
func TestSinceNeedsATime(t *testing.T) {
	a := newActivity(t, 1, true, 1, 0, helpcrunchtest.NullsLast)
	a.server.ForgetRequests()
	for _, chats := range []bool{true, false} {
		a.chats = chats
		n := 0
		for _, err := range a.since(t.Context(), a.server.Client(), time.Time{}) {
			n++
			assert.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
			assert.ErrorContains(t, err, map[bool]string{true: "Chats.ActiveSince", false: "Customers.SeenSince"}[chats]+": since: must not be zero")
		}
		assert.Equal(t, 1, n)
	}
	assert.Zero(t, a.server.Count())
}
