package export

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// busy is an account in which customers visit and write while it is exported.
type busy struct {
	t      *testing.T
	mu     sync.Mutex // several requests are observed at once
	chance *rand.Rand
	server *helpcrunchtest.Server
	visits int    // that are left for this day
	kill   func() // ends the present run; nil before the first
	killAt int    // requests from now
}

func newBusy(t *testing.T, seed uint64) *busy {
	b := &busy{t: t, chance: rand.New(rand.NewPCG(seed, 7))}
	b.server = newServer(t, helpcrunchtest.WithLatency(100*time.Millisecond), helpcrunchtest.WithObserver(b.observe))
	for range 150 {
		b.visit()
		time.Sleep(time.Second / 4)
	}
	return b
}

// visit adds a customer with a chat, or lets one come again and write.
func (b *busy) visit() {
	customers := b.server.Customers()
	now := helpcrunch.Timestamp{Time: b.server.Now()}
	if len(customers) < 150 || b.chance.IntN(4) == 0 {
		customer := b.server.AddCustomer(helpcrunch.Customer{FirstSeen: now, LastSeen: now})
		chat := b.server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{ID: customer.ID}, CreatedAt: now})
		b.server.CustomerWrites(chat.ID, "Hello?")
		return
	}
	customer := customers[b.chance.IntN(len(customers))]
	customer.LastSeen = now
	b.server.AddCustomer(customer)
	chats := b.server.Chats()
	b.server.CustomerWrites(chats[b.chance.IntN(len(chats))].ID, "Still there?")
}

// observe changes the account between requests, and kills the run when it is time.
func (b *busy) observe(helpcrunchtest.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kill == nil {
		return
	}
	for ; b.visits > 0 && b.chance.IntN(2) == 0; b.visits-- {
		b.visit()
	}
	if b.killAt--; b.killAt == 0 {
		b.kill()
	}
}

// complete repeats an export until it is complete, and returns how many runs that took.
func (b *busy) complete(o *options) (runs int) {
	perRun := 150
	if o.list == customerList {
		perRun = 5
	}
	for runs = 1; ; runs++ {
		ctx, cancel := context.WithCancel(b.t.Context())
		b.mu.Lock()
		b.kill, b.killAt = cancel, 1+b.chance.IntN(perRun)
		b.mu.Unlock()
		err := newExport(b.t, o, b.server.Client(), io.Discard).run(ctx)
		cancel()
		if err == nil {
			return runs
		}
		require.ErrorContains(b.t, err, "interrupted")
		time.Sleep(time.Duration(b.chance.IntN(10_000)) * time.Millisecond)
	}
}

// TestSinceLastMissesNothing exports day after day what is new, kills runs at any request, and
// lets customers visit and write all the while.
func TestSinceLastMissesNothing(t *testing.T) {
	runs := 0
	const days = 4
	for _, list := range []string{customerList, chatList, messageList} {
		for seed := range max(1, *histories/4) {
			t.Run(fmt.Sprintf("%s %d", list, seed), func(t *testing.T) {
				folder := t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					b := newBusy(t, uint64(seed))
					newest, rows := make(map[int64]helpcrunch.Timestamp), 0
					for day := range days {
						if b.visits = 150; day == days-1 {
							b.visits = 0
						}
						o := &options{list: list, format: formatJSONLines, since: sinceLast, out: filepath.Join(folder, fmt.Sprintf("%d.jsonl", day))}
						runs += b.complete(o)
						seen := make(map[int64]bool)
						for _, row := range readLines[struct {
							ID                                 int64
							LastSeen, LastMessageAt, CreatedAt helpcrunch.Timestamp
						}](t, o.out) {
							require.False(t, seen[row.ID], "row %d is there twice", row.ID)
							seen[row.ID] = true
							rows++
							newest[row.ID] = map[string]helpcrunch.Timestamp{
								customerList: row.LastSeen, chatList: row.LastMessageAt, messageList: row.CreatedAt,
							}[list]
						}
						time.Sleep(time.Hour)
					}
					assert.Equal(t, b.want(list), newest)
					assert.Less(t, rows, 4*len(newest), "hardly less than everything each time")
				})
			})
		}
	}
	t.Log(runs, "runs")
	assert.Greater(t, runs, 3*max(1, *histories/4)*days, "hardly any run was interrupted")
}

// want returns the times by which rows are new.
func (b *busy) want(list string) map[int64]helpcrunch.Timestamp {
	want := make(map[int64]helpcrunch.Timestamp)
	if list == customerList {
		for _, c := range b.server.Customers() {
			want[c.ID] = c.LastSeen
		}
		return want
	}
	for _, c := range b.server.Chats() {
		if list == chatList {
			want[c.ID] = c.LastMessageAt
			continue
		}
		for _, m := range b.server.Messages(c.ID) {
			want[m.ID] = m.CreatedAt
		}
	}
	return want
}

func TestSinceSelectsWhatIsNew(t *testing.T) {
	server := newServer(t)
	at := func(hour int) helpcrunch.Timestamp {
		return helpcrunch.Timestamp{Time: time.Date(2026, time.March, 1, hour, 0, 0, 0, time.UTC)}
	}
	for hour := range 24 {
		customer := server.AddCustomer(helpcrunch.Customer{ID: int64(100 + hour), LastSeen: at(hour)})
		chat := server.AddChat(helpcrunch.Chat{ID: int64(200 + hour), Customer: helpcrunch.ChatCustomer{ID: customer.ID}, CreatedAt: at(0), Status: helpcrunch.ChatStatusOpened})
		server.AddMessage(helpcrunch.Message{ID: int64(300 + hour), Chat: chat.ID, From: helpcrunch.MessageFromCustomer, CreatedAt: at(0)})
		server.AddMessage(helpcrunch.Message{ID: int64(400 + hour), Chat: chat.ID, From: helpcrunch.MessageFromCustomer, CreatedAt: at(hour)})
	}
	for list, want := range map[string][]int64{customerList: {123, 122}, chatList: {223, 222}, messageList: {423, 422}} {
		o := newOptions(t, list, formatJSONLines)
		o.from = at(22).Time
		assert.Contains(t, exports(t, o, server.Client()), "Wrote 2 "+list+" to ")
		var ids []int64
		for _, row := range readLines[struct{ ID int64 }](t, o.out) {
			ids = append(ids, row.ID)
		}
		assert.Equal(t, want, ids, "newest first")
	}
}

func TestTheFirstResponseMayBeOlderThanSince(t *testing.T) {
	o := newOptions(t, chatList, formatCSV)
	o.from = time.Date(2026, time.March, 1, 9, 3, 0, 0, time.UTC)
	exports(t, o, newTalk(t).Client())
	assert.Equal(t, []string{"70|60"}, cells(readCSV(t, o.out, csvsafe.Options{}), "id", "firstResponseSeconds"))
}

func TestEachExportSaysWhereTheNextContinues(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithDemoAccount())
	o := newOptions(t, customerList, formatCSV)
	before := time.Now().UTC().Truncate(time.Second)
	stdout := exports(t, o, server.Client())
	var text string
	_, err := fmt.Sscanf(stdout[len("Wrote 5 customers to "+o.out+".\n"):], "To export what changes later: --since %s", &text)
	require.NoError(t, err, stdout)
	start, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	assert.WithinRange(t, start, before, time.Now())

	o = newOptions(t, customerList, formatCSV)
	o.since = sinceLast
	var out = newExport(t, o, server.Client(), io.Discard)
	require.NoError(t, out.run(t.Context()))
	assert.JSONEq(t, fmt.Sprintf(`{"account": "test", "start": %q}`, out.begun.Format(time.RFC3339)),
		read(t, filepath.Join(filepath.Dir(o.out), ".helpcrunch-export-customers.json")))
}

func TestSinceContinuesFromTheStartOfTheFirstRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, helpcrunchtest.WithDemoAccount())
		o := newOptions(t, customerList, formatCSV)
		began := time.Now().UTC()
		wholeJournal(t, o, server.Client())
		time.Sleep(time.Hour)
		assert.Contains(t, exports(t, o, server.Client()), "--since "+began.Format(time.RFC3339))
	})
}

// TestTheClockBehindCounts: with a clock that is ahead of the service's, rows would be missed.
func TestTheClockBehindCounts(t *testing.T) {
	respond := func(c *startClock, date time.Time) {
		c.see(t.Context(), helpcrunch.Response{Header: http.Header{"Date": {date.Format(http.TimeFormat)}}})
	}
	c := newStartClock()
	start := c.Start()
	respond(c, start.Add(time.Hour))
	c.see(t.Context(), helpcrunch.Response{})
	assert.Equal(t, start, c.Start())
	respond(c, start.Add(-time.Minute))
	respond(c, start.Add(time.Second))
	assert.Equal(t, start.Add(-time.Minute), c.Start())
}

func TestSinceLastRejectsOtherState(t *testing.T) {
	for name, test := range map[string]struct{ state, sentence string }{
		"another account": {`{"account":"0123456789abcdef","start":"2026-03-01T00:00:00Z"}`, "belongs to another account: write to another folder"},
		"no state":        {`dear diary`, "is damaged"},
		"an empty file":   {``, "is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, ".helpcrunch-export-customers.json")
			require.NoError(t, os.WriteFile(path, []byte(test.state), 0o600))
			got := program(t.Context(), "", customerList, "--demo", "--since", "last", "--out", filepath.Join(folder, "a.csv"))
			assertFails(t, got, cli.ExitUsage, path+" "+test.sentence)
			assertOnly(t, path)
		})
	}
}
