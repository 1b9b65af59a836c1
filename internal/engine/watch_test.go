package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// watched starts an attempt whose transport reports to the returned hooks. ended reports whether the
// attempt was ended.
func watched(t *testing.T, request Request, limits *recordingLimiter) (a *attempt, hooks *httptrace.ClientTrace, ended *bool) {
	t.Helper()
	config := testConfig(nil)
	config.Limiter = limits
	a, _ = newAttemptOf(t.Context(), config, request)
	ended = new(bool)
	a.cancel = func() { *ended = true }
	return a, httptrace.ContextClientTrace(a.trace(t.Context())), ended
}

// sendOver reports that the request was sent over a connection.
func sendOver(hooks *httptrace.ClientTrace, info httptrace.GotConnInfo, fields ...string) {
	hooks.GetConn("api.example.com:443")
	hooks.GotConn(info)
	for _, field := range fields {
		hooks.WroteHeaderField(field, nil)
	}
	hooks.WroteHeaders()
}

func TestWatchKnowsWhenATransportWasStillConnecting(t *testing.T) {
	late := errors.New("any error")
	a, hooks, _ := watched(t, Request{Method: http.MethodGet}, &recordingLimiter{})
	assert.False(t, a.wire.provesUnsent(late), "nothing is known")
	hooks.GetConn("api.example.com:443")
	assert.True(t, a.wire.provesUnsent(late), "no connection yet")
	hooks.GotConn(httptrace.GotConnInfo{})
	assert.False(t, a.wire.provesUnsent(&net.OpError{Op: "dial", Err: late}), "something was sent before the dial that failed")
}

// TestR17WhatATransportSendsAgainTakesAPermitOrEndsTheAttempt has the rule for a second request
// within an attempt.
func TestR17WhatATransportSendsAgainTakesAPermitOrEndsTheAttempt(t *testing.T) {
	kept := httptrace.GotConnInfo{Reused: true}
	for _, c := range []struct {
		name     string
		method   string
		class    Class
		first    httptrace.GotConnInfo
		fields   []string
		gotByte  bool
		limit    error
		acquired int
		ended    bool
	}{
		{"GET", http.MethodGet, Read, kept, nil, false, nil, 1, false},
		{"GET without a free permit", http.MethodGet, Read, kept, nil, false, context.DeadlineExceeded, 1, true},
		{"HEAD without a free permit", http.MethodHead, Read, kept, nil, false, context.DeadlineExceeded, 1, true},
		{"OPTIONS without a free permit", http.MethodOptions, Read, kept, nil, false, context.DeadlineExceeded, 1, true},
		{"TRACE without a free permit", http.MethodTrace, Read, kept, nil, false, context.DeadlineExceeded, 1, true},
		{"GET that writes", http.MethodGet, NonIdempotent, kept, nil, false, nil, 0, true},
		{"POST of which nothing was written", http.MethodPost, NonIdempotent, kept, nil, false, nil, 1, false},
		{"the same without a free permit", http.MethodPost, NonIdempotent, kept, nil, false, context.DeadlineExceeded, 1, false},
		{"POST over a new connection", http.MethodPost, NonIdempotent, httptrace.GotConnInfo{}, nil, false, nil, 0, true},
		{"POST after a response", http.MethodPost, NonIdempotent, kept, nil, true, nil, 0, true},
		{"POST with a key", http.MethodPost, NonIdempotent, kept, []string{"Idempotency-Key"}, false, nil, 0, true},
		{"POST with another key", http.MethodPost, NonIdempotent, kept, []string{"x-idempotency-key"}, false, nil, 0, true},
		{"PUT with a key", http.MethodPut, Idempotent, kept, []string{"X-Idempotency-Key"}, false, context.DeadlineExceeded, 1, true},
		{"POST over HTTP/2", http.MethodPost, NonIdempotent, kept, []string{":method"}, false, nil, 0, true},
		{"PUT over HTTP/2", http.MethodPut, Idempotent, kept, []string{":method"}, false, nil, 1, false},
		{"PUT over HTTP/2 without a free permit", http.MethodPut, Idempotent, kept, []string{":method"}, false, context.DeadlineExceeded, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits := &recordingLimiter{err: c.limit}
			a, hooks, ended := watched(t, Request{Method: c.method, Class: c.class}, limits)
			sendOver(hooks, c.first, c.fields...)
			if c.gotByte {
				hooks.GotFirstResponseByte()
			}
			hooks.GotConn(httptrace.GotConnInfo{Conn: &conn{}})
			assert.Equal(t, c.acquired, limits.acquired)
			assert.Equal(t, c.ended, *ended)
			granted := 0
			if c.limit == nil {
				granted = c.acquired
			}
			assert.Len(t, a.wire.watch.end(), granted)
		})
	}
}

// conn is a connection that records whether it was closed.
type conn struct {
	net.Conn
	closed bool
}

func (c *conn) Close() error { c.closed = true; return nil }

func TestR17ARequestThatWasNotWrittenMayBeSent(t *testing.T) {
	limits := &recordingLimiter{}
	_, hooks, ended := watched(t, Request{Method: http.MethodPost, Class: NonIdempotent}, limits)
	for range 10 {
		hooks.GotConn(httptrace.GotConnInfo{}) // net/http found that the connection can't be used
	}
	require.False(t, *ended)
	assert.Zero(t, limits.acquired)
}

func TestR17AtMostTwoResendsInAnAttempt(t *testing.T) {
	limits := &recordingLimiter{}
	_, hooks, ended := watched(t, Request{Method: http.MethodGet}, limits)
	for range 1 + maxResends {
		sendOver(hooks, httptrace.GotConnInfo{Reused: true})
		require.False(t, *ended)
	}
	sendOver(hooks, httptrace.GotConnInfo{Reused: true})
	require.True(t, *ended)
	assert.Equal(t, maxResends, limits.acquired)
}

// TestR17OnlyAnHTTP1ConnectionIsClosed: others use a connection of HTTP/2 too.
func TestR17OnlyAnHTTP1ConnectionIsClosed(t *testing.T) {
	for field, closes := range map[string]bool{"Host": true, ":authority": false} {
		_, hooks, ended := watched(t, Request{Method: http.MethodGet}, &recordingLimiter{err: context.DeadlineExceeded})
		sendOver(hooks, httptrace.GotConnInfo{}, field)
		again := &conn{}
		hooks.GotConn(httptrace.GotConnInfo{Conn: again})
		require.True(t, *ended)
		assert.Equal(t, closes, again.closed, field)
	}
}

func TestR17ExtraPermitsAreReleased(t *testing.T) {
	limits := &recordingLimiter{}
	config := testConfig(transportFunc(func(r *http.Request) (*http.Response, error) {
		hooks := httptrace.ContextClientTrace(r.Context())
		sendOver(hooks, httptrace.GotConnInfo{Reused: true})
		sendOver(hooks, httptrace.GotConnInfo{})
		return respond(200, "{}"), nil
	}))
	config.Limiter = limits
	_, err := New(*config).Do(t.Context(), Request{Method: http.MethodGet})
	require.NoError(t, err)
	assert.Equal(t, 2, limits.acquired)
	assert.Len(t, limits.released, 2)
}

// TestR17ATransportThatGoesOnTakesNoMorePermits: nobody would release them.
func TestR17ATransportThatGoesOnTakesNoMorePermits(t *testing.T) {
	limits := &recordingLimiter{}
	a, hooks, ended := watched(t, Request{Method: http.MethodGet}, limits)
	sendOver(hooks, httptrace.GotConnInfo{Reused: true})
	assert.Empty(t, a.wire.watch.end())
	sendOver(hooks, httptrace.GotConnInfo{})
	require.True(t, *ended)
	assert.Zero(t, limits.acquired)
}

func TestR17EveryTransportIsWatchedAlways(t *testing.T) {
	watches := 0
	config := testConfig(transportFunc(func(r *http.Request) (*http.Response, error) {
		if httptrace.ContextClientTrace(r.Context()) != nil {
			watches++
		}
		return respond(200, ""), nil // as from a cache: it reports no connection
	}))
	engine := New(*config)
	for range 3 {
		_, err := engine.Do(t.Context(), Request{Method: http.MethodGet})
		require.NoError(t, err)
	}
	assert.Equal(t, 3, watches)
}

// TestAnErrorOfATransportIsAProxysOnlyWhileItConnects: any other error keeps its text.
func TestAnErrorOfATransportIsAProxysOnlyWhileItConnects(t *testing.T) {
	for _, connecting := range []bool{true, false} {
		config := testConfig(transportFunc(func(r *http.Request) (*http.Response, error) {
			if connecting {
				httptrace.ContextClientTrace(r.Context()).GetConn("api.example.com:443")
			}
			return nil, errors.New(http.StatusText(http.StatusForbidden))
		}))
		config.MaxRetries = 0
		_, err := New(*config).Do(t.Context(), Request{Method: http.MethodGet})
		_, isProxy := errors.AsType[*proxyError](err)
		assert.Equal(t, connecting, isProxy, err)
	}
}
