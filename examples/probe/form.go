package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// unmarshal reads JSON, and passes over what is not as into wants it.
func unmarshal(raw json.RawMessage, into any) {
	_ = json.Unmarshal(raw, into) // it goes on after a value of the wrong type
}

// object is a JSON object, its properties as they came over the wire.
type object map[string]json.RawMessage

// readObject reads a JSON object, nil if raw is none.
func readObject(raw json.RawMessage) object {
	var o object
	if json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o
}

// readList reads a JSON array, nil if raw is none.
func readList(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// text returns a string, and false for anything else.
func text(raw json.RawMessage) (string, bool) {
	var s string
	if !bytes.HasPrefix(raw, []byte(`"`)) || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// id returns the id of a row, as digits, or "".
func (o object) id() string {
	digits := strings.Trim(string(o["id"]), `"`)
	if !isDigits(digits) {
		return ""
	}
	return digits
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// The forms that a value can have.
const (
	leftOut       = "left out"
	null          = "`null`"
	aString       = "string"
	digitString   = "string of digits"
	anInteger     = "integer"
	aFraction     = "number with a fraction"
	aBoolean      = "boolean"
	anObject      = "object"
	emptyObject   = "`{}`"
	anArray       = "array"
	emptyArray    = "`[]`"
	emptyString   = "empty string"
	decimalString = "decimal string"
	fractionText  = "decimal string with a fraction"
	dateText      = "string such as `2006-01-02 15:04:05`"
	anotherForm   = "another form"
)

// formOf is the form of a value.
func formOf(raw json.RawMessage) string {
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) == 0 {
		return leftOut
	}
	switch trimmed[0] {
	case 'n':
		return null
	case 't', 'f':
		return aBoolean
	case '"':
		return aString
	case '{':
		if len(readObject(raw)) == 0 {
			return emptyObject
		}
		return anObject
	case '[':
		if len(readList(raw)) == 0 {
			return emptyArray
		}
		return anArray
	}
	if isDigits(strings.TrimPrefix(string(trimmed), "-")) {
		return anInteger
	}
	return aFraction
}

var (
	wholeSeconds     = regexp.MustCompile(`^-?[0-9]+$`)
	fractionSeconds  = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	dateAndTimeOfDay = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$`)
)

// timeForm is the form of a time, and whether it is one that has not come.
func timeForm(raw json.RawMessage) (form string, missing bool) {
	s, ok := text(raw)
	switch form := formOf(raw); {
	case form == leftOut || form == null:
		return form, true
	case !ok && (form == anInteger || form == aFraction):
		return form, false
	case !ok:
		return anotherForm, false
	case s == "":
		return emptyString, true
	case wholeSeconds.MatchString(s):
		return decimalString, false
	case fractionSeconds.MatchString(s):
		return fractionText, false
	case dateAndTimeOfDay.MatchString(s):
		return dateText, false
	}
	return anotherForm, false
}

// dataForm is the form of custom data, and whether it is empty.
func dataForm(raw json.RawMessage) (form string, empty bool) {
	form = formOf(raw)
	switch form {
	case leftOut, null, emptyObject, emptyArray:
		return form, true
	case anArray:
		for _, element := range readList(raw) {
			if pair := readObject(element); pair["property"] == nil {
				return "array of something else", false
			}
		}
		return "array of `property` and `value`", false
	}
	return form, false
}

// dataValues returns the values of custom data.
func dataValues(raw json.RawMessage) []json.RawMessage {
	if o := readObject(raw); o != nil {
		return slices.Collect(maps.Values(o))
	}
	var values []json.RawMessage
	for _, element := range readList(raw) {
		values = append(values, readObject(element)["value"])
	}
	return values
}

// tally counts forms.
type tally struct {
	counts map[string]int
	total  int
}

func (t *tally) add(form string) {
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[form]++
	t.total++
}

// cannotTell begins the findings of points that stay open.
const cannotTell = "cannot tell: "

// finding is the one form that was seen, or how often each was.
func (t *tally) finding(nothing string) string {
	forms := slices.Sorted(maps.Keys(t.counts))
	switch len(forms) {
	case 0:
		return cannotTell + nothing
	case 1:
		return forms[0]
	}
	for i, form := range forms {
		forms[i] = fmt.Sprintf("%s (%d)", form, t.counts[form])
	}
	return "mixed: " + strings.Join(forms, ", ")
}

// set is the forms that were seen.
func (t *tally) set(nothing string) string {
	if t.total == 0 {
		return cannotTell + nothing
	}
	return strings.Join(slices.Sorted(maps.Keys(t.counts)), ", ")
}
