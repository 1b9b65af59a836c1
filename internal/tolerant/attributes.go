package tolerant

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
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
			if _, isText := member.(string); !isText { // most values are texts, and assignments are slow
				value[name] = convertNumbers(member)
			}
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
	if float == 0 {
		return int64(0), true
	}
	if float == math.Trunc(float) { // a float64 is exact only up to 2^53
		precise, _, _ := big.ParseFloat(text, 10, 128, big.ToNearestEven)
		if whole, accuracy := precise.Int64(); accuracy == big.Exact {
			return whole, true
		}
	}
	return float, true
}
