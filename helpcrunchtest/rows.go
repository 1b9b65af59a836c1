package helpcrunchtest

import (
	"encoding/binary"
	"slices"
	"strings"
)

// textField is a text property of a customer.
type textField uint8

const (
	nameField textField = iota
	emailField
	userIDField
	companyField
	phoneField
	sourceField
	refererField
	lastPageField
	localeField
	notesField
	createdFromField
	integrationIDField
	regionCodeField
	countryCodeField
	cityField
	textFields
)

// textFieldNames are the names on the wire, when written.
var textFieldNames = [textFields]string{
	"name", "email", "userId", "company", "phone", "source", "referer", "lastPage", "locale", "notes",
	"createdFrom", "integrationId", "regionCode", "countryCode", "city",
}

// customerTexts are the text properties of a customer.
type customerTexts [textFields]nullableText

// nullableText is a text, or null when it is not set.
type nullableText struct {
	text string
	set  bool
}

// customer is a stored customer. It is small, so that a million of them fit in a
// fraction of a gibibyte: the texts are packed into one string, and equal tag lists
// and custom data may be shared, as neither is ever changed in place.
type customer struct {
	id                  int64
	firstSeen, lastSeen instant
	packed              string
	device              *device
	tags                []tag
	custom              *customData
	unsubscribed        bool
	blocked             bool
}

type device struct {
	id                                int64
	ip, timezone, platform, userAgent string
}

type tag struct {
	name, color string
}

// customData is the custom attributes of a customer, or the data of an event, in
// the order in which they were first written.
type customData struct {
	properties []property
}

type property struct {
	name  string
	value any // string, int64, float64, bool, instant for a date, or nil in an event
}

// pack stores texts, each as its length plus one (0 for null) and its bytes.
func (c *customer) pack(texts *customerTexts) {
	var packed []byte
	for _, text := range texts {
		if !text.set {
			packed = append(packed, 0)
			continue
		}
		packed = binary.AppendUvarint(packed, uint64(len(text.text))+1)
		packed = append(packed, text.text...)
	}
	c.packed = string(packed)
}

// text returns a text property, and false for null.
func (c *customer) text(field textField) (string, bool) {
	rest := c.packed
	for range field {
		_, _, rest = unpack(rest)
	}
	text, ok, _ := unpack(rest)
	return text, ok
}

// texts returns all text properties.
func (c *customer) texts() (texts customerTexts) {
	rest := c.packed
	for field := range texts {
		texts[field].text, texts[field].set, rest = unpack(rest)
	}
	return texts
}

// unpack splits the first text off packed.
func unpack(packed string) (text string, ok bool, rest string) {
	if packed == "" {
		return "", false, ""
	}
	length, size := 0, 0
	for shift := 0; ; shift += 7 {
		digit := packed[size]
		size++
		length |= int(digit&0x7f) << shift
		if digit < 0x80 {
			break
		}
	}
	if length == 0 {
		return "", false, packed[size:]
	}
	end := size + length - 1
	return packed[size:end], true, packed[end:]
}

// hasTag reports whether the customer has a tag of that very name.
func (c *customer) hasTag(name string) bool {
	return slices.ContainsFunc(c.tags, func(tag tag) bool { return tag.name == name })
}

// messengerID returns the id that a customer has in a messenger: integrationId
// where createdFrom names that messenger.
func (c *customer) messengerID(messenger string) (string, bool) {
	from, ok := c.text(createdFromField)
	if !ok || !strings.EqualFold(from, messenger) {
		return "", false
	}
	return c.text(integrationIDField)
}

// list returns the properties; d may be nil.
func (d *customData) list() []property {
	if d == nil {
		return nil
	}
	return d.properties
}

// chat is a stored chat. An id of 0 and an empty status, rating or closedBy are null.
type chat struct {
	id, customer, application, assignee, department int64
	lastMessageID, lastAgent                        int64
	status, closedBy, rating, createdWith           string
	lastMessageText                                 string
	notes                                           string
	createdAt, closedAt, snoozedUntil               instant
	lastMessageAt, lastCustomerMessageAt            instant
	readByAgent, readByCustomer                     bool
	agents                                          []int64
}

// message is a stored message. An agent of 0 and an empty broadcastType are null.
type message struct {
	id, chat, agent           int64
	kind, from, broadcastType string
	text                      string
	createdAt, updatedAt      instant
	read, edited              bool
}

type agent struct {
	id                int64
	name, email, role string
	unsubscribed      bool
}

type department struct {
	id     int64
	name   string
	agents []int64
}

type application struct {
	id                int64
	name, displayName string
	kind              string
	active            bool
}

type organization struct {
	id                      int64
	domain                  string
	teamOnline, chatEnabled bool
}

type event struct {
	id, customer int64
	name         string
	data         *customData
	createdAt    instant
}
