package kit

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
)

// Fault is a way in which an attempt fails.
type Fault struct {
	Name string
	// Effect says that the service carries the request out all the same.
	Effect bool
	Strike func(r *http.Request) (*http.Response, error)
}

// StatusFault is a response with a status of 300 or above.
func StatusFault(status int, effect bool) Fault {
	return Fault{fmt.Sprint(status), effect, func(r *http.Request) (*http.Response, error) {
		return NewResponse(r, status, `{"errors":[{"code":"made_up","message":"Made up"}]}`), nil
	}}
}

// ErrReset is the error of a connection that was reset.
var ErrReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// Faults are the ways in which an attempt may fail.
var Faults = []Fault{
	StatusFault(http.StatusInternalServerError, true),
	StatusFault(http.StatusBadGateway, true),
	StatusFault(http.StatusServiceUnavailable, true),
	StatusFault(http.StatusTooManyRequests, false),
	{"dial error", false, func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}},
	{"reset before the response", true, func(*http.Request) (*http.Response, error) {
		return nil, ErrReset
	}},
	{"reset inside the response", true, func(r *http.Request) (*http.Response, error) {
		truncated := NewBodyOf(io.MultiReader(strings.NewReader(`{"id":`), failingReader{ErrReset}))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: truncated, ContentLength: 100, Request: r}, nil
	}},
	{"attempt timeout", true, func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}},
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// FaultyTransport lets the first requests fail and responds to the rest. It records the
// requests and counts their effects.
type FaultyTransport struct {
	Faults  []Fault
	Respond func(r *http.Request) (*http.Response, error)

	mu       sync.Mutex
	Requests []RecordedRequest
	effects  int
}

// RoundTrip records the request, and fails or responds.
func (ft *FaultyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorded := RecordedRequest{Method: r.Method, Path: r.URL.Path}
	if r.Body != nil {
		recorded.Body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	ft.mu.Lock()
	index := len(ft.Requests)
	ft.Requests = append(ft.Requests, recorded)
	struck := index < len(ft.Faults)
	if !struck || ft.Faults[index].Effect {
		ft.effects++
	}
	ft.mu.Unlock()
	if struck {
		return ft.Faults[index].Strike(r)
	}
	return ft.Respond(r)
}

// Count returns the number of requests so far.
func (ft *FaultyTransport) Count() int {
	ft.mu.Lock()
	defer ft.mu.Unlock()
	return len(ft.Requests)
}

// Always returns a function that responds with a status and a JSON body.
func Always(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) { return NewResponse(r, status, body), nil }
}

// RateLimited is a 429, with a Retry-After header if it is not empty.
func RateLimited(retryAfter string) Fault {
	return Fault{"429", false, func(r *http.Request) (*http.Response, error) {
		return RetryAfter(r, http.StatusTooManyRequests, retryAfter), nil
	}}
}

// RetryAfter returns a response with a status, and a Retry-After header if it is not empty.
func RetryAfter(r *http.Request, status int, retryAfter string) *http.Response {
	response := NewResponse(r, status, `{"errors":[{"code":"too_many_requests","message":"Too many requests"}]}`)
	if retryAfter != "" {
		response.Header.Set("Retry-After", retryAfter)
	}
	return response
}

// StrikeAlways is a transport on which every attempt fails.
func (f Fault) StrikeAlways() TransportFunc { return f.Strike }
