package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// asker asks one question after the other. Once it can't go on, all further answers are
// empty, and failure says why.
type asker struct {
	transport *readOnly
	client    *helpcrunch.Client
	stranger  *helpcrunch.Client // has a key that no account has
	unheard   int                // questions in a row without any answer
	failure   error
}

// wrongKey is a key that no account has.
const wrongKey = "helpcrunch-probe-0000-this-is-not-a-key"

// newAsker makes an asker that reaches the API over a transport.
func newAsker(key, baseURL string, transport http.RoundTripper, limiter helpcrunch.Limiter) (*asker, error) {
	base, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("the base URL is not a URL (%w)", errUsage)
	}
	a := &asker{transport: &readOnly{next: transport, base: base}}
	options := []helpcrunch.Option{
		helpcrunch.WithBaseURL(baseURL),
		helpcrunch.WithHTTPClient(&http.Client{Transport: a.transport}),
		helpcrunch.WithMaxRetries(2),
		helpcrunch.WithRetryWait(100*time.Millisecond, time.Minute),
		helpcrunch.WithRateLimiter(limiter),
	}
	client, err := helpcrunch.New(key, options...)
	if err != nil {
		return nil, err
	}
	a.client = client.InBackground()
	a.stranger, err = helpcrunch.New(wrongKey, options...)
	return a, err
}

// answer is what the service answered, as it came over the wire.
type answer struct {
	status int // 0 for none
	header http.Header
	body   []byte // JSON when the status is below 300
	asPage *page  // what the body holds, once it was read
}

// trouble says why nothing can be told from an answer, or is empty.
func (a *answer) trouble() string {
	switch {
	case a.status == 0:
		return "no answer came"
	case a.status >= http.StatusMultipleChoices:
		return fmt.Sprintf("the service answered %d", a.status)
	case len(a.body) == 0:
		return "the answer is not JSON"
	}
	return ""
}

func (a *asker) get(ctx context.Context, path string, query ...string) *answer {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return a.ask(ctx, a.client, http.MethodGet, path, values, nil)
}

// searchBody is the body of a search.
type searchBody map[string]any

func (a *asker) search(ctx context.Context, what string, body searchBody) *answer {
	return a.ask(ctx, a.client, http.MethodPost, "/"+what+"/search", nil, body)
}

// find searches for the rows that match one filter.
func (a *asker) find(ctx context.Context, what, field, operator string, value any) *answer {
	filter := map[string]any{"field": what + "." + field, "operator": operator, "value": value}
	return a.search(ctx, what, searchBody{"filter": []any{filter}})
}

// ask asks one question. An error of the service is an answer like any other.
func (a *asker) ask(ctx context.Context, client *helpcrunch.Client, method, path string, query url.Values, body any) *answer {
	got := &answer{}
	if a.failure != nil {
		return got
	}
	var raw json.RawMessage
	err := client.Do(withAnswer(ctx, got), method, path, query, body, &raw)
	if refusal, ok := errors.AsType[*helpcrunch.APIError](err); ok {
		got.status, got.body = refusal.StatusCode, refusal.Body
	} else if err == nil {
		got.body = raw
	}
	a.judge(ctx, client, got, err)
	return got
}

// judge decides whether it makes sense to go on after an answer.
func (a *asker) judge(ctx context.Context, client *helpcrunch.Client, got *answer, err error) {
	const patience = 3
	if got.status != 0 {
		a.unheard = 0
	} else {
		a.unheard++
	}
	switch {
	case ctx.Err() != nil:
		a.failure = errors.New("interrupted")
	case errors.Is(err, errNotReading), errors.Is(err, helpcrunch.ErrInvalidArgument):
		a.failure = err
	case got.status == http.StatusUnauthorized && client == a.client:
		a.failure = errors.New("the service does not accept the key in " + keyVariable)
	case got.status == http.StatusTooManyRequests:
		a.failure = errors.New("the service went on to answer 429: other programs use up the account's limit")
	case a.unheard > 0 && a.transport.requests <= patience || a.unheard == patience:
		a.failure = fmt.Errorf("the service can't be reached: %w", err)
	}
}
