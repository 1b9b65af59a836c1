package webhook

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/internal/tolerant"
)

// The decoding here never fails as a whole: each member is read by itself, so that one of
// an unexpected form leaves its own field zero and no other.

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// decodeMembers reads the members of an object into the fields of a struct.
func decodeMembers(members map[string]json.RawMessage, into reflect.Value) {
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		if member, ok := members[name]; ok {
			decodeValue(member, into.Field(i))
		}
	}
}

// decodeValue reads one value, and reports whether there was one that could be read.
func decodeValue(data json.RawMessage, into reflect.Value) bool {
	switch kind := into.Kind(); {
	case reflect.PointerTo(into.Type()).Implements(unmarshaler):
		return decodePlain(data, into)
	case kind == reflect.Pointer:
		target := reflect.New(into.Type().Elem())
		if !decodeValue(data, target.Elem()) {
			return false
		}
		into.Set(target)
		return true
	case kind == reflect.Struct:
		return decodeStruct(data, into)
	case kind == reflect.Slice:
		return decodeList(data, into)
	case kind == reflect.Int64:
		return decodePlain(data, into) || decodePlain(membersOf(data)["id"], into)
	}
	return decodePlain(data, into)
}

// decodePlain reads a value by the rules of package tolerant. Null is no value.
func decodePlain(data json.RawMessage, into reflect.Value) bool {
	return string(data) != "null" && tolerant.Unmarshal(data, into.Addr().Interface()) == nil
}

// decodeStruct reads an object, the first object of a list, or a bare id.
func decodeStruct(data json.RawMessage, into reflect.Value) bool {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && len(list) > 0 {
		data = list[0]
	}
	if members := membersOf(data); members != nil {
		decodeMembers(members, into)
		return true
	}
	id := into.FieldByName("ID")
	return id.IsValid() && decodePlain(data, id)
}

// decodeList reads a list, or one value that stands for a list of one. What can't be read
// is left out.
func decodeList(data json.RawMessage, into reflect.Value) bool {
	var list []json.RawMessage
	if tolerant.Unmarshal(data, &list) != nil {
		list = []json.RawMessage{data}
	}
	for _, element := range list {
		value := reflect.New(into.Type().Elem()).Elem()
		if decodeValue(element, value) {
			into.Set(reflect.Append(into, value))
		}
	}
	return true
}

// membersOf returns the members of an object, and nil for anything else.
func membersOf(data json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return nil
	}
	return members
}
