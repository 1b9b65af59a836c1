package engine

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// classify is the step that decides what became of an attempt and records it.
type classify struct {
	next step
	key  func() string
}

func (s *classify) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	response, err := s.next.do(ctx, a, r)
	if err != nil {
		a.outcome = outcomeOf(a, err)
		a.call.response = Response{}
		return nil, err
	}
	a.outcome = outcomeResponded
	last := Response{Status: response.StatusCode, Body: a.wire.body}
	if response.StatusCode < http.StatusMultipleChoices {
		a.call.response = last
		return response, nil
	}
	last.Body = redact(last.Body, s.key())
	last.RetryAfter = retryAfter(response.Header.Get("Retry-After"))
	last.RedirectHost = redirectHost(a.call, response)
	a.call.response = last
	return withoutLocation(response), nil
}

// outcomeOf sorts an attempt without a response.
func outcomeOf(a *attempt, err error) outcome {
	_, tooLarge := errors.AsType[*TooLargeError](err)
	useless := tooLarge || errors.Is(err, errInformational) || isCertificateError(err)
	switch {
	case a.call.Err() != nil:
		return outcomeEnded
	case useless:
		return outcomePermanent
	case a.wire.provesUnsent(err):
		return outcomeUnsent
	}
	return outcomeLost
}

// redirectHost is where a redirect wants to go, empty when it does not say.
func redirectHost(c *call, response *http.Response) string {
	location := response.Header.Get("Location")
	if location == "" {
		return ""
	}
	target, err := c.url.Parse(location)
	if err != nil || target.Host == "" {
		return "an unreadable address"
	}
	return (&url.URL{Scheme: target.Scheme, Host: target.Host}).String()
}

// withoutLocation hides where a redirect wants to go from net/http, which turns a
// Location that it can't read into a plain error.
func withoutLocation(response *http.Response) *http.Response {
	if response.Header.Get("Location") == "" {
		return response
	}
	copied := *response
	copied.Header = response.Header.Clone()
	copied.Header.Del("Location")
	return &copied
}
