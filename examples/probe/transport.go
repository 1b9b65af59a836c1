package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// readOnly is a transport that passes on what changes nothing, and refuses anything else
// before it is sent. It notes what it sees of the answer, for asker.
type readOnly struct {
	next http.RoundTripper
	base *url.URL

	requests int // that were sent
	refused  int // that were answered with 429
	waits    tally
}

// reading is what may be asked, below the base URL. It leaves out GET
// /agents/{id}/unsubscribe, which changes something.
var reading = map[string]*regexp.Regexp{
	http.MethodGet: regexp.MustCompile(
		`^/(organization|applications|departments|agents|customers|chats|customers/[0-9]+|chats/[0-9]+|chats/[0-9]+/messages)$`),
	http.MethodPost: regexp.MustCompile(`^/(customers|chats)/search$`),
}

var errNotReading = errors.New("this program only reads: the request was not sent")

// RoundTrip sends the request if it only reads.
func (t *readOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.reads(r) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, errNotReading
	}
	t.requests++
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if a, ok := r.Context().Value(answerKey{}).(*answer); ok {
		a.status, a.header = response.StatusCode, response.Header.Clone()
	}
	if response.StatusCode == http.StatusTooManyRequests {
		t.refused++
		t.waits.add(waitForm(response.Header.Get("Retry-After")))
	}
	return response, nil
}

// reads reports whether a request can change nothing.
func (t *readOnly) reads(r *http.Request) bool {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), t.base.EscapedPath())
	allowed := reading[r.Method]
	return below && r.URL.Scheme == t.base.Scheme && r.URL.Host == t.base.Host && allowed != nil && allowed.MatchString(path)
}

// waitForm is the form of a Retry-After header.
func waitForm(value string) string {
	switch {
	case value == "":
		return "no `Retry-After`"
	case isDigits(value):
		return "`Retry-After` in whole seconds"
	case isDigits(strings.Replace(value, ".", "", 1)):
		return "`Retry-After` in seconds with a fraction"
	}
	if _, err := http.ParseTime(value); err == nil {
		return "`Retry-After` as a date"
	}
	return "`Retry-After` in another form"
}

// answerKey finds, in the context of a request, the answer to fill in.
type answerKey struct{}

func withAnswer(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}
