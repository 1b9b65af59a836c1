package engine

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

const instead = "[API key]"

// redact replaces the API key wherever text repeats it, also with its slashes escaped as
// PHP does in JSON.
func redact(text []byte, key string) []byte {
	text = bytes.ReplaceAll(text, []byte(key), []byte(instead))
	return bytes.ReplaceAll(text, []byte(strings.ReplaceAll(key, "/", `\/`)), []byte(instead))
}

// redactHeader returns a copy of a header in which no value repeats the API key.
func redactHeader(header http.Header, key string) http.Header {
	header = header.Clone()
	for _, values := range header {
		for i, value := range values {
			values[i] = strings.ReplaceAll(value, key, instead)
		}
	}
	return header
}

// Printable escapes control characters as Go does. Texts from the network may contain line
// breaks and terminal sequences that would forge log lines.
func Printable(text string) string {
	quoted := strconv.Quote(text)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}

// quote matches what net/http quotes of a response that it can't parse, which may be data.
var quote = regexp.MustCompile(`(?s)(malformed (?:MIME header|HTTP response|HTTP version|HTTP status code)|bad Content-Length|unsupported transfer encoding)[: ].*`)

// withoutKey makes the text of an error printable, and hides an error that repeats the API key
// or quotes a response; it can still be matched.
func withoutKey(err error, key string) error {
	text := err.Error()
	unquoted := quote.ReplaceAllString(text, "$1")
	clean := Printable(string(redact([]byte(unquoted), key)))
	if clean == text {
		return err
	}
	return &cleanError{err, clean, strings.Contains(text, key) || unquoted != text}
}

// cleanError shows other text than an error that it matches, and may hide.
type cleanError struct {
	err    error
	text   string
	hidden bool
}

func (e *cleanError) Error() string { return e.text }

func (e *cleanError) Is(target error) bool { return errors.Is(e.err, target) }

func (e *cleanError) Unwrap() error {
	if e.hidden {
		return nil
	}
	return e.err
}
