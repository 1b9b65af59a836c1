package serve

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/api"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/record"
)

const maxRecordedBody = 1 << 20

// Request has the fields of helpcrunchtest.Request, which documents them.
type Request struct {
	Time                         time.Time
	Operation                    api.Operation
	Method, Host, Path, RawQuery string
	Header                       http.Header
	Body                         []byte
	Status                       int
	Applied                      bool
	Fault                        string
}

// requestOverhead is the memory of a recorded request beyond its texts, in bytes.
const requestOverhead = 512

func requestSize(r *Request) int {
	size := requestOverhead + len(r.Path) + len(r.RawQuery) + len(r.Body)
	for name, values := range r.Header {
		size += len(name)
		for _, value := range values {
			size += len(value)
		}
	}
	return size
}

type requestLog struct {
	record.History[Request]

	counts  map[outcome]int
	Applied map[api.Operation]int
}

type outcome struct {
	operation api.Operation
	status    int
}

func newRequestLog(size int) requestLog {
	return requestLog{History: record.New(size, requestSize), counts: map[outcome]int{}, Applied: map[api.Operation]int{}}
}

func (l *requestLog) Clear() {
	l.History.Clear()
	clear(l.counts)
	clear(l.Applied)
}

// finish counts a request with its status.
func (l *requestLog) finish(record *Request) {
	l.counts[outcome{record.Operation, record.Status}]++
	if record.Applied {
		l.Applied[record.Operation]++
	}
}

// Count returns how many requests match.
func (l *requestLog) Count(match func(operation api.Operation, status int) bool) int {
	total := 0
	for outcome, count := range l.counts {
		if match(outcome.operation, outcome.status) {
			total += count
		}
	}
	return total
}

// MostIn returns the most requests within any window of that length.
func (l *requestLog) MostIn(window time.Duration) int {
	requests := l.All()
	most, first := 0, 0
	for last := range requests {
		for requests[last].Time.Sub(requests[first].Time) >= window && first < last {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// record returns the record of a request, without the key.
func (s *Core) record(in *incoming, found *api.Route) *Request {
	record := &Request{
		Method: in.method, Host: in.host, Path: in.path, RawQuery: in.query, Body: in.body[:min(len(in.body), maxRecordedBody)],
	}
	if found != nil {
		record.Operation = found.Name
	}
	if len(in.body) > maxRecordedBody {
		record.Body = bytes.Clone(record.Body) // so that the rest is freed
	}
	record.Header = make(http.Header, len(in.header))
	for name, values := range in.header {
		if name != "Authorization" && name != "Proxy-Authorization" {
			record.Header[name] = values
		}
	}
	s.hider.hide(record)
	return record
}

// keyHider replaces the key where a client has put it by mistake, in any encoding.
type keyHider struct {
	key       string
	encodings func() *regexp.Regexp // matches the key; compiled when first needed
}

const hiddenKey = "(key)"

func newKeyHider(key string) keyHider {
	return keyHider{key, sync.OnceValue(func() *regexp.Regexp { return encodingsOf(key) })}
}

// encodingsOf matches a key whose characters may be percent-encoded or escaped as in JSON.
func encodingsOf(key string) *regexp.Regexp {
	var pattern strings.Builder
	for _, c := range []byte(key) {
		_, _ = fmt.Fprintf(&pattern, `(?:\\?%s|%%(?:25)*(?i:%02x)|\\u(?i:%04x))`, regexp.QuoteMeta(string(c)), c, c)
	}
	return regexp.MustCompile(pattern.String())
}

// hide removes the key from a record, but not from the request, which shares its headers.
func (h keyHider) hide(record *Request) {
	record.Host = h.text(record.Host)
	record.Path = h.text(record.Path)
	record.RawQuery = h.text(record.RawQuery)
	if bytes.ContainsAny(record.Body, `%\`) || bytes.Contains(record.Body, []byte(h.key)) {
		record.Body = h.encodings().ReplaceAllLiteral(record.Body, []byte(hiddenKey))
	}
	for name, values := range record.Header {
		for i, value := range values {
			if hidden := h.text(value); hidden != value {
				values = slices.Clone(values)
				values[i] = hidden
				record.Header[name] = values
			}
		}
	}
}

func (h keyHider) text(text string) string {
	if !strings.ContainsAny(text, `%\`) {
		return strings.ReplaceAll(text, h.key, hiddenKey)
	}
	return h.encodings().ReplaceAllLiteralString(text, hiddenKey)
}
