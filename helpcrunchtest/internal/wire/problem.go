package wire

import (
	"fmt"
	"net/http"
)

// Problem is an error response, before its encoding in a dialect.
type Problem struct {
	Status        int
	Code, Message string      // the element of the specific form
	violations    []Violation // the invalid properties, for the generic form of a 400
	Verbatim      bool        // all forms send the element of the specific form
}

// Violation is an invalid property.
type Violation struct {
	Path, Message string
}

// The service's messages about invalid properties.
const (
	ShouldNotBeBlank = "This value should not be blank."
	ShouldBeNumeric  = "This value should be of type numeric."
	ShouldBeString   = "This value should be of type string."
	shouldBeBoolean  = "This value should be of type bool."
	shouldBeArray    = "This value should be of type array."
	shouldBeObject   = "This value should be of type object."
	ShouldBeScalar   = "This value should be of type scalar."
	shouldBeDate     = "This value is not a valid timestamp."
	ShouldBeChoice   = "The value you selected is not a valid choice."
	IsTooLong        = "This value is too long. It should have 255 characters or less."
)

// NotFound returns the 404 for a missing row. noun names its kind, such as "Customer".
func NotFound(noun string) *Problem {
	return &Problem{Status: http.StatusNotFound, Code: "entity_not_found", Message: noun + " not found"}
}

// The problems without variable parts.
var (
	ChatNotFound     = &Problem{Status: http.StatusNotFound, Code: "chat_not_found", Message: "Chat not found"}
	Unauthorized     = &Problem{Status: http.StatusUnauthorized, Code: "invalid_token", Message: "Invalid token"}
	TooManyRequests  = &Problem{Status: http.StatusTooManyRequests, Code: "too_many_requests", Message: "You have exceeded your requests limit"}
	MethodNotAllowed = &Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Message: "Method not allowed"}
)

// BadValue returns a 400 about the property at path. The specific form has the code and message.
func BadValue(code, message, path string) *Problem {
	return &Problem{
		Status: http.StatusBadRequest, Code: code, Message: message,
		violations: []Violation{{path, "This value is not valid."}},
	}
}

// BadChatValue returns the 400 for an invalid property of a chat.
func BadChatValue(property string) *Problem {
	return BadValue("invalid_chat_value", property+" value is invalid", property)
}

// BadRequest returns a 400 about invalid properties. The specific form contains only the first.
func BadRequest(violations []Violation) *Problem {
	first := violations[0]
	return &Problem{Status: http.StatusBadRequest, Code: first.Path, Message: first.Message, violations: violations}
}

// Rejected returns a 400 with one element, which explains the reason.
func Rejected(message string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Code: genericCode, Message: message, Verbatim: true}
}

const (
	genericCode    = "invalid_request"
	genericMessage = "Invalid request"
)

// elements returns the error elements of a form. The code of an element about a property is its path.
func (p *Problem) elements(form string) []Violation {
	if form == "" || p.Verbatim {
		return []Violation{{p.Code, p.Message}}
	}
	details := p.violations
	if details == nil {
		details = []Violation{p.genericElement()}
	}
	if form == ErrorsSingle && p.Status != http.StatusBadRequest {
		return details
	}
	return append([]Violation{{genericCode, genericMessage}}, details...)
}

// genericElement is the second element of the generic form.
func (p *Problem) genericElement() Violation {
	switch p.Status {
	case http.StatusUnauthorized:
		return Violation{"unauthorized", "Unauthorized"}
	case http.StatusNotFound:
		// The newest documentation has "Chat" for every resource.
		return Violation{"not_found", "Chat not found"}
	case http.StatusTooManyRequests:
		return Violation{"too_many_requests", "Too many requests"}
	}
	return Violation{p.Code, p.Message}
}

// Encode writes an error response.
func (p *Problem) Encode(dialect *Dialect) []byte {
	e := NewEncoder(dialect, nil, 128)
	e.Wrap("errors", func() { objects(e, p.elements(dialect.Errors), elementFields) })
	return e.Buffer
}

var elementFields = []field[Violation]{
	{"code", func(e *Encoder, row *Violation) { e.string(row.Path) }},
	{"message", func(e *Encoder, row *Violation) { e.string(row.Message) }},
}

// StatusBody returns the service's body for a status. Statuses that the API does not document have
// the envelope of an internal error.
func StatusBody(dialect *Dialect, status int) []byte {
	switch status {
	case http.StatusBadRequest:
		return Rejected("The request can't be processed").Encode(dialect)
	case http.StatusUnauthorized:
		return Unauthorized.Encode(dialect)
	case http.StatusNotFound:
		return NotFound("Entity").Encode(dialect)
	case http.StatusTooManyRequests:
		return TooManyRequests.Encode(dialect)
	}
	return fmt.Appendf(nil, `{"message":{"info":%q},"code":%d}`, http.StatusText(status), status)
}
