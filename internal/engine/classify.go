package engine

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// classify is the step that decides and records the outcome of an attempt.
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
	last := Response{Status: response.StatusCode, Header: response.Header, Body: a.wire.body}
	if response.StatusCode >= http.StatusMultipleChoices {
		last.Body = redact(last.Body, s.key())
		last.Header = redactHeader(last.Header, s.key())
		last.RetryAfter = retryAfter(response.Header)
		last.RedirectHost = redirectHost(a.call, response)
	}
	a.call.response = last
	return response, nil
}

// outcomeOf returns the outcome of an attempt without a response.
func outcomeOf(a *attempt, err error) outcome {
	switch {
	case a.call.ctx.Err() != nil:
		return outcomeEnded
	case isPermanent(err):
		return outcomePermanent
	case a.wire.provesUnsent(err):
		return outcomeUnsent
	}
	return outcomeLost
}

// isPermanent reports whether a retry would fail in the same way.
func isPermanent(err error) bool {
	if _, tooLarge := errors.AsType[*TooLargeError](err); tooLarge {
		return true
	}
	if proxy, ok := errors.AsType[*proxyError](err); ok {
		return proxy.status < http.StatusInternalServerError
	}
	return errors.Is(err, errInformational) || isCertificateError(err)
}

// redirectHost returns the scheme and host of the Location header, or "" without one. For an
// invalid Location it returns "an unreadable address".
func redirectHost(c *call, response *http.Response) string {
	location := response.Header.Get("Location")
	if location == "" {
		return ""
	}
	target, err := c.request.URL.Parse(location)
	if err != nil || target.Host == "" {
		return "an unreadable address"
	}
	return (&url.URL{Scheme: target.Scheme, Host: target.Host}).String()
}
