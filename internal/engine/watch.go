package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// watch records what net/http's transport reports of its connections during one attempt. Some
// transports resend a request by themselves. net/http does so when a kept connection breaks. Over
// HTTP/2 it also does after GOAWAY, REFUSED_STREAM and PROTOCOL_ERROR. A resent request takes
// another permit. If none is free or the request is not idempotent, watch ends the attempt, unless
// nothing was written before. A third resend always ends it.
//
// If a transport reports nothing, only its error shows whether the request was sent.
type watch struct {
	trace httptrace.ClientTrace

	mu       sync.Mutex // the transport calls the trace from its own goroutines
	state    watchState
	extra    []limiter.Permit // for resent requests
	released bool             // the permits of the attempt were released
}

type watchState struct {
	requestedConn bool       // the transport asked for a connection
	connected     bool       // it got one, and began to send
	ended         bool       // the attempt was ended, as the request must not be resent
	conn          connection // the latest
	resends       int
}

// snapshot returns a copy of the state.
func (w *watch) snapshot() watchState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// set sets a flag of the state to true while it holds the mutex.
func (w *watch) set(flag *bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*flag = true
}

// connection records the progress of the request over one connection.
type connection struct {
	reused       bool
	http2        bool
	hasKey       bool // a header that makes net/http treat the request as idempotent
	wroteHeaders bool
	gotByte      bool // a byte of the response came
}

// maxResends is how often the transport may resend a request within an attempt.
const maxResends = 2

var errResent = errors.New("the transport sent the request again by itself, so the attempt was ended")

// trace returns a context in which the transport reports its connections.
func (a *attempt) trace(ctx context.Context) context.Context {
	w := &a.wire.watch
	w.trace = httptrace.ClientTrace{
		GetConn:              func(string) { w.set(&w.state.requestedConn) },
		GotConn:              a.gotConn,
		WroteHeaderField:     w.wroteHeaderField,
		WroteHeaders:         func() { w.set(&w.state.conn.wroteHeaders) },
		GotFirstResponseByte: func() { w.set(&w.state.conn.gotByte) },
	}
	return httptrace.WithClientTrace(ctx, &w.trace)
}

// gotConn runs before anything is sent over a connection. It ends the attempt if the request
// was sent over an earlier connection and must not be resent.
func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	w := &a.wire.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	earlier := w.state.conn
	w.state.connected, w.state.conn = true, connection{reused: info.Reused}
	if !earlier.wroteHeaders {
		return
	}
	w.state.resends++
	if !w.released && w.state.resends <= maxResends && a.mayResend(earlier) {
		return
	}
	w.state.ended = true
	a.cancel()
	// Over HTTP/1.1 the cancelled request may still be written, so close the connection.
	// Over HTTP/2 it is not written, and other requests share the connection.
	if info.Conn != nil && !earlier.http2 {
		_ = info.Conn.Close()
	}
}

// mayResend reports whether the transport may resend the request over another connection, and
// takes an extra permit for it. If nothing was written before, no permit is required.
func (a *attempt) mayResend(earlier connection) bool {
	nothingWritten := earlier.provesNothingWritten(a.call.request.Method)
	if a.call.request.Class == NonIdempotent && !nothingWritten {
		return false
	}
	return a.takeExtraPermit() || nothingWritten
}

// provesNothingWritten reports whether a resend by net/http proves that nothing was written to
// the connection. It does for a kept HTTP/1.1 connection without a response byte, unless
// net/http takes the request for idempotent.
func (c connection) provesNothingWritten(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return c.reused && !c.http2 && !c.hasKey && !c.gotByte
}

func (w *watch) wroteHeaderField(name string, _ []string) {
	switch {
	case strings.HasPrefix(name, ":"):
		w.set(&w.state.conn.http2)
	case strings.EqualFold(name, "Idempotency-Key"), strings.EqualFold(name, "X-Idempotency-Key"):
		w.set(&w.state.conn.hasKey)
	}
}

// extraPermitWait limits the wait for an extra permit: an attempt must not queue.
const extraPermitWait = 5 * time.Millisecond

// takeExtraPermit takes another permit for the attempt if one comes within 5 ms. The caller holds
// watch.mu.
func (a *attempt) takeExtraPermit() bool {
	c := a.call
	ctx, cancel := context.WithTimeout(c.ctx, extraPermitWait)
	defer cancel()
	permit, err := c.config.Limiter.Acquire(ctx, c.permitRequest())
	if err == nil {
		a.wire.watch.extra = append(a.wire.watch.extra, permit)
	}
	return err == nil
}

// end returns the extra permits. The attempt takes no more of them.
func (w *watch) end() []limiter.Permit {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.released = true
	return w.extra
}
