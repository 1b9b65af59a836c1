package export

import (
	"context"
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
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestDemoWritesToAFolderThatItNames(t *testing.T) {
	for _, list := range []string{customerList, chatList, messageList} {
		t.Run(list, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			synctest.Test(t, func(t *testing.T) {
				got := program(t.Context(), "", list, "--demo")
				require.Zero(t, got.Status, got.Stderr)
				assert.Empty(t, got.Stderr)
				first, _, _ := strings.Cut(got.Stdout, "\n")
				path := strings.TrimSuffix(first[strings.LastIndex(first, " to ")+len(" to "):], ".")
				assert.Equal(t, list+".csv", filepath.Base(path))
				assertOnly(t, path)
				assert.Greater(t, len(readCSV(t, path, csvsafe.Options{})), 100)
			})
		})
	}
}

// TestDemoGoesOn interrupts --demo and repeats the command: its account is always the same.
func TestDemoGoesOn(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		out := filepath.Join(folder, "chats.jsonl")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, cancel)
		assertFails(t, program(ctx, "", chatList, "--demo", "--out", out), cli.ExitInterrupted,
			"chats are kept in "+out+".partial: to go on, repeat the command with --out "+out)
		got := program(t.Context(), "", chatList, "--demo", "--out", out)
		require.Zero(t, got.Status, got.Stderr)
		assert.Contains(t, got.Stdout, "Going on with ")
		assert.Contains(t, got.Stdout, "Wrote 126 chats to "+out+".\n")
		assertSameIDs(t, demo().Chats(), readLines[helpcrunch.Chat](t, out), chatID)
	})
}

func TestNothingIsChangedInTheAccount(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	for _, list := range []string{customerList, chatList, messageList} {
		out := filepath.Join(t.TempDir(), "all.jsonl")
		got := program(t.Context(), server.APIKey, list, "--base-url", server.URL, "--per-minute", "100000", "--out", out)
		require.Zero(t, got.Status, got.Stderr)
		info, err := os.Stat(out)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode(), "others on the machine can read it")
	}
	for _, request := range server.Requests() {
		assert.Equal(t, "GET", request.Method, request.Path)
	}
}

func TestFailures(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	out := filepath.Join(t.TempDir(), "a.csv")
	assertFails(t, program(t.Context(), "0123456789abcdef", customerList, "--base-url", server.URL, "--out", out), cli.ExitFailed, "401 Unauthorized: Invalid token (invalid_token); copy the API key whole")

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, server.APIKey, customerList, "--base-url", server.URL, "--out", out), cli.ExitInterrupted, ": interrupted\n")
	entries, err := os.ReadDir(filepath.Dir(out))
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestInvalidFlagsAndArguments(t *testing.T) {
	folder := t.TempDir()
	existing := filepath.Join(folder, "old.csv")
	require.NoError(t, os.WriteFile(existing, []byte("old"), 0o600))
	dangling := filepath.Join(folder, "dangling.csv")
	require.NoError(t, os.Symlink("nowhere", dangling))
	missing := filepath.Join(folder, "none", "a.csv")
	out := filepath.Join(folder, "a.csv")
	const key = "0123456789abcdef"
	for name, test := range map[string]struct {
		key      string
		args     []string
		sentence string
	}{
		"no list":              {key, nil, "helpcrunch export: name what to export: customers, chats or messages"},
		"unknown list":         {key, []string{"agents"}, `helpcrunch export: "agents" can't be exported: name customers, chats or messages`},
		"unknown flag":         {key, []string{"customers", "--fromat", "csv"}, "helpcrunch export customers: unknown flag: --fromat"},
		"an argument":          {key, []string{"chats", "--force", "b.csv"}, `unexpected argument "b.csv"`},
		"no key":               {"", []string{"chats", "--out", out}, "no API key"},
		"unknown format":       {key, []string{"chats", "--out", out, "--format", "xml"}, `--format must be csv or jsonl, got "xml"`},
		"unknown ending":       {key, []string{"chats", "--out", filepath.Join(folder, "a.txt")}, "a.txt ends in neither"},
		"times of customers":   {key, []string{"customers", "--out", out, "--no-response-times"}, "unknown flag: --no-response-times"},
		"raw JSON":             {key, []string{"chats", "--raw", "--out", "a.jsonl"}, "--raw is for csv, not for jsonl"},
		"no mark in JSON":      {key, []string{"chats", "--no-bom", "--out", "a.jsonl"}, "--no-bom is for csv, not for jsonl"},
		"JSON with separators": {key, []string{"chats", "--separator", ";", "--format", "jsonl", "--out", out}, "--separator is for csv, not for jsonl"},
		"a long separator":     {key, []string{"chats", "--separator", ";;", "--out", out}, `--separator must be one of , ; | or tab, got ";;"`},
		"no separator":         {key, []string{"chats", "--separator", "", "--out", out}, "--separator must be one of"},
		"a quote separates":    {key, []string{"chats", "--separator", `"`, "--out", out}, "--separator must be one of"},
		"no date":              {key, []string{"chats", "--since", "yesterday", "--out", out}, `--since must be a date such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, or last, got "yesterday"`},
		"no day":               {key, []string{"chats", "--since", "2026-02-30", "--out", out}, "--since must be a date"},
		"an empty time":        {key, []string{"chats", "--since", "", "--out", out}, "--since must be a date"},
		"the zero time":        {key, []string{"chats", "--since", "0001-01-01", "--out", out}, "--since must be after 0001-01-01"},
		"the future":           {key, []string{"chats", "--since", "9999-01-01", "--out", out}, "--since must not be after now"},
		"no time at all":       {key, []string{"chats", "--since", "0001-01-01", "--out", out}, "--since must"},
		"nowhere to write":     {key, []string{"chats"}, "--out must name a file, such as chats.csv"},
		"an empty name":        {"", []string{"chats", "--demo", "--out", ""}, "--out must name a file"},
		"a file that exists":   {key, []string{"chats", "--out", existing}, "old.csv exists: --force replaces it"},
		"a folder":             {key, []string{"chats", "--force", "--format", "csv", "--out", folder}, "is a folder"},
		"a device":             {key, []string{"chats", "--force", "--format", "csv", "--out", os.DevNull}, "must name a regular file"},
		"a dangling link":      {key, []string{"chats", "--force", "--out", dangling}, "--out: "},
		"no such folder":       {key, []string{"chats", "--out", missing}, "--out: "},
		"below a file":         {key, []string{"chats", "--out", filepath.Join(existing, "a.csv")}, "--out: "},
		"no requests":          {key, []string{"chats", "--out", out, "--per-minute", "0"}, "--per-minute must be positive"},
		"plain HTTP":           {key, []string{"chats", "--out", out, "--base-url", "http://api.example.com/v1"}, "must be https"},
		"a pasted header":      {"Bearer abcdef", []string{"chats", "--out", out}, `must not start with "Bearer"`},
		"a number of no digit": {key, []string{"chats", "--per-minute", "many"}, "many"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t.Context(), test.key, test.args...)
			assertFails(t, got, cli.ExitUsage, test.sentence)
			assert.Empty(t, got.Stdout)
		})
	}
	assert.Equal(t, "old", read(t, existing))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 2)
}

func TestHelp(t *testing.T) {
	got := program(t.Context(), "", "--help")
	assert.Zero(t, got.Status)
	for _, text := range []string{"customers", "chats", "messages", "--key-file", "--demo"} {
		assert.Contains(t, got.Stdout, text)
	}
	got = program(t.Context(), "", "chats", "--help")
	assert.Zero(t, got.Status)
	assert.Empty(t, got.Stderr)
	for _, text := range []string{"--out file", "--format", "--raw", "--force", "--since", "--separator", "--no-bom", "--no-response-times", "--per-minute", "Examples:"} {
		assert.Contains(t, got.Stdout, text)
	}
}

func TestFormatsByName(t *testing.T) {
	for name, want := range map[string]string{"a.csv": "id,", "A.CSV": "id,", "a.jsonl": "{", "a.ndjson": "{", "a.txt --format jsonl": "{", "a.jsonl --format csv": "id,"} {
		words := strings.Fields(name)
		out := filepath.Join(t.TempDir(), words[0])
		synctest.Test(t, func(t *testing.T) {
			got := program(t.Context(), "", append([]string{chatList, "--no-response-times", "--demo", "--out", out}, words[1:]...)...)
			require.Zero(t, got.Status, got.Stderr)
		})
		assert.True(t, strings.HasPrefix(strings.TrimPrefix(read(t, out), "\ufeff"), want), name)
	}
}

// TestTheFileIsWrittenWhenNothingCanBePrinted: nobody may read the output.
func TestTheFileIsWrittenWhenNothingCanBePrinted(t *testing.T) {
	o := newOptions(t, customerList, formatJSONLines)
	closed, _, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	require.NoError(t, newExport(t, o, newServer(t, helpcrunchtest.WithDemoAccount()).Client(), closed).run(t.Context()))
	assert.Len(t, readLines[helpcrunch.Customer](t, o.out), 5)
}
