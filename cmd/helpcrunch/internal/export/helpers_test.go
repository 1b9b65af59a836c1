package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/outfile"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// newServer makes an in-memory fake server without a port.
func newServer(t *testing.T, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(append(opts, helpcrunchtest.WithoutListener())...)
	t.Cleanup(server.Close)
	return server
}

// newOptions returns the options of an export to a folder of the test.
func newOptions(t *testing.T, list, format string) *options {
	t.Helper()
	return &options{list: list, format: format, comma: ',', out: filepath.Join(t.TempDir(), list+"."+format)}
}

// testAccount is the id of the account in tests.
const testAccount = "test"

// newExport prepares an export as the command does.
func newExport(t *testing.T, o *options, client *helpcrunch.Client, stdout io.Writer) *export {
	t.Helper()
	file, err := outfile.Open("--out", o.out, o.force)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	env := &cli.Env{Stdout: stdout, Stderr: io.Discard}
	return &export{options: o, env: env, client: client, account: testAccount, clock: newStartClock(), file: file, claimed: make(ids)}
}

// exports runs an export to its end, and returns what it printed.
func exports(t *testing.T, o *options, client *helpcrunch.Client) string {
	t.Helper()
	var stdout bytes.Buffer
	require.NoError(t, newExport(t, o, client, &stdout).run(t.Context()))
	assertOnly(t, o.out)
	return stdout.String()
}

// wholeJournal leaves the journal of an export that was killed right before it wrote its file.
func wholeJournal(t *testing.T, o *options, client *helpcrunch.Client) []byte {
	t.Helper()
	e := newExport(t, o, client, io.Discard)
	require.NoError(t, e.openJournal(o.from))
	require.NoError(t, e.gather(t.Context(), o.from))
	require.NoError(t, e.journal.Close())
	return []byte(read(t, journalOf(o)))
}

func journalOf(o *options) string { return o.out + outfile.JournalSuffix }

type result = clitest.Result

// program runs the program with a key, which may be empty.
func program(ctx context.Context, key string, args ...string) result {
	return clitest.Run(ctx, Command, key, append([]string{"export"}, args...)...)
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	got.AssertFails(t, "export", status, sentence)
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

// readCSV reads a file of CSV as a map of column to value for each row.
func readCSV(t *testing.T, path string, o csvsafe.Options) []map[string]string {
	t.Helper()
	reader, err := csvsafe.NewReader(strings.NewReader(read(t, path)), o)
	require.NoError(t, err)
	var rows []map[string]string
	for row, err := range reader.Rows() {
		require.NoError(t, errors.Join(err, row.Err))
		cells := make(map[string]string)
		for i, cell := range row.Cells {
			cells[reader.Header[i]] = cell
		}
		rows = append(rows, cells)
	}
	return rows
}

// assertSameIDs checks that rows are the wanted ones, each once, in any order.
func assertSameIDs[T any](t *testing.T, want, got []T, id func(T) int64) {
	t.Helper()
	assert.ElementsMatch(t, each(want, func(row T) string { return idCell(id(row)) }),
		each(got, func(row T) string { return idCell(id(row)) }))
}

func chatID(c helpcrunch.Chat) int64 { return c.ID }

func customerID(c helpcrunch.Customer) int64 { return c.ID }
