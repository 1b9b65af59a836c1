package engine

import (
	"context"
	"maps"
	"net/http"
	"time"
)

// send is the step at the wire: it puts the headers on and hands the request to the
// caller's transport.
type send struct {
	config *Config
	header http.Header // copied for each request; its values are never changed
	traced bool
}

var contentJSON = []string{"application/json"}

func newSend(config *Config) *send {
	_, standard := config.HTTPClient.Transport.(*http.Transport)
	return &send{
		config: config,
		header: http.Header{
			"Authorization": {"Bearer " + config.APIKey},
			"Accept":        {"application/json"},
			"User-Agent":    {config.UserAgent},
		},
		traced: standard,
	}
}

func (s *send) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		a.wire.notSent = true
		return nil, err
	}
	if s.traced {
		ctx = a.wire.trace(ctx, s.config.Limiter, a.request.Background)
	}
	outgoing := r.WithContext(ctx)
	outgoing.Header = maps.Clone(s.header)
	if r.Body != nil {
		outgoing.Header["Content-Type"] = contentJSON
	}
	if cookie := r.Header["Cookie"]; cookie != nil {
		outgoing.Header["Cookie"] = cookie
	}
	response, err := s.config.HTTPClient.Transport.RoundTrip(outgoing)
	if err != nil {
		return nil, err
	}
	a.wire.answered = time.Now()
	return response, nil
}
