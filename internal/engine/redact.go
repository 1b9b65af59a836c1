package engine

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

const keyPlaceholder = "[API key]"

// redact replaces the API key in text, also if its slashes are escaped, as PHP does in JSON.
func redact(text []byte, key string) []byte {
	text = bytes.ReplaceAll(text, []byte(key), []byte(keyPlaceholder))
	return bytes.ReplaceAll(text, []byte(strings.ReplaceAll(key, "/", `\/`)), []byte(keyPlaceholder))
}

// redactHeader returns a copy of a header with the API key replaced.
func redactHeader(header http.Header, key string) http.Header {
	header = header.Clone()
	for _, values := range header {
		for i, value := range values {
			values[i] = strings.ReplaceAll(value, key, keyPlaceholder)
		}
	}
	return header
}

// Printable escapes control characters as Go does: line breaks and terminal sequences from the
// network could forge log lines.
func Printable(text string) string {
	quoted := strconv.Quote(text)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}

// quote matches errors of net/http that quote a malformed response. The quoted part may contain
// personal data.
var quote = regexp.MustCompile(`(?s)(malformed (?:MIME header|HTTP response|HTTP version|HTTP status code)|bad Content-Length|unsupported transfer encoding)[: ].*`)

// withoutKey makes the text of an error printable and removes the API key and quotes of a
// response. If the text contained the key or a quote, errors.Is still matches err, but err
// cannot be unwrapped.
func withoutKey(err error, key string) error {
	text := err.Error()
	unquoted := quote.ReplaceAllString(text, "$1")
	clean := Printable(string(redact([]byte(unquoted), key)))
	if clean == text {
		return err
	}
	return &cleanError{err, clean, strings.Contains(text, key) || unquoted != text}
}

// cleanError replaces the text of err. It matches err, but does not unwrap to it if hidden.
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
