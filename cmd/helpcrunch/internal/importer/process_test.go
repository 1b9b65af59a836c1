package importer

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// busyServer makes a fake server over HTTP that calls act when n customers have been created,
// and the file of as many customers as rows.
func busyServer(t *testing.T, rows int, left *atomic.Int64, act func()) (server *helpcrunchtest.Server, file string) {
	t.Helper()
	server = helpcrunchtest.NewServer(helpcrunchtest.WithLatency(2*time.Millisecond), helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.CreateCustomer && left.Add(-1) == 0 {
			act()
		}
	}))
	t.Cleanup(server.Close)
	return server, newFile(t, manyRows(server, rows, 0))
}

// start starts the built program.
func start(t *testing.T, server *helpcrunchtest.Server, folder string, args ...string) *clitest.Process {
	t.Helper()
	return clitest.Start(t, folder, server.APIKey, append([]string{"import", "--base-url", server.URL, "--per-minute", "100000"}, args...)...)
}

// TestKillsLoseNothing kills the program at random writes until a run is complete. Each
// customer is created once, and every report is true and has complete rows.
func TestKillsLoseNothing(t *testing.T) {
	const rows = 300
	var left atomic.Int64
	var kill atomic.Pointer[func()]
	server, file := busyServer(t, rows, &left, func() { (*kill.Load())() })
	chance := rand.New(rand.NewPCG(3, 5))
	folder := t.TempDir()
	kills := 0
	for ; ; kills++ {
		ready := make(chan struct{})
		var p *clitest.Process
		end := func() {
			<-ready
			_ = p.Process.Kill()
		}
		kill.Store(&end)
		left.Store(int64(1 + chance.IntN(30)))
		report := filepath.Join(folder, fmt.Sprint(kills, ".csv"))
		p = start(t, server, folder, "--write", "--report", report, file)
		close(ready)
		got := p.Result()
		if _, err := os.Stat(report); err == nil {
			checkReport(t, server, report)
		}
		if got.Status != -1 {
			require.Zero(t, got.Status, got.Stderr)
			break
		}
	}
	t.Logf("%d kills", kills)
	assert.Greater(t, kills, 10)
	assertAll(t, server, rows)
}

// checkReport checks that a report has complete rows, and that the customers in it exist.
func checkReport(t *testing.T, server *helpcrunchtest.Server, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(string(text), "\r\n"), "a row is incomplete")
	for _, line := range reported(t, path) {
		cells := strings.Split(line, ",")
		require.GreaterOrEqual(t, len(cells), 4)
		if cells[2] == string(created) || cells[2] == string(unchanged) {
			_, ok := server.CustomerByUserID(cells[1])
			assert.True(t, ok, line)
		}
	}
}

func TestInterruptSaysHowToGoOn(t *testing.T) {
	var left atomic.Int64
	var p *clitest.Process
	ready := make(chan struct{})
	left.Store(20)
	server, file := busyServer(t, 2000, &left, func() {
		<-ready
		assert.NoError(t, p.Process.Signal(syscall.SIGINT))
	})
	folder := t.TempDir()
	p = start(t, server, folder, "--write", "--report", "done.csv", file)
	close(ready)
	got := p.Result()
	assert.Equal(t, cli.ExitInterrupted, got.Status)
	assert.Equal(t, "helpcrunch import: interrupted; rows reported as created or updated are safe; to go on, run it again with a new --report\n", got.Stderr)
	checkReport(t, server, filepath.Join(folder, "done.csv"))
	assert.Contains(t, got.Stdout, " created")
	assert.Less(t, len(server.Customers()), 2000, "it went on")

	got = start(t, server, folder, "--write", "--report", "more.csv", file).Result()
	require.Zero(t, got.Status, got.Stderr)
	assertAll(t, server, 2000)
}

func TestAFullDiskStopsTheImport(t *testing.T) {
	disk := clitest.SmallDisk(t, "16k")
	var left atomic.Int64
	server, file := busyServer(t, 2000, &left, func() {})
	report := filepath.Join(disk, "done.csv")
	got := start(t, server, disk, "--write", "--report", report, file).Result()
	assert.Equal(t, cli.ExitFailed, got.Status)
	assert.Equal(t, 1, strings.Count(got.Stderr, "\n"), got.Stderr)
	assert.Contains(t, got.Stderr, "no space left on device; rows reported as created or updated are safe; to go on, run it again")
	checkReport(t, server, report)
	assert.Contains(t, got.Stdout, fmt.Sprintf("%d rows: ", len(reported(t, report))), "the count is not that of the report")
	assert.Less(t, len(server.Customers()), 2000, "it went on")

	require.NoError(t, os.Remove(report))
	require.NoError(t, os.WriteFile(filepath.Join(disk, "full"), make([]byte, 16<<10), 0o600))
	got = start(t, server, disk, "--write", "--report", report, file).Result()
	assert.Equal(t, cli.ExitFailed, got.Status)
	assert.NoFileExists(t, report, "an empty report is in the way of the next run")
}

func TestTwoRunsDoNotWriteTheSameFileAtOnce(t *testing.T) {
	var left atomic.Int64
	left.Store(10)
	reached, proceed := make(chan struct{}), make(chan struct{})
	server, file := busyServer(t, 100, &left, func() {
		close(reached)
		<-proceed
	})
	first := start(t, server, t.TempDir(), "--write", file)
	<-reached
	second := start(t, server, t.TempDir(), "--write", file).Result()
	assert.Equal(t, cli.ExitFailed, second.Status)
	assert.Equal(t, "helpcrunch import: another run is importing "+file+"\n", second.Stderr)
	dry := start(t, server, t.TempDir(), file).Result()
	assert.Zero(t, dry.Status, dry.Stderr)
	close(proceed)
	got := first.Result()
	assert.Zero(t, got.Status, got.Stderr)
	assertAll(t, server, 100)
}

// generated is a file of n rows.
type generated struct {
	n, next int
	rest    string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		switch {
		case g.next > g.n:
			return 0, io.EOF
		case g.next == 0:
			g.rest = "userId,name,email,company,notes\n"
		default:
			g.rest = fmt.Sprintf("h-%d,Name %d,n%d@example.com,Company %d,some notes about %d\n", g.next, g.next, g.next, g.next%100, g.next)
		}
		g.next++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// dryRun looks n rows up and returns the peak of the heap in bytes.
func dryRun(tb testing.TB, n int) (peak uint64) {
	tb.Helper()
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithRequestLog(1))
	defer server.Close()
	file, err := csvsafe.NewReader(&generated{n: n}, csvsafe.Options{})
	require.NoError(tb, err)
	table, err := newTable(file.Header, "", nil)
	require.NoError(tb, err)
	client := server.Client()
	table.client = client
	rows := 0
	im := &importer{client: client, table: table}
	require.NoError(tb, im.run(tb.Context(), file.Rows(), func(*row) error {
		if rows++; rows%5_000 == 0 {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			peak = max(peak, stats.HeapSys-stats.HeapReleased)
		}
		return nil
	}))
	require.Equal(tb, n, rows)
	return peak
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if clitest.RaceDetector {
		t.Skip("the race detector needs memory of its own: run it without -race")
	}
	assert.Less(t, dryRun(t, 20_000), uint64(60<<20))
}

// BenchmarkMillionRows reports the peak of the heap of a dry run of a million rows.
func BenchmarkMillionRows(b *testing.B) {
	for b.Loop() {
		peak := dryRun(b, 1_000_000)
		b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
		assert.Less(b, peak, uint64(200<<20))
	}
}
