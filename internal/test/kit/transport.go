package kit

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// RecordedRequest is a request as it arrived at the transport.
type RecordedRequest struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Query  string          `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`

	Host string `json:"-"`
}

// Response is what a RecordingTransport returns: a status with a body, or an error.
type Response struct {
	Status int
	Body   string
	Header http.Header
	Err    error
}

// RecordingTransport records every request and responds in memory.
type RecordingTransport struct {
	Respond func(RecordedRequest) Response

	mu       sync.Mutex
	requests []RecordedRequest
}

// RoundTrip records the request and responds.
func (rt *RecordingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorded := RecordedRequest{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Host: r.URL.Host}
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

	with := rt.Respond(recorded)
	if with.Err != nil {
		return nil, with.Err
	}
	header := with.Header.Clone()
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		StatusCode:    with.Status,
		Header:        header,
		Body:          io.NopCloser(strings.NewReader(with.Body)),
		ContentLength: -1,
		Request:       r,
	}, nil
}

// Requests returns the requests so far.
func (rt *RecordingTransport) Requests() []RecordedRequest {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.requests
}

// Only returns the one request that was sent.
func (rt *RecordingTransport) Only(t testing.TB) RecordedRequest {
	t.Helper()
	sent := rt.Requests()
	require.Len(t, sent, 1, "exactly one request must be sent")
	return sent[0]
}

// RespondingClient returns a client that gets the responses in order, and the last one repeatedly.
// It never retries, and its rate limit is very high.
func RespondingClient(t testing.TB, responses ...Response) (*helpcrunch.Client, *RecordingTransport) {
	t.Helper()
	return RespondingClientFunc(t, InOrder(responses))
}

// InOrder returns the responses one after another, and the last one repeatedly.
func InOrder(responses []Response) func(RecordedRequest) Response {
	next := 0
	var mu sync.Mutex
	return func(RecordedRequest) Response {
		mu.Lock()
		defer mu.Unlock()
		with := responses[min(next, len(responses)-1)]
		next++
		return with
	}
}

// RespondingClientFunc is RespondingClient with responses that depend on the request.
func RespondingClientFunc(t testing.TB, respond func(RecordedRequest) Response) (*helpcrunch.Client, *RecordingTransport) {
	t.Helper()
	transport := &RecordingTransport{Respond: respond}
	client, err := helpcrunch.New("0123456789abcdef",
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
		helpcrunch.WithRateLimit(1<<30),
		helpcrunch.WithMaxRetries(0))
	require.NoError(t, err)
	return client, transport
}

// OK returns a 200 with a JSON body.
func OK(body string) Response {
	return Response{Status: http.StatusOK, Body: body}
}

// Query returns the parsed query of a request.
func Query(t testing.TB, r RecordedRequest) url.Values {
	t.Helper()
	query, err := url.ParseQuery(r.Query)
	require.NoError(t, err)
	return query
}

// NewResponse returns a response with a JSON body, which OpenBodies counts.
func NewResponse(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode:    status,
		Status:        fmt.Sprint(status),
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          NewBody(body),
		ContentLength: int64(len(body)),
		Request:       r,
	}
}

// TransportFunc is a transport made of a function.
type TransportFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f TransportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
