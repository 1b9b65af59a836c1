package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// Body reads the properties of a JSON object and collects violations. Check Problem at the end.
type Body struct {
	Properties map[string]json.RawMessage
	Path       string // of the object, with a trailing dot; empty for a whole body
	Dialect    *Dialect
	Violations *[]Violation
	unreadable *Problem
}

// maxCharacters bounds notes and string values of custom data.
const maxCharacters = 255

// ReadObject reads a request body that must be an object.
func (d *Dialect) ReadObject(data []byte) *Body {
	b := &Body{Dialect: d, Violations: new([]Violation)}
	if !json.Valid(data) {
		b.unreadable = &Problem{
			Status: 400, Code: "invalid_json", Message: "Syntax error",
			violations: []Violation{{"body", "This value should be valid JSON."}},
		}
	} else if !b.readObject(data) {
		b.unreadable = BadRequest([]Violation{{"body", shouldBeObject}})
	}
	return b
}

// readObject reads the properties. Unless the dialect is strict, [] is an object, as in PHP.
func (b *Body) readObject(data []byte) bool {
	if isEmptyArray(data) && !b.Dialect.EmptyArraysAre400 {
		return true
	}
	return isObject(data) && json.Unmarshal(data, &b.Properties) == nil
}

// Nested reads an object inside the body. It returns nil when raw is not an object.
func (b *Body) Nested(raw json.RawMessage, path string) *Body {
	inner := &Body{Path: path + ".", Dialect: b.Dialect, Violations: b.Violations}
	if !inner.readObject(raw) {
		b.ViolateAt(path, shouldBeObject)
		return nil
	}
	return inner
}

func isObject(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
}

// Violate records a violation of a property.
func (b *Body) Violate(name, message string) {
	b.ViolateAt(b.Path+name, message)
}

// ViolateAt records a violation at a path.
func (b *Body) ViolateAt(path, message string) {
	*b.Violations = append(*b.Violations, Violation{path, message})
}

// Problem returns the violations, nil if there are none.
func (b *Body) Problem() *Problem {
	if b.unreadable != nil || len(*b.Violations) == 0 {
		return b.unreadable
	}
	return BadRequest(*b.Violations)
}

// Has reports whether a property was sent, null included.
func (b *Body) Has(name string) bool {
	_, ok := b.Properties[name]
	return ok
}

// Value returns a property's JSON, and false when it is absent or null.
func (b *Body) Value(name string) (json.RawMessage, bool) {
	raw, ok := b.Properties[name]
	return raw, ok && !IsNull(raw)
}

// IsNull reports whether raw is null.
func IsNull(raw json.RawMessage) bool {
	return string(raw) == "null"
}

// IsSet reports whether a property was sent and is not null.
func (b *Body) IsSet(name string) bool {
	_, ok := b.Value(name)
	return ok
}

// Require records a violation when a property is absent or null.
func (b *Body) Require(name string) {
	if !b.IsSet(name) {
		b.Violate(name, ShouldNotBeBlank)
	}
}

// read parses a property. It returns false if the property is absent, null or invalid, and records
// message for an invalid one.
func read[T any](b *Body, name, message string, parse func(json.RawMessage) (T, bool)) (value T, ok bool) {
	raw, ok := b.Value(name)
	if !ok {
		return value, false
	}
	if value, ok = parse(raw); !ok {
		b.Violate(name, message)
	}
	return value, ok
}

// Text returns a string property, and false when it is absent, null or invalid.
func (b *Body) Text(name string) (string, bool) {
	return read(b, name, ShouldBeString, b.Dialect.ReadText)
}

// ReadText reads a JSON string, or a number as its digits unless the dialect is strict.
func (d *Dialect) ReadText(raw json.RawMessage) (string, bool) {
	if digits, isNumber := NumberText(raw); isNumber && !d.NumbersForStringsAre400 {
		return digits, true
	}
	return ReadString(raw)
}

// RequiredText returns a string property, which must be present and not empty.
func (b *Body) RequiredText(name string) string {
	b.Require(name)
	text, ok := b.Text(name)
	if ok && text == "" {
		b.Violate(name, ShouldNotBeBlank)
	}
	return text
}

// Flag returns a boolean property; absent and null are false.
func (b *Body) Flag(name string) bool {
	value, _ := read(b, name, shouldBeBoolean, func(raw json.RawMessage) (bool, bool) {
		return string(raw) == "true", string(raw) == "true" || string(raw) == "false"
	})
	return value
}

// Reference returns an id, or 0 when it is absent or null.
func (b *Body) Reference(name string) int64 {
	id, _ := read(b, name, ShouldBeNumeric, ReadInteger)
	return id
}

// RequiredReference returns an id, which must be present.
func (b *Body) RequiredReference(name string) int64 {
	b.Require(name)
	return b.Reference(name)
}

// Instant returns a time, or Never when it is absent or null.
func (b *Body) Instant(name string) account.Instant {
	if instant, ok := read(b, name, shouldBeDate, readInstant); ok {
		return instant
	}
	return account.Never
}

// List returns the elements of an array property; absent and null are empty.
func (b *Body) List(name string) []json.RawMessage {
	elements, _ := read(b, name, shouldBeArray, b.Dialect.readArray)
	return elements
}

// readArray reads a JSON array, or an empty object as an empty array unless the dialect is strict.
func (d *Dialect) readArray(raw json.RawMessage) (elements []json.RawMessage, ok bool) {
	if isEmpty(raw, "{", "}") && !d.EmptyArraysAre400 {
		return nil, true
	}
	err := json.Unmarshal(raw, &elements)
	return elements, err == nil && !IsNull(raw)
}

func isEmptyArray(raw json.RawMessage) bool { return isEmpty(raw, "[", "]") }

// isEmpty reports whether valid JSON consists of two brackets with only white space in between.
func isEmpty(raw json.RawMessage, opening, closing string) bool {
	inner, ok := bytes.CutPrefix(bytes.TrimSpace(raw), []byte(opening))
	return ok && string(bytes.TrimSpace(inner)) == closing
}

// ElementPath returns the path of an element of an array property.
func (b *Body) ElementPath(name string, index int) string {
	return b.Path + name + "[" + strconv.Itoa(index) + "]"
}

// ReadString reads a JSON string.
func ReadString(raw json.RawMessage) (string, bool) {
	var text string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return text, true
}

// NumberText returns a number in decimal, as PHP writes it, and false if raw is not a number.
func NumberText(raw json.RawMessage) (string, bool) {
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || strings.ContainsAny(string(raw), "xXnN_") {
		return "", false
	}
	if account.IsDigits(strings.TrimPrefix(string(raw), "-")) {
		return string(raw), true
	}
	return strconv.FormatFloat(value, 'f', -1, 64), true
}

// ReadInteger reads a whole number. As the service does, it accepts a string of digits.
func ReadInteger(raw json.RawMessage) (int64, bool) {
	digits, ok := IntegerText(raw)
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	return number, err == nil
}

// IntegerText returns the text of a possible integer: the content of a string of digits, or raw. It
// returns false for any other string.
func IntegerText(raw json.RawMessage) (string, bool) {
	if text, ok := ReadString(raw); ok {
		return text, account.IsDigits(text)
	}
	return string(raw), true
}

// readInstant reads a time: a number or a string of one.
func readInstant(raw json.RawMessage) (account.Instant, bool) {
	if text, ok := ReadString(raw); ok {
		return account.ParseInstant(text)
	}
	return account.ParseInstant(string(raw))
}

// ReadScalar reads a string, number, boolean or null; whole numbers become int64.
func ReadScalar(raw json.RawMessage) (any, bool) {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil, false
	}
	switch value.(type) {
	case nil, string, bool:
		return value, true
	case float64:
		if number, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return number, true
		}
		return value, true
	}
	return nil, false
}

// IsLong reports whether a text exceeds 255 characters.
func IsLong(text string) bool {
	return utf8.RuneCountInString(text) > maxCharacters
}
