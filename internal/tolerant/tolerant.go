// Package tolerant decodes JSON that does not always keep to its own documentation.
package tolerant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Unmarshal decodes data into the pointer into, as [json.Unmarshal] does. Where a
// value has another JSON type than its field, it is converted, if there is one
// sensible way, by the rules of conform; that second pass costs time only on answers
// that need it.
func Unmarshal(data []byte, into any) error {
	err := unmarshal(data, into)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errTrailing
	}
	target := reflect.ValueOf(into).Elem()
	target.SetZero()
	value = conform(value, target.Type())
	if value == nil { // null stands for a missing part, not for a whole answer
		return err
	}
	conformed, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode again: %w", err)
	}
	return json.Unmarshal(conformed, into)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// conform returns value in the JSON type that a field of type t takes, or as it is
// when it fits already or when no rule applies:
//
//   - a string field takes a number or a boolean as its text
//   - an integer or number field takes a string of digits, a whole number with a
//     fraction or exponent, and reads an empty string as null
//   - a boolean field takes 0, 1 and their strings, "true", "false" and ""
//   - a list takes a single object, and an object with digits for names (a list with
//     gaps, as PHP encodes it)
//   - an object takes an empty list (an empty object, as PHP encodes it) and false as null
func conform(value any, t reflect.Type) any {
	if value == nil || reflect.PointerTo(t).Implements(unmarshaler) {
		return value
	}
	switch t.Kind() {
	case reflect.Pointer:
		return conform(value, t.Elem())
	case reflect.String:
		return conformString(value)
	case reflect.Int, reflect.Int64, reflect.Float64:
		return conformNumber(value)
	case reflect.Bool:
		return conformBool(value)
	case reflect.Slice:
		return conformList(value, t.Elem())
	case reflect.Map:
		return conformMap(value, t.Elem())
	case reflect.Struct:
		return conformStruct(value, t)
	}
	return value
}

func conformString(value any) any {
	switch value := value.(type) {
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return value
}

func conformNumber(value any) any {
	var text string
	switch value := value.(type) {
	case string:
		text = strings.TrimSpace(value)
	case json.Number:
		text = value.String()
	default:
		return value
	}
	if text == "" {
		return nil
	}
	if number, ok := Number(text); ok {
		return number
	}
	return value
}

func conformBool(value any) any {
	switch fmt.Sprint(value) {
	case "1", "true":
		return true
	case "0", "false":
		return false
	case "":
		return nil
	}
	return value
}

func conformList(value any, element reflect.Type) any {
	list, ok := value.([]any)
	if object, isObject := value.(map[string]any); isObject {
		list, ok = listOfObject(object), true
	}
	if !ok {
		return value
	}
	for i := range list {
		list[i] = conform(list[i], element)
	}
	return list
}

// listOfObject returns the members of an object whose names are all digits, in
// order, and any other object as the one element of a list.
func listOfObject(object map[string]any) []any {
	list := make([]any, 0, len(object))
	for index := 0; len(list) < len(object); index++ {
		member, ok := object[strconv.Itoa(index)]
		if ok {
			list = append(list, member)
		} else if index > maxGap+len(list) {
			return []any{object}
		}
	}
	return list
}

// maxGap bounds how many indexes may be missing from a list that came as an object.
const maxGap = 1000

func conformMap(value any, element reflect.Type) any {
	switch value := value.(type) {
	case []any:
		if len(value) == 0 {
			return map[string]any{}
		}
	case map[string]any:
		for name, member := range value {
			value[name] = conform(member, element)
		}
	}
	return value
}

func conformStruct(value any, t reflect.Type) any {
	switch value := value.(type) {
	case []any:
		if len(value) == 0 {
			return nil
		}
	case bool:
		if !value {
			return nil
		}
	case map[string]any:
		for i := range t.NumField() {
			field := t.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.Anonymous && name == "" {
				conform(value, field.Type) // its members stand beside the others
				continue
			}
			if member, ok := value[name]; ok {
				value[name] = conform(member, field.Type)
			}
		}
	}
	return value
}
