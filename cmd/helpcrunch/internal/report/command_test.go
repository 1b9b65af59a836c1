package report

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

type result = clitest.Result

// report runs the command with a key, which may be empty.
func report(ctx context.Context, key string, args ...string) result {
	return clitest.Run(ctx, Command, key, append([]string{"report"}, args...)...)
}

// assertFails checks that a run ended with a status and one line, and left these files.
func assertFails(t *testing.T, got result, status int, sentence string, files ...string) {
	t.Helper()
	got.AssertFails(t, "report: ", status, sentence)
	assert.Empty(t, got.Stdout)
	assert.Equal(t, files, names(t))
}

// names lists the current folder.
func names(t *testing.T) []string { return list(t, ".") }

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// newServer starts an account with chats of today.
func newServer(t *testing.T, chats int, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(opts...)
	t.Cleanup(server.Close)
	for range chats {
		customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber"})
		chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{ID: customer.ID}})
		server.CustomerWrites(chat.ID, "Do you ship to islands?")
		server.AgentWrites(chat.ID, server.Agents()[0].ID, "We do.")
	}
	return server
}

func TestDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	got := report(t.Context(), "", "--demo", "--days", "3", "--tz", "UTC")
	assert.Zero(t, got.Status, got.Stderr)
	assert.Empty(t, got.Stderr)
	assert.Regexp(t, `^report.html shows \d+ chats, \d+ \w+ \d+ to \d+ \w+ \d+\.\n$`, got.Stdout)
	page := contents(t, "report.html")
	for _, text := range []string{"Ada Ramos", "Billing", "Excellent", "Chats per day", "First response time", "Follow-up response time", "90th percentile", "</html>"} {
		assert.Contains(t, page, text)
	}
	assert.Equal(t, []string{"report.html"}, names(t))
}

func TestWithAKeyTheAccountIsRead(t *testing.T) {
	t.Chdir(t.TempDir())
	server := newServer(t, 1)
	got := report(t.Context(), server.APIKey, "--out", "today.html", "--days", "1", "--tz", "UTC", "--base-url", server.URL)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Empty(t, got.Stderr)
	assert.Contains(t, got.Stdout, "today.html shows 1 chat, "+time.Now().UTC().Format("2 January 2006"))
	page := contents(t, "today.html")
	assert.Contains(t, page, server.Agents()[0].Name)
	assert.Contains(t, page, server.Organization().Domain)
	assert.NotContains(t, page, "Jonas Weber", "no customer is named")
	assert.NotContains(t, page, server.APIKey)
	assert.Equal(t, []string{"today.html"}, names(t))
}

// printed is what --json prints, in part.
type printed struct {
	Chats, CustomerWrote            int
	ExcludedAgents                  []int64
	Days                            []jsonDay
	FirstResponse, FollowUpResponse struct {
		All    printedSummary
		Agents []printedSummary
	}
}

type printedSummary struct {
	Name       string
	Responses  int
	P50Seconds *float64
	Took       map[string]int
}

func decode(t *testing.T, stdout string) (p printed) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(stdout), &p))
	return p
}

func TestJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	server := newServer(t, 3)
	hostile := server.AddAgent(helpcrunch.Agent{Name: "A\x1b[2J\u009b\x7f\u202e<b>\"\\"})
	server.AgentWrites(server.Chats()[0].ID, hostile.ID, "Anything else?")
	server.CustomerWrites(server.Chats()[0].ID, "No.")
	server.AgentWrites(server.Chats()[0].ID, hostile.ID, "Bye.")
	args := []string{"--json", "--days", "1", "--base-url", server.URL, "--exclude-agent", "999999", "--exclude-agent", "888888"}
	got := report(t.Context(), server.APIKey, args...)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Empty(t, got.Stderr)
	assert.Empty(t, names(t), "no page is written")
	assert.Equal(t, strings.ReplaceAll(got.Stdout, "\n", " "), cli.Printable(strings.ReplaceAll(got.Stdout, "\n", " ")), "no control characters")
	figures := decode(t, got.Stdout)
	assert.Equal(t, 3, figures.Chats)
	assert.Equal(t, 3, figures.CustomerWrote)
	assert.Equal(t, []int64{888888, 999999}, figures.ExcludedAgents)
	assert.Equal(t, 3, figures.FirstResponse.All.Responses)
	assert.Equal(t, 1, figures.FollowUpResponse.All.Responses)
	assert.Equal(t, 1, figures.FollowUpResponse.Agents[0].Took["under 1 min"])
	assert.Equal(t, hostile.Name, figures.FollowUpResponse.Agents[0].Name)

	assert.Equal(t, 3, figures.Days[0].Chats)

	got = report(t.Context(), server.APIKey, append(args, "--out", "both.html")...)
	assert.Zero(t, got.Status, got.Stderr)
	assert.True(t, json.Valid([]byte(got.Stdout)))
	assert.Contains(t, contents(t, "both.html"), "</html>")
	assert.NotRegexp(t, "[\x1b\u009b\u202e]", contents(t, "both.html"))
}

// TestAnInterruptedRunGoesOn interrupts runs until one is complete. The page that was there before
// stays until then.
func TestAnInterruptedRunGoesOn(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("report.html", []byte("old"), 0o600))
	var interrupt atomic.Pointer[context.CancelFunc]
	var left atomic.Int64
	server := newServer(t, 30, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.ListMessages && left.Add(-1) == 0 {
			(*interrupt.Load())()
		}
	}))
	args := []string{"--force", "--tz", "UTC", "--base-url", server.URL, "--per-minute", "6000"}
	runs := 0
	for kept := 0; ; runs++ {
		ctx, cancel := context.WithCancel(t.Context())
		interrupt.Store(&cancel)
		left.Store(8)
		got := report(ctx, server.APIKey, args...)
		cancel()
		if got.Status == cli.ExitOK {
			assert.Contains(t, got.Stderr, "Going on with ")
			break
		}
		require.Equal(t, cli.ExitInterrupted, got.Status, got.Stderr)
		require.Equal(t, "old", contents(t, "report.html"))
		last := got.Stderr[strings.LastIndex(strings.TrimSpace(got.Stderr), "\n")+1:]
		require.Regexp(t, `^helpcrunch report: interrupted; \d+ chats are kept in report.html.partial: to go on, repeat the command\n$`, last)
		lines := strings.Count(contents(t, "report.html.partial"), "\n") - 1
		require.Greater(t, lines, kept)
		kept = lines
	}
	assert.Positive(t, runs)
	assert.Contains(t, contents(t, "report.html"), "</html>")
	assert.Equal(t, []string{"report.html"}, names(t))
	assert.Less(t, server.Count(helpcrunchtest.ListMessages), 30+runs*8, "what was read is not read again")
}

// TestADailyRunGoesOn: the journal of yesterday's run is of other days. An excluded agent makes
// its figures useless, which costs a line and no failure.
func TestADailyRunGoesOn(t *testing.T) {
	t.Chdir(t.TempDir())
	server := newServer(t, 20)
	server.Inject(helpcrunchtest.Status(http.StatusForbidden).On(helpcrunchtest.ListMessages).After(10).Times(1000))
	args := []string{"--tz", "UTC", "--base-url", server.URL, "--per-minute", "100000"}
	got := report(t.Context(), server.APIKey, append(args, "--days", "2")...)
	require.Equal(t, cli.ExitFailed, got.Status, got.Stderr)
	require.Contains(t, got.Stderr, "chats are kept in report.html.partial: to go on, repeat the command\n")
	partial := contents(t, "report.html.partial")
	server.ClearFaults()

	server.ForgetRequests()
	got = report(t.Context(), server.APIKey, append(args, "--days", "3")...)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Regexp(t, `^Going on with \d+ chats from report.html.partial.\n$`, got.Stderr)
	assert.Less(t, server.Count(helpcrunchtest.ListMessages), 20)
	assert.Contains(t, contents(t, "report.html"), "</html>")

	require.NoError(t, os.WriteFile("report.html.partial", []byte(partial), 0o600))
	server.ForgetRequests()
	got = report(t.Context(), server.APIKey, append(args, "--exclude-agent", "999999", "--force")...)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Equal(t, "Beginning anew: report.html.partial was begun with another --exclude-agent.\n", got.Stderr)
	assert.Equal(t, 20, server.Count(helpcrunchtest.ListMessages))
	assert.Equal(t, []string{"report.html"}, names(t))
}

// TestFullOutput: the page is complete although the line about it is lost.
func TestFullOutput(t *testing.T) {
	for _, flags := range [][]string{nil, {"--json"}} {
		t.Chdir(t.TempDir())
		server := newServer(t, 3)
		var stderr bytes.Buffer
		env := &cli.Env{Stdout: full{}, Stderr: &stderr, Getenv: func(string) string { return server.APIKey }}
		args := append([]string{"report", "--out", "today.html", "--base-url", server.URL}, flags...)
		status := cli.Run(t.Context(), env, args, cli.Group{Title: "Account:", Commands: []cli.Command{Command}})
		assert.Equal(t, cli.ExitFailed, status)
		assert.Equal(t, "helpcrunch report: no space left on device; today.html is complete\n", stderr.String())
		assert.Equal(t, []string{"today.html"}, names(t))
	}
}

// full is an output to a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestInterruptedBeforeTheFirstChat(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server := newServer(t, 1, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.SearchChats {
			interrupt()
		}
	}))
	got := report(ctx, server.APIKey, "--base-url", server.URL)
	assertFails(t, got, cli.ExitInterrupted, "interrupted; nothing was written")
}

func TestFailures(t *testing.T) {
	server := newServer(t, 1)
	for name, test := range map[string]struct {
		key, baseURL string
		status       int
		sentence     string
	}{
		"a space":          {"abc def", server.URL, cli.ExitUsage, "HELPCRUNCH_API_KEY must not contain spaces"},
		"not the server's": {"0123456789abcdef", server.URL, cli.ExitFailed, "401"},
		"plain HTTP":       {"0123456789abcdef", "http://api.example.com/v1", cli.ExitUsage, "must be https"},
		"no key":           {"", server.URL, cli.ExitUsage, "no API key: set HELPCRUNCH_API_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			got := report(t.Context(), test.key, "--base-url", test.baseURL)
			assertFails(t, got, test.status, test.sentence)
			if test.key != "" {
				assert.NotContains(t, got.Stderr, test.key)
			}
		})
	}
}

func TestInvalidFlags(t *testing.T) {
	tomorrow := time.Now().UTC().AddDate(0, 0, 1).Format(dayForm)
	for name, test := range map[string]struct {
		args     []string
		sentence string
	}{
		"unknown":           {[]string{"--form", "2026-03-01"}, "unknown flag: --form"},
		"not a flag":        {[]string{"2026-03-01"}, `unexpected argument "2026-03-01"`},
		"no days":           {[]string{"--days", "0"}, "--days must be 1 to 1098, got 0"},
		"too many days":     {[]string{"--days", "1099"}, "--days must be 1 to 1098, got 1099"},
		"days and from":     {[]string{"--days", "3", "--from", "2026-03-01"}, "--days and --from exclude each other"},
		"a bad day":         {[]string{"--from", "1.3.2026"}, `--from must be a day such as 2026-03-01, got "1.3.2026"`},
		"no such day":       {[]string{"--to", "2026-02-30"}, `--to must be a day such as 2026-03-01, got "2026-02-30"`},
		"tomorrow":          {[]string{"--tz", "UTC", "--to", tomorrow}, "--to must not be after today"},
		"the wrong order":   {[]string{"--from", "2026-03-02", "--to", "2026-03-01"}, "--from must not be after the last day, 2026-03-01"},
		"a long span":       {[]string{"--from", "2020-01-01", "--to", "2026-03-01"}, "--from must be at most 1097 days before the last day, 2026-03-01"},
		"a bad zone":        {[]string{"--tz", "Lisbon"}, `--tz must name a time zone such as Europe/Lisbon, got "Lisbon"`},
		"no zone":           {[]string{"--tz", ""}, "--tz must name a time zone"},
		"no first day":      {[]string{"--from", ""}, `--from must be a day such as 2026-03-01, got ""`},
		"no last day":       {[]string{"--to", ""}, `--to must be a day such as 2026-03-01, got ""`},
		"no number":         {[]string{"--days", "x"}, `--days must be a whole number, got "x"`},
		"no agent":          {[]string{"--exclude-agent", "0"}, "--exclude-agent must be the id of an agent, at least 1, got 0"},
		"an agent's name":   {[]string{"--exclude-agent", "Ada"}, `--exclude-agent must be whole numbers, got "Ada"`},
		"a folder":          {[]string{"--out", "."}, "--out must name a file: . is a folder"},
		"no name":           {[]string{"--out", ""}, "--out must name a file"},
		"no folder":         {[]string{"--out", filepath.Join("missing", "report.html")}, "--out: "},
		"not a regular one": {[]string{"--force", "--out", os.DevNull}, "must name a regular file"},
		"an existing file":  {nil, "--out: report.html exists: --force replaces it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile("report.html", []byte("old"), 0o600))
			assertFails(t, report(t.Context(), "", append([]string{"--demo"}, test.args...)...), cli.ExitUsage, test.sentence, "report.html")
			assert.Equal(t, "old", contents(t, "report.html"))
		})
	}
}

func TestHelp(t *testing.T) {
	got := report(t.Context(), "", "--help")
	assert.Zero(t, got.Status)
	assert.Empty(t, got.Stderr)
	for _, text := range []string{"--out", "--days", "--from", "--to", "--tz", "--force", "--json", "--exclude-agent", "--base-url", "Examples:"} {
		assert.Contains(t, got.Stdout, text)
	}
}
