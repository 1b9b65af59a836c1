package helpcrunch

import "encoding/json"

// carriesText reports whether the request's query or body holds more than numbers and
// single words of the protocol.
func (r *request) carriesText() bool {
	for _, values := range r.query {
		for _, value := range values {
			if isText(value) {
				return true
			}
		}
	}
	data, err := encodeBody(r.body)
	if err != nil || data == nil {
		return false
	}
	var body any
	return json.Unmarshal(data, &body) != nil || holdsText(body)
}

// isText reports whether a value is longer than a number or the direction of a sort.
func isText(value string) bool { return len(value) > 4 }

// holdsText reports whether decoded JSON holds a string that is text.
func holdsText(value any) bool {
	switch value := value.(type) {
	case string:
		return isText(value)
	case []any:
		for _, element := range value {
			if holdsText(element) {
				return true
			}
		}
	case map[string]any:
		for _, member := range value {
			if holdsText(member) {
				return true
			}
		}
	}
	return false
}
