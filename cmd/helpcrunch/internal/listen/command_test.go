package listen

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func assertOneLine(t *testing.T, stderr string) {
	t.Helper()
	assert.Equal(t, 1, strings.Count(stderr, "\n"), "not one line: %s", stderr)
	assert.True(t, strings.HasPrefix(stderr, "helpcrunch listen"), stderr)
}

func TestInvalidFlags(t *testing.T) {
	for name, test := range map[string]struct {
		key  string
		args []string
		text string
	}{
		"unknown flag":       {testKey, []string{"--spol", "x"}, "unknown flag: --spol"},
		"not a flag":         {testKey, []string{"start"}, `unexpected argument "start"`},
		"no signing key":     {"", nil, "no signing key: set HELPCRUNCH_SIGNING_KEY, or name a file with --signing-key-file"},
		"a blank key":        {"  ", nil, "no signing key"},
		"no key file":        {testKey, []string{"--signing-key-file", "none"}, "--signing-key-file: open none"},
		"no port":            {testKey, []string{"--addr", "localhost"}, "--addr must be host:port"},
		"no such port":       {testKey, []string{"--addr", "127.0.0.1:99999"}, "--addr must be host:port"},
		"no path":            {testKey, []string{"--path", "hooks"}, "--path must begin with a slash"},
		"a path with query":  {testKey, []string{"--path", "/hooks?a"}, "--path must begin with a slash and hold no query"},
		"an empty URL":       {testKey, []string{"--forward", ""}, "--forward must be an http or https URL"},
		"an empty command":   {testKey, []string{"--exec", " "}, "--exec must name a command"},
		"no URL":             {testKey, []string{"--forward", "localhost:3000"}, "--forward must be an http or https URL"},
		"two actions":        {testKey, []string{"--forward", "http://localhost:3000", "--exec", "true"}, "--forward and --exec exclude each other"},
		"JSON of nothing":    {testKey, []string{"--exec", "true", "--json"}, "--json is for printed events"},
		"attempts to print":  {testKey, []string{"--max-attempts", "3"}, "--timeout and --max-attempts need --forward or --exec"},
		"negative attempts":  {testKey, []string{"--exec", "true", "--max-attempts", "-1"}, "--max-attempts must be 0 or more, got -1"},
		"no time":            {testKey, []string{"--exec", "true", "--timeout", "0s"}, "--timeout must be positive, got 0s"},
		"no spool":           {testKey, []string{"--spool", ""}, "--spool must name a file"},
		"failed: no spool":   {testKey, []string{"failed"}, "--spool: there is no file helpcrunch-events.db"},
		"failed: both":       {testKey, []string{"failed", "--retry", "--delete"}, "--retry and --delete exclude each other"},
		"failed: not a flag": {testKey, []string{"failed", "x"}, `unexpected argument "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			status, stdout, stderr := run(t.Context(), test.key, append([]string{"listen"}, test.args...)...)
			assert.Equal(t, 2, status)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.text)
			assertOneLine(t, stderr)
			left, err := os.ReadDir(".")
			require.NoError(t, err)
			assert.Empty(t, left, "nothing is written before the flags are checked")
		})
	}
}

func TestAnAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	spool := filepath.Join(t.TempDir(), "spool")
	status, _, stderr := run(t.Context(), testKey, "listen", "--addr", taken.Addr().String(), "--spool", spool)
	assert.Equal(t, 1, status)
	assert.Contains(t, stderr, "address already in use")
	assertOneLine(t, stderr)
	assert.NoFileExists(t, spool)
}

func TestHelpShowsHowToTryIt(t *testing.T) {
	status, stdout, _ := run(t.Context(), "", "listen", "--help")
	assert.Zero(t, status)
	for _, text := range []string{"helpcrunch trigger chat.new http://127.0.0.1:8421/helpcrunch", "--spool", "503", "14 days"} {
		assert.Contains(t, stdout, text)
	}
}

func TestFailedEventsAreListedRetriedAndDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool")
	s := reopen(t, path)
	fail := func(id string) {
		s.mustPut(t, recordOf(id))
		key, r, _, err := s.next(time.Now())
		require.NoError(t, err)
		r.Failures, r.Error = 20, "status 1\x1b[2J"
		require.NoError(t, s.move(key, r, failedBucket, time.Now()))
	}
	command := func(args ...string) (string, string) {
		t.Helper()
		require.NoError(t, s.db.Close())
		status, stdout, stderr := run(t.Context(), "", append([]string{"listen", "failed", "--spool", path}, args...)...)
		require.Zero(t, status, stderr)
		s = reopen(t, path)
		return stdout, stderr
	}
	fail("one")
	fail("two")
	stdout, stderr := command()
	assert.Equal(t, `2023-11-14T22:13:20Z message.chat.customer one chat 7, customer 5 Marta: Hello? (failed 20 times: status 1\x1b[2J)`,
		strings.Split(stdout, "\n")[0])
	assert.Equal(t, 2, strings.Count(stdout, "\n"))
	assert.Contains(t, stderr, "2 events failed")
	stdout, _ = command("--json")
	assert.Contains(t, stdout, `{"failures":20,"error":"status 1\u001b[2J","event":{"event":"message.chat.customer","id":"one"`)
	_, stderr = command("--retry")
	assert.Equal(t, "2 events wait for the next helpcrunch listen\n", stderr)
	waiting, failed := s.mustCount(t)
	assert.Equal(t, []int{2, 0}, []int{waiting, failed})
	for range 2 {
		key, r, _, err := s.next(time.Now())
		require.NoError(t, err)
		require.NoError(t, s.move(key, r, failedBucket, time.Now()))
	}
	_, stderr = command("--delete")
	assert.Equal(t, "2 events deleted\n", stderr)
	waiting, failed = s.mustCount(t)
	assert.Equal(t, []int{0, 0}, []int{waiting, failed})

	status, _, stderr := run(context.Background(), "", "listen", "failed", "--spool", path)
	assert.Equal(t, 1, status)
	assert.Contains(t, stderr, "is used by another process")
}
