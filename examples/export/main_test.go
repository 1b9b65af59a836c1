package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// asProgram makes the test binary the program itself.
const asProgram = "EXPORT_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// program runs with a key, which may be empty.
func program(ctx context.Context, key string, args ...string) result {
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, key, streams{stdout: &stdout, stderr: &stderr})
	return result{status, stdout.String(), stderr.String()}
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "export: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
}

// newServer makes a server in memory.
func newServer(t *testing.T, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutListener())...)
	t.Cleanup(server.Close)
	return server
}

// newConfig is an export to a folder of the test.
func newConfig(t *testing.T, what, format string) *config {
	t.Helper()
	c := &config{what: what, format: format, messages: true, perMinute: helpcrunch.DefaultRateLimit}
	c.writeTo(t.TempDir())
	return c
}

func newTarget(t *testing.T, c *config) *target {
	t.Helper()
	target, err := openTarget(c.out)
	require.NoError(t, err)
	t.Cleanup(func() { target.folder.Close() })
	return target
}

func journalOf(c *config) string { return c.out + journalSuffix }

// exports runs an export to its end.
func exports(t *testing.T, c *config, client *helpcrunch.Client) string {
	t.Helper()
	var stdout bytes.Buffer
	require.NoError(t, c.export(t.Context(), client, streams{stdout: &stdout}))
	assertOnly(t, c.out)
	return stdout.String()
}

// assertOnly checks that a file is the only one in its folder.
func assertOnly(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, filepath.Base(path), entries[0].Name())
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// readLines reads a file of JSON Lines.
func readLines[T any](t *testing.T, path string) []T {
	t.Helper()
	var rows []T
	for line := range strings.Lines(read(t, path)) {
		var row T
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		rows = append(rows, row)
	}
	return rows
}

// readCSV reads a file of CSV as a map of column to value for each record.
func readCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(read(t, path))).ReadAll()
	require.NoError(t, err)
	rows := make([]map[string]string, len(records)-1)
	for i, record := range records[1:] {
		rows[i] = make(map[string]string)
		for column, value := range record {
			rows[i][records[0][column]] = value
		}
	}
	return rows
}

func TestWithoutAKeyAnAccountInMemoryIsExported(t *testing.T) {
	for _, what := range []string{whatCustomers, whatChats} {
		t.Run(what, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			synctest.Test(t, func(t *testing.T) {
				got := program(t.Context(), "", what)
				assert.Zero(t, got.status)
				assert.Empty(t, got.stderr)
				first, rest, _ := strings.Cut(got.stdout, "\n")
				assert.Contains(t, first, "in memory")
				path := strings.TrimSuffix(rest[strings.LastIndex(rest, " to ")+len(" to "):], ".\n")
				assert.Equal(t, what+".csv", filepath.Base(path))
				assertOnly(t, path)
				assert.Greater(t, len(readCSV(t, path)), 500)
			})
		})
	}
}

func TestWithAKeyNothingIsChanged(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	out := filepath.Join(t.TempDir(), "all.jsonl")
	got := program(t.Context(), server.APIKey, "-base-url", server.URL, "-per-minute", "10000", "-out", out, "chats")
	require.Zero(t, got.status, got.stderr)
	assert.Contains(t, got.stdout, "Wrote 6 chats to "+out+".\n")
	assert.Len(t, readLines[helpcrunch.Chat](t, out), 6)
	for _, request := range server.Requests() {
		assert.Equal(t, "GET", request.Method, request.Path)
	}
	info, err := os.Stat(out)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode(), "others on the machine can read it")
}

// TestSignals stops real processes in the middle, and lets another run finish their work.
func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Kill} {
		t.Run(signal.String(), func(t *testing.T) {
			var process *exec.Cmd
			started, dead := make(chan struct{}), make(chan struct{})
			var stop sync.Once
			server := helpcrunchtest.NewServer(
				helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 50, Chats: 130, Messages: 400}, 1),
				helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
					if r.Operation == helpcrunchtest.ListMessages && strings.Contains(r.Path, "0070/") {
						stop.Do(func() {
							<-started
							assert.NoError(t, process.Process.Signal(signal))
						})
						<-dead
					}
				}))
			defer server.Close()
			out := filepath.Join(t.TempDir(), "chats.jsonl")
			args := []string{"-base-url", server.URL, "-per-minute", "100000", "-out", out, "chats"}
			process = exec.Command(os.Args[0], args...)
			process.Env = append(os.Environ(), asProgram+"=yes", keyVariable+"="+server.APIKey)
			var stderr bytes.Buffer
			process.Stderr = &stderr
			require.NoError(t, process.Start())
			close(started)
			_ = process.Wait() // its status is checked below
			close(dead)
			if signal != os.Kill {
				assertFails(t, result{status: process.ProcessState.ExitCode(), stderr: stderr.String()}, exitInterrupted,
					"to go on, run it again with -out "+out)
			}
			assert.NoFileExists(t, out)

			got := program(t.Context(), server.APIKey, args...)
			require.Zero(t, got.status, got.stderr)
			assertOnly(t, out)
			assertSameIDs(t, server.Chats(), readLines[helpcrunch.Chat](t, out), func(c helpcrunch.Chat) int64 { return c.ID })
		})
	}
}

// assertSameIDs checks that rows are the wanted ones, each once, in any order.
func assertSameIDs[T any](t *testing.T, want, got []T, id func(T) int64) {
	t.Helper()
	assert.ElementsMatch(t, words(want, func(row T) string { return number(id(row)) }),
		words(got, func(row T) string { return number(id(row)) }))
}

func TestFailures(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	out := filepath.Join(t.TempDir(), "a.csv")
	assertFails(t, program(t.Context(), "0123456789abcdef", "-base-url", server.URL, "-out", out), exitFailed,
		"does not accept the key in "+keyVariable+": GET /organization: 401")

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, server.APIKey, "-base-url", server.URL, "-out", out), exitInterrupted, "interrupted\n")
	entries, err := os.ReadDir(filepath.Dir(out))
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestBadInput(t *testing.T) {
	folder := t.TempDir()
	existing := filepath.Join(folder, "old.csv")
	require.NoError(t, os.WriteFile(existing, []byte("old"), 0o600))
	missing := filepath.Join(folder, "none", "a.csv")
	out := filepath.Join(folder, "a.csv")
	for name, test := range map[string]struct {
		key      string
		args     []string
		sentence string
	}{
		"unknown flag":         {"", []string{"-fromat", "csv"}, "-fromat (-h lists the flags)"},
		"unknown list":         {"", []string{"agents"}, `"agents" can't be exported, only customers or chats`},
		"two words":            {"", []string{"chats", "-force"}, `"-force" is one word too many`},
		"unknown format":       {"", []string{"-format", "xml"}, `-format must be csv or jsonl, not "xml"`},
		"unknown extension":    {"", []string{"-out", filepath.Join(folder, "a.txt")}, "a.txt does not end in .csv or .jsonl"},
		"messages of none":     {"", []string{"-messages=false"}, "-messages is for chats"},
		"raw JSON":             {"", []string{"-raw", "-format", "jsonl"}, "-raw is for csv"},
		"no key":               {"", []string{"-per-minute", "10"}, "need a key in " + keyVariable},
		"nowhere to write":     {"abcdef", nil, "say with -out which file to write"},
		"a file that exists":   {"abcdef", []string{"-out", existing}, "old.csv exists: choose another file, or replace it with -force"},
		"a folder":             {"abcdef", []string{"-force", "-format", "csv", "-out", folder}, "is a folder"},
		"a device":             {"abcdef", []string{"-force", "-format", "csv", "-out", os.DevNull}, "is not a regular file"},
		"no such folder":       {"abcdef", []string{"-out", missing}, "there is no folder " + filepath.Dir(missing)},
		"below a file":         {"abcdef", []string{"-out", filepath.Join(existing, "a.csv")}, "-out"},
		"no requests":          {"abcdef", []string{"-out", out, "-per-minute", "0"}, "at least 1"},
		"plain HTTP":           {"abcdef", []string{"-out", out, "-base-url", "http://api.example.com/v1"}, "must be https"},
		"a pasted header":      {"Bearer abcdef", []string{"-out", out}, `must not start with "Bearer"`},
		"a number of no digit": {"abcdef", []string{"-per-minute", "many"}, "many"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t.Context(), test.key, test.args...)
			assertFails(t, got, exitUsage, test.sentence)
			assert.Empty(t, got.stdout)
		})
	}
	assert.Equal(t, "old", read(t, existing))
}

func TestHelp(t *testing.T) {
	got := program(t.Context(), "", "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"-out file", "-format", "-messages", "-raw", "-force", "-base-url", "-per-minute", "customers|chats", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}
