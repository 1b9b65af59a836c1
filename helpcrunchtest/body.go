package helpcrunchtest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// body reads the properties of a JSON object and collects what is wrong with them.
type body struct {
	properties map[string]json.RawMessage
	path       string // of the object, with a trailing dot; empty for a whole body
	dialect    *Dialect
	violations *[]violation
}

// maxCharacters bounds notes and string values of custom data.
const maxCharacters = 255

// readObject reads a request body that must be an object.
func (d *Dialect) readObject(data []byte) (*body, *problem) {
	if !json.Valid(data) {
		return nil, &problem{
			status: 400, code: "invalid_json", message: "Syntax error",
			violations: []violation{{"body", "This value should be valid JSON."}},
		}
	}
	b := &body{dialect: d, violations: new([]violation)}
	if !b.read(data) {
		return nil, badRequest([]violation{{"body", shouldBeObject}})
	}
	return b, nil
}

// read reads the properties. PHP can't tell an empty array from an empty object, so that
// both are an object unless the dialect is strict.
func (b *body) read(data []byte) bool {
	if isEmptyArray(data) && !b.dialect.EmptyArraysAre400 {
		return true
	}
	return isObject(data) && json.Unmarshal(data, &b.properties) == nil
}

// nested reads an object inside the body; it returns nil when raw is not one.
func (b *body) nested(raw json.RawMessage, path string) *body {
	inner := &body{path: path + ".", dialect: b.dialect, violations: b.violations}
	if !inner.read(raw) {
		b.violateAt(path, shouldBeObject)
		return nil
	}
	return inner
}

func isObject(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
}

// violate records what is wrong with a property.
func (b *body) violate(name, message string) {
	b.violateAt(b.path+name, message)
}

func (b *body) violateAt(path, message string) {
	*b.violations = append(*b.violations, violation{path, message})
}

// problem is nil when nothing was wrong.
func (b *body) problem() *problem {
	if len(*b.violations) == 0 {
		return nil
	}
	return badRequest(*b.violations)
}

// has reports whether a property was sent, null included.
func (b *body) has(name string) bool {
	_, ok := b.properties[name]
	return ok
}

// value returns a property's JSON, and false when it is absent or null.
func (b *body) value(name string) (json.RawMessage, bool) {
	raw, ok := b.properties[name]
	return raw, ok && !isNull(raw)
}

func isNull(raw json.RawMessage) bool {
	return string(raw) == "null"
}

// names reports whether a property was sent that is not null, and so refers to
// something, if only by an id that can't be.
func (b *body) names(name string) bool {
	_, ok := b.value(name)
	return ok
}

// require records a violation when a property is absent or null, and returns its JSON.
func (b *body) require(name string) (json.RawMessage, bool) {
	raw, ok := b.value(name)
	if !ok {
		b.violate(name, shouldNotBeBlank)
	}
	return raw, ok
}

// text returns a string property, and false when it is absent, null or no string.
func (b *body) text(name string) (string, bool) {
	raw, ok := b.value(name)
	if !ok {
		return "", false
	}
	text, ok := readString(raw)
	if !ok {
		b.violate(name, shouldBeString)
	}
	return text, ok
}

// textOrNumber is text, but also takes a number by its digits unless the dialect is strict.
func (b *body) textOrNumber(name string) (string, bool) {
	raw, ok := b.value(name)
	if ok && !b.dialect.NumbersForStringsAre400 {
		if digits, isNumber := numberText(raw); isNumber {
			return digits, true
		}
	}
	return b.text(name)
}

// requiredText returns a string property that must be there and not be empty.
func (b *body) requiredText(name string) string {
	if _, ok := b.require(name); !ok {
		return ""
	}
	text, ok := b.text(name)
	if ok && text == "" {
		b.violate(name, shouldNotBeBlank)
	}
	return text
}

// flag returns a boolean property; absent and null are false.
func (b *body) flag(name string) bool {
	raw, ok := b.value(name)
	if ok && string(raw) != "true" && string(raw) != "false" {
		b.violate(name, shouldBeBoolean)
	}
	return string(raw) == "true"
}

// reference returns an id, or 0 when it is absent or null.
func (b *body) reference(name string) int64 {
	raw, ok := b.value(name)
	if !ok {
		return 0
	}
	id, ok := readInteger(raw)
	if !ok {
		b.violate(name, shouldBeNumeric)
	}
	return id
}

// requiredReference returns an id that must be there.
func (b *body) requiredReference(name string) int64 {
	if _, ok := b.require(name); !ok {
		return 0
	}
	return b.reference(name)
}

// moment returns a time, or never when it is absent or null.
func (b *body) moment(name string) instant {
	raw, ok := b.value(name)
	if !ok {
		return never
	}
	moment, ok := readMoment(raw)
	if !ok {
		b.violate(name, shouldBeDate)
	}
	return moment
}

// list returns the elements of an array property; absent and null are empty.
func (b *body) list(name string) []json.RawMessage {
	raw, ok := b.value(name)
	if !ok {
		return nil
	}
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		b.violate(name, shouldBeArray)
	}
	return elements
}

// pairs is list for custom data, which PHP may also send as an empty object.
func (b *body) pairs(name string) []json.RawMessage {
	if raw, _ := b.value(name); isEmptyObject(raw) && !b.dialect.EmptyArraysAre400 {
		return nil
	}
	return b.list(name)
}

// isEmptyObject reports whether raw is an object without properties.
func isEmptyObject(raw json.RawMessage) bool {
	var properties map[string]json.RawMessage
	return json.Unmarshal(raw, &properties) == nil && properties != nil && len(properties) == 0
}

// isEmptyArray reports whether raw is an array without elements.
func isEmptyArray(raw json.RawMessage) bool {
	var elements []json.RawMessage
	return json.Unmarshal(raw, &elements) == nil && elements != nil && len(elements) == 0
}

// place is the path of an element of an array property.
func (b *body) place(name string, index int) string {
	return b.path + name + "[" + strconv.Itoa(index) + "]"
}

func readString(raw json.RawMessage) (string, bool) {
	var text string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return text, true
}

// numberText returns a number as decimal text, as PHP writes it; false is no number.
func numberText(raw json.RawMessage) (string, bool) {
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || strings.ContainsAny(string(raw), "xXnN_") {
		return "", false
	}
	if isDigits(strings.TrimPrefix(string(raw), "-")) {
		return string(raw), true
	}
	return strconv.FormatFloat(value, 'f', -1, 64), true
}

// readInteger reads a whole number, or a string of digits as the service does.
func readInteger(raw json.RawMessage) (int64, bool) {
	digits, ok := integerText(raw)
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	return number, err == nil
}

// integerText returns the text of a number, or of a string of digits; false is any other
// string.
func integerText(raw json.RawMessage) (string, bool) {
	if text, ok := readString(raw); ok {
		return text, isDigits(text)
	}
	return string(raw), true
}

// readMoment reads a time in any of the forms that the service sends.
func readMoment(raw json.RawMessage) (instant, bool) {
	if text, ok := readString(raw); ok {
		return parseInstant(text)
	}
	return parseInstant(string(raw))
}

// readScalar reads a string, number, boolean or null; whole numbers become int64.
func readScalar(raw json.RawMessage) (any, bool) {
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

func isLong(text string) bool {
	return utf8.RuneCountInString(text) > maxCharacters
}
