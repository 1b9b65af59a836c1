package check

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// readOnly is a transport that passes on requests that change nothing, and rejects any other
// before it is sent. It records what the survey needs of the responses.
type readOnly struct {
	next http.RoundTripper
	base *url.URL

	requests    int   // that were sent
	rateLimited tally // forms of Retry-After of responses of 429
	status      int   // of the latest response
	header      http.Header
	received    time.Time // when the latest response came
}

// reading holds the paths below the base URL that change nothing. GET
// /agents/{id}/unsubscribe is not among them.
var reading = map[string]*regexp.Regexp{
	http.MethodGet: regexp.MustCompile(
		`^/(organization|applications|departments|agents|customers|chats|customers/[0-9]+|chats/[0-9]+|chats/[0-9]+/messages)$`),
	http.MethodPost: regexp.MustCompile(`^/(customers|chats)/search$`),
}

var errNotReading = errors.New("check only reads: the request was not sent")

// RoundTrip sends a request that only reads.
func (t *readOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.reads(r) {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errNotReading
	}
	t.requests++
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.received = time.Now()
	t.status, t.header = response.StatusCode, response.Header.Clone()
	if response.StatusCode == http.StatusTooManyRequests {
		t.rateLimited[retryAfterForm(t.header.Get("Retry-After"))]++
	}
	return response, nil
}

// reads reports whether a request changes nothing.
func (t *readOnly) reads(r *http.Request) bool {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), t.base.EscapedPath())
	allowed := reading[r.Method]
	return below && r.URL.Scheme == t.base.Scheme && r.URL.Host == t.base.Host && allowed != nil && allowed.MatchString(path)
}

// retryAfterForm returns the form of a Retry-After header.
func retryAfterForm(value string) string {
	switch {
	case value == "":
		return "no Retry-After"
	case isDigits(value):
		return "Retry-After in whole seconds"
	}
	return "Retry-After in another form"
}
