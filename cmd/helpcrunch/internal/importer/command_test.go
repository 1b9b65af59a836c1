package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

type result = clitest.Result

// program runs "helpcrunch import" with a key, which may be empty.
func program(ctx context.Context, key string, args ...string) result {
	return clitest.Run(ctx, Command, key, append([]string{"import"}, args...)...)
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	got.AssertFails(t, "import: ", status, sentence)
}

// newServer makes an in-memory fake server.
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

// imports runs an import of a file, and returns its report: for each row its line, key,
// outcome and details. The error is that of the import.
func imports(ctx context.Context, t *testing.T, client *helpcrunch.Client, c *command, text string) ([]string, error) {
	t.Helper()
	c.env = &cli.Env{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}
	c.path = newFile(t, text)
	c.report = filepath.Join(t.TempDir(), "report.csv")
	var err error
	c.kindOf, err = parseKinds(c.types)
	require.NoError(t, err)
	file, rows, table, err := c.open()
	require.NoError(t, err)
	defer file.Close()
	table.client = client
	err = c.importTo(ctx, &importer{client: client, table: table, write: c.write}, rows)
	return reported(t, c.report), err
}

// reported returns the lines of a report after the first.
func reported(t *testing.T, path string) []string {
	t.Helper()
	report, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(report), "\r\n"), "\r\n")
	assert.Regexp(t, "^\ufeffline,(id|userId|email),outcome,details$", lines[0])
	return lines[1:]
}

// writes counts the requests that change something.
func writes(server *helpcrunchtest.Server) int {
	return server.Count() - server.Count(helpcrunchtest.SearchCustomers)
}

func TestDemoImportsIntoTheFakeServer(t *testing.T) {
	sample := filepath.Join("testdata", "sample.csv")
	got := program(t.Context(), "", "--demo", sample)
	assertFails(t, got, cli.ExitFailed, "3 rows are invalid or were not written")
	assert.Contains(t, got.Stdout, "\n2      crm-4411             to update   tags, customData.orders\n")
	assert.Contains(t, got.Stdout, "\n4      shop-1003            to create\n")
	assert.Contains(t, got.Stdout, "\n7      shop-1003            error       the userId is in line 4 already\n")
	assert.Contains(t, got.Stdout, "\n8 rows: 4 to create, 1 to update, 3 error.\nNothing was written. To write, run it again with --write.\n")

	got = program(t.Context(), "", "--demo", "--write", "--type", "orders=number", sample)
	assertFails(t, got, cli.ExitFailed, "3 rows are invalid or were not written")
	assert.Contains(t, got.Stdout, "\n8 rows: 4 created, 1 updated, 3 error.\n")
	assert.NotContains(t, got.Stdout, "Nothing was written")
}

func TestNothingIsWrittenWithoutWrite(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	before := server.Customers()
	file := newFile(t, "userId,name\ncrm-4411,Somebody Else\nnew,Somebody\n")
	args := []string{"--base-url", server.URL, "--per-minute", "10000", file}
	got := program(t.Context(), server.APIKey, args...)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Empty(t, got.Stderr)
	assert.Contains(t, got.Stdout, "2 rows: 1 to create, 1 to update.\n")
	assert.Equal(t, before, server.Customers())
	assert.Zero(t, writes(server))

	got = program(t.Context(), server.APIKey, append([]string{"--write"}, args...)...)
	assert.Zero(t, got.Status, got.Stderr)
	assert.Contains(t, got.Stdout, "2 rows: 1 created, 1 updated.\n")
	assert.Len(t, server.Customers(), len(before)+1)
	changed, _ := server.CustomerByUserID("crm-4411")
	assert.Equal(t, "Somebody Else", changed.Name)
}

func TestJSONLines(t *testing.T) {
	got := program(t.Context(), "", "--demo", "--json", newFile(t, "userId,name\ncrm-4411,Somebody Else\n,x\n\u009b,y\n"))
	assert.Equal(t, cli.ExitFailed, got.Status)
	assert.NotContains(t, got.Stdout, "\u009b")
	var rows []map[string]any
	for line := range strings.Lines(got.Stdout) {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		rows = append(rows, row)
	}
	assert.Equal(t, []map[string]any{
		{"line": 2.0, "key": "crm-4411", "outcome": "to update", "details": "name"},
		{"line": 3.0, "key": "", "outcome": "error", "details": "userId is empty"},
		{"line": 4.0, "key": "\u009b", "outcome": "to create", "details": "warning: userId contains the invisible character U+009B"},
	}, rows)
	assert.Contains(t, got.Stderr, "3 rows: 1 to create, 1 to update, 1 error, 1 with a warning.\n")
}

func TestFailures(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	file := newFile(t, "userId\na\n")
	report := filepath.Join(t.TempDir(), "report.csv")
	assertFails(t, program(t.Context(), "0123456789abcdef", "--write", "--base-url", server.URL, "--report", report, file), cli.ExitFailed,
		"POST /customers/search: 401")
	assert.NoFileExists(t, report, "a report without rows is in the way of the next run")
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, server.APIKey, "--write", "--base-url", server.URL, file), cli.ExitInterrupted, "interrupted; ")
	assertFails(t, program(ctx, server.APIKey, "--base-url", server.URL, file), cli.ExitInterrupted, "interrupted; nothing was written")
	server.Inject(helpcrunchtest.Status(http.StatusForbidden).On(helpcrunchtest.SearchCustomers))
	assertFails(t, program(t.Context(), server.APIKey, "--base-url", server.URL, file), cli.ExitFailed, "403 Forbidden")
	assert.Zero(t, writes(server))
}

func TestInvalidInput(t *testing.T) {
	file := newFile(t, "userId\na\n")
	folder := t.TempDir()
	link := filepath.Join(folder, "link.csv")
	require.NoError(t, os.Symlink(filepath.Join(folder, "nowhere"), link))
	for name, test := range map[string]struct {
		key, sentence string
		args          []string
	}{
		"unknown flag":        {"", "unknown flag: --wirte", []string{"--wirte", file}},
		"two files":           {"", `unexpected argument "b.csv"`, []string{"a.csv", "b.csv"}},
		"no file":             {"abcdef", "FILE is missing", nil},
		"a file that is not":  {"k", "none.csv: no such file", []string{"none.csv"}},
		"a folder":            {"k", "is a directory", []string{folder}},
		"no key":              {"", "no API key", []string{file}},
		"no type":             {"k", `--type must be an attribute and its type such as seats=number, got "seats"`, []string{"--type", "seats", file}},
		"an unknown type":     {"k", `--type must be text, number, boolean or date, got "integer"`, []string{"--type", "seats=integer", file}},
		"an unknown --by":     {"k", `--by must be id, userId or email, got "phone"`, []string{"--by", "phone", file}},
		"--by without column": {"k", "the file has no column email", []string{"--by", "email", file}},
		"no separator":        {"k", `--separator must be one of , ; | or tab, got "::"`, []string{"--separator", "::", file}},
		"two outputs":         {"k", "--report and --json exclude each other", []string{"--json", "--report", "new.csv", file}},
		"a nameless report":   {"k", "--report must name a file", []string{"--report", "", file}},
		"a report that is":    {"k", "exists", []string{"--report", file, file}},
		"a report as a link":  {"k", "exists", []string{"--report", link, file}},
		"a report as folder":  {"k", "exists", []string{"--report", folder, file}},
		"nowhere to report":   {"k", "--report", []string{"--report", filepath.Join(file, "a"), file}},
		"an empty file":       {"k", "the file is empty", []string{newFile(t, "")}},
		"no key column":       {"k", "the file needs a column id, userId or email", []string{newFile(t, "name\nNora\n")}},
		"an unknown column":   {"k", `the column "nmae" is unknown`, []string{newFile(t, "userId,nmae\n")}},
		"a nameless column":   {"k", `column 2 has no name`, []string{newFile(t, "userId, ,name\n")}},
		"nameless attribute":  {"k", `the column "customData." is unknown`, []string{newFile(t, "userId,customData.\n")}},
		"a column twice":      {"k", `the column "name" is there twice`, []string{newFile(t, "userId,name,name\n")}},
		"twice by space":      {"k", `the column "name" is there twice`, []string{newFile(t, "userId,name, name\n")}},
		"twice by case":       {"k", `the column "email" is there twice`, []string{newFile(t, "userId,E-mail,email\n")}},
		"guarded twice":       {"k", `the column "'customData.plan" is unknown`, []string{newFile(t, "userId,customData.plan,'customData.plan\n")}},
		"an open quote":       {"k", "line 1 must name the columns", []string{newFile(t, "userId,\"name\n")}},
		"UTF-16":              {"k", "the file is UTF-16", []string{newFile(t, "\xff\xfeu\x00s\x00")}},
		"no requests":         {"k", "--per-minute must be positive", []string{"--per-minute", "0", file}},
		"plain HTTP":          {"k", "must be https", []string{"--base-url", "http://api.example.com/v1", file}},
		"a pasted header":     {"Bearer abcdef", `must not start with "Bearer"`, []string{file}},
	} {
		t.Run(name, func(t *testing.T) {
			assertFails(t, program(t.Context(), test.key, test.args...), cli.ExitUsage, test.sentence)
		})
	}
	assert.NoFileExists(t, "new.csv")
	_, err := os.Lstat(filepath.Join(folder, "nowhere"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestHelp(t *testing.T) {
	got := program(t.Context(), "", "--help")
	assert.Zero(t, got.Status)
	assert.Empty(t, got.Stderr)
	for _, text := range []string{"--write", "--report", "--raw", "--type", "--by", "--base-url", "--per-minute", "userId company", "customData.NAME"} {
		assert.Contains(t, got.Stdout, text)
	}
}
