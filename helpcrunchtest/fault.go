package helpcrunchtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

// A Fault is something that goes wrong with a request. It is a value: its methods
// return a changed copy, so that a fault reads like a sentence and can be used again:
//
//	server.Inject(helpcrunchtest.Status(503).On(helpcrunchtest.CreateCustomer).Times(2))
//	server.Inject(helpcrunchtest.ResetConnection().AfterEffect().On(helpcrunchtest.CreateChat).Once())
//	server.Inject(helpcrunchtest.SlowHeaders(time.Minute).WithProbability(0.1, 42))
//
// Without further words a fault strikes every request until it is removed.
type Fault struct {
	fault serve.Fault
}

// Status responds with a status and the body that the service has for it: its error
// elements for 400, 401, 404 and 429, nothing for 204 and 304, its internal envelope for
// any other.
//
// It panics when the status is not one of a response, 200 to 599, as that is a mistake in
// the test. [Answer] and [ProxyError] do so too.
func Status(status int) Fault {
	if !isStatus(status) {
		panic(fmt.Sprintf("helpcrunchtest: a fault's status must be 200 to 599, got %d", status))
	}
	return Fault{serve.Fault{Kind: serve.ResponseFault, Name: fmt.Sprintf("status %d", status), Status: status}}
}

func isStatus(status int) bool {
	return status >= 200 && status <= 599
}

// TooManyRequests responds 429, as when the account's limit is used up. Tell how long to
// wait with [Fault.RetryAfter].
func TooManyRequests() Fault {
	return Status(http.StatusTooManyRequests)
}

// Answer responds with a status and any body, as JSON unless [Fault.Header] says
// otherwise.
func Answer(status int, body string) Fault {
	fault := Status(status)
	fault.fault.Name = fmt.Sprintf("answer %d", status)
	fault.fault.Body, fault.fault.OwnBody = body, true
	return fault
}

// ProxyError responds with a status and a page of HTML, as a proxy in front of the
// service does.
func ProxyError(status int) Fault {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	page := "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text +
		"</h1></center>\r\n</body>\r\n</html>\r\n"
	fault := Answer(status, page).Header("Content-Type", "text/html")
	fault.fault.Name = fmt.Sprintf("proxy error %d", status)
	return fault
}

// Redirect responds 302 and sends the client to another URL.
func Redirect(to string) Fault {
	fault := Answer(http.StatusFound, "").Header("Location", to)
	fault.fault.Name = "redirect"
	return fault
}

// RefuseConnection refuses the connection, so that nothing can have been sent. Such a
// request is not in [Server.Requests].
//
// An open port can't refuse one request: over the network a fault that is limited (by
// operation, number or probability) breaks the connection unanswered, and one that is
// not closes the port until it is removed.
//
// [Fault.AfterEffect] has no meaning with it.
func RefuseConnection() Fault {
	return Fault{serve.Fault{Kind: serve.RefuseFault, Name: "refused connection"}}
}

// ResetConnection breaks the connection before a response: before the operation took
// place, or after it with [Fault.AfterEffect].
func ResetConnection() Fault {
	return Fault{serve.Fault{Kind: serve.ResetFault, Name: "reset connection"}}
}

// SlowHeaders carries the operation out at once and lets the response begin after d.
func SlowHeaders(d time.Duration) Fault {
	return Fault{serve.Fault{Kind: serve.SlowHeadersFault, Name: "slow headers", Duration: d}}
}

// SlowBody carries the operation out at once and sends the body of the response in
// pieces, over a time of about d.
func SlowBody(d time.Duration) Fault {
	return Fault{serve.Fault{Kind: serve.SlowBodyFault, Name: "slow body", Duration: d}}
}

// CutBody carries the operation out and breaks the connection in the middle of the
// response's body.
func CutBody() Fault {
	return Fault{serve.Fault{Kind: serve.CutFault, Name: "cut body"}}
}

// EndlessBody carries the operation out and sends a response that never ends.
func EndlessBody() Fault {
	return Fault{serve.Fault{Kind: serve.EndlessFault, Name: "endless body"}}
}

// WrongJSON carries the operation out and responds with what looks like JSON and is not,
// under the status of the right response.
func WrongJSON() Fault {
	return Fault{serve.Fault{Kind: serve.WrongJSONFault, Name: "wrong JSON"}}
}

// StuckPage responds to every request for a page with the first page, whatever the offset.
func StuckPage() Fault {
	return Fault{serve.Fault{Kind: serve.StuckPageFault, Name: "stuck page"}}
}

// LongPage responds to a request for a page with more than twice the rows asked for, if
// there are as many.
func LongPage() Fault {
	return Fault{serve.Fault{Kind: serve.LongPageFault, Name: "long page"}}
}

// On limits the fault to some operations.
func (f Fault) On(operations ...Operation) Fault {
	f.fault.Operations = slices.Clip(f.fault.Operations)
	for _, operation := range operations {
		f.fault.Operations = append(f.fault.Operations, string(operation))
	}
	return f
}

// Times limits the fault to the first n requests that it is for; it is spent then.
func (f Fault) Times(n int) Fault {
	f.fault.Times = max(n, 1)
	return f
}

// Once limits the fault to one request.
func (f Fault) Once() Fault {
	return f.Times(1)
}

// After spares the first n requests that the fault is for.
func (f Fault) After(n int) Fault {
	f.fault.Skip = max(n, 0)
	return f
}

// WithProbability makes the fault strike by chance, with a probability between 0 and 1.
// The same seed makes the same choices.
func (f Fault) WithProbability(probability float64, seed uint64) Fault {
	f.fault.Probability = min(max(probability, 1e-18), 1)
	f.fault.Seed = seed
	return f
}

// AfterEffect carries the operation out before its response is replaced, as when an
// answer gets lost. It says nothing new for faults that carry it out anyway.
func (f Fault) AfterEffect() Fault {
	f.fault.AfterEffect = true
	return f
}

// Header sends a header with the response that the fault gives.
func (f Fault) Header(name, value string) Fault {
	f.fault.Header = f.fault.Header.Clone()
	if f.fault.Header == nil {
		f.fault.Header = http.Header{}
	}
	f.fault.Header.Set(name, value)
	return f
}

// RetryAfter sends a Retry-After header with the response that the fault gives, in
// seconds, with decimals when d is not whole.
func (f Fault) RetryAfter(d time.Duration) Fault {
	seconds := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".")
	return f.Header("Retry-After", seconds)
}

// String says in words what the fault does.
func (f Fault) String() string {
	return f.fault.String()
}

// ActiveFault is a fault at work in a server.
type ActiveFault struct {
	server    *Server
	injection *serve.Injection
}

// Inject lets a fault strike from now on. Of several that are for the same request the
// one injected first strikes, until it is spent.
func (s *Server) Inject(fault Fault) *ActiveFault {
	s.mu.Lock()
	active := &ActiveFault{s, s.core.Inject(fault.fault)}
	s.mu.Unlock()
	s.followFaults()
	return active
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	s.core.Faults = nil
	s.mu.Unlock()
	s.followFaults()
}

// Remove takes the fault back. Requests that it has already struck stay struck.
func (f *ActiveFault) Remove() {
	f.server.mu.Lock()
	f.server.core.Remove(f.injection)
	f.server.mu.Unlock()
	f.server.followFaults()
}

// Fired returns how many requests the fault has struck.
func (f *ActiveFault) Fired() int {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	return f.injection.Fired
}

// followFaults closes the port while a fault refuses every connection. Should another
// program have taken the port meanwhile, connections stay refused.
func (s *Server) followFaults() {
	if s.listener == nil {
		return
	}
	s.mu.Lock()
	refuse := s.core.RefusesAll()
	s.mu.Unlock()
	if refuse {
		s.listener.Refuse()
		return
	}
	_ = s.listener.Accept()
}
