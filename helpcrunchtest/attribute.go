package helpcrunchtest

// AttributeType is what values a custom attribute of the account takes.
type AttributeType uint8

// The types of custom attributes.
const (
	// TextAttribute takes strings of up to 255 characters.
	TextAttribute AttributeType = iota
	// NumberAttribute takes numbers.
	NumberAttribute
	// BooleanAttribute takes true and false.
	BooleanAttribute
	// DateAttribute takes seconds since 1970, as a number or a string of digits. It
	// reads back as a date, in the form that [CustomDataForm] says.
	DateAttribute
)

// String returns the type in one word.
func (t AttributeType) String() string {
	switch t {
	case NumberAttribute:
		return "number"
	case BooleanAttribute:
		return "boolean"
	case DateAttribute:
		return "date"
	}
	return "text"
}

// accept returns the value as it is stored, and false when the type does not take it.
func (t AttributeType) accept(value any) (any, bool) {
	switch t {
	case NumberAttribute:
		switch value.(type) {
		case int64, float64:
			return value, true
		}
		return nil, false
	case BooleanAttribute:
		_, ok := value.(bool)
		return value, ok
	case DateAttribute:
		return acceptDate(value)
	}
	_, ok := value.(string)
	return value, ok
}

func acceptDate(value any) (any, bool) {
	switch value := value.(type) {
	case int64:
		return instant(value * 1000), value >= 0 && value <= maxSeconds
	case string:
		moment, ok := parseInstant(value)
		return moment, ok
	}
	return nil, false
}
