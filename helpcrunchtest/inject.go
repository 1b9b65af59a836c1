package helpcrunchtest

import (
	"math/rand/v2"
	"net/http"
	"slices"
)

// ActiveFault is a fault at work in a server.
type ActiveFault struct {
	server      *Server
	fault       Fault
	chance      *rand.Rand
	seen, fired int // guarded by the server's lock
}

// Inject lets a fault strike from now on. Of several that are for the same request the
// one injected first strikes, until it is spent.
func (s *Server) Inject(fault Fault) *ActiveFault {
	injected := &ActiveFault{server: s, fault: fault, chance: fault.chance()}
	s.mu.Lock()
	s.faults = append(s.faults, injected)
	s.mu.Unlock()
	s.followFaults()
	return injected
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	s.faults = nil
	s.mu.Unlock()
	s.followFaults()
}

// Remove takes the fault back. Requests that it has already struck stay struck.
func (i *ActiveFault) Remove() {
	i.server.mu.Lock()
	i.server.faults = slices.DeleteFunc(i.server.faults, func(other *ActiveFault) bool { return other == i })
	i.server.mu.Unlock()
	i.server.followFaults()
}

// Fired returns how many requests the fault has struck.
func (i *ActiveFault) Fired() int {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.fired
}

// followFaults closes the port while a fault refuses every connection. Should another
// program have taken the port meanwhile, connections stay refused.
func (s *Server) followFaults() {
	if s.listener == nil {
		return
	}
	s.mu.Lock()
	refuse := slices.ContainsFunc(s.faults, func(i *ActiveFault) bool {
		return i.fault.kind == refuseFault && !i.fault.limited()
	})
	s.mu.Unlock()
	if refuse {
		s.listener.refuse()
		return
	}
	_ = s.listener.accept()
}

// pickFault returns the fault that strikes a request, or nil.
func (s *Server) pickFault(operation Operation) *Fault {
	for _, injected := range s.faults {
		if injected.strikes(operation) {
			return &injected.fault
		}
	}
	return nil
}

// strikes decides whether a fault strikes a request, and counts it.
func (i *ActiveFault) strikes(operation Operation) bool {
	fault := &i.fault
	if len(fault.operations) > 0 && !slices.Contains(fault.operations, operation) {
		return false
	}
	if fault.times > 0 && i.fired >= fault.times {
		return false
	}
	i.seen++
	if i.seen <= fault.skip {
		return false
	}
	if fault.probability > 0 && i.chance.Float64() >= fault.probability {
		return false
	}
	i.fired++
	return true
}

// reply is the answer of a fault that replaces the service's.
func (f *Fault) reply(s *Server) reply {
	if f.kind == resetFault {
		return reply{broken: resetConnection}
	}
	r := reply{answer: answer{status: f.status, body: []byte(f.body)}, header: f.header}
	if !f.ownBody {
		r.body = s.words(f.status)
	}
	if f.status == http.StatusNoContent || f.status == http.StatusNotModified {
		r.body = nil // these have none, whatever was wanted
	}
	return r
}

// words is the body that the service has for a status.
func (s *Server) words(status int) []byte {
	e := encoder{dialect: &s.dialect}
	switch status {
	case http.StatusBadRequest:
		e.problem(refused("The request can't be processed"))
	case http.StatusUnauthorized:
		e.problem(unauthorized())
	case http.StatusNotFound:
		e.problem(notFound("Entity"))
	case http.StatusTooManyRequests:
		e.problem(tooManyRequests())
	default:
		e.begin('{')
		e.key("message")
		e.begin('{')
		e.key("info")
		e.string(http.StatusText(status))
		e.end('}')
		e.key("code")
		e.integer(int64(status))
		e.end('}')
	}
	return e.buffer
}

// spoil changes a right answer into what the fault makes of it.
func (f *Fault) spoil(r *reply) {
	switch f.kind {
	case slowHeadersFault:
		r.delay = f.duration
	case slowBodyFault:
		r.bodyTime = f.duration
	case cutFault:
		r.cut = true
	case endlessFault:
		r.endless = true
		r.body = []byte(`{"data":[`)
	case wrongJSONFault:
		r.body = []byte(`{"id": 1, "name": 'again', }`)
	}
	for name, values := range f.header {
		if r.header == nil {
			r.header = http.Header{}
		}
		r.header[name] = values
	}
}
