package account

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

// TextField is a text property of a customer.
type TextField uint8

// The text properties of a customer, in the order in which they are packed.
const (
	NameField TextField = iota
	EmailField
	UserIDField
	CompanyField
	PhoneField
	SourceField
	RefererField
	LastPageField
	LocaleField
	NotesField
	CreatedFromField
	IntegrationIDField
	RegionCodeField
	CountryCodeField
	CityField
	textFields
)

// TextFieldNames are the names of the fields in requests and responses.
var TextFieldNames = [textFields]string{
	"name", "email", "userId", "company", "phone", "source", "referer", "lastPage", "locale", "notes",
	"createdFrom", "integrationId", "regionCode", "countryCode", "city",
}

// CustomerTexts are the text properties of a customer.
type CustomerTexts [textFields]NullableText

// NullableText is a text, or null when it is not set.
type NullableText struct {
	Text string
	Set  bool
}

// Customer is a stored customer. Its texts are packed into one string, so that a million
// customers need about 450 MiB. Customers may share tags and custom data, which are immutable.
type Customer struct {
	ID                  int64
	FirstSeen, LastSeen Instant
	packed              string
	Device              *helpcrunch.Device
	Tags                []helpcrunch.Tag
	Custom              []Property
	Unsubscribed        bool
	Blocked             bool
}

// Property is a custom attribute, or a property of an event's data.
type Property struct {
	Name  string
	Value any // string, int64, float64, bool, Instant for a date, or nil in an event
}

// Pack stores texts, each as its length plus one (0 for null) and its bytes.
func (c *Customer) Pack(texts *CustomerTexts) {
	var packed []byte
	for _, text := range texts {
		if !text.Set {
			packed = append(packed, 0)
			continue
		}
		packed = binary.AppendUvarint(packed, uint64(len(text.Text))+1)
		packed = append(packed, text.Text...)
	}
	c.packed = string(packed)
}

// Text returns a text property, and false for null.
func (c *Customer) Text(field TextField) (string, bool) {
	rest := c.packed
	for range field {
		_, _, rest = unpack(rest)
	}
	text, ok, _ := unpack(rest)
	return text, ok
}

// Texts returns all text properties.
func (c *Customer) Texts() (texts CustomerTexts) {
	rest := c.packed
	for field := range texts {
		texts[field].Text, texts[field].Set, rest = unpack(rest)
	}
	return texts
}

// unpack splits the first text off packed.
func unpack(packed string) (text string, ok bool, rest string) {
	if packed == "" {
		return "", false, ""
	}
	number, size := binary.Uvarint([]byte(packed[:min(len(packed), binary.MaxVarintLen64)]))
	length := int(number)
	if length == 0 {
		return "", false, packed[size:]
	}
	end := size + length - 1
	return packed[size:end], true, packed[end:]
}

// HasTag reports whether the customer has a tag. It compares with case.
func (c *Customer) HasTag(name string) bool {
	return slices.ContainsFunc(c.Tags, func(tag helpcrunch.Tag) bool { return tag.Name == name })
}

// MessengerID returns the integrationId of a customer whose createdFrom is a messenger.
func (c *Customer) MessengerID(messenger string) (string, bool) {
	from, ok := c.Text(CreatedFromField)
	if !ok || !strings.EqualFold(from, messenger) {
		return "", false
	}
	return c.Text(IntegrationIDField)
}

// Chat is a stored chat. An id of 0 and an empty status, rating or closedBy are null.
type Chat struct {
	ID, Customer, Application, Assignee, Department int64
	LastMessageID, LastAgent                        int64
	Status, ClosedBy, Rating, CreatedWith           string
	LastMessageText                                 string
	Notes                                           string
	CreatedAt, ClosedAt, SnoozedUntil               Instant
	LastMessageAt, LastCustomerMessageAt            Instant
	ReadByAgent, ReadByCustomer                     bool
	Agents                                          []int64
}

// Message is a stored message. An agent of 0 and an empty broadcastType are null.
type Message struct {
	ID, Chat, Agent           int64
	Kind, From, BroadcastType string
	Text                      string
	CreatedAt, UpdatedAt      Instant
	Read, Edited              bool
}

// Agent is a member of the team.
type Agent struct {
	helpcrunch.Agent

	Unsubscribed bool
}

// Department is a group of agents.
type Department struct {
	ID     int64
	Name   string
	Agents []int64
}

// Event is an event of a customer.
type Event struct {
	ID, Customer int64
	Name         string
	Data         []Property
	CreatedAt    Instant
}

// TextOrNull returns a text, null when it is empty.
func TextOrNull(text string) NullableText {
	return NullableText{text, text != ""}
}

// Instant is a time in milliseconds since 1970, the precision of the service.
type Instant int64

// Never is the instant of something that has not happened; on the wire it is null.
const Never Instant = math.MinInt64

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

// InstantOf converts a time. The zero time is Never.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return Never
	}
	return Instant(t.UnixMilli())
}

// Seconds returns the whole seconds since 1970, rounded down.
func (i Instant) Seconds() int64 {
	if i < 0 {
		return (int64(i) - 999) / 1000
	}
	return int64(i) / 1000
}

// Time returns the time in UTC, the zero time for Never.
func (i Instant) Time() time.Time {
	if i == Never {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// ParseInstant parses seconds since 1970, whole or with a fraction.
func ParseInstant(text string) (Instant, bool) {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	if !IsDigits(whole) || hasFraction && !IsDigits(fraction) {
		return Never, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxSeconds {
		return Never, false
	}
	milliseconds, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	return Instant(seconds*1000 + milliseconds), true
}

// IsDigits reports whether text is one decimal digit or more and nothing else.
func IsDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
