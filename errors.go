package helpcrunch

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// ErrorKind is a kind of error. Its constants are errors, for use with [errors.Is].
type ErrorKind string

// The kinds of an [APIError], decided by the HTTP status alone.
const (
	// ErrBadRequest is a 400 or 422: the service rejected the input. The same request
	// fails again.
	ErrBadRequest ErrorKind = "bad request"
	// ErrUnauthorized is a 401: the API key is wrong or was revoked.
	ErrUnauthorized ErrorKind = "unauthorized"
	// ErrForbidden is a 403: the key may not do this, or a proxy in between forbids it.
	ErrForbidden ErrorKind = "forbidden"
	// ErrNotFound is a 404: the customer, chat, agent or path does not exist.
	ErrNotFound ErrorKind = "not found"
	// ErrConflict is a 409: the request contradicts the current state of a row.
	ErrConflict ErrorKind = "conflict"
	// ErrRateLimited is a 429 after which the client gave up: see Rate limits in the package
	// documentation.
	ErrRateLimited ErrorKind = "rate limited"
	// ErrServer is any 5xx.
	ErrServer ErrorKind = "server error"
	// ErrUnexpectedStatus is any other status of 300 or above, redirects included.
	ErrUnexpectedStatus ErrorKind = "unexpected status"
)

// The kinds of other errors. ErrMaybeApplied may come together with an [APIError].
const (
	// ErrInvalidArgument marks an invalid argument. Nothing was sent.
	ErrInvalidArgument ErrorKind = "invalid argument"
	// ErrMaybeApplied marks a write whose outcome is unknown: its response was lost, truncated,
	// late, unreadable or a 5xx. If the operation is idempotent, the text ends "repeating it is
	// safe". After Create and Rate, check the account before you repeat the call. Events can't be
	// read back.
	ErrMaybeApplied ErrorKind = "the request may have been applied"
)

// Error returns the kind in words.
func (k ErrorKind) Error() string { return string(k) }

// ErrorDetail is one element of an error response.
type ErrorDetail struct {
	// Code is a word such as "invalid_userId_value". In newer responses with status 400 it is
	// the path of the invalid property, such as "filter[0].field".
	Code string
	// Message is the service's explanation, in English.
	Message string
}

// maxErrorBody bounds APIError.Body, in bytes.
const maxErrorBody = 16 << 10

// APIError is a response with a status of 300 or above, whatever its body. It matches its
// Kind: errors.Is(err, [ErrNotFound]).
//
// See https://docs.helpcrunch.com/en/rest-api-v1/api-setup-v1.
type APIError struct {
	// StatusCode is the status of the response, 300 or above. Kind is what it means.
	StatusCode int
	Kind       ErrorKind
	// Errors are the details from the body, in its order. They are empty if the body is not
	// the service's, such as a proxy's page.
	Errors []ErrorDetail
	Method string
	// Path is the path of the request without its query.
	Path string
	// Attempts is the number of attempts, including those that never reached the service.
	Attempts int
	// RetryAfter is how long the service asked to wait, 0 if it did not ask.
	RetryAfter time.Duration
	// Header is the response's header.
	Header http.Header
	// Body is the response's body, truncated at 16 KiB.
	Body []byte

	redirectHost string
}

// newAPIError returns the error for a response of 300 or above.
func newAPIError(method, path string, response *engine.Response) *APIError {
	e := &APIError{
		StatusCode:   response.Status,
		Kind:         kindOfStatus(response.Status),
		Method:       method,
		Path:         path,
		Attempts:     response.Attempts,
		RetryAfter:   response.RetryAfter,
		Header:       response.Header,
		Body:         bytes.Clone(response.Body[:min(len(response.Body), maxErrorBody)]), // so that the rest can be freed
		redirectHost: response.RedirectHost,
	}
	for _, detail := range tolerant.Errors(response.Body) {
		e.Errors = append(e.Errors, ErrorDetail(detail))
	}
	return e
}

// kindOfStatus returns the kind of an error response.
func kindOfStatus(status int) ErrorKind {
	if status >= 500 && status <= 599 {
		return ErrServer
	}
	return cmp.Or(map[int]ErrorKind{
		http.StatusBadRequest:          ErrBadRequest,
		http.StatusUnprocessableEntity: ErrBadRequest,
		http.StatusUnauthorized:        ErrUnauthorized,
		http.StatusForbidden:           ErrForbidden,
		http.StatusNotFound:            ErrNotFound,
		http.StatusConflict:            ErrConflict,
		http.StatusTooManyRequests:     ErrRateLimited,
	}[status], ErrUnexpectedStatus)
}

// Error returns the method, the path, the status and the most specific details. Control
// characters are escaped.
func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(fmt.Sprintf("helpcrunch: %s %s: %d %s", e.Method, e.Path, e.StatusCode, http.StatusText(e.StatusCode))))
	if details := e.describe(); details != "" {
		b.WriteString(": " + details)
	}
	if e.redirectHost != "" {
		fmt.Fprintf(&b, ": a redirect to %s was not followed", e.redirectHost)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ": asked to wait %s", e.RetryAfter)
	}
	b.WriteString(attempts(e.Attempts))
	return engine.Printable(b.String())
}

// maxDetails and maxDetailLength bound the message of an APIError.
const (
	maxDetails      = 5
	maxDetailLength = 300
)

// describe joins the details. It omits "Invalid request" if there are other details.
func (e *APIError) describe() string {
	isGeneral := func(d ErrorDetail) bool { return d.Code == codeInvalidRequest }
	details := slices.DeleteFunc(slices.Clone(e.Errors), isGeneral)
	if len(details) == 0 {
		details = e.Errors
	}
	var texts []string
	for _, detail := range details {
		if text := e.withoutStatus(detail).describe(); text != "" {
			texts = append(texts, text)
		}
	}
	if more := len(texts) - maxDetails; more > 0 {
		texts = append(texts[:maxDetails], strconv.Itoa(more)+" more")
	}
	return strings.Join(texts, "; ")
}

// withoutStatus removes a code without information, and text that repeats the status, such as
// "Service Unavailable" (503).
func (e *APIError) withoutStatus(d ErrorDetail) ErrorDetail {
	status := http.StatusText(e.StatusCode)
	if d.Message == status {
		d.Message = ""
	}
	if d.Code == codeInvalidRequest || d.Code == strconv.Itoa(e.StatusCode) || strings.EqualFold(strings.ReplaceAll(d.Code, "_", " "), status) && d.Message == "" {
		d.Code = ""
	}
	return d
}

// codeInvalidRequest is the code of an element without information.
const codeInvalidRequest = "invalid_request"

func (d ErrorDetail) describe() string {
	code, message := truncate(d.Code, maxDetailLength), truncate(d.Message, maxDetailLength)
	switch {
	case message == "":
		return code
	case code == "":
		return message
	}
	return message + " (" + code + ")"
}

// truncate cuts text at a number of bytes without breaking a character.
func truncate(text string, length int) string {
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:length], "") + "…"
}

// Unwrap returns the Kind.
func (e *APIError) Unwrap() error { return e.Kind }

// HasCode reports whether any of the details has the code, such as "invalid_userId_value" for a
// userId that is taken. Newer responses have the path of the property instead: see
// [APIError.FieldErrors].
func (e *APIError) HasCode(code string) bool {
	return slices.ContainsFunc(e.Errors, func(detail ErrorDetail) bool { return detail.Code == code })
}

// FieldErrors returns the messages of a 400 or 422 by property path, such as "customer" or
// "filter[0].field". It is empty if the service named no property. Several
// messages about one property are joined with "; ".
func (e *APIError) FieldErrors() map[string]string {
	fields := make(map[string]string)
	if e.Kind != ErrBadRequest {
		return fields
	}
	for _, detail := range e.Errors {
		if e.isPath(detail.Code) {
			fields[detail.Code] = strings.TrimPrefix(fields[detail.Code]+"; "+detail.Message, "; ")
		}
	}
	return fields
}

// isPath reports whether a code is the path of a property, not a word such as
// "invalid_userId_value". If the response contains "invalid_request", all codes but a few known
// words are paths. Otherwise a code with an underscore, or of digits only, is not a path.
func (e *APIError) isPath(code string) bool {
	switch code {
	case "", codeInvalidRequest, "unauthorized", "not_found", "too_many_requests":
		return false
	}
	return e.HasCode(codeInvalidRequest) || strings.Trim(code, "0123456789") != "" && !strings.Contains(code, "_")
}

// argumentError is an error about an argument: nothing was sent.
type argumentError struct {
	method string // such as Customers.Update; empty until inMethod adds it
	err    error  // names the argument, its bound and the value
}

// invalid returns an error about an argument, such as "patch.Notes: at most 255 characters,
// got 300". It matches ErrInvalidArgument.
func invalid(format string, args ...any) error {
	return &argumentError{err: fmt.Errorf(format, args...)}
}

// invalidIf returns the error of invalid if bad is true, and nil otherwise.
func invalidIf(bad bool, format string, args ...any) error {
	if !bad {
		return nil
	}
	return invalid(format, args...)
}

// inMethod adds the name of the method that the user called to an error about an argument. The
// outermost method replaces inner ones. Other errors stay as they are.
func inMethod(method string, err error) error {
	if e, ok := err.(*argumentError); ok && method != "" { //nolint:errorlint // a wrapped one has its method
		return &argumentError{method, e.err}
	}
	return err
}

func (e *argumentError) Error() string {
	if e.method == "" {
		return "helpcrunch: " + e.err.Error()
	}
	return "helpcrunch: " + e.method + ": " + e.err.Error()
}

// Unwrap makes the error match ErrInvalidArgument and its cause.
func (e *argumentError) Unwrap() []error { return []error{ErrInvalidArgument, e.err} }

// AmbiguousError is returned if several customers match where one was expected. Nothing was
// written.
type AmbiguousError struct {
	// Field is the field that several customers share, such as "email".
	Field string
	// IDs are the ids of the customers.
	IDs []int64
}

// Error names the field and the ids.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("helpcrunch: %d customers have this %s: ids %s", len(e.IDs), e.Field,
		strings.Trim(strings.ReplaceAll(fmt.Sprint(e.IDs), " ", ", "), "[]"))
}

// IncompleteError ends an iteration (All and SearchAll) that yielded fewer rows than the service
// counted. The service's total never fell meanwhile. The rows yielded are correct; others are
// missing, or were deleted and replaced during the iteration. The cause is a list without a stable
// sort, or rows with the same time that change their order. Iterate again, or sort by a field that
// does not change.
type IncompleteError struct {
	// Got is the number of different rows that were yielded.
	Got int
	// Total is the number of rows that the service counted, without those skipped by Offset.
	Total int
}

// Error returns both numbers.
func (e *IncompleteError) Error() string {
	return fmt.Sprintf("helpcrunch: iteration incomplete: got %d of %d rows", e.Got, e.Total)
}
