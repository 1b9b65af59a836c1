package engine

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// send is the step at the wire: it puts the headers on and hands the request to the
// caller's transport.
type send struct {
	config *Config
	header func() http.Header // returns a new header that the transport may change
	silent atomic.Bool        // the transport reports no connections
}

func newSend(config *Config) *send {
	return &send{config: config, header: newHeader(config)}
}

// newHeader returns a function that makes the header of a request. Only its closure holds the
// key: a dump by reflection shows the address of a function and no more.
func newHeader(config *Config) func() http.Header {
	authorization, userAgent := "Bearer "+config.APIKey(), config.UserAgent
	return func() http.Header {
		values := [...]string{authorization, "application/json", userAgent}
		return http.Header{
			"Authorization": values[0:1:1],
			"Accept":        values[1:2:2],
			"User-Agent":    values[2:3:3],
		}
	}
}

var errNoResponse = errors.New("the transport returned neither a response nor an error")

func (s *send) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		a.wire.notSent = true
		return nil, err
	}
	traced := !s.silent.Load()
	if traced {
		ctx = a.wire.trace(ctx, a.cancel, a.call)
	}
	response, err := s.config.HTTPClient.Transport.RoundTrip(s.outgoing(ctx, r))
	if err != nil {
		return nil, err
	}
	if response == nil {
		return nil, errNoResponse
	}
	if response.Body == nil {
		response.Body = http.NoBody
	}
	a.wire.responded = time.Now()
	if traced && a.wire.asked.Load() == 0 {
		s.silent.Store(true) // it answered without a word: tracing it would be for nothing
	}
	return response, nil
}

// outgoing is the request with its headers.
func (s *send) outgoing(ctx context.Context, r *http.Request) *http.Request {
	outgoing := r.WithContext(ctx)
	outgoing.Header = s.header()
	if r.Body != nil {
		outgoing.Header["Content-Type"] = []string{"application/json"}
	}
	if cookie := r.Header["Cookie"]; cookie != nil {
		outgoing.Header["Cookie"] = cookie
	}
	return outgoing
}
