package serve

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// keyHider replaces the key where a client has put it by mistake, however it is spelt.
type keyHider struct {
	key       string
	spellings func() *regexp.Regexp // of the key, made when first needed
}

// hiddenKey stands where the key was.
const hiddenKey = "(key)"

func newKeyHider(key string) keyHider {
	return keyHider{key, sync.OnceValue(func() *regexp.Regexp { return spellingsOf(key) })}
}

// spellingsOf matches a key in which each character stands for itself, is
// percent-encoded (once or more often), or is escaped as in a JSON string.
func spellingsOf(key string) *regexp.Regexp {
	var pattern strings.Builder
	for _, c := range []byte(key) {
		_, _ = fmt.Fprintf(&pattern, `(?:\\?%s|%%(?:25)*(?i:%02x)|\\u(?i:%04x))`, regexp.QuoteMeta(string(c)), c, c)
	}
	return regexp.MustCompile(pattern.String())
}

// hide takes the key out of a record, and leaves alone what the record shares with the
// request.
func (h keyHider) hide(record *Request) {
	record.Host = h.text(record.Host)
	record.Path = h.text(record.Path)
	record.RawQuery = h.text(record.RawQuery)
	if h.mayBeIn(record.Body) {
		record.Body = h.spellings().ReplaceAllLiteral(record.Body, []byte(hiddenKey))
	}
	for name, values := range record.Header {
		for i, value := range values {
			if shown := h.text(value); shown != value {
				values = slices.Clone(values)
				values[i] = shown
				record.Header[name] = values
			}
		}
	}
}

// text returns a text without the key.
func (h keyHider) text(text string) string {
	if !strings.ContainsAny(text, `%\`) {
		return strings.ReplaceAll(text, h.key, hiddenKey)
	}
	return h.spellings().ReplaceAllLiteralString(text, hiddenKey)
}

// mayBeIn reports whether the key can be in data.
func (h keyHider) mayBeIn(data []byte) bool {
	return bytes.ContainsAny(data, `%\`) || bytes.Contains(data, []byte(h.key))
}
