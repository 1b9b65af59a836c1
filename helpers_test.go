package helpcrunch_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// updateGolden makes the tests write their golden files in place of comparing them:
// go test -run Golden -update .
var updateGolden = flag.Bool("update", false, "rewrite the golden files")

// recordedRequest is a request as it arrived at the transport.
type recordedRequest struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Query  string          `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`

	host string
}

// reply is what a recordingTransport answers: a status with a body, or an error.
type reply struct {
	status int
	body   string
	header http.Header
	err    error
}

// recordingTransport keeps every request and answers it in memory.
type recordingTransport struct {
	answer func(recordedRequest) reply

	mu       sync.Mutex
	requests []recordedRequest
}

func (rt *recordingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorded := recordedRequest{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, host: r.URL.Host}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		recorded.Body = body
		r.Body.Close()
	}
	rt.mu.Lock()
	rt.requests = append(rt.requests, recorded)
	rt.mu.Unlock()

	with := rt.answer(recorded)
	if with.err != nil {
		return nil, with.err
	}
	header := with.header.Clone()
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		StatusCode:    with.status,
		Header:        header,
		Body:          io.NopCloser(strings.NewReader(with.body)),
		ContentLength: -1,
		Request:       r,
	}, nil
}

// sent returns the requests so far.
func (rt *recordingTransport) sent() []recordedRequest {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.requests
}

// only returns the one request that was sent.
func (rt *recordingTransport) only(t testing.TB) recordedRequest {
	t.Helper()
	sent := rt.sent()
	require.Len(t, sent, 1, "exactly one request must be sent")
	return sent[0]
}

// replying makes a client that gets the replies in order, the last one again and again.
// It never retries, and its rate limit is out of the way.
func replying(t testing.TB, replies ...reply) (*helpcrunch.Client, *recordingTransport) {
	t.Helper()
	return replyingBy(t, inOrder(replies))
}

// inOrder gives the replies one after another, and the last one again and again.
func inOrder(replies []reply) func(recordedRequest) reply {
	next := 0
	var mu sync.Mutex
	return func(recordedRequest) reply {
		mu.Lock()
		defer mu.Unlock()
		with := replies[min(next, len(replies)-1)]
		next++
		return with
	}
}

// replyingBy is replying with replies that depend on the request.
func replyingBy(t testing.TB, answer func(recordedRequest) reply) (*helpcrunch.Client, *recordingTransport) {
	t.Helper()
	transport := &recordingTransport{answer: answer}
	client, err := helpcrunch.New("0123456789abcdef",
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
		helpcrunch.WithRateLimit(1<<30),
		helpcrunch.WithMaxRetries(0))
	require.NoError(t, err)
	return client, transport
}

// replyOK is a 200 with a JSON body.
func replyOK(body string) reply {
	return reply{status: http.StatusOK, body: body}
}

// queryOf parses a recorded query.
func queryOf(t testing.TB, r recordedRequest) url.Values {
	t.Helper()
	query, err := url.ParseQuery(r.Query)
	require.NoError(t, err)
	return query
}

// assertGolden compares a value, as JSON, with a file below testdata/golden, or writes
// the file.
func assertGolden(t *testing.T, name string, got any) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(got))
	path := filepath.Join("testdata", "golden", filepath.FromSlash(name))
	if *updateGolden {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to write it, and read what it wrote")
	assert.Equal(t, string(want), text.String(), "%s", path)
}

// assertNoStrayGolden fails for a golden file that no case writes.
func assertNoStrayGolden(t *testing.T, folder string, names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "golden", folder))
	require.NoError(t, err)
	var files []string
	for _, entry := range entries {
		files = append(files, strings.TrimSuffix(entry.Name(), ".json"))
	}
	assert.ElementsMatch(t, names, files, "the golden files in %s", folder)
}

// decodeJSON decodes JSON for comparison, without losing digits of numbers.
func decodeJSON(t testing.TB, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return value
}
