// Package tolerant decodes JSON that deviates from its documentation.
package tolerant

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Unmarshal decodes data into the pointer into, as [json.Unmarshal] does. If that fails, it
// decodes value by value, by the rules of [reader]. It returns the paths of unreadable values,
// such as "location.city" or "tags[1].name", which stay unset.
//
// It returns an error if data is not JSON, or if its kind cannot be converted to that of into.
func Unmarshal(data []byte, into any) (unreadable []string, err error) {
	data = Trim(data)
	if err = unmarshal(data, into); err == nil {
		return nil, nil
	}
	if !json.Valid(data) {
		return nil, err
	}
	var r reader
	if !r.document(data, into) {
		return nil, fmt.Errorf("unexpected JSON %s", kind(data))
	}
	return r.unreadable, nil
}

// kind names the kind of a JSON value.
func kind(data []byte) string {
	switch data[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// quoted returns the text of a JSON string.
func quoted(data []byte) (text string, ok bool) {
	ok = data[0] == '"' && json.Unmarshal(data, &text) == nil
	return strings.TrimSpace(text), ok
}
