package helpcrunchtest

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Request is a request as the server received it. The API key is in none of its
// fields: the Authorization header is left out, and the key is replaced by "(key)"
// wherever else it was sent, percent-encoded and escaped as in JSON too.
type Request struct {
	// Time is when it arrived, by the server's clock.
	Time time.Time
	// Operation is what it asked for, empty when it is none of the API.
	Operation Operation
	// Method is the HTTP method.
	Method string
	// Host is the host that the client meant to reach.
	Host string
	// Path is without the query, and begins with /v1.
	Path string
	// RawQuery is the query as it was sent; see [Request.Query].
	RawQuery string
	// Header is without Authorization. Don't change it.
	Header http.Header
	// Body is nil when there was none. Don't change it.
	Body []byte
	// Status is that of the answer, 0 when the connection was broken before one.
	Status int
	// Applied tells that the operation was carried out with success, whatever became
	// of the answer.
	Applied bool
	// Fault says which fault struck, in words; empty for none.
	Fault string
}

// Query returns the parsed query; a malformed one is as far as it can be read.
func (r Request) Query() url.Values {
	values, _ := url.ParseQuery(r.RawQuery)
	return values
}

// requestLog remembers requests and counts them. The server's lock guards it.
type requestLog struct {
	history[Request]

	counts  map[outcome]int
	applied map[Operation]int
}

// history remembers the latest of something.
type history[T any] struct {
	size   int
	recent []*T // up to twice size, oldest first
}

// outcome is what requests are counted by.
type outcome struct {
	operation Operation
	status    int
}

func newRequestLog(size int) requestLog {
	return requestLog{history: history[Request]{size: size}, counts: map[outcome]int{}, applied: map[Operation]int{}}
}

func (h *history[T]) add(record *T) *T {
	if h.size == 0 {
		return record
	}
	if len(h.recent) >= 2*h.size {
		h.recent = slices.Clone(h.recent[len(h.recent)-h.size:])
	}
	h.recent = append(h.recent, record)
	return record
}

// remembered returns what is remembered, oldest first.
func (h *history[T]) remembered() []*T {
	return h.recent[max(0, len(h.recent)-h.size):]
}

// finish counts a request once it is known what became of it.
func (l *requestLog) finish(record *Request) {
	l.counts[outcome{record.Operation, record.Status}]++
	if record.Applied {
		l.applied[record.Operation]++
	}
}

// record makes the record of a request, without the key.
func (s *Server) record(in *incoming, operation Operation, now time.Time) *Request {
	record := &Request{
		Time: now, Operation: operation, Method: in.method, Host: in.host, Path: in.path, RawQuery: in.query,
		Body: in.body,
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

// Requests returns the requests received so far, oldest first, those that a fault
// struck included. A connection that was refused is no request. See [WithRequestLog]
// for how many are remembered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	remembered := s.log.remembered()
	requests := make([]Request, len(remembered))
	for i, record := range remembered {
		requests[i] = *record
	}
	return requests
}

// RequestsFor returns those of [Server.Requests] that asked for an operation.
func (s *Server) RequestsFor(operation Operation) []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return r.Operation != operation })
}

// LastRequest returns the latest request, and false before the first.
func (s *Server) LastRequest() (Request, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	remembered := s.log.remembered()
	if len(remembered) == 0 {
		return Request{}, false
	}
	return *remembered[len(remembered)-1], true
}

// ForgetRequests empties the record and the counts, and the record of webhooks, such as
// after a test has set up what it needs. What the account holds stays.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = newRequestLog(s.log.size)
	if s.webhooks != nil {
		s.webhooks.log.recent = nil
	}
}

// Count returns how many requests asked for one of the operations, or for anything
// when none is given.
func (s *Server) Count(operations ...Operation) int {
	return s.count(func(o outcome) bool {
		return len(operations) == 0 || slices.Contains(operations, o.operation)
	})
}

// CountStatus returns how many requests were answered with a status, for one of the
// operations or for anything when none is given. A status of 0 counts those whose
// connection was broken before an answer.
func (s *Server) CountStatus(status int, operations ...Operation) int {
	return s.count(func(o outcome) bool {
		return o.status == status && (len(operations) == 0 || slices.Contains(operations, o.operation))
	})
}

func (s *Server) count(match func(outcome) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for outcome, count := range s.log.counts {
		if match(outcome) {
			total += count
		}
	}
	return total
}

// Effects returns how many times an operation was carried out with success, answers
// that got lost included.
func (s *Server) Effects(operation Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.applied[operation]
}

// OpenBodies returns how many answers given in memory have a body that the client has
// not closed. When it has done its work there should be none.
func (s *Server) OpenBodies() int {
	return int(s.openBodies.Load())
}

// MostRequestsIn returns the most requests that arrived within any window of that
// length, of those that [Server.Requests] returns. Two requests exactly one window
// apart don't share a window.
func (s *Server) MostRequestsIn(window time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	remembered := s.log.remembered()
	most, first := 0, 0
	for last := range remembered {
		for remembered[last].Time.Sub(remembered[first].Time) >= window && first < last {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}
