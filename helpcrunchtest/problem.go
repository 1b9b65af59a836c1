package helpcrunchtest

import "net/http"

// problem is why a request was refused, before it is put into words of a dialect.
type problem struct {
	status        int
	code, message string      // the element of the specific form
	violations    []violation // of a 400: what the generic form lists
	verbatim      bool        // the one element is sent as it is, in all forms
}

// violation is a property that can't be as it is.
type violation struct {
	path, message string
}

// The service's words for what a property should be.
const (
	shouldNotBeBlank = "This value should not be blank."
	shouldBeNumeric  = "This value should be of type numeric."
	shouldBeString   = "This value should be of type string."
	shouldBeBoolean  = "This value should be of type bool."
	shouldBeArray    = "This value should be of type array."
	shouldBeObject   = "This value should be of type object."
	shouldBeScalar   = "This value should be of type scalar."
	shouldBeDate     = "This value is not a valid timestamp."
	shouldBeChoice   = "The value you selected is not a valid choice."
	isTooLong        = "This value is too long. It should have 255 characters or less."
)

// notFound is a 404 about a thing, such as "Customer".
func notFound(noun string) *problem {
	return &problem{status: http.StatusNotFound, code: "entity_not_found", message: noun + " not found"}
}

func chatNotFound() *problem {
	return &problem{status: http.StatusNotFound, code: "chat_not_found", message: "Chat not found"}
}

func unauthorized() *problem {
	return &problem{status: http.StatusUnauthorized, code: "invalid_token", message: "Invalid token"}
}

func tooManyRequests() *problem {
	return &problem{
		status: http.StatusTooManyRequests, code: "too_many_requests", message: "You have exceeded your requests limit",
	}
}

// badValue is a 400 with a code of its own in the specific form, about the property at path.
func badValue(code, message, path string) *problem {
	return &problem{
		status: http.StatusBadRequest, code: code, message: message,
		violations: []violation{{path, "This value is not valid."}},
	}
}

// badChatValue is the 400 to a value of a chat that can't be.
func badChatValue(property string) *problem {
	return badValue("invalid_chat_value", property+" value is invalid", property)
}

// badRequest is a 400 about the properties at fault; its specific form is the first.
func badRequest(violations []violation) *problem {
	first := violations[0]
	return &problem{status: http.StatusBadRequest, code: first.path, message: first.message, violations: violations}
}

// refused is the 400 whose one element says in words what is the matter.
func refused(message string) *problem {
	return &problem{status: http.StatusBadRequest, code: genericCode, message: message, verbatim: true}
}

const (
	genericCode    = "invalid_request"
	genericMessage = "Invalid request"
)

// elements puts a problem into the words of a form.
func (p *problem) elements(form ErrorForm) []violation {
	if form == ErrorsSpecific || p.verbatim {
		return []violation{{p.code, p.message}}
	}
	details := p.violations
	if details == nil {
		details = []violation{p.genericElement()}
	}
	if form == ErrorsSingle && p.status != http.StatusBadRequest {
		return details
	}
	return append([]violation{{genericCode, genericMessage}}, details...)
}

// genericElement is the second element of the generic form.
func (p *problem) genericElement() violation {
	switch p.status {
	case http.StatusUnauthorized:
		return violation{"unauthorized", "Unauthorized"}
	case http.StatusNotFound:
		// The newest pages say Chat on every resource.
		return violation{"not_found", "Chat not found"}
	case http.StatusTooManyRequests:
		return violation{"too_many_requests", "Too many requests"}
	}
	return violation{p.code, p.message}
}

// problem writes an error answer.
func (e *encoder) problem(p *problem) {
	e.begin('{')
	e.key("errors")
	e.begin('[')
	for _, element := range p.elements(e.dialect.Errors) {
		e.begin('{')
		e.key("code")
		e.string(element.path)
		e.key("message")
		e.string(element.message)
		e.end('}')
	}
	e.end(']')
	e.end('}')
}
