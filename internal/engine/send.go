package engine

import (
	"context"
	"net/http"
	"time"
)

// send is the step at the wire: it puts the headers on and hands the request to the
// caller's transport.
type send struct {
	config        *Config
	authorization []string
	userAgent     []string
	traced        bool
}

// These values are shared by all requests and never changed.
var (
	contentJSON = []string{"application/json"}
	acceptJSON  = []string{"application/json"}
)

func newSend(config *Config) *send {
	_, standard := config.HTTPClient.Transport.(*http.Transport)
	return &send{
		config:        config,
		authorization: []string{"Bearer " + config.APIKey},
		userAgent:     []string{config.UserAgent},
		traced:        standard,
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
	outgoing.Header = http.Header{
		"Authorization": s.authorization,
		"Accept":        acceptJSON,
		"User-Agent":    s.userAgent,
	}
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
