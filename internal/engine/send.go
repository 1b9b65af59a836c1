package engine

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// send is the step that sets the headers and passes the request to the transport.
type send struct {
	client *http.Client
	header func(values *[3]string) http.Header // returns a header backed by values
}

func newSend(config *Config) *send {
	return &send{config.HTTPClient, newHeader(config)}
}

// newHeader returns a function that makes the header of a request. Only the closure holds the
// API key, so a dump by reflection does not show it.
func newHeader(config *Config) func(values *[3]string) http.Header {
	authorization, userAgent := "Bearer "+config.APIKey(), config.UserAgent
	setHeader := config.SetHeader
	return func(values *[3]string) http.Header {
		*values = [...]string{authorization, "application/json", userAgent}
		header := http.Header{
			"Authorization": values[0:1:1],
			"Accept":        values[1:2:2],
			"User-Agent":    values[2:3:3],
		}
		if setHeader != nil {
			setHeader(header)
		}
		return header
	}
}

var errNoResponse = errors.New("the transport returned neither a response nor an error")

func (s *send) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		a.wire.notSent = true
		return nil, err
	}
	response, err := s.client.Transport.RoundTrip(s.outgoing(a.trace(ctx), a, r))
	if err != nil {
		if state := a.wire.watch.snapshot(); state.requestedConn && !state.connected {
			err = proxyErrorOf(err)
		}
		return nil, err
	}
	if response == nil {
		return nil, errNoResponse
	}
	if response.Body == nil {
		response.Body = http.NoBody
	}
	a.wire.responded = time.Now()
	if s.client.Jar != nil {
		s.client.Jar.SetCookies(&a.call.request.URL, response.Cookies())
	}
	return response, nil
}

// outgoing returns the request of one attempt. Transports may change it, so attempts share
// none of it.
func (s *send) outgoing(ctx context.Context, a *attempt, r *http.Request) *http.Request {
	outgoing := &a.outgoing
	*outgoing = *r.WithContext(ctx)
	a.url = a.call.request.URL
	outgoing.URL = &a.url
	outgoing.Header = s.header(&a.values)
	if r.Body != nil {
		outgoing.Header["Content-Type"] = []string{"application/json"}
	}
	if s.client.Jar != nil {
		for _, cookie := range s.client.Jar.Cookies(&a.call.request.URL) {
			outgoing.AddCookie(cookie)
		}
	}
	return outgoing
}
