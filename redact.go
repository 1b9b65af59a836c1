package helpcrunch

import (
	"encoding/json"
	"iter"
	"strings"
)

// withoutInput takes out of an excerpt what the request itself had carried: a proxy
// may repeat it, and it belongs in no error.
func (r *request) withoutInput(excerpt string) string {
	for text := range r.carried() {
		if len(text) > 3 {
			excerpt = strings.ReplaceAll(excerpt, text, "…")
		}
	}
	return excerpt
}

// carried iterates over the strings in the request's query and body.
func (r *request) carried() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, values := range r.query {
			for _, value := range values {
				if !yield(value) {
					return
				}
			}
		}
		var body any
		if data, err := encodeBody(r.body); err == nil && json.Unmarshal(data, &body) == nil {
			yieldStrings(body, yield)
		}
	}
}

// yieldStrings yields all strings inside decoded JSON.
func yieldStrings(value any, yield func(string) bool) bool {
	switch value := value.(type) {
	case string:
		return yield(value)
	case []any:
		for _, element := range value {
			if !yieldStrings(element, yield) {
				return false
			}
		}
	case map[string]any:
		for _, member := range value {
			if !yieldStrings(member, yield) {
				return false
			}
		}
	}
	return true
}
