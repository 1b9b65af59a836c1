package helpcrunch

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxText is how many characters the service takes in notes and in a string value of
// custom data.
const maxText = 255

// checkID rejects an id that no row can have.
func checkID(what string, id int64) error {
	if id <= 0 {
		return invalid("%s: at least 1, got %d", what, id)
	}
	return nil
}

// checkOptionalID is checkID for an id that 0 leaves out.
func checkOptionalID(what string, id int64) error {
	if id == 0 {
		return nil
	}
	return checkID(what, id)
}

// checkText rejects text that is longer than the service takes. The length is in
// characters, not in bytes.
func checkText(what, text string) error {
	if length := utf8.RuneCountInString(text); length > maxText {
		return invalid("%s: at most %d characters, got %d", what, maxText, length)
	}
	return nil
}

// checkNotEmpty rejects an empty text.
func checkNotEmpty(what, text string) error {
	if text == "" {
		return invalid("%s: must not be empty", what)
	}
	return nil
}

// checkCustomData rejects values that the service can't take.
func checkCustomData(what string, data CustomData) error {
	for name, value := range data {
		if name == "" {
			return invalid("%s: must not have an attribute without a name", what)
		}
		if err := checkScalar(value); err != nil {
			return invalid("%s[%q]: %w", what, name, err)
		}
		if text, ok := value.(string); ok {
			if err := checkText(fmt.Sprintf("%s[%q]", what, name), text); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTags rejects tags without a name.
func checkTags(what string, tags []Tag) error {
	for i, tag := range tags {
		if tag.Name == "" {
			return invalid("%s[%d].Name: must not be empty", what, i)
		}
	}
	return nil
}

// checkAPIKey rejects an invalid key. The error says what is wrong and never shows the key.
func checkAPIKey(key string) error {
	switch {
	case key == "":
		return invalid("apiKey: must not be empty")
	case strings.EqualFold(strings.Fields(key + " .")[0], "bearer"):
		return invalid(`apiKey: must not start with "Bearer": pass the key alone`)
	case strings.ContainsAny(key, " \t\r\n"):
		return invalid("apiKey: must not contain spaces or line breaks")
	case !isPrintableASCII(key):
		return invalid("apiKey: must be printable ASCII")
	case strings.ContainsAny(key, `<>[](){}"'`+"`"):
		return invalid("apiKey: must not contain brackets or quotes: pass the key alone")
	}
	return nil
}

// checkHeader rejects a header that breaks out of its line, or that is not the caller's to set.
func checkHeader(name, value string) error {
	switch {
	case !isHeaderName(name):
		return invalid("WithHeader: name: must be letters, digits and hyphens, got %q", truncate(name, 40))
	case isReservedHeader(name):
		return invalid("WithHeader: name: must not be reserved, got %s", http.CanonicalHeaderKey(name))
	case !isPrintableASCII(value):
		return invalid("WithHeader: value of %s: must be printable ASCII", http.CanonicalHeaderKey(name))
	}
	return nil
}

// isHeaderName reports whether name is a token, as HTTP defines it.
func isHeaderName(name string) bool {
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c) {
			return false
		}
	}
	return name != ""
}

// isReservedHeader reports whether the client, its transport or net/http decide about a header.
// Idempotency keys are among them, as net/http resends requests that have one.
func isReservedHeader(name string) bool {
	switch name = strings.ToLower(name); name {
	case "authorization", "host", "idempotency-key", "x-idempotency-key", "accept-encoding", "connection",
		"transfer-encoding", "te", "trailer", "upgrade", "expect", "cookie":
		return true
	}
	return strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "proxy-")
}

// isPrintableASCII reports whether text holds spaces and visible ASCII alone.
func isPrintableASCII(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
