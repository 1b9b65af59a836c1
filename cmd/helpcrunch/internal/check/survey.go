package check

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
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// request is a request that changes nothing.
type request struct {
	method, target, body string // target is a path with its query
}

func get(format string, args ...any) request {
	return request{method: http.MethodGet, target: fmt.Sprintf(format, args...)}
}

// search searches for "customers" or "chats" with a body of JSON.
func search(what, body string) request {
	return request{method: http.MethodPost, target: "/" + what + "/search", body: body}
}

// find searches with one filter.
func find(what, field, operator string, value any) request {
	filter := map[string]any{"field": what + "." + field, "operator": operator, "value": value}
	body, _ := json.Marshal(map[string]any{"filter": []any{filter}}) // texts and numbers always marshal
	return search(what, string(body))
}

// sender sends a request and returns its response.
type sender func(request) *response

// survey sends each request once. After a failure all further responses are empty.
type survey struct {
	account   *cli.Account
	transport *readOnly
	client    *helpcrunch.Client
	responses map[request]*response
	silent    int // requests in a row without a response
	failure   error
}

// newSurvey makes a survey of an account whose client uses the transport.
func newSurvey(account *cli.Account, transport *readOnly) (*survey, error) {
	base, err := url.Parse(strings.TrimRight(account.BaseURL, "/"))
	transport.base, transport.rateLimited = base, tally{}
	return &survey{account: account, transport: transport, client: account.Client, responses: map[request]*response{}}, err
}

// response is what the service returned, as it was sent.
type response struct {
	status int // 0 for none
	header http.Header
	body   []byte // JSON when the status is below 300
	page   page

	received time.Time
}

// problem returns why nothing is known from a response, or "".
func (r *response) problem() string {
	switch {
	case r.status == 0:
		return "no response"
	case r.status < http.StatusMultipleChoices && r.page.where == "":
		return "the response contains no rows"
	}
	return ""
}

// send sends a request, unless it was sent before, and returns the response.
func (s *survey) send(ctx context.Context, r request) *response {
	if known := s.responses[r]; known != nil {
		return known
	}
	if s.failure != nil {
		return &response{}
	}
	got := &response{}
	s.responses[r] = got
	path, rawQuery, _ := strings.Cut(r.target, "?")
	query, _ := url.ParseQuery(rawQuery) // our own text
	var body any
	if r.body != "" {
		body = json.RawMessage(r.body)
	}
	s.transport.status, s.transport.header = 0, nil
	var raw json.RawMessage
	err := s.client.Do(ctx, r.method, path, query, body, &raw)
	got.status, got.header, got.body, got.received = s.transport.status, s.transport.header, raw, s.transport.received
	if rejection, ok := errors.AsType[*helpcrunch.APIError](err); ok {
		got.status, got.header, got.body = rejection.StatusCode, rejection.Header, rejection.Body
	}
	if got.status < http.StatusMultipleChoices {
		got.page = readPage(got.body)
	}
	s.failure = s.judge(ctx, got, err)
	return got
}

// patience is after how many requests in a row without a response the survey ends.
const patience = 3

// judge returns why the survey can't continue after a response, or nil.
func (s *survey) judge(ctx context.Context, got *response, err error) error {
	s.silent++
	if got.status != 0 {
		s.silent = 0
	}
	first := len(s.responses) == 1
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; nothing was changed")
	case errors.Is(err, errNotReading), errors.Is(err, helpcrunch.ErrInvalidArgument):
		return err
	case s.silent == patience, s.silent == 1 && first:
		return fmt.Errorf("the API can't be reached: %s", strings.TrimPrefix(err.Error(), "helpcrunch: "))
	case got.status == http.StatusUnauthorized:
		return errors.New("the API key is not accepted (401): copy it whole from HelpCrunch, Settings > Developers > Public API")
	case got.status == http.StatusTooManyRequests:
		return errors.New("the API still responds with 429: other programs use up the account's rate limit; " +
			"lower --per-minute, or share the limit with --redis")
	case first:
		return s.judgeFirst(got)
	}
	return nil
}

// judgeFirst returns why the first response is not that of the API, or nil.
func (s *survey) judgeFirst(got *response) error {
	switch {
	case got.status >= http.StatusInternalServerError:
		return fmt.Errorf("the API fails (status %d): try again later", got.status)
	case got.status == http.StatusForbidden:
		return errors.New("the API key may not read the organization (403)")
	case got.status >= http.StatusMultipleChoices || !got.page.single:
		return fmt.Errorf("%s does not respond as the HelpCrunch API does (status %d): is --base-url right?", s.account.BaseURL, got.status)
	}
	return nil
}
