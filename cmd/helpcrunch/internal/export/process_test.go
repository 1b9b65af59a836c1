package export

import (
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
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

func TestMain(m *testing.M) { clitest.Main(m) }

// start starts the built program, which exports from a server.
func start(t *testing.T, server *helpcrunchtest.Server, args ...string) *clitest.Process {
	t.Helper()
	args = append([]string{"export"}, append(args, "--base-url", server.URL, "--per-minute", "1000000")...)
	return clitest.Start(t, "", server.APIKey, args...)
}

// wait waits for the end of the program.
func wait(p *clitest.Process) result { return p.Result() }

// finish runs the program to its end and returns what it printed.
func finish(t *testing.T, server *helpcrunchtest.Server, args ...string) string {
	t.Helper()
	got := wait(start(t, server, args...))
	require.Zero(t, got.Status, got.Stderr)
	assert.Empty(t, got.Stderr)
	return got.Stdout
}

// TestSignals stops real processes in the middle, and lets another run complete their work.
func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Kill} {
		t.Run(signal.String(), func(t *testing.T) {
			var process *clitest.Process
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
			process = start(t, server, chatList, "--out", out)
			close(started)
			got := wait(process)
			close(dead)
			if signal != os.Kill {
				assertFails(t, got, cli.ExitInterrupted, "to go on, repeat the command with --out "+out)
			}
			assert.NoFileExists(t, out)

			assert.Contains(t, finish(t, server, chatList, "--out", out), "Wrote 130 chats")
			assertOnly(t, out)
			assertSameIDs(t, server.Chats(), readLines[helpcrunch.Chat](t, out), chatID)
		})
	}
}

// TestRandomKills kills processes until one ends by itself. No row is lost or there twice.
func TestRandomKills(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithLatency(5*time.Millisecond),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 3000, Chats: 400, Messages: 900}, 1))
	defer server.Close()
	for _, args := range [][]string{
		{customerList},
		{messageList},
		{customerList, "--since", "2020-01-01"},
		{chatList, "--since", "2020-01-01"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "rows.jsonl")
			kills := 0
			for ; ; kills++ {
				// A process that is killed at its very end leaves the file.
				process := start(t, server, append(args, "--out", out, "--force")...)
				timer := time.AfterFunc(time.Duration(20+rand.IntN(50*(kills+1)))*time.Millisecond, func() { _ = process.Process.Kill() })
				got := wait(process)
				timer.Stop()
				if got.Status == 0 {
					break
				}
				require.Equal(t, -1, got.Status, got.Stderr)
			}
			var want []int64
			switch args[0] {
			case customerList:
				want = each(slices.DeleteFunc(server.Customers(), func(c helpcrunch.Customer) bool {
					return len(args) > 1 && c.LastSeen.IsZero()
				}), customerID)
			case chatList:
				want = each(server.Chats(), chatID)
			default:
				for _, chat := range server.Chats() {
					want = append(want, each(server.Messages(chat.ID), func(m helpcrunch.Message) int64 { return m.ID })...)
				}
			}
			assert.ElementsMatch(t, want, each(readLines[struct{ ID int64 }](t, out), func(row struct{ ID int64 }) int64 { return row.ID }))
			t.Log(kills, "kills")
		})
	}
}

// TestAFullDiskKeepsTheRowsThatItCounts fills the disk, and makes it larger for the next run.
func TestAFullDiskKeepsTheRowsThatItCounts(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 2000}, 1))
	defer server.Close()
	folder := clitest.SmallDisk(t, "200k")
	out := filepath.Join(folder, "c.csv")
	got := wait(start(t, server, customerList, "--out", out))
	assertFails(t, got, cli.ExitFailed, "no space left on device; ")
	assert.Equal(t, 1, strings.Count(got.Stderr, "no space left"), "the fault is named once: %s", got.Stderr)
	kept := regexp.MustCompile(`; (\d+) customers are kept in `).FindStringSubmatch(got.Stderr)
	require.NotNil(t, kept, got.Stderr)
	rows, err := strconv.Atoi(kept[1])
	require.NoError(t, err)
	assert.Positive(t, rows)
	assert.Equal(t, rows, strings.Count(read(t, out+".partial"), "\n")-2)
	assertOnly(t, out+".partial")

	clitest.Grow(t, folder, "1400k") // room for the journal, but not for the file
	got = wait(start(t, server, customerList, "--out", out))
	assert.Contains(t, got.Stdout, "Going on with "+kept[1]+" customers")
	assertFails(t, got, cli.ExitFailed, "no space left on device; 2000 customers are kept in ")
	assertOnly(t, out+".partial")

	clitest.Grow(t, folder, "8M")
	assert.Contains(t, finish(t, server, customerList, "--out", out), "Wrote 2000 customers to "+out+".\n")
	assertOnly(t, out)
	assert.Equal(t, 2000+1, strings.Count(read(t, out), "\r\n"))
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	folder := clitest.SmallDisk(t, "200k")
	old := filepath.Join(folder, "old.csv")
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o600))
	require.NoError(t, exec.CommandContext(t.Context(), "mount", "-o", "remount,ro", folder).Run())
	for _, args := range [][]string{{"--out", filepath.Join(folder, "new.csv")}, {"--force", "--out", old}} {
		assertFails(t, wait(start(t, server, append([]string{customerList}, args...)...)), cli.ExitUsage, "--out: open "+folder)
	}
	assert.Empty(t, server.Requests())
	assertOnly(t, old)
}

// TestALinkNamesTheJournalOfItsFile interrupts an export through a link.
func TestALinkNamesTheJournalOfItsFile(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 150}, 1))
	server.Inject(helpcrunchtest.Status(400).After(2))
	o := newOptions(t, customerList, formatCSV)
	real := o.out
	require.NoError(t, os.WriteFile(real, nil, 0o600))
	o.out, o.force = filepath.Join(t.TempDir(), "link.csv"), true
	require.NoError(t, os.Symlink(real, o.out))
	err := newExport(t, o, server.Client(), io.Discard).run(t.Context())
	require.ErrorContains(t, err, "customers are kept in "+real+".partial: to go on, repeat the command with --out "+o.out)
	assert.FileExists(t, real+".partial")
	assertOnly(t, o.out)
}

func TestTwoRunsAtOnce(t *testing.T) {
	reached, proceed := make(chan struct{}), make(chan struct{})
	var once sync.Once
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithObserver(func(helpcrunchtest.Request) {
		once.Do(func() { close(reached) })
		<-proceed
	}))
	defer server.Close()
	folder := t.TempDir()
	out, link := filepath.Join(folder, "c.csv"), filepath.Join(t.TempDir(), "link.csv")
	require.NoError(t, os.WriteFile(out, []byte("old"), 0o600))
	require.NoError(t, os.Symlink(out, link))
	first := start(t, server, customerList, "--out", out, "--force")
	<-reached
	for _, path := range []string{out, link} {
		assertFails(t, wait(start(t, server, customerList, "--out", path, "--force")), cli.ExitFailed, "another run is writing "+path)
	}
	close(proceed)
	assert.Zero(t, wait(first).Status)
	assertOnly(t, out)
	assert.Equal(t, 6, strings.Count(read(t, out), "\r\n"))
}

func TestForceWritesThroughALink(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	real, link := filepath.Join(t.TempDir(), "real.csv"), filepath.Join(t.TempDir(), "link.csv")
	require.NoError(t, os.WriteFile(real, []byte("old"), 0o640))
	require.NoError(t, os.Symlink(real, link))
	finish(t, server, customerList, "--out", link, "--force")
	target, err := os.Readlink(link)
	require.NoError(t, err)
	assert.Equal(t, real, target)
	assert.Equal(t, 6, strings.Count(read(t, real), "\r\n"))
	assertOnly(t, real)
	assertOnly(t, link)
}
