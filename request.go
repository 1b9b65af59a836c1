package helpcrunch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/contexterr"
	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// request describes a call before it is encoded.
type request struct {
	name                        string // of the operation, such as Customers.List
	err                         error  // an invalid argument, which send returns
	method                      string
	path                        string  // below the base URL, for errors
	url                         url.URL // without the query
	class                       engine.Class
	background                  bool
	query                       url.Values
	body                        any    // nil for none; an input encodes itself
	argument                    string // the method's name for the body, if not input
	onPermit                    func() // called when an attempt has its permit; may be nil
	notFoundAfterRetryIsSuccess bool   // a delete whose earlier attempt may have succeeded
}

// input is a body that checks itself before it is sent.
type input interface {
	// encode returns what to marshal, or an error that matches ErrInvalidArgument.
	encode() (any, error)
}

// request returns a request for an operation.
func (c *Client) request(op *operation) request {
	r := c.requestPath(op.method, op.class, op.path, "", "")
	r.name = op.name
	return r
}

// requestID returns a request for an operation with an id in its path. argument is the method's
// name for the id.
func (c *Client) requestID(op *operation, argument string, value int64) request {
	before, after, _ := strings.Cut(op.path, "{id}")
	var digits [20]byte
	r := c.requestPath(op.method, op.class, before, string(strconv.AppendInt(digits[:0], value, 10)), after)
	r.name, r.err = op.name, checkID(argument, value)
	return r
}

// requestPath returns a request for the path before+id+after below the base URL.
func (c *Client) requestPath(method string, class engine.Class, before, id, after string) request {
	if c == nil || c.core == nil {
		return request{} // send returns an error
	}
	base := c.core.settings.baseURL
	full := base.Path + before + id + after
	r := request{method: method, class: class, url: *base, path: full[len(base.Path):]}
	r.url.Path = full
	if base.RawPath != "" {
		r.url.RawPath = base.EscapedPath() + (&url.URL{Path: r.path}).EscapedPath()
	}
	return r
}

func (r request) withBody(body any) request {
	r.body = body
	return r
}

// withError adds an error about an argument. The first one counts.
func (r request) withError(err error) request {
	r.err = cmp.Or(r.err, err)
	return r
}

// do makes the call and decodes its response into a T.
func do[T any](ctx context.Context, c *Client, r request) (*T, error) {
	response, err := c.send(ctx, &r)
	if err != nil {
		return nil, err
	}
	result := new(T)
	fields, err := c.decode(&r, response, result)
	if err != nil {
		return nil, err
	}
	if !isRow(result) {
		return nil, c.unreadableError(&r, response, noRow(response.Body))
	}
	setUnreadable(result, fields)
	c.reportUnreadable(ctx, &r, fields)
	return result, nil
}

// isRow reports whether a decoded row is valid. It must have an id, or not be zero if its type has
// no ids.
func isRow(row any) bool {
	if row, ok := row.(interface{ id() int64 }); ok {
		return row.id() > 0
	}
	return !reflect.ValueOf(row).Elem().IsZero()
}

// noRow returns the error for a response without a row. It quotes an error in the response.
func noRow(body []byte) error {
	if details := tolerant.Reported(body); len(details) > 0 {
		return fmt.Errorf("it contains an error: %s", engine.Printable(ErrorDetail(details[0]).describe()))
	}
	return errors.New("it holds no row with an id")
}

// doID is do for an operation with an id in its path.
func doID[T any](ctx context.Context, c *Client, op *operation, id int64, body any) (*T, error) {
	return do[T](ctx, c, c.requestID(op, "id", id).withBody(body))
}

// doNoResult makes a call whose response is the text Ok. It accepts any body but a web page or an
// error.
func doNoResult(ctx context.Context, c *Client, op *operation, id int64) error {
	r := c.requestID(op, "id", id)
	r.notFoundAfterRetryIsSuccess = r.method == http.MethodDelete
	response, err := c.send(ctx, &r)
	if err != nil || response.Status >= http.StatusMultipleChoices {
		return err // nil for a 404 that counts as success
	}
	if isWebPage(response.Body) {
		return c.unreadableError(&r, response, errors.New("it is not the service's Ok"))
	}
	if len(tolerant.Reported(response.Body)) > 0 {
		return c.unreadableError(&r, response, noRow(response.Body))
	}
	return nil
}

// usable rejects a client that was not made by New and a nil context.
func (c *Client) usable(ctx context.Context) error {
	if c == nil || c.core == nil {
		return errNotFromNew
	}
	return invalidIf(ctx == nil, "ctx: must not be nil")
}

// send encodes and makes the call. A status of 300 or above is an error, except a 404 that counts
// as success.
func (c *Client) send(ctx context.Context, r *request) (*engine.Response, error) {
	body, err := c.checkedBody(ctx, r)
	if err != nil {
		return nil, inMethod(r.name, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("helpcrunch: %s %s: nothing was sent: %w", r.method, r.path, contexterr.Wrap(ctx, err))
	}
	r.url.RawQuery = r.query.Encode()
	response, err := c.core.engine.Do(ctx, engine.Request{
		Class:      r.class,
		Background: c.mode.background || r.background,
		OnPermit:   [2]func(){c.mode.onPermit, r.onPermit},
		Method:     r.method,
		URL:        r.url,
		Body:       body,
		OnAttempt:  c.core.settings.onAttempt(ctx, r),
	})
	return response, r.failure(response, err)
}

// checkedBody returns the encoded body, or an error about an argument. Every call passes through
// it.
func (c *Client) checkedBody(ctx context.Context, r *request) ([]byte, error) {
	if err := cmp.Or(c.usable(ctx), r.err); err != nil {
		return nil, err
	}
	if len(r.query) > 0 {
		if err := checkUTF8("query", r.query); err != nil {
			return nil, err
		}
	}
	data, err := encodeBody(r.body)
	if err != nil {
		return nil, err
	}
	return data, checkBody(cmp.Or(r.argument, "input"), r.body, data)
}

// waitToRetry waits before a caller retries a call by itself, after the given number of failures.
func (c *Client) waitToRetry(ctx context.Context, failures int, failure error) error {
	var retryAfter time.Duration
	if apiError, ok := errors.AsType[*APIError](failure); ok {
		retryAfter = apiError.RetryAfter
	}
	if err := c.core.engine.WaitToRetry(ctx, failures, retryAfter); err != nil {
		return fmt.Errorf("helpcrunch: %w", err)
	}
	return nil
}

// encodeBody checks and marshals a body. An input may come as a pointer or as a value.
func encodeBody(body any) ([]byte, error) {
	if v := reflect.ValueOf(body); v.Kind() == reflect.Struct {
		pointer := reflect.New(v.Type())
		pointer.Elem().Set(v)
		body = pointer.Interface()
	}
	if in, ok := body.(input); ok {
		var err error
		if body, err = in.encode(); err != nil {
			return nil, err
		}
	}
	if body == nil {
		return nil, nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, invalid("body: must encode as JSON: %w", err)
	}
	return data, nil
}

// failure returns the error of a call, nil if it succeeded.
func (r *request) failure(response *engine.Response, err error) error {
	if response.Status == http.StatusNotFound && r.notFoundAfterRetryIsSuccess && response.Repeated && err == nil {
		return nil
	}
	var failure error
	if response.Status >= http.StatusMultipleChoices {
		failure = newAPIError(r.method, r.path, response)
	}
	switch {
	case err != nil && failure != nil:
		failure = fmt.Errorf("%w: %w", failure, err)
	case err != nil:
		failure = fmt.Errorf("helpcrunch: %s %s: %w%s", r.method, r.path, err, attempts(response.Attempts))
	}
	if failure != nil && (response.MaybeApplied || response.Repeated) {
		return r.maybeApplied(failure)
	}
	return failure
}

// maybeApplied adds [ErrMaybeApplied] to the failure of a write, and a note if repeating the write
// is safe.
func (r *request) maybeApplied(failure error) error {
	switch r.class {
	case engine.Read:
		return failure
	case engine.Idempotent:
		return fmt.Errorf("%w: %w; repeating it is safe", failure, ErrMaybeApplied)
	}
	return fmt.Errorf("%w: %w", failure, ErrMaybeApplied)
}

// attempts returns a note on the number of attempts if there were several.
func attempts(made int) string {
	if made < 2 {
		return ""
	}
	return fmt.Sprintf(" (after %d attempts)", made)
}

// decode reads the JSON of a response below 300. It returns the names of the fields that
// it could not read.
func (c *Client) decode(r *request, response *engine.Response, into any) (unreadable []string, err error) {
	body := tolerant.Trim(response.Body)
	if len(body) == 0 || string(body) == "null" {
		return nil, c.unreadableError(r, response, errors.New("it is empty"))
	}
	unreadable, err = tolerant.Unmarshal(body, into)
	if err != nil {
		return nil, c.unreadableError(r, response, err)
	}
	return unreadable, nil
}

// setUnreadable stores the names of unreadable fields in a row. It reports whether the row's type
// supports that.
func setUnreadable(row any, fields []string) bool {
	holder, ok := row.(interface{ setUnreadable(fields []string) })
	if ok && len(fields) > 0 {
		holder.setUnreadable(fields)
	}
	return ok
}

// maxUnreadable bounds how many names of unreadable fields a log record or an error holds.
const maxUnreadable = 20

// reportUnreadable logs the names of the fields of a response that could not be read.
func (c *Client) reportUnreadable(ctx context.Context, r *request, fields []string) {
	if len(fields) > 0 {
		c.core.engine.LogUnreadable(ctx, r.method, r.url.Path, fields[:min(len(fields), maxUnreadable)], len(fields))
	}
}

// maxExcerpt bounds how much of a web page an error quotes, in bytes.
const maxExcerpt = 120

// unreadableError returns the error for a 2xx with an invalid body. It quotes the beginning of a
// web page. It quotes no other body, because that may be data. If the request carried text, it
// quotes no page either, because the page may repeat the text.
func (c *Client) unreadableError(r *request, response *engine.Response, cause error) error {
	err := fmt.Errorf("helpcrunch: %s %s: %d with a response that can't be read: %w",
		r.method, r.path, response.Status, cause)
	if isWebPage(response.Body) && !r.carriesText() {
		err = fmt.Errorf("%w: %q", err, truncate(string(c.core.engine.Redact(response.Body)), maxExcerpt))
	}
	return r.maybeApplied(err)
}

// textValue matches a JSON string value of at least 5 characters, longer than "desc".
var textValue = regexp.MustCompile(`"([^"\\]|\\.){5,}"\s*([,}\]]|$)`)

// carriesText reports whether the query or the body contains text: a value of at least 5 bytes or
// characters.
func (r *request) carriesText() bool {
	for _, values := range r.query {
		for _, value := range values {
			if len(value) > len("desc") {
				return true
			}
		}
	}
	data, err := encodeBody(r.body)
	return err != nil || textValue.Match(data)
}

func isWebPage(body []byte) bool { return bytes.HasPrefix(tolerant.Trim(body), []byte("<")) }
