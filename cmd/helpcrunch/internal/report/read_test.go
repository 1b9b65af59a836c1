package report

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newAccount makes an account with chats, one per hour up to today. In each of them an agent
// responds after 1 min, and after 3 min to a later message.
func newAccount(t *testing.T, chats int, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutListener())...)
	t.Cleanup(server.Close)
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber"})
	for i := range chats {
		asked := today.Add(time.Duration(-i) * time.Hour)
		chat := server.AddChat(helpcrunch.Chat{
			Customer:  helpcrunch.ChatCustomer{ID: customer.ID},
			Status:    helpcrunch.ChatStatusOpened,
			CreatedAt: helpcrunch.Timestamp{Time: asked},
		})
		write(server, chat.ID, asked, 0)
		write(server, chat.ID, asked.Add(time.Minute), server.Agents()[0].ID)
		write(server, chat.ID, asked.Add(2*time.Minute), 0)
		write(server, chat.ID, asked.Add(5*time.Minute), server.Agents()[0].ID)
	}
	return server
}

// write adds a message of an agent, or of the customer for 0.
func write(server *helpcrunchtest.Server, chat int64, at time.Time, agent int64) {
	m := helpcrunch.Message{Chat: chat, From: helpcrunch.MessageFromCustomer, Text: "secret words", CreatedAt: helpcrunch.Timestamp{Time: at}}
	if agent != 0 {
		m.From, m.Agent = helpcrunch.MessageFromAgent, &helpcrunch.Agent{ID: agent}
	}
	server.AddMessage(m)
}

// newReader returns a reader with a journal in a new folder.
func newReader(t *testing.T, s span, exclude ...int64) *reader {
	t.Helper()
	return openIn(t, filepath.Join(t.TempDir(), "report.html"), s, exclude...)
}

// openIn returns a reader with the journal beside a file.
func openIn(t *testing.T, path string, s span, exclude ...int64) *reader {
	t.Helper()
	file, err := outfile.Open("--out", path, false)
	require.NoError(t, err)
	r, err := openReader(file, &cli.Account{ID: "demo"}, s, exclude)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = r.journal.Close()
		_ = file.Close()
	})
	return r
}

func TestReadTakesTheChatsOfTheSpan(t *testing.T) {
	server := newAccount(t, 500)
	f, err := newReader(t, lastDays(7)).read(t.Context(), server.Client())
	require.NoError(t, err)
	assert.Equal(t, 6*24+19, f.chats)
	assert.Equal(t, f.chats, f.first.All.count)
	assert.Equal(t, time.Minute, f.first.All.p50)
	assert.Equal(t, f.chats, f.followUp.All.count)
	assert.Equal(t, 3*time.Minute, f.followUp.All.p90)
	assert.Equal(t, server.Agents()[0].Name, f.first.Agents[0].name)
	assert.Equal(t, f.chats, server.Count(helpcrunchtest.ListMessages), "no chat outside of the span is read")
}

func TestReadOnlyReads(t *testing.T) {
	server := newAccount(t, 20)
	_, err := newReader(t, lastDays(7)).read(t.Context(), server.Client())
	require.NoError(t, err)
	assert.Equal(t, server.Count(), server.Count(helpcrunchtest.SearchChats, helpcrunchtest.ListMessages))
}

func TestExcludedAgentsDoNotRespond(t *testing.T) {
	server := newAccount(t, 3)
	bot, ada := server.Agents()[0].ID, server.Agents()[1].ID
	write(server, server.Chats()[0].ID, server.Chats()[0].CreatedAt.Add(4*time.Minute), ada)
	f, err := newReader(t, lastDays(7), bot).read(t.Context(), server.Client())
	require.NoError(t, err)
	assert.Equal(t, 3, f.asked)
	require.Equal(t, 1, f.first.All.count)
	assert.Equal(t, ada, f.first.Agents[0].id)
	assert.Equal(t, 4*time.Minute, f.first.All.p50)
	assert.Zero(t, f.followUp.All.count)
	assert.Contains(t, pageOf(t, f), "Messages of the agents with these ids do not count: ")
}

// TestReadIsAsFastAsTheLimit: although each response takes 2 s, 600 chats wait only for the rate
// limit.
func TestReadIsAsFastAsTheLimit(t *testing.T) {
	r := newReader(t, lastDays(30)) // files are opened outside of virtual time
	synctest.Test(t, func(t *testing.T) {
		server := newAccount(t, 600, helpcrunchtest.WithLatency(2*time.Second),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 120}))
		client, err := helpcrunch.New(server.APIKey,
			helpcrunch.WithBaseURL(server.URL), helpcrunch.WithHTTPClient(server.HTTPClient()))
		require.NoError(t, err)
		var shown []helpcrunch.Progress
		began := time.Now()

		f, err := r.read(t.Context(), client.WithProgress(func(p helpcrunch.Progress) { shown = append(shown, p) }))

		require.NoError(t, err)
		assert.Equal(t, 600, f.chats)
		assert.InDelta(t, 5, time.Since(began).Minutes(), 0.5)
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		require.Len(t, shown, 600, "once per chat")
		assert.Equal(t, 600, shown[50].Total)
		assert.InDelta(t, 4.6, shown[50].Remaining.Minutes(), 1)
	})
}

func TestReadGoesOnWithoutAChatThatWasDeleted(t *testing.T) {
	server := newAccount(t, 3)
	server.Inject(helpcrunchtest.Status(http.StatusNotFound).On(helpcrunchtest.ListMessages).Once())
	f, err := newReader(t, lastDays(7)).read(t.Context(), server.Client())
	require.NoError(t, err)
	assert.Equal(t, 3, f.chats)
	assert.Equal(t, 2, f.first.All.count)
}

func TestReadEndsWithTheFirstFailure(t *testing.T) {
	for _, operation := range []helpcrunchtest.Operation{helpcrunchtest.SearchChats, helpcrunchtest.ListMessages} {
		server := newAccount(t, 150)
		server.Inject(helpcrunchtest.Status(http.StatusForbidden).On(operation))
		_, err := newReader(t, lastDays(7)).read(t.Context(), server.Client())
		require.Error(t, err)
		api, ok := err.(*helpcrunch.APIError) //nolint:errorlint // it must be the failure itself
		require.True(t, ok, "%v", err)
		assert.Equal(t, http.StatusForbidden, api.StatusCode)
		assert.LessOrEqual(t, server.Count(operation), 64, "the calls in flight")
	}
}

// TestReadGoesOnAfterAFailure: the second run reads only what is not in the journal, or has
// changed since. The figures are those of one run.
func TestReadGoesOnAfterAFailure(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"403":        helpcrunchtest.Status(http.StatusForbidden),
		"no network": helpcrunchtest.RefuseConnection(),
	} {
		t.Run(name, func(t *testing.T) { testGoesOn(t, fault) })
	}
}

func testGoesOn(t *testing.T, fault helpcrunchtest.Fault) {
	server := newAccount(t, 150)
	path := filepath.Join(t.TempDir(), "report.html")
	server.Inject(fault.On(helpcrunchtest.ListMessages).After(60).Times(1000))
	first := openIn(t, path, lastDays(7))
	_, err := first.read(t.Context(), server.Client(helpcrunch.WithMaxRetries(0)))
	require.Error(t, err)
	require.NoError(t, first.journal.Close())
	kept := first.journal.Len()
	require.Greater(t, kept, 10)
	server.ClearFaults()
	server.ForgetRequests()

	changed := server.Chats()[0]
	for _, chat := range server.Chats() {
		if chat.CreatedAt.Before(changed.CreatedAt.Time) {
			changed = chat // the first one that was read
		}
	}
	write(server, changed.ID, today.Add(time.Hour), 0)
	write(server, changed.ID, today.Add(10*time.Hour), server.Agents()[1].ID)
	second := openIn(t, path, lastDays(7))
	require.Equal(t, kept, second.journal.Len())
	got, err := second.read(t.Context(), server.Client())
	require.NoError(t, err)
	assert.Equal(t, 150-kept+1, server.Count(helpcrunchtest.ListMessages))

	want, err := newReader(t, lastDays(7)).read(t.Context(), server.Client())
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, 9*time.Hour, got.followUp.Agents[1].p50)
}

func TestTheJournalHoldsFiguresAlone(t *testing.T) {
	server := newAccount(t, 20)
	r := newReader(t, lastDays(7))
	_, err := r.read(t.Context(), server.Client())
	require.NoError(t, err)
	text, err := os.ReadFile(r.journal.Path())
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Len(t, lines, 21)
	for _, line := range lines[1:] {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		for name := range fields {
			assert.Contains(t, []string{"chat", "lastMessage", "asked", "responses", "names"}, name)
		}
	}
	assert.NotContains(t, string(text), "secret words")
	assert.NotContains(t, string(text), "Jonas Weber", "no customer is named")
}

func TestTheJournalBelongsToTheAccount(t *testing.T) {
	server := newAccount(t, 5)
	path := filepath.Join(t.TempDir(), "report.html")
	r := openIn(t, path, lastDays(7), 3)
	_, err := r.read(t.Context(), server.Client())
	require.NoError(t, err)
	require.NoError(t, r.journal.Close())
	for _, exclude := range [][]int64{{3}, nil} {
		file, err := outfile.Open("--out", path, false)
		require.NoError(t, err)
		defer file.Close()
		_, err = openReader(file, &cli.Account{ID: "other"}, lastDays(7), exclude)
		assert.ErrorContains(t, err, "report.html.partial was begun for another account or with other flags")
	}
	for name, s := range map[string]span{
		"the same days":     lastDays(7),
		"other days":        lastDays(8),
		"another end":       {lastDays(7).first, lastDays(7).first, time.UTC},
		"another time zone": {lastDays(7).first, lastDays(7).last, zone(t, "Asia/Tokyo")},
	} {
		r := openIn(t, path, s, 3)
		assert.Equal(t, 5, r.journal.Len(), name)
		assert.False(t, r.dropped, name)
	}
	r = openIn(t, path, lastDays(7))
	assert.Zero(t, r.journal.Len())
	assert.True(t, r.dropped)
}

// TestAnotherProgramsFileStays: it is no journal, whatever it contains.
func TestAnotherProgramsFileStays(t *testing.T) {
	for _, text := range []string{"", "dear diary", `{"Report":"demo","Exclude":null,"more":1}` + "\n", `{"export":"chats","account":"demo"}` + "\n"} {
		path := filepath.Join(t.TempDir(), "report.html")
		require.NoError(t, os.WriteFile(path+outfile.JournalSuffix, []byte(text), 0o600))
		file, err := outfile.Open("--out", path, false)
		require.NoError(t, err)
		defer file.Close()
		_, err = openReader(file, &cli.Account{ID: "demo"}, lastDays(7), []int64{3})
		require.ErrorContains(t, err, "was begun for another account or with other flags")
		assert.FileExists(t, path+outfile.JournalSuffix)
	}
}
