package benchmarks

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

var rows = flag.Int("rows", 20_000, "`number` of rows to iterate over")

// BenchmarkMemoryOfAnIteration measures the most memory that an iteration needs, in real time. As many pages are in
// way as limit and latency ask for: 12,000 a minute and 5 ms are as 120 a minute and half a second,
// only faster, with the bound of 64 pages that 120 a minute has. The last iteration keeps its rows, a tenth of
// the others', as a program does that collects them first.
func BenchmarkMemoryOfAnIteration(b *testing.B) {
	bound := []helpcrunch.Option{helpcrunch.WithPrefetch(64)}
	for _, c := range []struct {
		name    string
		limit   int
		latency time.Duration
		rows    int
		keep    bool
		opts    []helpcrunch.Option
	}{
		{"sequential", 12_000, 5 * time.Millisecond, *rows, false, []helpcrunch.Option{helpcrunch.WithPrefetch(1)}},
		{"latency=0.5s", 12_000, 5 * time.Millisecond, *rows, false, bound},
		{"latency=2s", 12_000, 20 * time.Millisecond, *rows, false, bound},
		{"64-pages", 60_000, 500 * time.Millisecond, *rows, false, bound},
		{"keeping-a-tenth", 12_000, 5 * time.Millisecond, *rows / 10, true, bound},
	} {
		b.Run(c.name, func(b *testing.B) {
			server := &endless{rows: c.rows, latency: c.latency}
			client, err := helpcrunch.New(apiKey, append(c.opts, helpcrunch.WithRateLimit(c.limit),
				helpcrunch.WithHTTPClient(&http.Client{Transport: server}))...)
			require.NoError(b, err)
			var used memory
			for b.Loop() {
				used = measureMemory(func() { iterateOver(b, client, c.rows, c.keep) })
			}
			b.ReportMetric(float64(server.most), "under-way")
			b.ReportMetric(mebibytes(used.live), "MiB-live")
			b.ReportMetric(mebibytes(used.heap), "MiB-heap")
			b.ReportMetric(mebibytes(used.before), "MiB-resident-before")
			b.ReportMetric(mebibytes(used.resident), "MiB-resident")
		})
	}
}

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }

// iterateOver iterates over a number of rows.
func iterateOver(b *testing.B, client *helpcrunch.Client, rows int, keep bool) {
	var kept []*helpcrunch.Customer
	count := 0
	for customer, err := range client.Customers.All(b.Context(), nil) {
		require.NoError(b, err)
		if keep {
			kept = append(kept, customer)
		}
		count++
	}
	require.Equal(b, rows, count)
	runtime.KeepAlive(kept)
}

// endless lists so many customers, and makes up each while its answer is read, so that it
// holds one of them for each request under way.
type endless struct {
	rows    int
	latency time.Duration

	mu             sync.Mutex
	underWay, most int // requests
}

func (s *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	s.begin()
	defer s.end()
	if err := sleep(r.Context(), s.latency); err != nil {
		return nil, err
	}
	query := r.URL.Query()
	offset, _ := strconv.Atoi(query.Get("offset"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	body := &pageReader{next: offset, end: min(s.rows, offset+limit), total: s.rows}
	body.row = append(body.row, `{"data":[`...)
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(body),
		ContentLength: -1,
		Request:       r,
	}, nil
}

func (s *endless) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay++
	s.most = max(s.most, s.underWay)
}

func (s *endless) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pageReader reads a page of customers, made up row by row.
type pageReader struct {
	next, end, total int
	row              []byte // what is not read yet of the latest row
	buffer           []byte
	ended            bool
}

func (r *pageReader) Read(p []byte) (int, error) {
	if len(r.row) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		r.buffer = r.make(r.buffer[:0])
		r.row = r.buffer
	}
	n := copy(p, r.row)
	r.row = r.row[n:]
	return n, nil
}

// make appends the next row, or the end of the page.
func (r *pageReader) make(b []byte) []byte {
	if r.next == r.end {
		r.ended = true
		return fmt.Appendf(b, `],"total":%d}`, r.total)
	}
	i := r.next
	b = fmt.Appendf(b, `{"id":%d,"name":"Guest %d","email":"guest%d@example.org","userId":"crm-%d","company":"Example Books",`+
		`"phone":"+351000000001","firstSeen":"%d","lastSeen":"%d","location":{"regionCode":"Lisboa","countryCode":"PT","city":"Lisbon"},`+
		`"device":{"id":700123,"ip":"203.0.113.20","timezone":"Europe/Lisbon","platform":"desktop","userAgent":"ExampleBrowser/9.1 (TestOS 4.2)"},`+
		`"unsubscribed":false,"blocked":false,"source":"https://shop.example.org/start","referer":"https://search.example.com/",`+
		`"lastPage":"https://shop.example.org/cart","locale":"pt","createdFrom":"telegram","integrationId":"900100200","notes":"Prefers mornings",`+
		`"tags":[{"name":"reader","color":"#1188cc"}],"customData":{"plan_name":"gold","seats":7,"monthly_fee":49.5,"renewal_date":1704067200,`+
		`"portal_url":"https://portal.example.org/a/7","is_trial":false}}`, 1+i, i, i, i, 1600000000+i, 1700003600+i)
	if r.next++; r.next < r.end {
		b = append(b, ',')
	}
	return b
}

// memory is the most that was used, in bytes.
type memory struct {
	live     uint64 // of the heap, as the garbage collector found it
	heap     uint64 // with what is garbage and not collected yet
	resident uint64 // of the process; 0 where the system does not tell
	before   uint64 // resident when the work began
}

// measureMemory runs work, and looks every millisecond.
func measureMemory(work func()) memory {
	debug.FreeOSMemory()
	resetResident()
	most := memory{before: resident()}
	done := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(samples)
			most.live = max(most.live, samples[0].Value.Uint64())
			most.heap = max(most.heap, samples[1].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	work()
	close(done)
	sampling.Wait()
	most.resident = resident()
	return most
}

// resetResident makes Linux forget how much the process used before.
func resetResident() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// resident is the most physical memory that the process used, as Linux tells it.
func resident() uint64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kibibytes uint64
			_, _ = fmt.Sscan(rest, &kibibytes)
			return kibibytes << 10
		}
	}
	return 0
}
