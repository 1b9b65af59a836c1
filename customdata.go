package helpcrunch

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// CustomData contains custom attributes by name. A value read from the service is a string, a
// number, a bool or nil. A number is an int64 if it is whole, and a float64 otherwise. A value to
// write may also be of any integer type, float32, [json.Number] or [time.Time]. A time is written
// as a decimal string of whole seconds.
//
// The service accepts at most 255 characters in a string value. It rejects the whole write if one
// value is invalid. An attribute must be defined in the account's settings before it is written.
type CustomData map[string]any

// UnmarshalJSON reads both forms that the service sends: an object by name, and an array of
// {"property", "value"} pairs. An empty array or object is empty data; null is nil.
func (d *CustomData) UnmarshalJSON(data []byte) error {
	values, err := tolerant.Attributes(data)
	if err != nil {
		return err
	}
	*d = values
	return nil
}

// marshalPairs writes the data as the service expects it, sorted by name.
func (d CustomData) marshalPairs() ([]byte, error) {
	pairs := make([]map[string]any, 0, len(d))
	for _, name := range slices.Sorted(maps.Keys(d)) {
		pairs = append(pairs, map[string]any{"property": name, "value": wireScalar(d[name])})
	}
	return json.Marshal(pairs)
}

// String returns the value of a string attribute, and false for any other.
func (d CustomData) String(name string) (string, bool) {
	text, ok := d[name].(string)
	return text, ok
}

// Int returns the value of a whole number or of a string of digits, if it fits an int64. It returns
// false for any other.
func (d CustomData) Int(name string) (int64, bool) {
	switch value := reflect.ValueOf(d[name]); {
	case value.CanInt():
		return value.Int(), true
	case value.CanUint():
		return int64(value.Uint()), value.Uint() <= math.MaxInt64
	case value.CanFloat():
		return int64(value.Float()), value.Float() == math.Trunc(value.Float()) && math.Abs(value.Float()) < 1<<63
	case value.Kind() == reflect.String:
		number, err := strconv.ParseInt(value.String(), 10, 64)
		return number, err == nil
	}
	return 0, false
}

// Float returns the value of a number or of a string with a finite number, and false for any other.
func (d CustomData) Float(name string) (float64, bool) {
	switch value := reflect.ValueOf(d[name]); {
	case value.CanInt():
		return float64(value.Int()), true
	case value.CanUint():
		return float64(value.Uint()), true
	case value.CanFloat():
		return value.Float(), true
	case value.Kind() == reflect.String:
		number, err := strconv.ParseFloat(value.String(), 64)
		return number, err == nil && !math.IsNaN(number) && !math.IsInf(number, 0)
	}
	return 0, false
}

// Bool returns the value of a boolean attribute, and ok is false for any other.
func (d CustomData) Bool(name string) (value, ok bool) {
	value, ok = d[name].(bool)
	return value, ok
}

// Time returns the value of a date attribute in UTC, and false for any other. It reads the formats
// that [Timestamp] reads.
func (d CustomData) Time(name string) (moment time.Time, ok bool) {
	value := d[name]
	_, isText := value.(string)
	if number, ok := d.Float(name); ok && !isText {
		value = number
	}
	var t Timestamp
	err := t.Scan(value)
	return t.Time, err == nil && !t.IsZero()
}

// sameValue reports whether the stored value of a name equals the value to write. Numbers are
// compared as JSON, times to the second.
func (d CustomData) sameValue(stored CustomData, name string) bool {
	if moment, ok := d[name].(time.Time); ok {
		has, ok := stored.Time(name)
		return ok && has.Unix() == moment.Unix()
	}
	value, err := json.Marshal(d[name])
	has, storedErr := json.Marshal(stored[name])
	return err == nil && storedErr == nil && string(value) == string(has)
}

// wireScalar returns a value in the form in which it is written. Only a time changes.
func wireScalar(value any) any {
	if moment, ok := value.(time.Time); ok {
		return wireSeconds(moment)
	}
	return value
}

// checkScalar rejects a value that can't be written.
func checkScalar(value any) error {
	switch value := value.(type) {
	case nil, bool, string, json.Number,
		int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return nil
	case float32:
		return checkScalar(float64(value))
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return errors.New("must be a finite number")
		}
		return nil
	case time.Time:
		if value.IsZero() {
			return errors.New("must not be the zero time")
		}
		return nil
	}
	return errors.New("must be a string, a number, a boolean, a time or nil")
}
