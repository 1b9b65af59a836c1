package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// object is a JSON object with the properties as they were sent.
type object map[string]json.RawMessage

// decode reads JSON and leaves the zero value where it has another type.
func decode[T any](raw json.RawMessage) (value T) {
	_ = json.Unmarshal(raw, &value) // it continues after a value of another type
	return value
}

// text returns a string, and "" for anything else.
func (o object) text(name string) string { return decode[string](o[name]) }

// id returns the id of a row as digits, or "".
func (o object) id() string {
	if digits := strings.Trim(string(o["id"]), `"`); isDigits(digits) {
		return digits
	}
	return ""
}

// is reports whether two rows have the same id.
func (o object) is(other object) bool { return o.id() == other.id() }

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Forms of values that the code looks for.
const (
	leftOut   = "left out"
	null      = "null"
	anInteger = "integer"
	dateText  = "string such as 2006-01-02 15:04:05"
)

// forms are the forms of values without spaces; the first that matches counts.
var forms = []struct {
	pattern *regexp.Regexp
	form    string
}{
	{regexp.MustCompile(`^$`), leftOut},
	{regexp.MustCompile(`^null$`), null},
	{regexp.MustCompile(`^(true|false)$`), "boolean"},
	{regexp.MustCompile(`^""$`), "empty string"},
	{regexp.MustCompile(`^"-?[0-9]+"$`), "string of digits"},
	{regexp.MustCompile(`^"-?[0-9]+\.[0-9]+"$`), "string with a fraction"},
	{regexp.MustCompile(`^"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"$`), dateText},
	{regexp.MustCompile(`^"`), "string"},
	{regexp.MustCompile(`^\{\}$`), "{}"},
	{regexp.MustCompile(`^\{("[A-Za-z]+":null,?)+\}$`), "object of null"},
	{regexp.MustCompile(`^\{`), "object"},
	{regexp.MustCompile(`^\[\]$`), "[]"},
	{regexp.MustCompile(`^\[\{"property":`), "array of property and value"},
	{regexp.MustCompile(`^\[`), "array"},
	{regexp.MustCompile(`^-?[0-9]+$`), anInteger},
	{regexp.MustCompile(`^`), "number with a fraction"},
}

// formOf returns the form of a value.
func formOf(raw json.RawMessage) string {
	var b bytes.Buffer
	_ = json.Compact(&b, raw) // it was read as JSON
	for _, known := range forms {
		if known.pattern.Match(b.Bytes()) {
			return known.form
		}
	}
	return "" // the last one always matches
}

// unknown begins the findings about points that stay open.
const unknown = "unknown: "

// tally counts forms.
type tally map[string]int

// finding returns the forms with their counts, or why there is none.
func (t tally) finding(none string) string {
	if len(t) == 0 {
		return unknown + none
	}
	forms := slices.Sorted(maps.Keys(t))
	for i, form := range forms {
		forms[i] = fmt.Sprintf("%s (%d)", form, t[form])
	}
	return list(forms)
}

// list joins names.
func list(names []string) string { return strings.Join(names, ", ") }

// word returns a known word, and hides others: they may be data of the account.
func word(s string, known []string) string {
	if slices.Contains(known, s) {
		return s
	}
	return "others"
}
