package tolerant

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errAttributes is all that can be said about bytes that are not valid JSON.
var errAttributes = errors.New("custom attributes are not a JSON object or array of scalars")

// Attributes reads a flat set of named scalars, as an object or as an array of
// {"property", "value"} pairs. Whole numbers become int64, others float64.
//
// It cuts keys and plain strings out of one copy of the text instead of copying
// each, which is what makes a page of customers cheap to decode.
func Attributes(data []byte) (map[string]any, error) {
	data = Trim(data)
	if string(data) == "null" {
		return nil, nil
	}
	s := scanner{text: string(data)}
	if !utf8.ValidString(s.text) {
		s.text = string([]rune(s.text)) // U+FFFD for each bad byte, as encoding/json does
	}
	var values map[string]any
	switch s.next() {
	case '{':
		values = s.object()
	case '[':
		values = s.list()
	default:
		s.failed = true
	}
	if s.failed || s.next() != 0 {
		return nil, errAttributes
	}
	return values, nil
}

// scanner walks over JSON text. After the first thing out of place it has failed,
// and what it returned until then is worth nothing.
type scanner struct {
	text   string
	at     int
	failed bool
}

// next skips white space and returns the byte there, 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take skips white space and the byte c, which must come next.
func (s *scanner) take(c byte) {
	if s.next() != c {
		s.failed = true
		return
	}
	s.at++
}

// items calls item for each member between open and end.
func (s *scanner) items(open, end byte, item func()) {
	s.take(open)
	if s.next() == end {
		s.at++
		return
	}
	for !s.failed {
		item()
		if s.next() == end {
			s.at++
			return
		}
		s.take(',')
	}
}

// object reads {"name": value, ...}.
func (s *scanner) object() map[string]any {
	const most = 100 // a guess by colons is no reason to allocate more
	values := make(map[string]any, min(strings.Count(s.text[s.at:], ":"), most))
	s.items('{', '}', func() {
		name := s.name()
		values[name] = s.value()
	})
	return values
}

// list reads [{"property": name, "value": value}, ...]. An element of another
// shape is kept under its index, so that nothing is lost.
func (s *scanner) list() map[string]any {
	values := make(map[string]any)
	index := 0
	s.items('[', ']', func() {
		element := s.value()
		pair, _ := element.(map[string]any)
		if name, ok := pair["property"].(string); ok {
			values[name] = pair["value"]
		} else {
			values[strconv.Itoa(index)] = element
		}
		index++
	})
	return values
}

// name reads a member's name and the colon behind it.
func (s *scanner) name() string {
	if s.next() != '"' {
		s.failed = true
		return ""
	}
	name, _ := s.value().(string)
	s.take(':')
	return name
}

// value reads one value of any kind.
func (s *scanner) value() any {
	switch s.next() {
	case '{', '[':
		return s.nested()
	case '"':
		return s.str()
	}
	start := s.at
	for s.at < len(s.text) && !endsLiteral(s.text[s.at]) {
		s.at++
	}
	switch literal := s.text[start:s.at]; literal {
	case "null":
		return nil
	case "true":
		return true
	case "false":
		return false
	default:
		number, ok := Number(literal)
		s.failed = s.failed || !ok
		return number
	}
}

// endsLiteral reports whether a byte can't be part of a number or a word.
func endsLiteral(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// str reads a string, cutting it out of the text when it holds no escapes.
func (s *scanner) str() string {
	start := s.at + 1
	for i := start; i < len(s.text); i++ {
		switch s.text[i] {
		case '"':
			s.at = i + 1
			return s.text[start:i]
		case '\\':
			var text string
			s.decode(&text)
			return text
		}
	}
	s.failed = true
	return ""
}

// nested reads an object or array inside the attributes. The service sends none;
// should it, they are read as plain maps and slices.
func (s *scanner) nested() any {
	var value any
	s.decode(&value)
	return wholeNumbers(value)
}

// decode leaves one value to encoding/json.
func (s *scanner) decode(into any) {
	decoder := json.NewDecoder(strings.NewReader(s.text[s.at:]))
	decoder.UseNumber()
	if decoder.Decode(into) != nil {
		s.failed = true
		return
	}
	s.at += int(decoder.InputOffset())
}

// wholeNumbers replaces each json.Number in value.
func wholeNumbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		number, _ := Number(string(value))
		return number
	case map[string]any:
		for name, member := range value {
			value[name] = wholeNumbers(member)
		}
	case []any:
		for i, member := range value {
			value[i] = wholeNumbers(member)
		}
	}
	return value
}

// Number reads a JSON number: an int64 if it is whole and fits, else a float64. One too
// large for a float64 stays a json.Number. ok is false for other text.
func Number(text string) (number any, ok bool) {
	if !strings.ContainsAny(text, ".eE") { // the error of ParseInt takes allocations
		if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
			return whole, true
		}
	}
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	float, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return json.Number(text), errors.Is(err, strconv.ErrRange)
	}
	if whole, ok := wholeNumber(text); ok && float == math.Trunc(float) {
		return whole, true
	}
	return float, true
}

// wholeNumber reads a whole number with a fraction of zero or an exponent. It moves the
// point through the digits, because a float64 is exact only up to 2^53.
func wholeNumber(text string) (number int64, ok bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	if digits == "" || digits == "-" {
		return 0, true
	}
	zeros, err := strconv.Atoi(cmp.Or(exponent, "0"))
	zeros += len(whole) - len(digits)
	if err != nil || zeros < 0 || zeros > len("9223372036854775807") {
		return 0, false
	}
	number, err = strconv.ParseInt(digits+strings.Repeat("0", zeros), 10, 64)
	return number, err == nil
}
