package engine

import (
	"bytes"
	"errors"
	"net/http"
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

// withoutKey hides the text of an error that repeats the API key; it can still be matched.
func withoutKey(err error, key string) error {
	if !strings.Contains(err.Error(), key) {
		return err
	}
	return &redactedError{err: err, text: string(redact([]byte(err.Error()), key))}
}

type redactedError struct {
	err  error
	text string
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Is(target error) bool { return errors.Is(e.err, target) }
