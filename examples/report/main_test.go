package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// report runs the program with a key, which may be empty.
func report(ctx context.Context, key string, args ...string) result {
	environment := func(name string) string {
		if name == keyVariable {
			return key
		}
		return ""
	}
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, environment, &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// assertFails checks that a run ended with a status and one sentence, and left no file.
func assertFails(t *testing.T, got result, status int, directory, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "report: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
	assert.Empty(t, names(t, directory))
}

// newServer starts an account with one chat of today.
func newServer(t *testing.T, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(opts...)
	t.Cleanup(server.Close)
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber"})
	chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{ID: customer.ID}})
	server.CustomerWrites(chat.ID, "Do you ship to islands?")
	server.AgentWrites(chat.ID, server.Agents()[0].ID, "We do.")
	return server
}

func TestWithoutAKeyAnAccountInMemoryIsShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	got := report(t.Context(), "", "-o", path, "-days", "10", "-tz", "UTC")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	first, rest, _ := strings.Cut(got.stdout, "\n")
	assert.Contains(t, first, "in memory")
	assert.Regexp(t, `report.html shows \d+ chats, \d+ \w+ \d+ to \d+ \w+ \d+\.\n$`, rest)
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, text := range []string{"Ada Ramos", "Billing", "Excellent", "Chats per day", "</html>"} {
		assert.Contains(t, string(page), text)
	}
}

func TestWithAKeyTheAccountIsRead(t *testing.T) {
	server := newServer(t)
	path := filepath.Join(t.TempDir(), "report.html")
	got := report(t.Context(), server.APIKey, "-o", path, "-days", "1", "-tz", "UTC", "-base-url", server.URL)
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	assert.Contains(t, got.stdout, "shows 1 chat, "+time.Now().UTC().Format("2 January 2006"))
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(page), server.Agents()[0].Name)
	assert.NotContains(t, string(page), "Jonas Weber", "no customer is named")
	assert.NotContains(t, string(page), server.APIKey)
}

func TestInterruptedItLeavesTheOldFile(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server := newServer(t, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.ListMessages {
			interrupt()
		}
	}))
	directory := t.TempDir()
	path := filepath.Join(directory, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	got := report(ctx, server.APIKey, "-o", path, "-base-url", server.URL)
	assert.Equal(t, exitFailed, got.status)
	assert.Equal(t, "report: interrupted, and nothing was written\n", got.stderr)
	contents, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(contents))
	assert.Equal(t, []string{"report.html"}, names(t, directory))
}

func TestFailures(t *testing.T) {
	server := newServer(t)
	for name, test := range map[string]struct {
		key, baseURL string
		status       int
		sentence     string
	}{
		"a space":          {"abc def", server.URL, exitUsage, "apiKey: must not contain spaces"},
		"not the server's": {"0123456789abcdef", server.URL, exitFailed, "does not accept the key in " + keyVariable},
		"plain HTTP":       {"0123456789abcdef", "http://api.example.com/v1", exitUsage, "must be https"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			got := report(t.Context(), test.key, "-o", filepath.Join(directory, "report.html"), "-base-url", test.baseURL)
			assertFails(t, got, test.status, directory, test.sentence)
			assert.NotContains(t, got.stderr, test.key)
		})
	}
}

func TestNoNetwork(t *testing.T) {
	server := newServer(t)
	server.Inject(helpcrunchtest.RefuseConnection())
	_, err := reader{server.Client(helpcrunch.WithMaxRetries(0)), lastDays(1), t.Output()}.read(t.Context())
	assert.Contains(t, explain(t.Context(), err), "the service can't be reached: ")
}

func TestBadFlags(t *testing.T) {
	tomorrow := time.Now().UTC().AddDate(0, 0, 1).Format(dayForm)
	for name, test := range map[string]struct {
		args     []string
		sentence string
	}{
		"unknown":         {[]string{"-form", "2026-03-01"}, "-form (-h lists the flags)"},
		"not a flag":      {[]string{"2026-03-01"}, `"2026-03-01" is not a flag`},
		"without a key":   {[]string{"-base-url", "https://api.example.com/v1"}, "-base-url needs a key in " + keyVariable},
		"no days":         {[]string{"-days", "0"}, "-days must be 1 to 1098, not 0"},
		"too many days":   {[]string{"-days", "1099"}, "-days must be 1 to 1098, not 1099"},
		"days and from":   {[]string{"-days", "3", "-from", "2026-03-01"}, "-days and -from exclude each other"},
		"a bad day":       {[]string{"-from", "1.3.2026"}, `-from must be a day such as 2026-03-01, not "1.3.2026"`},
		"no such day":     {[]string{"-to", "2026-02-30"}, `-to must be a day such as 2026-03-01, not "2026-02-30"`},
		"tomorrow":        {[]string{"-tz", "UTC", "-to", tomorrow}, "-to must not be after today"},
		"the wrong order": {[]string{"-from", "2026-03-02", "-to", "2026-03-01"}, "-from must not be after the last day, 2026-03-01"},
		"a long span":     {[]string{"-from", "2020-01-01", "-to", "2026-03-01"}, "-from must be at most 1097 days before the last day, 2026-03-01"},
		"a bad zone":      {[]string{"-tz", "Lisbon"}, `-tz must name a time zone such as Europe/Lisbon, not "Lisbon"`},
		"no zone":         {[]string{"-tz", ""}, "-tz must name a time zone"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			t.Chdir(directory)
			assertFails(t, report(t.Context(), "", test.args...), exitUsage, directory, test.sentence)
		})
	}
}

func TestBadOutputs(t *testing.T) {
	server := newServer(t)
	for name, test := range map[string]struct{ path, sentence string }{
		"a directory":   {".", `"." is a directory`},
		"no name":       {"", "-o must name a file"},
		"no directory":  {filepath.Join("missing", "report.html"), `report.html" can't be written`},
		"not a regular": {os.DevNull, "a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			t.Chdir(directory)
			got := report(t.Context(), server.APIKey, "-o", test.path, "-base-url", server.URL)
			assertFails(t, got, exitUsage, directory, test.sentence)
			assert.NotContains(t, got.stderr, "the service")
		})
	}
	assert.Zero(t, server.Count(), "the file is tried before the work begins")
}

func TestHelp(t *testing.T) {
	got := report(t.Context(), "", "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"-o", "-days", "-from", "-to", "-tz", "-base-url", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}
