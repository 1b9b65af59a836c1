package helpcrunch

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// CustomerFilter is a condition on a field of customers. It comes from a field, such
// as [CustomerFieldEmail]. The zero value makes its search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
type CustomerFilter condition

// ChatFilter is a condition on a field of chats. It comes from a field, such as
// [ChatFieldStatus]. The zero value makes its search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type ChatFilter condition

// filter is a CustomerFilter or a ChatFilter.
type filter interface {
	CustomerFilter | ChatFilter
}

// condition is a filter without its type.
type condition struct {
	body    filterBody
	problem string // why the value can't be sent
}

// The fields by which customers can be searched. Custom attributes and firstSeen can't be. For
// a field without a constant convert its name, as in
// StringField[CustomerFilter]("customers.newField").
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1.
const (
	CustomerFieldID          IntegerField[CustomerFilter] = "customers.id" // HelpCrunch's id
	CustomerFieldName        StringField[CustomerFilter]  = "customers.name"
	CustomerFieldEmail       StringField[CustomerFilter]  = "customers.email"
	CustomerFieldCompany     StringField[CustomerFilter]  = "customers.company"
	CustomerFieldPhone       StringField[CustomerFilter]  = "customers.phone"
	CustomerFieldCountryCode StringField[CustomerFilter]  = "customers.countryCode"
	CustomerFieldCity        StringField[CustomerFilter]  = "customers.city"
	CustomerFieldRegionCode  StringField[CustomerFilter]  = "customers.regionCode"
	CustomerFieldUserID      StringField[CustomerFilter]  = "customers.userId" // your own id
	CustomerFieldTelegramID  StringField[CustomerFilter]  = "customers.telegramId"
	CustomerFieldFacebookID  StringField[CustomerFilter]  = "customers.facebookId"
	CustomerFieldInstagramID StringField[CustomerFilter]  = "customers.instagramId"
	CustomerFieldViberID     StringField[CustomerFilter]  = "customers.viberId"
	CustomerFieldWhatsappID  StringField[CustomerFilter]  = "customers.whatsappId"
	CustomerFieldLastSeen    DateField[CustomerFilter]    = "customers.lastSeen"
	CustomerFieldTags        TagsField[CustomerFilter]    = "customers.tagsData"
)

// The fields by which chats can be searched. For a field without a constant convert its name,
// as in StringField[ChatFilter]("chats.newField").
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
const (
	ChatFieldAssignee       IntegerField[ChatFilter]          = "chats.assignee"   // an agent's id
	ChatFieldAgents         IntegerField[ChatFilter]          = "chats.agents"     // the id of an agent who wrote
	ChatFieldDepartment     IntegerField[ChatFilter]          = "chats.department" // a department's id
	ChatFieldCustomer       IntegerField[ChatFilter]          = "chats.customer"   // a customer's id
	ChatFieldCreatedAt      DateField[ChatFilter]             = "chats.createdAt"
	ChatFieldUpdatedAt      DateField[ChatFilter]             = "chats.updatedAt" // missing from the newest documentation
	ChatFieldClosedAt       DateField[ChatFilter]             = "chats.closedAt"
	ChatFieldStatus         EnumField[ChatFilter, ChatStatus] = "chats.status"
	ChatFieldRating         EnumField[ChatFilter, Rating]     = "chats.rating"
	ChatFieldCustomerEmail  StringField[ChatFilter]           = "chats.customer.email"
	ChatFieldCustomerUserID StringField[ChatFilter]           = "chats.customer.userId"
	ChatFieldCustomerTags   TagsField[ChatFilter]             = "chats.customer.tagsData"
)

// StringField is a field with text. Whether case matters is not documented. An empty value makes
// the search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type StringField[F filter] string

// Equals matches rows whose field is value.
func (f StringField[F]) Equals(value string) F { return stringFilter(f, "=", value) }

// NotEquals matches rows whose field is not value.
func (f StringField[F]) NotEquals(value string) F { return stringFilter(f, "!=", value) }

// Contains matches rows whose field contains value.
func (f StringField[F]) Contains(value string) F { return stringFilter(f, "~", value) }

// NotContains matches rows whose field does not contain value.
func (f StringField[F]) NotContains(value string) F { return stringFilter(f, "!~", value) }

// EnumField is a field with a set of values, such as [ChatStatus]. An empty value makes the search
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type EnumField[F filter, V ~string] string

// Equals matches rows whose field is value.
func (f EnumField[F, V]) Equals(value V) F {
	return stringFilter(StringField[F](f), "=", normalText(value))
}

// NotEquals matches rows whose field is not value.
func (f EnumField[F, V]) NotEquals(value V) F {
	return stringFilter(StringField[F](f), "!=", normalText(value))
}

// IntegerField is a field with an id. A negative value, and 0 in Equals and NotEquals,
// make the search [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type IntegerField[F filter] string

// Equals matches rows whose field is value.
func (f IntegerField[F]) Equals(value int64) F { return integerFilter(f, "=", value) }

// NotEquals matches rows whose field is not value.
func (f IntegerField[F]) NotEquals(value int64) F { return integerFilter(f, "!=", value) }

// GreaterThan matches rows whose field is above value.
func (f IntegerField[F]) GreaterThan(value int64) F { return integerFilter(f, ">", value) }

// LessThan matches rows whose field is below value.
func (f IntegerField[F]) LessThan(value int64) F { return integerFilter(f, "<", value) }

// AtLeast matches rows whose field is value or above.
func (f IntegerField[F]) AtLeast(value int64) F { return integerFilter(f, ">=", value) }

// AtMost matches rows whose field is value or below.
func (f IntegerField[F]) AtMost(value int64) F { return integerFilter(f, "<=", value) }

// DateField is a field with a time, exact to the second. A zero time makes the search
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type DateField[F filter] string

// Equals matches rows whose field is in the same second as value.
func (f DateField[F]) Equals(value time.Time) F { return dateFilter(f, "=", value) }

// NotEquals matches rows whose field is not in the same second as value.
func (f DateField[F]) NotEquals(value time.Time) F { return dateFilter(f, "!=", value) }

// After matches rows whose field is later than value.
func (f DateField[F]) After(value time.Time) F { return dateFilter(f, ">", value) }

// Before matches rows whose field is earlier than value.
func (f DateField[F]) Before(value time.Time) F { return dateFilter(f, "<", value) }

// AtOrAfter matches rows whose field is value or later.
func (f DateField[F]) AtOrAfter(value time.Time) F { return dateFilter(f, ">=", value) }

// AtOrBefore matches rows whose field is value or earlier.
func (f DateField[F]) AtOrBefore(value time.Time) F { return dateFilter(f, "<=", value) }

// TagsField is a field with tags. A filter without a name, or with an empty one, makes the search
// [ErrInvalidArgument].
//
// See https://docs.helpcrunch.com/en/rest-api-v1/search-customers-v1 and
// https://docs.helpcrunch.com/en/rest-api-v1/search-chats-v1.
type TagsField[F filter] string

// HasAll matches rows that have all the tags, at least one. To match rows that have any of several
// tags, use one filter per tag with [MatchAny].
func (f TagsField[F]) HasAll(names ...string) F {
	return F{filterBody{string(f), "=", tagsNamed(names)}, cmp.Or(
		problemIf(len(names) == 0, "at least 1 tag name, got 0"),
		problemIf(slices.Contains(names, ""), "must not contain an empty tag name"))}
}

func stringFilter[F filter](field StringField[F], operator, value string) F {
	return F{filterBody{string(field), operator, value}, problemIf(value == "", "must not be empty")}
}

func integerFilter[F filter](field IntegerField[F], operator string, value int64) F {
	var least int64 // 0 is a bound, but no id
	if operator == "=" || operator == "!=" {
		least = 1
	}
	return F{filterBody{string(field), operator, value}, problemIf(value < least, "at least %d, got %d", least, value)}
}

// dateFilter sends a time in whole seconds. It rounds up for < and >=, so that rows with whole
// seconds compare as with the exact time.
func dateFilter[F filter](field DateField[F], operator string, value time.Time) F {
	seconds := value.Unix()
	if (operator == "<" || operator == ">=") && value.Nanosecond() > 0 {
		seconds++
	}
	return F{filterBody{string(field), operator, seconds}, problemIf(value.IsZero(), "must not be the zero time")}
}

// problemIf returns why a value can't be sent if bad is true, and "" otherwise.
func problemIf(bad bool, format string, args ...any) string {
	if !bad {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// normalText returns a status in the service's spelling, and other values unchanged.
func normalText[V ~string](value V) string {
	if status, ok := any(value).(ChatStatus); ok {
		return string(status.normal())
	}
	return string(value)
}
