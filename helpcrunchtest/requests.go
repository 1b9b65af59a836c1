package helpcrunchtest

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

// Request is a request as the server received it, without the API key: the Authorization header
// is left out, and "(key)" replaces the key elsewhere, however it is encoded.
type Request struct {
	// Time is when it arrived, by the server's clock.
	Time time.Time
	// Operation is empty when the path is not part of the API.
	Operation Operation
	// Method is the HTTP method.
	Method string
	// Host is the host that the client named.
	Host string
	// Path is the path without the query. The paths of the API begin with /v1.
	Path string
	// RawQuery is the query as it was sent; see [Request.Query].
	RawQuery string
	// Header is without Authorization. Don't change it.
	Header http.Header
	// Body is nil when there was none, and has at most 1 MiB. Don't change it.
	Body []byte
	// Status is 0 when the connection was broken before a response.
	Status int
	// Applied reports that the operation succeeded, even if its response was lost.
	Applied bool
	// Fault is the fault that struck; empty for none.
	Fault string
}

// Query returns the parsed query, without malformed parts.
func (r Request) Query() url.Values {
	values, _ := url.ParseQuery(r.RawQuery)
	return values
}

func requestOf(r *serve.Request) Request { return Request(*r) }

// Requests returns the recorded requests, oldest first, except refused connections. [WithRequestLog]
// bounds them.
func (s *Server) Requests() []Request {
	defer s.lock()()
	return convert(s.core.Log.All(), requestOf)
}

// RequestsFor returns the requests of one operation; see [Server.Requests].
func (s *Server) RequestsFor(operation Operation) []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return r.Operation != operation })
}

// LastRequest returns the latest request, and false before the first.
func (s *Server) LastRequest() (Request, bool) {
	defer s.lock()()
	requests := s.core.Log.All()
	if len(requests) == 0 {
		return Request{}, false
	}
	return requestOf(requests[len(requests)-1]), true
}

// ForgetRequests clears the records and counts of requests and webhooks, but not the account.
func (s *Server) ForgetRequests() {
	defer s.lock()()
	s.core.Log.Clear()
	s.hub.Log.Clear()
}

// Count returns the number of requests of the operations, or of all.
func (s *Server) Count(operations ...Operation) int {
	return s.count(func(operation Operation, _ int) bool { return isOneOf(operation, operations) })
}

// CountStatus returns how many requests of the operations, or of all, got a status. Status 0
// counts broken connections.
func (s *Server) CountStatus(status int, operations ...Operation) int {
	return s.count(func(operation Operation, got int) bool { return got == status && isOneOf(operation, operations) })
}

func isOneOf(operation Operation, operations []Operation) bool {
	return len(operations) == 0 || slices.Contains(operations, operation)
}

func (s *Server) count(match func(operation Operation, status int) bool) int {
	defer s.lock()()
	return s.core.Log.Count(match)
}

// Effects returns how often an operation succeeded, lost responses included.
func (s *Server) Effects(operation Operation) int {
	defer s.lock()()
	return s.core.Log.Applied[operation]
}

// OpenBodies returns the number of response bodies in memory that are not closed.
func (s *Server) OpenBodies() int {
	return int(s.core.OpenBodies.Load())
}

// MostRequestsIn returns the most recorded requests in any window of that length. Two requests
// exactly one window apart don't share a window.
func (s *Server) MostRequestsIn(window time.Duration) int {
	defer s.lock()()
	return s.core.Log.MostIn(window)
}
