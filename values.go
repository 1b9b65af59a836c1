package helpcrunch

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Timestamp is a time from the service, in UTC and exact to the millisecond. A time that is
// missing, null or an empty string is the zero Timestamp: IsZero returns true.
//
// To store it, marshal it to JSON (RFC 3339) or write it to a database (as a time). Inputs and
// patches take a plain [time.Time].
type Timestamp struct {
	time.Time
}

// UnmarshalJSON reads what MarshalJSON writes, and every format that the service is known to send.
// These are seconds since 1970 as a number or a string, with or without a fraction; milliseconds
// with 13 digits; text such as "2006-01-02 15:04:05"; null and the empty string.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	moment, err := parseTime(string(bytes.Trim(data, `"`)))
	t.Time = moment
	return err
}

// MarshalJSON writes RFC 3339 with milliseconds, such as "2006-01-02T15:04:05.000Z", and
// null for the zero Timestamp.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	moment, err := unixMilli(t.UnixMilli())
	return []byte(moment.Format(`"2006-01-02T15:04:05.000Z"`)), err
}

// Value returns the time for a database, and nil for the zero Timestamp.
func (t Timestamp) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC(), nil
}

// Scan reads a time, a number or a text from a database. It reads the formats of UnmarshalJSON and
// those of SQLite, MySQL and PostgreSQL. NULL is the zero Timestamp.
func (t *Timestamp) Scan(from any) (err error) {
	switch from := from.(type) {
	case nil:
		t.Time = time.Time{}
	case time.Time:
		t.Time, err = unixMilli(from.UnixMilli())
	case int64:
		t.Time, err = unixTime(float64(from))
	case float64:
		t.Time, err = unixTime(from)
	case []byte:
		t.Time, err = parseTime(string(from), databaseLayouts...)
	case string:
		t.Time, err = parseTime(from, databaseLayouts...)
	default:
		err = fmt.Errorf("can't read a time from %T", from)
	}
	return err
}

// databaseLayouts are the formats in which SQLite, MySQL and PostgreSQL return a time from a text
// column.
var databaseLayouts = []string{
	"2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02T15:04:05",
}

// parseTime reads a time in any of the service's formats or the given layouts.
func parseTime(text string, layouts ...string) (time.Time, error) {
	if text == "" || text == "null" || strings.HasPrefix(text, "0000-00-00") {
		return time.Time{}, nil
	}
	if strings.Trim(text, "0123456789.eE+-") == "" {
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return unixTime(number)
		}
	}
	for _, layout := range append(layouts, time.DateTime, time.RFC3339, time.DateOnly) {
		if moment, err := time.Parse(layout, text); err == nil {
			return unixMilli(moment.UnixMilli())
		}
	}
	return time.Time{}, fmt.Errorf("a time in an unknown form (%d characters)", len(text))
}

// unixTime reads a number of 13 digits as milliseconds since 1970, and a shorter one as
// seconds.
func unixTime(number float64) (time.Time, error) {
	switch size := math.Abs(number); {
	case size >= 1e13, math.IsNaN(number):
		return time.Time{}, errOutOfRange
	case size < 1e12:
		number *= 1000
	}
	return unixMilli(int64(math.Round(number)))
}

// unixMilli returns a time in the years 1 to 9999, the range of RFC 3339, or an error.
func unixMilli(milliseconds int64) (time.Time, error) {
	const first, last = -62135596800_000, 253402300799_999
	if milliseconds < first || milliseconds > last {
		return time.Time{}, errOutOfRange
	}
	return time.UnixMilli(milliseconds).UTC(), nil
}

var errOutOfRange = errors.New("a time out of range")

// Optional is a field of a patch. The zero Optional is absent and leaves the field unchanged. [Set]
// makes one that writes a value, [Null] one that clears the field.
type Optional[T any] struct {
	value         T
	isSet, isNull bool // both false is absent
}

// Set returns an Optional that writes value. A zero value is written as such: Set("")
// writes an empty string, Set(false) writes false. A zero time is written as null.
func Set[T any](value T) Optional[T] {
	return Optional[T]{value: value, isSet: true}
}

// Null returns an Optional that clears the field.
func Null[T any]() Optional[T] {
	return Optional[T]{isNull: true}
}

// Get returns the value and whether there is one: false when absent or null.
func (o Optional[T]) Get() (T, bool) {
	return o.value, o.isSet
}

// IsNull reports whether the Optional clears its field.
func (o Optional[T]) IsNull() bool {
	return o.isNull
}

// IsZero reports whether the Optional is absent. The omitzero option of encoding/json omits an
// absent field.
func (o Optional[T]) IsZero() bool {
	return !o.isSet && !o.isNull
}

// MarshalJSON writes the value as the service expects it. A time is a decimal string of whole
// seconds, custom data an array of property and value.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.isSet {
		return []byte("null"), nil
	}
	switch value := any(o.value).(type) {
	case time.Time:
		if value.IsZero() {
			return []byte("null"), nil
		}
		return json.Marshal(wireSeconds(value))
	case CustomData:
		return value.marshalPairs()
	case []Tag:
		if value == nil {
			return []byte("[]"), nil
		}
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON reads what MarshalJSON writes. Null is [Null].
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	var err error
	*o = Null[T]()
	if string(data) == "null" {
		return nil
	}
	var value T
	if moment, ok := any(&value).(*time.Time); ok {
		var read Timestamp
		err = read.UnmarshalJSON(data)
		*moment = read.Time
	} else {
		err = json.Unmarshal(data, &value)
	}
	*o = Set(value)
	return err
}

// wireSeconds returns a time as it is written: a decimal string of whole seconds.
func wireSeconds(moment time.Time) string {
	return strconv.FormatInt(moment.Unix(), 10)
}

// setNonZero sets a value of type T, unless it is zero or empty.
func (o *Optional[T]) setNonZero(value any) {
	v := reflect.ValueOf(value)
	moment, isTime := value.(time.Time)
	isEmptyList := (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
	if !v.IsZero() && !isEmptyList && !(isTime && moment.IsZero()) {
		*o = Set(value.(T))
	}
}
