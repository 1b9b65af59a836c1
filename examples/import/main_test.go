package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// program runs with a key, which may be empty.
func program(ctx context.Context, key string, args ...string) result {
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, key, &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "import: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
}

// newServer makes a server in memory.
func newServer(t *testing.T, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutListener())...)
	t.Cleanup(server.Close)
	return server
}

// newFile writes a file for a test.
func newFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "customers.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// imports runs an import of a file, and returns its report: for each row its line,
// userId, outcome and details. The error is that of the import.
func imports(ctx context.Context, t *testing.T, client *helpcrunch.Client, c *config, text string) ([]string, error) {
	t.Helper()
	c.file = newFile(t, text)
	c.report = filepath.Join(t.TempDir(), "report.csv")
	err := c.importTo(ctx, client, &bytes.Buffer{})
	report, _ := os.ReadFile(c.report) // there is none when it did not come so far
	lines := strings.Split(strings.TrimSuffix(string(report), "\n"), "\n")
	return lines[1:], err
}

// writes counts the requests that change something.
func writes(server *helpcrunchtest.Server) int {
	return server.Count() - server.Count(helpcrunchtest.SearchCustomers)
}

func TestWithoutAKeyTheSampleIsTriedInMemory(t *testing.T) {
	got := program(t.Context(), "")
	assert.Zero(t, got.status, got.stderr)
	assert.Contains(t, got.stdout, "The sample has bad rows")
	first, _, _ := strings.Cut(got.stdout, "\n")
	assert.Contains(t, first, "in memory")
	assert.Contains(t, got.stdout, "\n2      shop-1001            unchanged\n")
	assert.Contains(t, got.stdout, "\n4      shop-1003            to create\n")
	assert.Contains(t, got.stdout, "\n7      shop-1003            error       the userId is in line 4 already\n")
	assert.Contains(t, got.stdout, "\n8 rows: 3 to create, 1 to update, 1 unchanged, 3 error.\nNothing was written.")

	got = program(t.Context(), "", "-write", "-type", "orders=number")
	assert.Contains(t, got.stdout, "\n8 rows: 3 created, 1 updated, 1 unchanged, 3 error.\n")
	assert.NotContains(t, got.stdout, "Nothing was written")
}

func TestWithAKeyNothingIsWrittenUnlessAsked(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	before := server.Customers()
	file := newFile(t, "userId,name\ncrm-4411,Somebody Else\nnew,Somebody\n")
	args := []string{"-base-url", server.URL, "-per-minute", "10000", file}
	got := program(t.Context(), server.APIKey, args...)
	assert.Zero(t, got.status, got.stderr)
	assert.Contains(t, got.stdout, "nothing is changed there")
	assert.Contains(t, got.stdout, "2 rows: 1 to create, 1 to update.\n")
	assert.Equal(t, before, server.Customers())
	assert.Zero(t, writes(server))

	got = program(t.Context(), server.APIKey, append([]string{"-write"}, args...)...)
	assert.Zero(t, got.status, got.stderr)
	assert.Contains(t, got.stdout, "2 rows: 1 created, 1 updated.\n")
	assert.Len(t, server.Customers(), len(before)+1)
	changed, _ := server.CustomerByUserID("crm-4411")
	assert.Equal(t, "Somebody Else", changed.Name)
}

func TestFailures(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	file := newFile(t, "userId\na\n")
	assertFails(t, program(t.Context(), "0123456789abcdef", "-write", "-base-url", server.URL, file), exitFailed,
		"does not accept the key in "+keyVariable+": POST /customers/search: 401")
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, server.APIKey, "-write", "-base-url", server.URL, file), exitInterrupted, "interrupted; nothing was written")
	server.Inject(helpcrunchtest.Status(http.StatusBadRequest).On(helpcrunchtest.SearchCustomers))
	assertFails(t, program(t.Context(), server.APIKey, "-write", "-base-url", server.URL, file), exitFailed,
		"nothing was written: POST /customers/search: 400")
	assert.Zero(t, writes(server))
}

func TestBadInput(t *testing.T) {
	file := newFile(t, "userId\na\n")
	for name, test := range map[string]struct {
		key, sentence string
		args          []string
	}{
		"unknown flag":       {"", "-wirte (-h lists the flags)", []string{"-wirte"}},
		"two files":          {"", `"b.csv" is one word too many`, []string{"a.csv", "b.csv"}},
		"no file":            {"abcdef", "say which file to import", nil},
		"a file that is not": {"", "none.csv: no such file", []string{"none.csv"}},
		"a folder":           {"", "is a directory", []string{t.TempDir()}},
		"no key":             {"", "need a key in " + keyVariable, []string{"-per-minute", "7", file}},
		"no type":            {"", "not name=type", []string{"-type", "seats", file}},
		"an unknown type":    {"", `"integer" is none of text, number, boolean and date`, []string{"-type", "seats=integer", file}},
		"a report that is":   {"", "exists", []string{"-report", file, file}},
		"nowhere to report":  {"", "-report", []string{"-report", filepath.Join(file, "a"), file}},
		"an empty file":      {"", "the file is empty", []string{newFile(t, "")}},
		"no userId":          {"", "the file has no column userId", []string{newFile(t, "name\nNora\n")}},
		"an unknown column":  {"", `the column "nmae" is unknown`, []string{newFile(t, "userId,nmae\n")}},
		"a nameless column":  {"", `the column "customData." is unknown`, []string{newFile(t, "userId,customData.\n")}},
		"a column twice":     {"", `the column "name" is there twice`, []string{newFile(t, "userId,name,name\n")}},
		"not CSV":            {"", "names of columns", []string{newFile(t, "userId,\"name\n")}},
		"no requests":        {"abcdef", "at least 1", []string{"-per-minute", "0", file}},
		"plain HTTP":         {"abcdef", "must be https", []string{"-base-url", "http://api.example.com/v1", file}},
		"a pasted header":    {"Bearer abcdef", `must not start with "Bearer"`, []string{file}},
	} {
		t.Run(name, func(t *testing.T) {
			assertFails(t, program(t.Context(), test.key, test.args...), exitUsage, test.sentence)
		})
	}
}

func TestHelp(t *testing.T) {
	got := program(t.Context(), "", "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"-write", "-report", "-raw", "-type", "-base-url", "-per-minute", "userId name", "customData.(name)", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}
