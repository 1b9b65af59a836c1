package helpcrunchtest

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// incoming is a request as it arrives, by whichever way.
type incoming struct {
	method, host, path, query string
	header                    http.Header
	body                      []byte
}

// call is a request on its way to the function that carries it out.
type call struct {
	operation           Operation
	id                  int64  // from the path
	query               string // not yet parsed
	body                []byte
	at                  time.Time
	now                 instant // the same
	stuckPage, longPage bool    // faults that spoil a page
}

// answer is what an operation has to say. A status of 0 is 200, an empty contentType
// is JSON.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// reply is what goes back to the client, and how it goes wrong on its way.
type reply struct {
	answer
	header   http.Header // further headers, may be nil
	delay    time.Duration
	bodyTime time.Duration // the body trickles over this time
	broken   breakage
	cut      bool // only half of the body arrives
	endless  bool // the body never ends
}

// breakage is how a connection ends in place of an answer.
type breakage uint8

const (
	unbroken breakage = iota
	refusedConnection
	resetConnection
)

const jsonType = "application/json"

// exchange takes a request through its delays and to its reply. An error is that of
// the context, which ended first.
func (s *Server) exchange(ctx context.Context, in *incoming) (reply, error) {
	before, after := s.nextLatency()
	if err := sleep(ctx, before); err != nil {
		return reply{}, err
	}
	r, seen := s.receive(in)
	if seen != nil {
		s.observer(*seen)
	}
	return r, sleep(ctx, r.delay+after)
}

// nextLatency is how long the next request is on its way, and its answer.
func (s *Server) nextLatency() (before, after time.Duration) {
	if s.latency == nil {
		return 0, 0
	}
	s.latencyMu.Lock()
	defer s.latencyMu.Unlock()
	return s.latency()
}

// sleep waits, but no longer than the context lasts.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive decides what becomes of a request, in one step that no other request can
// come between. It returns what the observer is to see, nil for nothing.
func (s *Server) receive(in *incoming) (reply, *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	c := call{query: in.query, body: in.body, at: now, now: instantOf(now)}
	found, id, allowed := findRoute(in.method, in.path)
	if found != nil {
		c.operation, c.id = found.operation, id
	}
	fault := s.pickFault(c.operation)
	if fault != nil && fault.kind == refuseFault {
		return reply{broken: refusedConnection}, nil
	}
	s.catchUp(now)
	defer s.arm(now, 0)
	record := s.log.add(s.record(in, c.operation, now))
	r := s.react(in, &c, found, allowed, fault, record)
	if r.broken == unbroken {
		record.Status = r.status
	}
	s.log.finish(record)
	if s.observer == nil {
		return r, nil
	}
	seen := *record
	return r, &seen
}

// react answers a request, with the fault that was chosen for it, if any.
func (s *Server) react(in *incoming, c *call, found *route, allowed []string, fault *Fault, record *Request) reply {
	if fault == nil {
		return s.admit(in, c, found, allowed, record)
	}
	record.Fault = fault.String()
	if fault.replacesAnswer() && !fault.afterEffect {
		return fault.reply(s)
	}
	c.stuckPage = fault.kind == stuckPageFault
	c.longPage = fault.kind == longPageFault
	r := s.admit(in, c, found, allowed, record)
	if fault.replacesAnswer() {
		return fault.reply(s)
	}
	fault.spoil(&r)
	return r
}

// admit checks the key, the path and the rate limit, and carries the operation out.
func (s *Server) admit(in *incoming, c *call, found *route, allowed []string, record *Request) reply {
	if !s.dialect.accepts(in.header.Get("Authorization"), s.key) {
		return s.refuse(unauthorized())
	}
	header, limited := s.countRequest(c)
	if limited {
		r := s.refuse(tooManyRequests())
		r.header = header
		return r
	}
	if found == nil {
		r := s.refuse(noRoute(allowed))
		r.header = header
		if allowed != nil {
			if r.header == nil {
				r.header = http.Header{}
			}
			r.header.Set("Allow", strings.Join(allowed, ", "))
		}
		return r
	}
	result, trouble := found.handle(s, c)
	if trouble != nil {
		r := s.refuse(trouble)
		r.header = header
		return r
	}
	record.Applied = true
	if result.status == 0 {
		result.status = http.StatusOK
	}
	return reply{answer: result, header: header}
}

// accepts reports whether an Authorization header has the key.
func (d *Dialect) accepts(header, key string) bool {
	scheme, given, _ := strings.Cut(header, " ")
	switch {
	case d.Auth == AuthExact && scheme != "Bearer", !strings.EqualFold(scheme, "Bearer"):
		return false
	case given == key:
		return true
	}
	return d.Auth == AuthBrackets && given == "<"+key+">"
}

// noRoute is the problem of a path that has no operation at all, or none by that method.
func noRoute(allowed []string) *problem {
	if allowed == nil {
		return notFound("Path")
	}
	return &problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: "Method not allowed"}
}

// refuse is the reply to a request that has a problem.
func (s *Server) refuse(p *problem) reply {
	e := encoder{dialect: &s.dialect}
	e.problem(p)
	return reply{answer: answer{status: p.status, body: e.buffer}}
}
