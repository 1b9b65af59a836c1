package helpcrunchtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

// A Fault makes requests fail. Its methods return a changed copy. Without a limit it fires on every
// request until it is removed.
type Fault struct {
	fault serve.Fault
}

// Status responds with a status and the service's body for it: error elements for 400, 401, 404
// and 429, nothing for 204 and 304, {"message":{"info":"..."},"code":500} for any other. Like
// [Answer] and [ProxyError], it panics unless the status is 200 to 599.
func Status(status int) Fault {
	if !isStatus(status) {
		panic(fmt.Sprintf("helpcrunchtest: a fault's status must be 200 to 599, got %d", status))
	}
	return Fault{serve.Fault{Kind: serve.ResponseFault, Name: fmt.Sprintf("status %d", status), Status: status}}
}

func isStatus(status int) bool {
	return status >= 200 && status <= 599
}

// TooManyRequests responds 429. [Fault.RetryAfter] says how long to wait.
func TooManyRequests() Fault {
	return Status(http.StatusTooManyRequests)
}

// Answer responds with a status and any body, as JSON unless [Fault.Header] says otherwise.
func Answer(status int, body string) Fault {
	fault := Status(status)
	fault.fault.Name = fmt.Sprintf("answer %d", status)
	fault.fault.Body, fault.fault.OwnBody = body, true
	return fault
}

// ProxyError responds with a status and a page of HTML, as a proxy does.
func ProxyError(status int) Fault {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	page := "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text +
		"</h1></center>\r\n</body>\r\n</html>\r\n"
	fault := Answer(status, page).Header("Content-Type", "text/html")
	fault.fault.Name = fmt.Sprintf("proxy error %d", status)
	return fault
}

// Redirect responds 302 with another URL.
func Redirect(to string) Fault {
	fault := Answer(http.StatusFound, "").Header("Location", to)
	fault.fault.Name = "redirect"
	return fault
}

// RefuseConnection makes the client fail to connect: nothing is sent or recorded. Over the network
// it closes the port until it is removed. With a limit (operation, number or probability) or
// [WithControl] it resets the connection instead.
func RefuseConnection() Fault {
	return Fault{serve.Fault{Kind: serve.RefuseFault, Name: "refused connection"}}
}

// ResetConnection resets the connection before the operation, or after it with
// [Fault.AfterEffect].
func ResetConnection() Fault {
	return Fault{serve.Fault{Kind: serve.ResetFault, Name: "reset connection"}}
}

// SlowHeaders executes the operation at once and delays the response by d.
func SlowHeaders(d time.Duration) Fault {
	return Fault{serve.Fault{Kind: serve.SlowHeadersFault, Name: "slow headers", Duration: d}}
}

// SlowBody executes the operation at once and sends the body in parts, the last one after d.
func SlowBody(d time.Duration) Fault {
	return Fault{serve.Fault{Kind: serve.SlowBodyFault, Name: "slow body", Duration: d}}
}

// CutBody executes the operation and truncates the body of the response.
func CutBody() Fault {
	return Fault{serve.Fault{Kind: serve.CutFault, Name: "cut body"}}
}

// EndlessBody executes the operation and sends a body without end.
func EndlessBody() Fault {
	return Fault{serve.Fault{Kind: serve.EndlessFault, Name: "endless body"}}
}

// WrongJSON executes the operation and sends its status with a body that is not JSON.
func WrongJSON() Fault {
	return Fault{serve.Fault{Kind: serve.WrongJSONFault, Name: "wrong JSON"}}
}

// StuckPage returns the first page, whatever the offset.
func StuckPage() Fault {
	return Fault{serve.Fault{Kind: serve.StuckPageFault, Name: "stuck page"}}
}

// LongPage returns up to 2n+1 rows for a limit of n.
func LongPage() Fault {
	return Fault{serve.Fault{Kind: serve.LongPageFault, Name: "long page"}}
}

// On limits the fault to some operations.
func (f Fault) On(operations ...Operation) Fault {
	f.fault.Operations = append(slices.Clip(f.fault.Operations), operations...)
	return f
}

// Times limits the fault to n requests.
func (f Fault) Times(n int) Fault {
	f.fault.Times = max(n, 1)
	return f
}

// Once limits the fault to one request.
func (f Fault) Once() Fault {
	return f.Times(1)
}

// After skips the first n matching requests.
func (f Fault) After(n int) Fault {
	f.fault.Skip = max(n, 0)
	return f
}

// WithProbability makes the fault fire with a probability from 0 to 1. The same seed makes the
// same choices.
func (f Fault) WithProbability(probability float64, seed uint64) Fault {
	f.fault.Probability = min(max(probability, 1e-18), 1)
	f.fault.Seed = seed
	return f
}

// AfterEffect executes the operation and then loses or replaces its response.
func (f Fault) AfterEffect() Fault {
	f.fault.AfterEffect = true
	return f
}

// Header sets a header of the response.
func (f Fault) Header(name, value string) Fault {
	f.fault.Header = f.fault.Header.Clone()
	if f.fault.Header == nil {
		f.fault.Header = http.Header{}
	}
	f.fault.Header.Set(name, value)
	return f
}

// RetryAfter sets the Retry-After header, in seconds with up to 3 decimals.
func (f Fault) RetryAfter(d time.Duration) Fault {
	seconds := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".")
	return f.Header("Retry-After", seconds)
}

// String describes the fault.
func (f Fault) String() string {
	return f.fault.String()
}

// ActiveFault is an injected fault.
type ActiveFault struct {
	server    *Server
	injection *serve.Injection
}

// Inject injects a fault. Of several that match a request, the first fires.
func (s *Server) Inject(fault Fault) *ActiveFault {
	defer s.updatePort()
	defer s.lock()()
	return &ActiveFault{s, s.core.Inject(fault.fault)}
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	defer s.updatePort()
	defer s.lock()()
	s.core.Faults = nil
}

// Remove removes the fault.
func (f *ActiveFault) Remove() {
	defer f.server.updatePort()
	defer f.server.lock()()
	f.server.core.Remove(f.injection)
}

// Fired returns how often the fault has fired.
func (f *ActiveFault) Fired() int {
	defer f.server.lock()()
	return f.injection.Fired
}

// updatePort closes the port while [RefuseConnection] fires on every request. With [WithControl]
// the port stays open, and the requests are reset.
func (s *Server) updatePort() {
	if s.listener == nil || s.settings.control {
		return
	}
	s.listener.Refuse(func() bool {
		defer s.lock()()
		return s.core.RefusesAll()
	})
}
