package engine

import (
	"errors"
	"net/http"
	"net/url"
)

// classify is the step that decides what became of an attempt and records it.
type classify struct {
	next step
	key  string
}

func (s *classify) do(c *call, r *http.Request) (*http.Response, error) {
	response, err := s.next.do(c, r)
	if err != nil {
		c.attempt.outcome = outcomeOf(c, err)
		c.answer = Answer{}
		return nil, err
	}
	c.attempt.outcome = outcomeAnswered
	c.answer = Answer{Status: response.StatusCode, Body: c.attempt.wire.body}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	c.answer.Body = redact(c.answer.Body, s.key)
	c.answer.RetryAfter = retryAfter(response.Header.Get("Retry-After"))
	return s.withoutLocation(c, response), nil
}

// outcomeOf sorts an attempt without an answer.
func outcomeOf(c *call, err error) outcome {
	_, tooLarge := errors.AsType[*TooLargeError](err)
	switch {
	case c.Err() != nil:
		return outcomeEnded
	case tooLarge || isCertificateError(err):
		return outcomeUseless
	case c.attempt.wire.provesUnsent(err):
		return outcomeUnsent
	}
	return outcomeLost
}

// withoutLocation records where a redirect wants to go and hides it from net/http,
// which turns a Location that it can't read into a plain error.
func (s *classify) withoutLocation(c *call, response *http.Response) *http.Response {
	location := response.Header.Get("Location")
	if location == "" {
		return response
	}
	c.answer.RedirectHost = "an unreadable address"
	if target, err := c.request.URL.Parse(location); err == nil && target.Host != "" {
		c.answer.RedirectHost = (&url.URL{Scheme: target.Scheme, Host: target.Host}).String()
	}
	copied := *response
	copied.Header = response.Header.Clone()
	copied.Header.Del("Location")
	return &copied
}
