package benchmarks

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var customers = flag.Int("customers", 2_000, "`number` of customers to export")

// exporter reads all customers, and returns how many there were.
type exporter func(ctx context.Context, client *helpcrunch.Client) (int, error)

// iterate uses the iterator of the SDK.
func iterate(ctx context.Context, client *helpcrunch.Client) (rows int, err error) {
	for _, err := range client.Customers.All(ctx, nil) {
		if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}

// loop asks for one page after the other.
func loop(ctx context.Context, client *helpcrunch.Client) (rows int, err error) {
	for {
		page, err := client.Customers.List(ctx, &helpcrunch.CustomerListOptions{
			Sort: helpcrunch.CustomerSortFirstSeen, Order: helpcrunch.OrderAscending, Offset: rows,
		})
		if err != nil {
			return rows, err
		}
		rows += len(page.Items)
		if !page.HasMore() {
			return rows, nil
		}
	}
}

var exporters = []struct {
	name   string
	export exporter
}{{"iterator", iterate}, {"loop", loop}}

// TestExportInVirtualTime prints how long both ways take, to the millisecond, where only
// the limit and the latency take time.
func TestExportInVirtualTime(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%d customers\n%-12s %-8s %8s %10s %10s %6s\n", *customers, "limit", "latency", "by", "requests", "time", "429s")
	for _, limit := range []int{helpcrunch.DefaultRateLimit, 6000} {
		for _, latency := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
			for _, e := range exporters {
				took, requests, rateLimited := exportVirtually(t, limit, latency, e.export)
				fmt.Fprintf(&table, "%-12s %-8s %8s %10d %10s %6d\n", fmt.Sprint(limit, " a minute"), latency, e.name, requests,
					took.Round(time.Millisecond), rateLimited)
			}
		}
	}
	t.Log("\n" + table.String())
}

// exportVirtually exports from a server in memory with a rolling limit, and a latency of which half
// comes before the request is counted.
func exportVirtually(t *testing.T, limit int, latency time.Duration, export exporter) (took time.Duration, requests, rateLimited int) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer(
			helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: *customers}, 1),
			helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: limit}),
			helpcrunchtest.WithLatencyFunc(func() (before, after time.Duration) { return latency / 2, latency / 2 }))
		defer server.Close()
		client := server.Client(helpcrunch.WithRateLimit(limit), helpcrunch.WithRetryWait(time.Second/2, time.Minute))
		began := time.Now()
		rows, err := export(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, *customers, rows)
		took, requests, rateLimited = time.Since(began), server.Count(), server.CountStatus(http.StatusTooManyRequests)
		assert.Zero(t, rateLimited)
	})
	return took, requests, rateLimited
}

// BenchmarkExport exports over loopback from the sandbox, which is a process of its own. The limit
// is scaled up, so that an export takes seconds.
func BenchmarkExport(b *testing.B) {
	const limit = 6000
	sandbox := buildSandbox(b)
	for _, latency := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond} {
		for _, e := range exporters {
			b.Run(fmt.Sprintf("latency=%s/%s", latency, e.name), func(b *testing.B) {
				client := startSandbox(b, sandbox, limit, latency)
				for b.Loop() {
					rows, err := e.export(b.Context(), client)
					require.NoError(b, err)
					require.Equal(b, *customers, rows)
				}
				b.ReportMetric(float64(*customers*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// buildSandbox returns the path of the program with the sandbox. The workspace builds it from
// the library beside it.
func buildSandbox(b *testing.B) string {
	b.Helper()
	folder := b.TempDir()
	build := exec.CommandContext(b.Context(), "go", "build", "-buildvcs=false", "-o", folder, "./cmd/helpcrunch")
	build.Dir, build.Env = "..", append(os.Environ(), "GOWORK=")
	output, err := build.CombinedOutput()
	require.NoError(b, err, string(output))
	return filepath.Join(folder, "helpcrunch")
}

// startSandbox starts a sandbox with this limit and latency, and returns a client of it with the
// same limit. The sandbox ends with the benchmark.
func startSandbox(b *testing.B, path string, limit int, latency time.Duration) *helpcrunch.Client {
	b.Helper()
	program := exec.CommandContext(b.Context(), path, "sandbox", "--addr", "127.0.0.1:0", "--empty", "--quiet",
		"--customers", fmt.Sprint(*customers), "--rate-limit", fmt.Sprint(limit), "--latency", latency.String())
	output, err := program.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, program.Start())
	b.Cleanup(func() { _ = program.Wait() }) // the benchmark's context has ended it by then

	told := make(map[string]string)
	for lines := bufio.NewScanner(output); told["key"] == "" && lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), ": ")
		told[word] = rest
	}
	client, err := helpcrunch.New(told["key"], helpcrunch.WithBaseURL(told["url"]), helpcrunch.WithRateLimit(limit))
	require.NoError(b, err)
	return client
}
