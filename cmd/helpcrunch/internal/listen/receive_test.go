package listen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// receiverOf returns a receiver that stores with put.
func receiverOf(t *testing.T, put func(*record) (bool, error)) *receiver {
	t.Helper()
	lines := cli.NewLineWriter(io.Discard)
	t.Cleanup(lines.Close)
	return &receiver{path: "/hooks", signingKey: testKey, put: put, changed: make(chan struct{}, 1), lines: lines, verbose: true}
}

// serveOne returns the response to one request.
func serveOne(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestStatusesOfDeliveries(t *testing.T) {
	s := openTemp(t)
	h := receiverOf(t, s.put).server().Handler
	sized := func(size int) string {
		start := `{"event":"chat.new","id":"big","x":"`
		return start + strings.Repeat("a", size-len(start)-2) + `"}`
	}
	with := func(r *http.Request, change func(*http.Request)) *http.Request {
		change(r)
		return r
	}
	forged := func(signature ...string) *http.Request {
		return with(signed("/hooks", bodyOf("f")), func(r *http.Request) { r.Header["X-Helpcrunch-Signature"] = signature })
	}
	right := webhook.Sign(testKey, []byte(bodyOf("f")))
	for _, test := range []struct {
		name    string
		request *http.Request
		status  int
		waiting int // afterwards
	}{
		{"another path", signed("/hooks/", bodyOf("1")), 404, 0},
		{"GET", with(signed("/hooks", ""), func(r *http.Request) { r.Method = http.MethodGet }), 405, 0},
		{"HEAD", with(signed("/hooks", ""), func(r *http.Request) { r.Method = http.MethodHead }), 405, 0},
		{"another key", forged(webhook.Sign("other", []byte(bodyOf("f")))), 401, 0},
		{"no signature", forged(), 401, 0},
		{"upper case", forged(strings.ToUpper(right)), 401, 0},
		{"another body", forged(webhook.Sign(testKey, []byte(bodyOf("g")))), 401, 0},
		{"empty", signed("/hooks", ""), 400, 0},
		{"no JSON", signed("/hooks", "{"), 400, 0},
		{"no event", signed("/hooks", "{}"), 400, 0},
		{"too large", signed("/hooks", sized(maxBodyBytes+1)), 413, 0},
		{"too large and forged", with(signed("/hooks", sized(maxBodyBytes+1)), func(r *http.Request) { r.Header = http.Header{} }), 413, 0},
		{"truncated", with(signed("/hooks", ""), func(r *http.Request) { r.Body = io.NopCloser(iotestErrReader{}) }), 400, 0},
		{"new", signed("/hooks", bodyOf("1")), 200, 1},
		{"again", signed("/hooks", bodyOf("1")), 200, 1},
		{"with a query", signed("/hooks?a=b", bodyOf("2")), 200, 2},
		{"chunked", with(signed("/hooks", bodyOf("3")), func(r *http.Request) { r.ContentLength = -1 }), 200, 3},
		{"as large as can be", signed("/hooks", sized(maxBodyBytes)), 200, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			response := serveOne(h, test.request)
			assert.Equal(t, test.status, response.Code)
			waiting, _ := s.mustCount(t)
			assert.Equal(t, test.waiting, waiting)
			if test.status == http.StatusMethodNotAllowed {
				assert.Equal(t, "POST", response.Header().Get("Allow"))
			}
		})
	}
}

type iotestErrReader struct{}

func (iotestErrReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Whatever a genuine body holds, it is accepted and printed as one line, or rejected.
func TestOddBodies(t *testing.T) {
	s := openTemp(t)
	h := receiverOf(t, s.put)
	for i, body := range []string{
		`{"event":"chat.new","id":12345678901234567890}`,
		`{"event":"chat.new","id":1.5e3}`,
		`{"event":"chat.new","id":{"a":1}}`,
		`{"event":"chat.new","id":null}`,
		`{"event":"chat.new","id":" x "}`,
		`{"event":12,"id":"a2"}`,
		`{"event":"chat.new","event":"chat.closed","id":"a3","id":"a4"}`,
		`{"event":"chat.new","id":"a6","attempts":1e400,"createdAt":1e300,"lastAttemptAt":"999999999999999999999"}`,
		`{"event":"chat.new","id":"a7","eventData":"{\"chat_id\":5}"}`,
		"{\"event\":\"message.chat.customer\",\"id\":\"a9\",\"eventData\":{\"chat_id\":7,\"message\":{\"id\":1,\"text\":\"\xff\xfe\"}}}",
		"{\"event\":\"message.chat.customer\",\"id\":\"a9\u009b\x7f\u202e\",\"eventData\":{\"x\":\"\u009b\x7f\\\\x7f\u2028\"}}",
		`{"event":"a\u0000\u001b[2J\n","id":"\u0000\r\n\u0007"}`,
		"\xef\xbb\xbf" + `{"event":"chat.new","id":"a10"}`,
		`{"event":"chat.new","id":"a11","eventData":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		`{"event":"chat.new","id":"a12","eventData":` + strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000) + `}`,
		`{"event":"chat.closed","id":"a15","eventData":{"chat_id":"77","assignee":5,"communicatedAgents":[{"id":1},"2",null,3.0]}}`,
	} {
		code := serveOne(h, signed("/hooks", body)).Code
		if code == http.StatusBadRequest {
			continue
		}
		require.Equal(t, http.StatusOK, code, "body %d", i)
		key, r, _, err := s.next(time.Now())
		require.NoError(t, err)
		for _, asJSON := range []bool{false, true} {
			var out bytes.Buffer
			require.NoError(t, printer(&cli.Env{Stdout: &out}, asJSON)(t.Context(), r))
			line := strings.TrimSuffix(out.String(), "\n")
			assert.Equal(t, line, cli.Printable(line), "body %d", i) // which is one line
			if asJSON {
				again, err := webhook.Parse([]byte(line))
				require.NoError(t, err, line)
				assert.Equal(t, r.ID, again.ID)
				assert.Equal(t, r.Type, again.Type)
			}
		}
		require.NoError(t, s.done(key, r, time.Now()))
	}
}

func TestAnEventThatCanNotBeStoredIsDeliveredAgain(t *testing.T) {
	h := receiverOf(t, func(*record) (bool, error) { return false, errors.New("no space left on device") })
	response := serveOne(h, signed("/hooks", bodyOf("1")))
	assert.Equal(t, http.StatusServiceUnavailable, response.Code)
	assert.Equal(t, "10", response.Header().Get("Retry-After"))
	assert.Empty(t, h.changed)
}

// W1: a delivery gets a response in time, also if the disk hangs.
func TestW1ADiskThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		h := receiverOf(t, func(*record) (bool, error) { <-free; return true, nil }).server().Handler
		began := time.Now()
		assert.Equal(t, http.StatusServiceUnavailable, serveOne(h, signed("/hooks", bodyOf("1"))).Code)
		assert.Equal(t, storeTimeout, time.Since(began))
		close(free)
	})
}

// pipeListener is a listener in memory, which works in virtual time.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

func TestSlowClientsAreDropped(t *testing.T) {
	for name, test := range map[string]struct {
		sent   string
		within time.Duration
	}{
		"half a header": {"POST /hooks HTTP/1.1\r\nHost: x\r\n", headerTimeout},
		"half a body":   {"POST /hooks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", readTimeout + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := receiverOf(t, func(*record) (bool, error) { return true, nil }).server()
				listener := newPipeListener()
				go func() { _ = server.Serve(listener) }()
				conn := listener.dial()
				began := time.Now()
				go func() { _, _ = conn.Write([]byte(test.sent)) }()
				_, _ = io.Copy(io.Discard, conn) // until the server ends the connection
				assert.LessOrEqual(t, time.Since(began), test.within)
				_ = server.Close()
			})
		})
	}
}

// Of many deliveries of one event at the same time, one is stored.
func TestDuplicatesThatRace(t *testing.T) {
	s := openTemp(t)
	var stored atomic.Int64
	h := receiverOf(t, func(r *record) (bool, error) {
		added, err := s.put(r)
		if added {
			stored.Add(1)
		}
		return added, err
	})
	var deliveries sync.WaitGroup
	for range 8 {
		deliveries.Go(func() {
			for i := range 50 {
				assert.Equal(t, http.StatusOK, serveOne(h, signed("/hooks", bodyOf(fmt.Sprint(i/2)))).Code)
			}
		})
	}
	deliveries.Wait()
	waiting, _ := s.mustCount(t)
	assert.Equal(t, 25, waiting)
	assert.EqualValues(t, 25, stored.Load())
}
