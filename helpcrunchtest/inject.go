package helpcrunchtest

import (
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/serve"
)

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
