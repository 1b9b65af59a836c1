package report

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// startReport starts the built program on an account.
func startReport(t *testing.T, folder string, server *helpcrunchtest.Server, args ...string) *clitest.Process {
	t.Helper()
	args = append([]string{"report", "--base-url", server.URL, "--per-minute", "100000", "--tz", "UTC"}, args...)
	return clitest.Start(t, folder, server.APIKey, args...)
}

// list lists a folder.
func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestKillsLoseNothing kills the program at random requests until a run is complete. Its figures
// are those of one run, and no chat is read again but those in flight.
func TestKillsLoseNothing(t *testing.T) {
	const chats = 100
	chance := rand.New(rand.NewPCG(7, 11))
	var kill atomic.Pointer[func()]
	var left atomic.Int64
	server := newServer(t, chats, helpcrunchtest.WithLatency(2*time.Millisecond), helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.ListMessages && left.Add(-1) == 0 {
			(*kill.Load())()
		}
	}))
	left.Store(-1)
	folder := t.TempDir()
	path := filepath.Join(folder, "report.html")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	var got clitest.Result
	kills := 0
	for ; ; kills++ {
		ready := make(chan struct{})
		var p *clitest.Process
		end := func() {
			<-ready
			_ = p.Process.Kill()
		}
		kill.Store(&end)
		left.Store(int64(1 + chance.IntN(15)))
		p = startReport(t, folder, server, "--days", "2", "--force", "--json", "--out", "report.html")
		close(ready)
		if got = p.Result(); got.Status != -1 {
			break
		}
		require.Equal(t, "old", contents(t, path))
	}
	require.Zero(t, got.Status, got.Stderr)
	assert.Contains(t, contents(t, path), "</html>")
	assert.Equal(t, []string{"report.html"}, list(t, folder), "no journal, no lock")
	read := server.Count(helpcrunchtest.ListMessages)
	t.Logf("%d kills, %d chats, %d requests for messages", kills, chats, read)
	assert.Greater(t, kills, 10)
	assert.Less(t, read, chats+kills*15)

	left.Store(-1)
	whole := startReport(t, folder, server, "--days", "2", "--json").Result()
	require.Zero(t, whole.Status, whole.Stderr)
	assert.Equal(t, figuresOf(t, whole.Stdout), figuresOf(t, got.Stdout))
	assert.Equal(t, chats, decode(t, got.Stdout).FirstResponse.All.Responses)
}

// figuresOf returns the output of --json without the time when it was made.
func figuresOf(t *testing.T, stdout string) string {
	t.Helper()
	before, after, found := strings.Cut(stdout, `"made": "`)
	require.True(t, found, stdout)
	_, after, _ = strings.Cut(after, "\n")
	return before + after
}

func TestSignalsSayHowToGoOn(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		folder := t.TempDir()
		requests := make(chan struct{}, 1000)
		server := newServer(t, 50, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
			if r.Operation == helpcrunchtest.ListMessages {
				requests <- struct{}{}
			}
		}))
		p := startReport(t, folder, server, "--days", "2", "--per-minute", "6000") // every 10 ms
		for range 20 {
			<-requests
		}
		require.NoError(t, p.Process.Signal(signal))
		got := p.Result()
		assert.Equal(t, cli.ExitInterrupted, got.Status)
		require.Regexp(t, `^helpcrunch report: interrupted; \d+ chats are kept in report.html.partial: to go on, repeat the command\n$`, got.Stderr)
		assert.Equal(t, []string{"report.html.partial"}, list(t, folder))
		next := startReport(t, folder, server, "--days", "2").Result()
		assert.Zero(t, next.Status, next.Stderr)
		assert.Regexp(t, `^Going on with \d+ chats from report.html.partial.\n$`, next.Stderr)
		assert.Equal(t, []string{"report.html"}, list(t, folder))
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Symlink("report.html", filepath.Join(folder, "link.html")))
	requests := make(chan struct{}, 1000)
	server := newServer(t, 30, helpcrunchtest.WithLatency(20*time.Millisecond), helpcrunchtest.WithObserver(func(helpcrunchtest.Request) { requests <- struct{}{} }))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "report.html"), nil, 0o600))
	first := startReport(t, folder, server, "--force")
	<-requests
	for _, out := range []string{"report.html", "link.html"} {
		second := startReport(t, folder, server, "--force", "--out", out).Result()
		assert.Equal(t, cli.ExitFailed, second.Status)
		assert.Equal(t, "helpcrunch report: another run is writing "+out+"\n", second.Stderr)
	}
	got := first.Result()
	assert.Zero(t, got.Status, got.Stderr)
	assert.Contains(t, contents(t, filepath.Join(folder, "report.html")), "</html>")
}

// TestAFullDiskLosesNothing checks the page that was there before and what was read.
func TestAFullDiskLosesNothing(t *testing.T) {
	server := newServer(t, 300)
	for name, size := range map[string]string{"for the page": "64k", "for the journal": "16k"} {
		t.Run(name, func(t *testing.T) {
			folder := clitest.SmallDisk(t, size)
			path := filepath.Join(folder, "report.html")
			require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
			got := startReport(t, folder, server, "--days", "1000", "--force").Result()
			assert.Equal(t, cli.ExitFailed, got.Status)
			assert.Regexp(t, `^helpcrunch report: .*no space left on device; \d+ chats are kept in report.html.partial: to go on, .*\n$`, got.Stderr)
			assert.Equal(t, "old", contents(t, path))
			assert.Equal(t, []string{"report.html", "report.html.partial"}, list(t, folder))
			clitest.Grow(t, folder, "1m")
			got = startReport(t, folder, server, "--days", "1000", "--force").Result()
			assert.Zero(t, got.Status, got.Stderr)
			assert.Contains(t, contents(t, path), "</html>")
			assert.Equal(t, []string{"report.html"}, list(t, folder))
		})
	}
}

func TestAFailureKeepsWhatWasRead(t *testing.T) {
	folder := t.TempDir()
	server := newServer(t, 30)
	server.Inject(helpcrunchtest.Status(403).On(helpcrunchtest.ListMessages).After(20).Times(1000))
	got := startReport(t, folder, server, "--per-minute", "6000").Result()
	assert.Equal(t, cli.ExitFailed, got.Status)
	assert.Regexp(t, `^helpcrunch report: .*403 Forbidden.*; \d+ chats are kept in report.html.partial: to go on, .*\n$`, got.Stderr)
	assert.Equal(t, []string{"report.html.partial"}, list(t, folder))
}
