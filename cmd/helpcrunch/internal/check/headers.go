package check

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// knownCodes are the codes of errors that tell nothing about an account.
var knownCodes = []string{
	"invalid_request", "invalid_token", "unauthorized", "entity_not_found", "chat_not_found", "not_found", "not_fount",
	"too_many_requests", "invalid_chat_value", "invalid_userId_value", "method_not_allowed",
}

var propertyPath = regexp.MustCompile(`^[a-zA-Z]+(\[[0-9]+\])?(\.[a-zA-Z]+(\[[0-9]+\])?)*$`)

// errorForm returns the form of the body of an error.
func errorForm(body []byte) string {
	switch {
	case len(body) == 0:
		return "no body"
	case !json.Valid(body):
		return "a body that is not JSON"
	}
	errors := decode[object](body)["errors"]
	if form := formOf(errors); !strings.HasPrefix(form, "array") {
		return "errors is " + form
	}
	var codes []string
	for _, element := range decode[[]json.RawMessage](errors) {
		codes = append(codes, codeOf(decode[object](element)["code"]))
	}
	return list(slices.Compact(codes))
}

// codeOf returns the code of an error if it is known, or what it looks like.
func codeOf(raw json.RawMessage) string {
	code := decode[string](raw)
	switch {
	case !strings.Contains(formOf(raw), "string"):
		return "a code that is " + formOf(raw)
	case slices.Contains(knownCodes, code):
		return code
	case propertyPath.MatchString(code):
		return "the path of a property"
	}
	return "another code"
}

// aboutLimits matches headers that may be about the rate limit and whose names are made of
// usual words.
var aboutLimits = regexp.MustCompile(`(?i)^(x-)?(rate-?limit|retry|quota)` +
	`(-(limit|remaining|reset|used|policy|retry|after|requests|scope|window|second|minute|hour|day|month))*$`)

// limitHeaders returns the names of the headers that may be about the rate limit.
func limitHeaders(header http.Header) (names []string) {
	for name := range header {
		if aboutLimits.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
