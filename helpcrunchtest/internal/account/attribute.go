package account

// AttributeType is what values a custom attribute of the account takes.
type AttributeType uint8

// The types, in the order of the public constants.
const (
	attributeText AttributeType = iota
	attributeNumber
	attributeBoolean
	attributeDate
)

// String returns the type in one word.
func (t AttributeType) String() string {
	switch t {
	case attributeNumber:
		return "number"
	case attributeBoolean:
		return "boolean"
	case attributeDate:
		return "date"
	}
	return "text"
}

// Accept returns the value as it is stored, and false when the type does not take it.
func (t AttributeType) Accept(value any) (any, bool) {
	switch t {
	case attributeNumber:
		switch value.(type) {
		case int64, float64:
			return value, true
		}
		return nil, false
	case attributeBoolean:
		_, ok := value.(bool)
		return value, ok
	case attributeDate:
		return acceptDate(value)
	}
	_, ok := value.(string)
	return value, ok
}

func acceptDate(value any) (any, bool) {
	switch value := value.(type) {
	case int64:
		return Instant(value * 1000), value >= 0 && value <= maxSeconds
	case string:
		moment, ok := ParseInstant(value)
		return moment, ok
	}
	return nil, false
}
