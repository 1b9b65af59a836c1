package helpcrunchtest

import (
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

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
	return account.AttributeType(t).String()
}

// attributesOf are attributes as the parts of the server know them.
func attributesOf(attributes map[string]AttributeType) map[string]account.AttributeType {
	if attributes == nil {
		return nil
	}
	all := make(map[string]account.AttributeType, len(attributes))
	for name, kind := range attributes {
		all[name] = account.AttributeType(kind)
	}
	return all
}
