package main

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// knownCodes are the codes of errors that may be told, as they say nothing of an account.
var knownCodes = []string{
	"invalid_request", "invalid_token", "unauthorized", "entity_not_found", "chat_not_found", "not_found", "not_fount",
	"too_many_requests", "invalid_chat_value", "invalid_userId_value", "method_not_allowed",
}

// genericCodes stand alone in one of the dialects.
var genericCodes = []string{"unauthorized", "not_found", "too_many_requests"}

const invalidRequest = "invalid_request"

var propertyPath = regexp.MustCompile(`^[a-zA-Z]+(\[[0-9]+\])?(\.[a-zA-Z]+(\[[0-9]+\])?)*$`)

// refusal says in which dialect a request was refused.
func refusal(a *answer) string {
	if a.status < http.StatusMultipleChoices {
		if trouble := a.trouble(); a.status == 0 {
			return cannotTell + trouble
		}
		return fmt.Sprintf("not refused: %d", a.status)
	}
	return fmt.Sprintf("%d, %s", a.status, dialectOf(a.body))
}

// dialectOf is the form of the body of an error.
func dialectOf(body []byte) string {
	switch {
	case len(body) == 0:
		return "no body"
	case !json.Valid(body):
		return "a body that is not JSON"
	}
	errors := readObject(body)["errors"]
	if form := formOf(errors); form != anArray {
		return "`errors` is " + form
	}
	var codes []string
	for _, element := range readList(errors) {
		codes = append(codes, codeOf(readObject(element)["code"]))
	}
	generic := "`" + invalidRequest + "`"
	switch {
	case codes[0] == generic && len(codes) > 1:
		rest := slices.Compact(slices.Sorted(slices.Values(codes[1:])))
		return "generic first: " + generic + ", then " + strings.Join(rest, ", ")
	case len(codes) == 1 && (codes[0] == generic || slices.Contains(genericCodes, strings.Trim(codes[0], "`"))):
		return "generic alone: " + codes[0]
	}
	return "specific: " + strings.Join(slices.Compact(codes), ", ")
}

// codeOf is the code of an error if it is known, or else what it looks like.
func codeOf(raw json.RawMessage) string {
	code, isText := text(raw)
	switch {
	case !isText:
		return "a code that is " + formOf(raw)
	case slices.Contains(knownCodes, code):
		return "`" + code + "`"
	case propertyPath.MatchString(code):
		return "the path of a property"
	}
	return "another code"
}

// aboutLimits finds headers that may tell of the rate limit, and whose names hold usual
// words alone.
var aboutLimits = regexp.MustCompile(`(?i)^(x-)?(rate-?limit|retry|quota)` +
	`(-(limit|remaining|reset|used|policy|retry|after|requests|scope|window|second|minute|hour|day|month))*$`)

// limitHeaders are the headers of an answer that may tell of the rate limit, with the
// forms of their values.
func limitHeaders(header http.Header) string {
	var names []string
	for name := range header {
		if !aboutLimits.MatchString(name) {
			continue
		}
		form := aString
		if isDigits(header.Get(name)) {
			form = anInteger
		}
		names = append(names, fmt.Sprintf("`%s` (%s)", name, form))
	}
	if names == nil {
		return "none"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// commonHeaders are those whose names may be told.
var commonHeaders = []string{
	"Age", "Allow", "Alt-Svc", "Cache-Control", "Connection", "Content-Encoding", "Content-Language", "Content-Length",
	"Content-Security-Policy", "Content-Type", "Date", "Etag", "Expires", "Last-Modified", "Pragma", "Referrer-Policy",
	"Server", "Set-Cookie", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via", "X-Cache",
	"X-Content-Type-Options", "X-Debug-Token", "X-Frame-Options", "X-Powered-By", "X-Request-Id", "X-Xss-Protection",
}

// otherHeaders are the names of all other headers, as far as they are common ones.
func otherHeaders(header http.Header) string {
	var names []string
	others := 0
	for name := range header {
		switch {
		case slices.Contains(commonHeaders, name):
			names = append(names, name)
		case !aboutLimits.MatchString(name):
			others++
		}
	}
	slices.Sort(names)
	parts := []string{"none that is common"}
	if names != nil {
		parts[0] = quoted(names)
	}
	if others > 0 {
		parts = append(parts, fmt.Sprintf("%d more", others))
	}
	return strings.Join(parts, " and ")
}

// contentType is the type of an answer if it is a common one.
func contentType(header http.Header) string {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	switch {
	case err != nil:
		return "none, or one that can't be read"
	case slices.Contains([]string{"application/json", "application/problem+json", "text/html", "text/plain"}, media):
		return "`" + media + "`"
	}
	return "another one"
}
