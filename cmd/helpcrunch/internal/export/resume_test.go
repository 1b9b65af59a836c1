package export

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var histories = flag.Int("histories", 4, "how many accounts change while they are exported")

// keptRows counts the rows in a journal: its lines without the header and the time.
func keptRows(t *testing.T, o *options) int {
	t.Helper()
	return max(0, strings.Count(read(t, journalOf(o)), "\n")-2)
}

// TestACrashAtAnyRowLosesAndRepeatsNothing cuts the journal within and behind rows.
func TestACrashAtAnyRowLosesAndRepeatsNothing(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 330}, 1))
	o := newOptions(t, customerList, formatJSONLines)
	journal := wholeJournal(t, o, server.Client())
	exports(t, o, server.Client())
	want := read(t, o.out)

	lines := bytes.SplitAfter(journal, []byte("\n"))
	lines = lines[:len(lines)-1]
	require.Len(t, lines, 332)
	held := slices.Concat(lines[0], lines[1]) // the header, and when it was begun
	for n, line := range lines[2:] {
		if n%110 != 0 && n > 1 && n < 329 {
			held = append(held, line...)
			continue
		}
		hole := append(append(slices.Clone(line[:len(line)/2]), make([]byte, 5)...), line[len(line)/2+5:]...)
		for name, tail := range map[string][]byte{
			"nothing of it":          nil,
			"a byte of it":           line[:1],
			"half of it":             line[:len(line)/2],
			"all but its line break": line[:len(line)-1],
			"zeros":                  make([]byte, 700),
			"a hole, and more":       append(hole, lines[len(lines)-1]...),
			"the row before again":   append(slices.Clone(lines[n+1]), line...)[:len(lines[n+1])*min(n, 1)],
		} {
			require.NoError(t, os.WriteFile(journalOf(o), append(slices.Clone(held), tail...), 0o600))
			require.NoError(t, os.Remove(o.out))
			if n > 0 {
				e := newExport(t, o, server.Client(), io.Discard)
				require.NoError(t, e.openJournal(o.from))
				require.NoError(t, e.journal.Close())
				require.Equal(t, string(held), read(t, journalOf(o)), "what is incomplete is removed")
			}
			server.ForgetRequests()
			stdout := exports(t, o, server.Client())
			require.Equal(t, want, read(t, o.out), "killed in row %d, with %s", n, name)
			assert.Equal(t, n > 0, strings.Contains(stdout, fmt.Sprintf("Going on with %d customers", n)), stdout)
			assert.LessOrEqual(t, server.Count(helpcrunchtest.ListCustomers), 1+(330-max(0, n-margin)+99)/99, "read too much again")
		}
		held = append(held, line...)
	}
}

// history is an account that changes while it is exported, and the export that is resumed
// again and again.
type history struct {
	t       *testing.T
	mu      sync.Mutex // several requests are observed at once
	chance  *rand.Rand
	server  *helpcrunchtest.Server
	options *options
	present map[int64]bool // rows that were there from the beginning
	begin   time.Time
	count   int
	kill    func() // ends the present run
	killAt  int    // requests from now
}

func newHistory(t *testing.T, seed uint64, o *options) *history {
	h := &history{t: t, chance: rand.New(rand.NewPCG(seed, 7)), options: o, present: make(map[int64]bool)}
	h.begin = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	h.server = newServer(t, helpcrunchtest.WithObserver(h.observe))
	for range 500 {
		h.create(h.count / (1 + h.chance.IntN(3)))
	}
	h.server.CustomerWrites(h.server.Chats()[0].ID, "Hello?")
	for _, chat := range h.server.Chats() {
		h.present[h.idOf(chat)] = true
	}
	return h
}

// idOf is the id of the row of a chat: of its customer, or its own.
func (h *history) idOf(chat helpcrunch.Chat) int64 {
	if h.options.list == customerList {
		return chat.Customer.ID
	}
	return chat.ID
}

// create adds a customer with a chat, so many minutes after the beginning.
func (h *history) create(minutes int) {
	h.count++
	at := helpcrunch.Timestamp{Time: h.begin.Add(time.Duration(minutes) * time.Minute)}
	customer := h.server.AddCustomer(helpcrunch.Customer{Name: fmt.Sprintf("Guest %d", h.count), FirstSeen: at})
	h.server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{ID: customer.ID}, CreatedAt: at, Status: helpcrunch.ChatStatusOpened})
}

// change creates rows at the end, and now and then one in between, and deletes others.
func (h *history) change(deletions int) {
	for range h.chance.IntN(30) {
		h.create(1000 + h.count)
	}
	if h.chance.IntN(3) == 0 {
		h.create(h.chance.IntN(h.count))
	}
	chats := h.server.Chats()
	for range min(h.chance.IntN(deletions), len(chats)/2) {
		victim := chats[h.chance.IntN(len(chats))]
		h.server.RemoveCustomer(victim.Customer.ID)
		delete(h.present, h.idOf(victim))
	}
}

// observe changes the account between pages, and kills the run when it is time.
func (h *history) observe(r helpcrunchtest.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kill == nil {
		return // the account is being made
	}
	if r.Operation != helpcrunchtest.ListMessages && h.chance.IntN(2) == 0 {
		h.change(10)
	}
	if h.killAt--; h.killAt == 0 {
		h.kill()
	}
}

// live runs the export until it is complete. Between runs the account changes and the
// journal may lose its end.
func (h *history) live(perRun int) (runs int) {
	for runs = 1; ; runs++ {
		ctx, cancel := context.WithCancel(h.t.Context())
		h.mu.Lock()
		h.kill, h.killAt = cancel, 1+h.chance.IntN(perRun)
		h.mu.Unlock()
		err := newExport(h.t, h.options, h.server.Client(), io.Discard).run(ctx)
		cancel()
		if err == nil {
			return runs
		}
		require.ErrorContains(h.t, err, "interrupted")
		require.NoFileExists(h.t, h.options.out)
		h.change(150)
		h.crash()
	}
}

// crash cuts off up to 20,000 bytes of the journal.
func (h *history) crash() {
	info, err := os.Stat(journalOf(h.options))
	if err != nil {
		return // nothing was read
	}
	first, _, _ := strings.Cut(read(h.t, journalOf(h.options)), "\n")
	least := int64(len(first)) + 1
	length := max(least, info.Size()-int64(h.chance.IntN(20_000)))
	require.NoError(h.t, os.Truncate(journalOf(h.options), length))
}

// check looks whether every row that was there throughout is in the file, and none is
// there twice.
func (h *history) check() {
	seen := make(map[int64]bool)
	for _, row := range readLines[struct {
		ID int64 `json:"id"`
	}](h.t, h.options.out) {
		require.False(h.t, seen[row.ID], "row %d is there twice", row.ID)
		seen[row.ID] = true
	}
	for id := range h.present {
		require.True(h.t, seen[id], "row %d is missing", id)
	}
	assertOnly(h.t, h.options.out)
}

// TestNothingIsLostOrRepeatedWhileTheAccountChanges kills runs at any request, cuts journals,
// and creates and deletes rows all the while.
func TestNothingIsLostOrRepeatedWhileTheAccountChanges(t *testing.T) {
	runs := 0
	for seed := range *histories {
		for list, perRun := range map[string]int{customerList: 6, chatList: 300} {
			t.Run(fmt.Sprintf("%s %d", list, seed), func(t *testing.T) {
				o := newOptions(t, list, formatJSONLines)
				h := newHistory(t, uint64(seed), o)
				runs += h.live(perRun)
				h.check()
			})
		}
	}
	t.Log(runs-2**histories, "interrupted runs")
	assert.Greater(t, runs, 4**histories, "hardly any run was interrupted")
}

func TestMassDeletionsBetweenRuns(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 900}, 1))
	o := newOptions(t, customerList, formatJSONLines)
	journal := wholeJournal(t, o, server.Client())
	half := bytes.SplitAfter(journal, []byte("\n"))[:802]
	require.NoError(t, os.WriteFile(journalOf(o), bytes.Join(half, nil), 0o600))
	customers := server.Customers()
	slices.SortStableFunc(customers, func(a, b helpcrunch.Customer) int { return a.FirstSeen.Compare(b.FirstSeen.Time) })
	for _, customer := range customers[:750] {
		server.RemoveCustomer(customer.ID)
	}
	exports(t, o, server.Client())
	assertSameIDs(t, customers, readLines[helpcrunch.Customer](t, o.out), customerID)
}

func TestAChatDeletedBetweenItsPageAndItsMessagesIsLeftOut(t *testing.T) {
	var victim helpcrunch.Chat
	var server *helpcrunchtest.Server
	server = newServer(t, helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.ListChats && strings.Contains(r.RawQuery, "limit=100") && victim.ID == 0 {
			victim = server.Chats()[2]
			server.RemoveCustomer(victim.Customer.ID)
		}
	}))
	o := newOptions(t, chatList, formatJSONLines)
	exports(t, o, server.Client())
	require.NotZero(t, victim)
	assertSameIDs(t, server.Chats(), readLines[helpcrunch.Chat](t, o.out), chatID)
}

func TestAnotherExportIsNotMixedIn(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithDemoAccount())
	for name, test := range map[string]struct {
		change  func(*options)
		account string
		journal string
	}{
		"another list":           {func(o *options) { o.list = customerList }, testAccount, ""},
		"messages":               {func(o *options) { o.list = messageList }, testAccount, ""},
		"without response times": {func(o *options) { o.noTimes = true }, testAccount, ""},
		"since another time":     {func(o *options) { o.from = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC) }, testAccount, ""},
		"another account":        {func(*options) {}, "another", ""},
		"a file of a user":       {func(*options) {}, testAccount, "dear diary\n"},
		"an empty file":          {func(*options) {}, testAccount, "\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOptions(t, chatList, formatJSONLines)
			journal := wholeJournal(t, o, server.Client())
			if test.journal != "" {
				journal = []byte(test.journal)
				require.NoError(t, os.WriteFile(journalOf(o), journal, 0o600))
			}
			test.change(o)
			e := newExport(t, o, server.Client(), io.Discard)
			e.account = test.account
			require.ErrorContains(t, e.run(t.Context()), filepath.Base(journalOf(o))+" was begun for another account or with other flags")
			assert.Equal(t, string(journal), read(t, journalOf(o)))
		})
	}
}
