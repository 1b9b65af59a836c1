package tolerant

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// Attributes reads a set of named scalars: an object, or an array of {"property", "value"}
// pairs. Whole numbers become int64, others float64. The result of null is nil.
func Attributes(data []byte) (map[string]any, error) {
	var document any
	if err := decode(&numberDecoders, Trim(data), &document); err != nil {
		return nil, err
	}
	switch document := convertNumbers(document).(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return document, nil
	case []any:
		return attributesOf(document), nil
	}
	return nil, errors.New("custom attributes are not an object or array")
}

// attributesOf reads pairs. It stores any other element under its index.
func attributesOf(pairs []any) map[string]any {
	values := make(map[string]any, len(pairs))
	for i, element := range pairs {
		pair, _ := element.(map[string]any)
		if name, ok := pair["property"].(string); ok {
			values[name] = pair["value"]
		} else {
			values[strconv.Itoa(i)] = element
		}
	}
	return values
}

// convertNumbers converts each json.Number in a value as Number does.
func convertNumbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		number, _ := Number(string(value))
		return number
	case map[string]any:
		for name, member := range value {
			value[name] = convertNumbers(member)
		}
	case []any:
		for i, member := range value {
			value[i] = convertNumbers(member)
		}
	}
	return value
}

// Number reads a JSON number: an int64 if it is whole and fits, else a float64. One too
// large for a float64 stays a json.Number. ok is false for other text.
func Number(text string) (number any, ok bool) {
	if !strings.ContainsAny(text, ".eE") { // avoids allocating ParseInt's error
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

// wholeNumber reads a whole number that has a fraction of zero or an exponent. It works on the
// digits, because a float64 is exact only up to 2^53.
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
