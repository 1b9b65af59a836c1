package tolerant

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Detail is one element of an error response.
type Detail struct {
	Code    string
	Message string
}

// Errors returns the details in the body of an error response. It reads what [Reported] reads, a
// list of details, or an object with a "message". Any other body has no details.
func Errors(body []byte) []Detail {
	if found := Reported(body); len(found) > 0 {
		return found
	}
	switch response := decodeAny(body).(type) {
	case []any:
		return details(response)
	case map[string]any:
		if _, ok := response["message"]; ok {
			return details(response)
		}
	}
	return nil
}

// Reported returns the details below "errors" or "error". It reads the documented
// {"errors": [{"code", "message"}]}, one object, a string, and messages by property path.
func Reported(body []byte) []Detail {
	response, _ := decodeAny(body).(map[string]any)
	for _, name := range []string{"errors", "error"} {
		if found := details(response[name]); len(found) > 0 {
			return found
		}
	}
	return nil
}

// IsDocumentedError reports whether body is an error in the documented form. The service sends
// this form; a proxy does not.
func IsDocumentedError(body []byte) bool {
	var response struct{ Errors []Detail }
	return json.Unmarshal(Trim(body), &response) == nil && len(response.Errors) > 0 && response.Errors[0].Code != ""
}

// decodeAny decodes the first JSON value of body, and returns nil if there is none.
func decodeAny(body []byte) (value any) {
	_ = decode(&numberDecoders, Trim(body), &value)
	return value
}

// details reads the details in a value of any kind.
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
	code, message := textOf(object["code"]), textOf(object["message"])
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

// textOf returns the text of a value that should be a string. It accepts a number, the texts of a
// list, and the "info", "message" or "text" of an object. It returns "" if there is none.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case []any:
		var all []string
		for _, element := range value {
			if text := textOf(element); text != "" {
				all = append(all, text)
			}
		}
		return strings.Join(all, "; ")
	case map[string]any:
		for _, name := range []string{"info", "message", "text"} {
			if text := textOf(value[name]); text != "" {
				return text
			}
		}
	}
	return ""
}
