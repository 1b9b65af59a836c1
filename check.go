package helpcrunch

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxText is how many characters the service takes in notes and in a string value of
// custom data.
const maxText = 255

// checkID refuses an id that no row can have.
func checkID(what string, id int64) error {
	if id <= 0 {
		return invalid("%s must be 1 or more, not %d", what, id)
	}
	return nil
}

// checkOptionalID is checkID for an id that 0 leaves out.
func checkOptionalID(what string, id int64) error {
	if id == 0 {
		return nil
	}
	return checkID(what, id)
}

// checkText refuses text that is longer than the service takes. The length counts
// characters, not bytes.
func checkText(what, text string) error {
	if length := utf8.RuneCountInString(text); length > maxText {
		return invalid("%s must have at most %d characters, not %d", what, maxText, length)
	}
	return nil
}

// checkCustomData refuses values that the service can't take.
func checkCustomData(what string, data CustomData) error {
	for name, value := range data {
		if name == "" {
			return invalid("%s has an attribute without a name", what)
		}
		if err := checkScalar(value); err != nil {
			return invalid("%s %q %w", what, name, err)
		}
		if text, ok := value.(string); ok {
			if err := checkText(fmt.Sprintf("%s %q", what, name), text); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTags refuses tags without a name.
func checkTags(what string, tags []Tag) error {
	for i, tag := range tags {
		if tag.Name == "" {
			return invalid("%s[%d] has no name", what, i)
		}
	}
	return nil
}

// checkAPIKey refuses what can't be a key, saying what is wrong, and never the key.
func checkAPIKey(key string) error {
	switch {
	case key == "":
		return invalid("API key is empty")
	case strings.EqualFold(strings.Fields(key + " .")[0], "bearer"):
		return invalid(`API key must not start with "Bearer": pass the key alone`)
	case strings.ContainsAny(key, " \t\r\n"):
		return invalid("API key must not contain spaces or line breaks")
	case !isPrintableASCII(key):
		return invalid("API key must be printable ASCII")
	case strings.ContainsAny(key, `<>[](){}"'`+"`"):
		return invalid("API key must not contain brackets or quotes: pass the key alone")
	}
	return nil
}

// isPrintableASCII reports whether text holds spaces and visible ASCII alone.
func isPrintableASCII(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
