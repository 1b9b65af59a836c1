// Package serve serves the operations over the network and in memory, with rate limit, faults
// and a log of requests.
package serve

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/api"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/deliver"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Config contains the parts and settings of a core.
type Config struct {
	Mu       *sync.Mutex // that of the server
	Clock    func() time.Time
	Latency  func() (before, after time.Duration) // nil for none
	Observer func(Request)                        // nil for none
	Dialect  *wire.Dialect
	Key      string
	Service  *api.Service
	Hub      *deliver.Hub
	Limit    *Limit // nil for none
	LogSize  int
}

// Core responds to requests. It checks the key and the limit, injects faults and logs. Mu guards it.
type Core struct {
	Config

	OpenBodies atomic.Int64
	latencyMu  sync.Mutex // guards calls of Latency, which may lock Mu
	hider      keyHider   // removes the key from the log

	Log    requestLog
	Faults []*Injection
	Closed atomic.Bool
}

// New makes a core that has seen no requests.
func New(c Config) *Core {
	return &Core{Config: c, hider: newKeyHider(c.Key), Log: newRequestLog(c.LogSize)}
}

// Reset clears the log, the faults and the limit.
func (s *Core) Reset() {
	s.Log.Clear()
	s.Faults = nil
	if s.Limit != nil {
		s.Limit.taken, s.Limit.skipped = nil, 0
	}
}

type incoming struct {
	method, host, path, query string
	header                    http.Header
	body                      []byte
}

const jsonType = "application/json"

// reply is a response and how it is sent.
type reply struct {
	api.Response
	header    http.Header   // further headers; may be nil
	delay     time.Duration // before the response
	bodyTime  time.Duration // until the end of the body
	broken    breakage
	truncated bool // only half of the body is sent
	endless   bool
}

// breakage is how a connection fails instead of a response.
type breakage uint8

const (
	unbroken breakage = iota
	refusedConnection
	resetConnection
)

// exchange returns the reply to a request after its delays. It fails only when the context ends.
func (s *Core) exchange(ctx context.Context, in *incoming) (reply, error) {
	before, after := s.nextLatency()
	if err := Sleep(ctx, before); err != nil {
		return reply{}, err
	}
	r, seen := s.receive(in)
	if seen != nil {
		s.Observer(*seen)
	}
	if err := Sleep(ctx, r.delay); err != nil {
		return reply{}, err
	}
	return r, Sleep(ctx, after)
}

func (s *Core) nextLatency() (before, after time.Duration) {
	if s.Latency == nil {
		return 0, 0
	}
	s.latencyMu.Lock()
	defer s.latencyMu.Unlock()
	return s.Latency()
}

// Sleep waits for d, or until the context ends.
func Sleep(ctx context.Context, d time.Duration) error {
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

// receive executes a request under the lock. It returns the record for the observer, if any.
func (s *Core) receive(in *incoming) (reply, *Request) {
	found, id, allowed := api.FindRoute(in.method, in.path)
	c := api.Call{Route: found, ID: id, Query: in.query, Body: in.body}
	record := s.record(in, found)
	s.Mu.Lock()
	defer s.Mu.Unlock()
	record.Time = s.Clock()
	c.Now = account.InstantOf(record.Time)
	fault := s.pickFault(record.Operation)
	if fault != nil && fault.Kind == RefuseFault {
		return reply{broken: refusedConnection}, nil
	}
	s.Hub.RunDue(record.Time)
	defer s.Hub.SetTimer(record.Time, 0)
	s.Log.Add(record)
	r := s.respond(in, &c, allowed, fault, record)
	if r.broken == unbroken {
		record.Status = r.Status
	}
	s.Log.finish(record)
	if s.Observer == nil {
		return r, nil
	}
	seen := *record
	return r, &seen
}

// respond responds to a request, and applies the fault if there is one.
func (s *Core) respond(in *incoming, c *api.Call, allowed []string, fault *Fault, record *Request) reply {
	if fault == nil {
		return s.execute(in, c, allowed, record)
	}
	record.Fault = fault.String()
	if fault.replacesResponse() && !fault.AfterEffect {
		return fault.reply(s.Dialect)
	}
	c.StuckPage = fault.Kind == StuckPageFault
	c.LongPage = fault.Kind == LongPageFault
	r := s.execute(in, c, allowed, record)
	if fault.replacesResponse() {
		return fault.reply(s.Dialect)
	}
	fault.modify(&r)
	return r
}

// execute checks the key, the rate limit and the path, and executes the operation.
func (s *Core) execute(in *incoming, c *api.Call, allowed []string, record *Request) reply {
	if !s.authorized(in.header) {
		return s.reject(wire.Unauthorized, nil)
	}
	header, limited := s.Limit.take(record.Time, s.Service.Cost(c))
	if limited {
		return s.reject(wire.TooManyRequests, header)
	}
	if c.Route == nil {
		if allowed != nil {
			if header == nil {
				header = http.Header{}
			}
			header.Set("Allow", strings.Join(allowed, ", "))
			return s.reject(wire.MethodNotAllowed, header)
		}
		return s.reject(wire.NotFound("Path"), header)
	}
	result, problem := c.Route.Handle(s.Service, c)
	if problem != nil {
		return s.reject(problem, header)
	}
	record.Applied = true
	if result.Status == 0 {
		result.Status = http.StatusOK
	}
	return reply{Response: result, header: header}
}

func (s *Core) authorized(header http.Header) bool {
	scheme, given, _ := strings.Cut(header.Get("Authorization"), " ")
	if s.Dialect.Auth == wire.AuthExact && scheme != "Bearer" || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	return given == s.Key || s.Dialect.Auth == wire.AuthBrackets && given == "<"+s.Key+">"
}

func (s *Core) reject(p *wire.Problem, header http.Header) reply {
	return reply{Response: api.Response{Status: p.Status, Body: p.Encode(s.Dialect)}, header: header}
}

// RateLimit has the fields of helpcrunchtest.RateLimit, which documents them.
type RateLimit struct {
	Requests   int
	Window     time.Duration // 0 means a minute
	Fixed      bool
	RetryAfter bool
	Headers    bool
}

// Limit is a rate limit and the requests that it has taken.
type Limit struct {
	RateLimit

	taken   []time.Time   // the requests of the current window, oldest first
	skipped time.Duration // how far the limit's clock is ahead of the server's
}

// Skip advances the clock of the rate limit alone.
func (s *Core) Skip(d time.Duration) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	if s.Limit != nil {
		s.Limit.skipped += d
	}
}

// take counts a request, or reports that it exceeds the limit. It also returns response headers.
func (l *Limit) take(now time.Time, cost int) (header http.Header, limited bool) {
	if l == nil {
		return nil, false
	}
	now = now.Add(l.skipped)
	window := l.Window
	if window == 0 {
		window = time.Minute
	}
	begin := now.Add(-window)
	if l.Fixed {
		begin = now.Truncate(window).Add(-time.Nanosecond)
	}
	for len(l.taken) > 0 && !l.taken[0].After(begin) {
		l.taken = l.taken[1:]
	}
	limited = len(l.taken)+cost > l.Requests
	if !limited {
		for range cost {
			l.taken = append(l.taken, now)
		}
	}
	return l.header(now, window, cost, limited), limited
}

// header returns the headers about the limit, nil for none.
func (l *Limit) header(now time.Time, window time.Duration, cost int, limited bool) http.Header {
	if !l.Headers && !(l.RetryAfter && limited) {
		return nil
	}
	header := http.Header{}
	if l.Headers {
		header.Set("X-RateLimit-Limit", strconv.Itoa(l.Requests))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(l.Requests-len(l.taken)))
	}
	if l.RetryAfter && limited {
		wait := l.freeAt(now, window, cost).Sub(now)
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	return header
}

// freeAt returns when the window has room for a rejected request. If it costs more than the limit,
// that is when the window is empty.
func (l *Limit) freeAt(now time.Time, window time.Duration, cost int) time.Time {
	if l.Fixed {
		return now.Truncate(window).Add(window)
	}
	tooMany := len(l.taken) + min(cost, l.Requests) - l.Requests
	if tooMany == 0 {
		return now.Add(window)
	}
	return l.taken[tooMany-1].Add(window)
}
