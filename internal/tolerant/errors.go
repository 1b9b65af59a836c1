package tolerant

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Detail is one element of an error answer.
type Detail struct {
	Code    string
	Message string
}

// Errors finds the details in the body of an error answer, whatever its shape: the
// documented {"errors": [{"code", "message"}]}, errors as one object, as a string or
// by property path, the leaked {"code", "message": {"info"}} and {"error": ".."}.
// A body that is none of these has no details.
func Errors(body []byte) []Detail {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var answer any
	if decoder.Decode(&answer) != nil {
		return nil
	}
	members, ok := answer.(map[string]any)
	if !ok {
		if _, isList := answer.([]any); isList {
			return details(answer)
		}
		return nil
	}
	for _, name := range []string{"errors", "error"} {
		if found := details(members[name]); len(found) > 0 {
			return found
		}
	}
	if _, ok := members["message"]; ok {
		return details(members)
	}
	return nil
}

// details reads one value that stands where details belong.
func details(value any) []Detail {
	switch value := value.(type) {
	case string:
		if value != "" {
			return []Detail{{Message: value}}
		}
	case []any:
		var found []Detail
		for _, element := range value {
			found = append(found, details(element)...)
		}
		return found
	case map[string]any:
		return objectDetails(value)
	}
	return nil
}

// objectDetails reads {"code", "message"}, or else messages by property path.
func objectDetails(object map[string]any) []Detail {
	code, message := words(object["code"]), words(object["message"])
	if code != "" || message != "" {
		return []Detail{{Code: code, Message: message}}
	}
	var found []Detail
	for _, path := range slices.Sorted(maps.Keys(object)) {
		for _, detail := range details(object[path]) {
			if detail.Code == "" {
				detail.Code = path
			}
			found = append(found, detail)
		}
	}
	return found
}

// words turns a value that should be a string into one.
func words(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case []any:
		var all []string
		for _, element := range value {
			if text := words(element); text != "" {
				all = append(all, text)
			}
		}
		return strings.Join(all, "; ")
	case map[string]any:
		for _, name := range []string{"info", "message", "text"} {
			if text := words(value[name]); text != "" {
				return text
			}
		}
	}
	return ""
}
