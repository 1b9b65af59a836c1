package helpcrunch

import (
	"bytes"
	"encoding"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxText is the service's limit for notes and for a string value of custom data, in characters.
const maxText = 255

// checkID rejects an id below 1.
func checkID(what string, id int64) error {
	if id <= 0 { // not by invalidIf, which would allocate in every call
		return invalid("%s: at least 1, got %d", what, id)
	}
	return nil
}

// checkOptionalID is checkID, but accepts 0.
func checkOptionalID(what string, id int64) error {
	if id == 0 {
		return nil
	}
	return checkID(what, id)
}

// checkText rejects text of more than maxText characters.
func checkText(what, text string) error {
	length := utf8.RuneCountInString(text)
	return invalidIf(length > maxText, "%s: at most %d characters, got %d", what, maxText, length)
}

// checkNotEmpty rejects an empty text.
func checkNotEmpty(what, text string) error {
	return invalidIf(text == "", "%s: must not be empty", what)
}

// checkUserID rejects an id with white space around it: it would create a second customer.
func checkUserID(what, id string) error {
	return invalidIf(strings.TrimSpace(id) != id, "%s: must not begin or end with white space", what)
}

// checkUTF8 rejects a value with text that is not UTF-8. JSON would replace the invalid bytes by
// U+FFFD, and two ids could become one.
func checkUTF8(what string, value any) error {
	path, found := invalidUTF8(reflect.ValueOf(value), make(map[uintptr]bool))
	return invalidIf(found, "%s: must be valid UTF-8", what+path)
}

// checkBody is checkUTF8 for a body and its JSON. It inspects the body only if the JSON contains
// U+FFFD, escaped (encoding/json) or plain (its next version).
func checkBody(what string, body any, data []byte) error {
	if !utf8.Valid(data) { // written by a MarshalJSON
		return invalid("%s: must be valid UTF-8", what)
	}
	if !bytes.Contains(data, []byte(`\ufffd`)) && !bytes.Contains(data, []byte("\ufffd")) {
		return nil
	}
	return checkUTF8(what, body)
}

// invalidUTF8 returns the path of the first text that is not UTF-8, such as ".Tags[1].Name". It
// follows each pointer once, because a value may contain itself.
//
//nolint:gocyclo // one case for each kind of value
func invalidUTF8(v reflect.Value, seen map[uintptr]bool) (path string, found bool) {
	isNil := v.Kind() == reflect.Pointer && v.IsNil()
	if v.IsValid() && v.CanInterface() && !isNil {
		if writer, ok := v.Interface().(encoding.TextMarshaler); ok {
			text, err := writer.MarshalText()
			return "", err == nil && !utf8.Valid(text)
		}
	}
	switch v.Kind() {
	case reflect.String:
		return "", !utf8.ValidString(v.String())
	case reflect.Pointer:
		if seen[v.Pointer()] {
			return "", false
		}
		seen[v.Pointer()] = true
		return invalidUTF8(v.Elem(), seen)
	case reflect.Interface:
		return invalidUTF8(v.Elem(), seen)
	case reflect.Struct:
		for field, value := range v.Fields() {
			if path, found = invalidUTF8(value, seen); found {
				if field.IsExported() && !field.Anonymous {
					path = "." + field.Name + path
				}
				return path, true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if path, found = invalidUTF8(v.Index(i), seen); found {
				return fmt.Sprintf("[%d]%s", i, path), true
			}
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			_, inKey := invalidUTF8(key, seen)
			if path, found = invalidUTF8(value, seen); found || inKey {
				return fmt.Sprintf("[%q]%s", key, path), true
			}
		}
	}
	return "", false
}

// checkCustomData rejects values that the service does not accept.
func checkCustomData(what string, data CustomData) error {
	for name, value := range data {
		if name == "" {
			return invalid("%s: must not have an attribute without a name", what)
		}
		path := fmt.Sprintf("%s[%q]", what, name)
		if err := checkScalar(value); err != nil {
			return invalid("%s: %w", path, err)
		}
		text, _ := value.(string)
		if err := checkText(path, text); err != nil {
			return err
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

// checkHeader rejects an invalid or reserved header.
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
	return name != "" && strings.Trim(name, letters+strings.ToLower(letters)+"0123456789!#$%&'*+-.^_`|~") == ""
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// reservedHeaders are the headers that the client, its transport or net/http control. They include
// idempotency keys, because net/http resends requests that have one.
var reservedHeaders = []string{
	"authorization", "host", "idempotency-key", "x-idempotency-key", "accept-encoding", "connection",
	"transfer-encoding", "te", "trailer", "upgrade", "expect", "cookie",
}

func isReservedHeader(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(reservedHeaders, name) || strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "proxy-")
}

// isPrintableASCII reports whether text consists of spaces and visible ASCII.
func isPrintableASCII(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}
