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
	key  string
}

func (s *classify) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	response, err := s.next.do(ctx, a, r)
	if err != nil {
		a.outcome = outcomeOf(a, err)
		a.answer = Answer{}
		return nil, err
	}
	a.outcome = outcomeAnswered
	a.answer = Answer{Status: response.StatusCode, Body: a.wire.body}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	a.answer.Body = redact(a.answer.Body, s.key)
	a.answer.RetryAfter = retryAfter(response.Header.Get("Retry-After"))
	return withoutLocation(a, response), nil
}

// outcomeOf sorts an attempt without an answer.
func outcomeOf(a *attempt, err error) outcome {
	_, tooLarge := errors.AsType[*TooLargeError](err)
	switch {
	case a.call.Err() != nil:
		return outcomeEnded
	case tooLarge || isCertificateError(err):
		return outcomeUseless
	case a.wire.provesUnsent(err):
		return outcomeUnsent
	}
	return outcomeLost
}

// withoutLocation records where a redirect wants to go and hides it from net/http,
// which turns a Location that it can't read into a plain error.
func withoutLocation(a *attempt, response *http.Response) *http.Response {
	location := response.Header.Get("Location")
	if location == "" {
		return response
	}
	a.answer.RedirectHost = "an unreadable address"
	if target, err := a.call.url.Parse(location); err == nil && target.Host != "" {
		a.answer.RedirectHost = (&url.URL{Scheme: target.Scheme, Host: target.Host}).String()
	}
	copied := *response
	copied.Header = response.Header.Clone()
	copied.Header.Del("Location")
	return &copied
}
