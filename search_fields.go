package helpcrunch

import (
	"fmt"
	"time"
)

// CustomerFilter is a condition on a field of customers. It comes from [CustomerFields];
// the zero value makes its search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
type CustomerFilter condition

// ChatFilter is a condition on a field of chats. It comes from [ChatFields]; the zero
// value makes its search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type ChatFilter condition

// filter is either.
type filter interface {
	CustomerFilter | ChatFilter
}

// condition is a filter without its type.
type condition struct {
	field, operator string
	value           any
	problem         string // why the value can't be sent
}

// CustomerFields are the fields by which customers can be searched. Custom attributes
// and firstSeen can't be.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
var CustomerFields = struct {
	ID          IntegerField[CustomerFilter]
	Name        StringField[CustomerFilter]
	Email       StringField[CustomerFilter]
	Company     StringField[CustomerFilter]
	Phone       StringField[CustomerFilter]
	CountryCode StringField[CustomerFilter]
	City        StringField[CustomerFilter]
	RegionCode  StringField[CustomerFilter]
	UserID      StringField[CustomerFilter]
	TelegramID  StringField[CustomerFilter]
	FacebookID  StringField[CustomerFilter]
	InstagramID StringField[CustomerFilter]
	ViberID     StringField[CustomerFilter]
	WhatsappID  StringField[CustomerFilter]
	LastSeen    DateField[CustomerFilter]
	Tags        TagsField[CustomerFilter]
}{
	ID:          IntegerField[CustomerFilter]{"customers.id"},
	Name:        StringField[CustomerFilter]{"customers.name"},
	Email:       StringField[CustomerFilter]{"customers.email"},
	Company:     StringField[CustomerFilter]{"customers.company"},
	Phone:       StringField[CustomerFilter]{"customers.phone"},
	CountryCode: StringField[CustomerFilter]{"customers.countryCode"},
	City:        StringField[CustomerFilter]{"customers.city"},
	RegionCode:  StringField[CustomerFilter]{"customers.regionCode"},
	UserID:      StringField[CustomerFilter]{"customers.userId"},
	TelegramID:  StringField[CustomerFilter]{"customers.telegramId"},
	FacebookID:  StringField[CustomerFilter]{"customers.facebookId"},
	InstagramID: StringField[CustomerFilter]{"customers.instagramId"},
	ViberID:     StringField[CustomerFilter]{"customers.viberId"},
	WhatsappID:  StringField[CustomerFilter]{"customers.whatsappId"},
	LastSeen:    DateField[CustomerFilter]{"customers.lastSeen"},
	Tags:        TagsField[CustomerFilter]{"customers.tagsData"},
}

// ChatFields are the fields by which chats can be searched.
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
var ChatFields = struct {
	Assignee       IntegerField[ChatFilter] // an agent's id
	Agents         IntegerField[ChatFilter] // the id of an agent who wrote
	Department     IntegerField[ChatFilter]
	Customer       IntegerField[ChatFilter]
	CreatedAt      DateField[ChatFilter]
	UpdatedAt      DateField[ChatFilter] // gone from the newest documentation
	ClosedAt       DateField[ChatFilter]
	Status         WordField[ChatFilter, ChatStatus]
	Rating         WordField[ChatFilter, Rating]
	CustomerEmail  StringField[ChatFilter]
	CustomerUserID StringField[ChatFilter]
	CustomerTags   TagsField[ChatFilter]
}{
	Assignee:       IntegerField[ChatFilter]{"chats.assignee"},
	Agents:         IntegerField[ChatFilter]{"chats.agents"},
	Department:     IntegerField[ChatFilter]{"chats.department"},
	Customer:       IntegerField[ChatFilter]{"chats.customer"},
	CreatedAt:      DateField[ChatFilter]{"chats.createdAt"},
	UpdatedAt:      DateField[ChatFilter]{"chats.updatedAt"},
	ClosedAt:       DateField[ChatFilter]{"chats.closedAt"},
	Status:         WordField[ChatFilter, ChatStatus]{"chats.status"},
	Rating:         WordField[ChatFilter, Rating]{"chats.rating"},
	CustomerEmail:  StringField[ChatFilter]{"chats.customer.email"},
	CustomerUserID: StringField[ChatFilter]{"chats.customer.userId"},
	CustomerTags:   TagsField[ChatFilter]{"chats.customer.tagsData"},
}

// StringField is a field with text. Whether the service minds case is not documented.
// An empty value makes the search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type StringField[F filter] struct{ name string }

// Equals matches rows whose field is value.
func (f StringField[F]) Equals(value string) F { return stringFilter[F](f.name, "=", value) }

// NotEquals matches rows whose field is not value.
func (f StringField[F]) NotEquals(value string) F { return stringFilter[F](f.name, "!=", value) }

// Contains matches rows whose field contains value.
func (f StringField[F]) Contains(value string) F { return stringFilter[F](f.name, "~", value) }

// NotContains matches rows whose field does not contain value.
func (f StringField[F]) NotContains(value string) F { return stringFilter[F](f.name, "!~", value) }

// WordField is a field with one of a set of words. An empty value makes the search
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type WordField[F filter, V ~string] struct{ name string }

// Equals matches rows whose field is value.
func (f WordField[F, V]) Equals(value V) F { return stringFilter[F](f.name, "=", normalWord(value)) }

// NotEquals matches rows whose field is not value.
func (f WordField[F, V]) NotEquals(value V) F {
	return stringFilter[F](f.name, "!=", normalWord(value))
}

// IntegerField is a field with an id. A negative value, and 0 in Equals and NotEquals,
// make the search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type IntegerField[F filter] struct{ name string }

// Equals matches rows whose field is value.
func (f IntegerField[F]) Equals(value int64) F { return integerFilter[F](f.name, "=", value) }

// NotEquals matches rows whose field is not value.
func (f IntegerField[F]) NotEquals(value int64) F { return integerFilter[F](f.name, "!=", value) }

// GreaterThan matches rows whose field is above value.
func (f IntegerField[F]) GreaterThan(value int64) F { return integerFilter[F](f.name, ">", value) }

// LessThan matches rows whose field is below value.
func (f IntegerField[F]) LessThan(value int64) F { return integerFilter[F](f.name, "<", value) }

// AtLeast matches rows whose field is value or above.
func (f IntegerField[F]) AtLeast(value int64) F { return integerFilter[F](f.name, ">=", value) }

// AtMost matches rows whose field is value or below.
func (f IntegerField[F]) AtMost(value int64) F { return integerFilter[F](f.name, "<=", value) }

// DateField is a field with a time, exact to the second. A zero time makes the search
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type DateField[F filter] struct{ name string }

// Equals matches rows whose field is in the same second as value.
func (f DateField[F]) Equals(value time.Time) F { return dateFilter[F](f.name, "=", value, false) }

// NotEquals matches rows whose field is not in the same second as value.
func (f DateField[F]) NotEquals(value time.Time) F { return dateFilter[F](f.name, "!=", value, false) }

// After matches rows whose field is later than value.
func (f DateField[F]) After(value time.Time) F { return dateFilter[F](f.name, ">", value, false) }

// Before matches rows whose field is earlier than value.
func (f DateField[F]) Before(value time.Time) F { return dateFilter[F](f.name, "<", value, true) }

// AtOrAfter matches rows whose field is value or later.
func (f DateField[F]) AtOrAfter(value time.Time) F { return dateFilter[F](f.name, ">=", value, true) }

// AtOrBefore matches rows whose field is value or earlier.
func (f DateField[F]) AtOrBefore(value time.Time) F { return dateFilter[F](f.name, "<=", value, false) }

// TagsField is a field with tags. No name at all, and an empty one, make the search
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type TagsField[F filter] struct{ name string }

// HasAll matches rows that have every one of the tags, of which there must be one or
// more. For rows that have any of several, use a filter for each with [MatchAny].
func (f TagsField[F]) HasAll(names ...string) F {
	c := condition{field: f.name, operator: "="}
	tags := make([]Tag, len(names))
	for i, name := range names {
		tags[i].Name = name
		if name == "" {
			c.problem = "must not contain an empty tag name"
		}
	}
	if len(names) == 0 {
		c.problem = "at least 1 tag name, got 0"
	}
	c.value = tags
	return F(c)
}

func stringFilter[F filter](field, operator, value string) F {
	c := condition{field: field, operator: operator, value: value}
	if value == "" {
		c.problem = "must not be empty"
	}
	return F(c)
}

func integerFilter[F filter](field, operator string, value int64) F {
	c := condition{field: field, operator: operator, value: value}
	var least int64 // 0 is a bound, but no id
	if operator == "=" || operator == "!=" {
		least = 1
	}
	if value < least {
		c.problem = fmt.Sprintf("at least %d, got %d", least, value)
	}
	return F(c)
}

// dateFilter sends a time in whole seconds, rounded so that the comparison stays true.
func dateFilter[F filter](field, operator string, value time.Time, roundUp bool) F {
	c := condition{field: field, operator: operator}
	seconds := value.Unix()
	if roundUp && value.Nanosecond() > 0 {
		seconds++
	}
	c.value = seconds
	if value.IsZero() {
		c.problem = "must not be the zero time"
	}
	return F(c)
}

// normalWord spells a status as it is written, and leaves other words alone.
func normalWord[V ~string](value V) string {
	if status, ok := any(value).(ChatStatus); ok {
		return string(status.normal())
	}
	return string(value)
}
