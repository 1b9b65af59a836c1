package engine

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync/atomic"
	"time"
)

// send is the step at the wire: it puts the headers on and hands the request to the
// caller's transport.
type send struct {
	config *Config
	header http.Header // copied for each request; its values are never changed
	silent atomic.Bool // the transport reports no connections
}

var contentJSON = []string{"application/json"}

func newSend(config *Config) *send {
	return &send{
		config: config,
		header: http.Header{
			"Authorization": {"Bearer " + config.APIKey},
			"Accept":        {"application/json"},
			"User-Agent":    {config.UserAgent},
		},
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
	outgoing.Header = maps.Clone(s.header)
	if r.Body != nil {
		outgoing.Header["Content-Type"] = contentJSON
	}
	if cookie := r.Header["Cookie"]; cookie != nil {
		outgoing.Header["Cookie"] = cookie
	}
	return outgoing
}
