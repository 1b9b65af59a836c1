package engine

import (
	"net/http"
	"time"
)

// send is the step at the wire: it puts the headers on and hands the request to the
// caller's transport.
type send struct {
	transport     http.RoundTripper
	authorization []string
	userAgent     []string
}

// These values are shared by all requests and never changed.
var (
	contentJSON = []string{"application/json"}
	acceptJSON  = []string{"application/json"}
)

func newSend(config *Config) *send {
	return &send{
		transport:     config.HTTPClient.Transport,
		authorization: []string{"Bearer " + config.APIKey},
		userAgent:     []string{config.UserAgent},
	}
}

func (s *send) do(c *call, r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		c.attempt.wire.notSent = true
		return nil, err
	}
	outgoing := r.WithContext(c.attempt.wire.trace(r.Context()))
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
	response, err := s.transport.RoundTrip(outgoing)
	if err != nil {
		return nil, err
	}
	c.attempt.wire.answered = time.Now()
	return response, nil
}
