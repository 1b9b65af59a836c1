package tolerant

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// reader decodes a document value by value. A value whose kind differs from its field's is
// converted:
//
//   - a string field takes a number or a boolean as its text
//   - a number field takes a string of digits, a whole number with a fraction of zero or
//     an exponent, and the id of an object; an empty string is null
//   - a boolean field takes 0, 1 and their strings, "true" and "false"; an empty string is null
//   - a list takes a single value, and an object whose names are numbers (a list with gaps,
//     as PHP encodes it); nulls are dropped
//   - an object takes the only object of a list, and a bare id; an empty list (an empty
//     object, as PHP encodes it), an empty string and false are null
//   - a map takes an empty list
//
// Any other value is left unset, and its path is recorded.
type reader struct {
	unreadable []string
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// document reads the whole document. If into points to a struct, data must be an object.
func (r *reader) document(data []byte, into any) bool {
	target := reflect.ValueOf(into).Elem()
	if target.Kind() == reflect.Struct && kind(data) != "object" {
		return false
	}
	return r.value(data, target, "")
}

// value reads one value. It reports false if the value is unreadable.
func (r *reader) value(data []byte, into reflect.Value, path string) bool {
	if json.Unmarshal(data, into.Addr().Interface()) == nil {
		return true
	}
	into.SetZero() // it may be partly filled
	if reflect.PointerTo(into.Type()).Implements(unmarshaler) {
		return false
	}
	switch into.Kind() {
	case reflect.Pointer:
		return r.pointer(data, into, path)
	case reflect.Struct:
		return r.object(data, into, path)
	case reflect.Slice:
		return r.list(data, into, path)
	case reflect.Map:
		into.Set(reflect.MakeMap(into.Type()))
		return isEmptyList(data)
	case reflect.String:
		return setString(data, into)
	case reflect.Bool:
		return setBool(data, into)
	}
	return setNumber(data, into)
}

// field reads the value of a field, or records its path.
func (r *reader) field(data []byte, into reflect.Value, path string) bool {
	if r.value(data, into, path) {
		return true
	}
	into.SetZero()
	r.unreadable = append(r.unreadable, path)
	return false
}

func (r *reader) pointer(data []byte, into reflect.Value, path string) bool {
	target := reflect.New(into.Type().Elem())
	if isNull(data, target.Elem().Kind()) {
		return true
	}
	into.Set(target)
	return r.value(data, target.Elem(), path)
}

func (r *reader) object(data []byte, into reflect.Value, path string) bool {
	if isNull(data, reflect.Struct) {
		return true
	}
	if list := elements(data); len(list) == 1 && kind(list[0]) == "object" {
		data = list[0]
	}
	if kind(data) == "object" {
		r.members(members(data), into, path)
		return true
	}
	id := into.FieldByName("ID")
	return id.IsValid() && setNumber(data, id)
}

// members reads the members of an object into the fields of a struct.
func (r *reader) members(from map[string]json.RawMessage, into reflect.Value, path string) {
	if path != "" {
		path += "."
	}
	for field, value := range into.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "" && value.Kind() == reflect.Struct:
			r.members(from, value, strings.TrimSuffix(path, "."))
			continue
		case !field.IsExported() || name == "-":
			continue
		case name == "":
			name = field.Name
		}
		if data, ok := member(from, name); ok {
			r.field(data, value, path+name)
		}
	}
}

// member finds a member as encoding/json does: by its exact name, or else ignoring case.
func member(from map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if data, ok := from[name]; ok {
		return data, true
	}
	for other, data := range from {
		if strings.EqualFold(other, name) {
			return data, true
		}
	}
	return nil, false
}

// list reads a list and drops unreadable elements. The list is unreadable if it has unreadable
// elements and no others.
func (r *reader) list(data []byte, into reflect.Value, path string) bool {
	from := elements(data)
	list := reflect.MakeSlice(into.Type(), 0, len(from))
	recorded, failed := len(r.unreadable), 0
	for i, data := range from {
		element := reflect.New(into.Type().Elem()).Elem()
		switch {
		case isNull(data, element.Kind()):
		case r.field(data, element, path+"["+strconv.Itoa(i)+"]"):
			list = reflect.Append(list, element)
		default:
			failed++
		}
	}
	if failed > 0 && list.Len() == 0 {
		r.unreadable = r.unreadable[:recorded]
		return false
	}
	into.Set(list)
	return true
}

// elements returns the elements of a list. The members of an object whose names are all numbers are
// a list in numeric order. Any other value is the only element.
func elements(data []byte) (list []json.RawMessage) {
	switch kind(data) {
	case "array":
		_ = json.Unmarshal(data, &list)
		return list
	case "object":
		if list, ok := listOfObject(members(data)); ok {
			return list
		}
	}
	return []json.RawMessage{data}
}

// maxGap is the most indexes that may be missing from a list encoded as an object.
const maxGap = 1000

func listOfObject(from map[string]json.RawMessage) (list []json.RawMessage, ok bool) {
	for index := 0; len(list) < len(from); index++ {
		if element, ok := from[strconv.Itoa(index)]; ok {
			list = append(list, element)
		} else if index > maxGap+len(list) {
			return nil, false
		}
	}
	return list, true
}

func members(data []byte) (members map[string]json.RawMessage) {
	_ = json.Unmarshal(data, &members)
	return members
}

func isEmptyList(data []byte) bool {
	return kind(data) == "array" && len(elements(data)) == 0
}

// isNull reports whether data means null in a field of that kind.
func isNull(data []byte, field reflect.Kind) bool {
	text, isString := quoted(data)
	switch field {
	case reflect.Struct:
		return kind(data) == "null" || isString && text == "" || string(data) == "false" || isEmptyList(data)
	case reflect.Int, reflect.Int64, reflect.Float64, reflect.Bool:
		return kind(data) == "null" || isString && text == ""
	}
	return kind(data) == "null"
}

func setString(data []byte, into reflect.Value) bool {
	into.SetString(string(data))
	return kind(data) == "number" || kind(data) == "boolean"
}

func setBool(data []byte, into reflect.Value) bool {
	text, isString := quoted(data)
	if !isString {
		text = string(data)
	}
	into.SetBool(text == "1" || text == "true")
	return into.Bool() || text == "0" || text == "false" || text == ""
}

func setNumber(data []byte, into reflect.Value) bool {
	if id := members(data)["id"]; id != nil && kind(id) != "object" {
		data = id
	}
	text, isString := quoted(data)
	switch {
	case !isString:
		text = string(data)
	case text == "":
		return true
	}
	number, ok := Number(text)
	if !ok {
		return false
	}
	canonical, err := json.Marshal(number)
	return err == nil && json.Unmarshal(canonical, into.Addr().Interface()) == nil
}
