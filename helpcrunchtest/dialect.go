package helpcrunchtest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/wire"
)

// Dialect selects a form where versions of the service's documentation differ or leave it open.
// The zero Dialect is the newest documented form, except where clients of the live service have
// seen another. Each field changes one point; the example of [DialectSwitches] documents them.
type Dialect struct {
	// Forms. The zero value of each is the default.
	Errors       ErrorForm
	Times        TimeForm
	MissingTimes MissingTimeForm
	CustomData   CustomDataForm
	EmptyData    EmptyDataForm
	Totals       TotalForm
	OK           OKForm
	OnHold       OnHoldForm
	Events       EventForm
	Auth         AuthForm
	Nulls        NullOrder

	// Status codes.
	ChatCreatedIs200, MessageCreatedIs200, NoMatchIs404, MissingChatIs404, MisspeltNotFound, LimitAbove100Is400 bool
	NumbersForStringsAre400, EmptyArraysAre400, EmptyStringsAre400                                              bool

	// How writes work.
	CreateUpdates, PutPatches, PatchAddsTags, PatchReplacesCustomData, BatchReplaces, BatchCountsItems bool
	ApplicationOptional, NoteNeedsAgent, NoStatusNotes                                                 bool

	// The shape of responses.
	BatchInData, NewestFirst, MessagesKey, OldFields, ChatNotes, ShortAgents, OneAgent, NullLocation bool
	DeviceAsString, NullTextOnCreate, RatingNumbers                                                  bool

	// The shape of webhooks.
	WebhookDataAsString, WebhookPlainChatID, WebhookCamelChatID, WebhookNumericIDs, WebhookNullUpdatedAt bool
	WebhookNullsLeftOut, WebhookSharedIDs                                                                bool
}

// The types of the forms. Each constant is the name of a switch; the first is the default.
type (
	// ErrorForm is the form of error responses. The default is one element with a code of its own, such as "invalid_userId_value".
	ErrorForm string
	// TimeForm is the form of timestamps, except in webhooks, where it is fixed. The default is whole seconds as a decimal string: "1603885746".
	TimeForm string
	// MissingTimeForm is the form of a time that is not set. The default is null.
	MissingTimeForm string
	// CustomDataForm is the form of custom attributes. The default is an object of name to value, a date as an integer.
	CustomDataForm string
	// EmptyDataForm is the form of empty custom data, and of an event's empty data. The default is [].
	EmptyDataForm string
	// TotalForm is the key of the total in a page of rows. The default is "total" for customers and messages, "meta.total" for chats, agents and departments, and both for a search of chats.
	TotalForm string
	// OKForm is the form of the body Ok. The default is "Ok" with the quotes, as application/json.
	OKForm string
	// OnHoldForm is the spelling of the chat status "on hold". The default is "onhold".
	OnHoldForm string
	// EventForm is the form of the response to a new event. The default is id, name, data and createdAt.
	EventForm string
	// AuthForm is the form of the Authorization header. The default is "Bearer KEY", with the scheme in any case.
	AuthForm string
	// NullOrder sorts rows without a value in the sort field. The default is last in ascending and first in descending order.
	NullOrder string
)

// The forms.
const (
	ErrorsSpecific ErrorForm = ""
	ErrorsGeneric  ErrorForm = "errors=generic"
	ErrorsSingle   ErrorForm = "errors=single"

	TimesAsStrings           TimeForm = ""
	TimesAsIntegers          TimeForm = "times=integers"
	TimesAsFractionalStrings TimeForm = "times=fractional-strings"
	TimesAsFractionalNumbers TimeForm = "times=fractional-numbers"
	TimesMixed               TimeForm = "times=mixed"

	MissingTimesAsNull         MissingTimeForm = ""
	MissingTimesAsEmptyStrings MissingTimeForm = "missing-times=empty-strings"

	CustomDataAsObject CustomDataForm = ""
	CustomDataAsPairs  CustomDataForm = "custom-data=pairs"

	EmptyDataAsArray  EmptyDataForm = ""
	EmptyDataAsObject EmptyDataForm = "empty-data=object"
	EmptyDataAsNull   EmptyDataForm = "empty-data=null"
	EmptyDataLeftOut  EmptyDataForm = "empty-data=left-out"

	TotalsByOperation TotalForm = ""
	TotalsOnTop       TotalForm = "totals=top"
	TotalsInMeta      TotalForm = "totals=meta"
	TotalsTwice       TotalForm = "totals=twice"
	TotalsNowhere     TotalForm = "totals=nowhere"
	TotalsAsOldest    TotalForm = "totals=oldest"

	OKAsJSON           OKForm = ""
	OKAsText           OKForm = "ok=text"
	OKAsTextCalledJSON OKForm = "ok=text-called-json"
	OKAsJSONCalledText OKForm = "ok=json-called-text"

	OnHoldAsOneWord  OnHoldForm = ""
	OnHoldWithSpace  OnHoldForm = "on-hold=space"
	OnHoldWithHyphen OnHoldForm = "on-hold=hyphen"

	EventsWithID       EventForm = ""
	EventsWithCustomer EventForm = "events=with-customer"
	EventsWithoutID    EventForm = "events=without-id"

	AuthAnyCase  AuthForm = ""
	AuthExact    AuthForm = "auth=exact"
	AuthBrackets AuthForm = "auth=brackets"

	NullsLargest NullOrder = ""
	NullsFirst   NullOrder = "nulls=first"
	NullsLast    NullOrder = "nulls=last"
)

// dialectSwitch is one value of one field of [Dialect], or, without a field, a whole dialect.
type dialectSwitch struct {
	field, name, doc string
}

var dialectSwitches = []dialectSwitch{
	{"Errors", string(ErrorsGeneric), "sends \"invalid_request\" first, then one element for each violation, whose code is the property's path"},
	{"Errors", string(ErrorsSingle), "sends one element for 401, 404 and 429 with the generic code, and the generic form for 400, as the \"Get started\" page shows"},
	{"Times", string(TimesAsIntegers), "sends whole seconds as a number: 1603885746"},
	{"Times", string(TimesAsFractionalStrings), "sends a string with milliseconds: \"1603885746.125\""},
	{"Times", string(TimesAsFractionalNumbers), "sends a number with milliseconds: 1603885746.125"},
	{"Times", string(TimesMixed), "sends the times of messages and the ends of snoozes as fractional strings, and all others as integers"},
	{"MissingTimes", string(MissingTimesAsEmptyStrings), "sends an empty string for a time that is not set"},
	{"CustomData", string(CustomDataAsPairs), "sends custom data as an array of {\"property\", \"value\"}, a date as \"2006-01-02 15:04:05\""},
	{"EmptyData", string(EmptyDataAsObject), "sends empty data as {}"},
	{"EmptyData", string(EmptyDataAsNull), "sends empty data as null"},
	{"EmptyData", string(EmptyDataLeftOut), "leaves empty data out"},
	{"Totals", string(TotalsOnTop), "sends \"total\" for all"},
	{"Totals", string(TotalsInMeta), "sends \"meta.total\" for all"},
	{"Totals", string(TotalsTwice), "sends \"total\" and \"meta.total\" for all"},
	{"Totals", string(TotalsNowhere), "sends no total"},
	{"Totals", string(TotalsAsOldest), "sends no total for agents and departments, and \"meta.total\" alone for a search of chats"},
	{"OK", string(OKAsText), "sends Ok as text/plain"},
	{"OK", string(OKAsTextCalledJSON), "sends Ok without quotes as application/json"},
	{"OK", string(OKAsJSONCalledText), "sends \"Ok\" with the quotes as text/html"},
	{"OnHold", string(OnHoldWithSpace), "sends the chat status on hold as \"on hold\""},
	{"OnHold", string(OnHoldWithHyphen), "sends the chat status on hold as \"on-hold\""},
	{"Events", string(EventsWithCustomer), "sends the id of the customer with an event"},
	{"Events", string(EventsWithoutID), "sends an event without its id"},
	{"Auth", string(AuthExact), "accepts \"Bearer KEY\" alone"},
	{"Auth", string(AuthBrackets), "accepts the scheme in any case, and the key in angle brackets too: \"Bearer <KEY>\". It is not proven that the service does"},
	{"Nulls", string(NullsFirst), "puts nulls first in both orders"},
	{"Nulls", string(NullsLast), "puts nulls last in both orders"},
	{"NumbersForStringsAre400", "numbers-for-strings-are-400", "rejects a number where a string belongs, instead of taking its digits"},
	{"EmptyArraysAre400", "empty-arrays-are-400", "rejects [] where an object belongs, {} where an array belongs, and a new customer without a body, instead of reading them as empty"},
	{"EmptyStringsAre400", "empty-strings-are-400", "rejects a string filter whose value is empty"},
	{"CreateUpdates", "create-updates", "makes a new customer with a known userId update that customer and respond 200, instead of 400"},
	{"DeviceAsString", "device-as-string", "sends the device of a customer as the name of its platform"},
	{"ChatCreatedIs200", "chat-created-is-200", "responds 200 instead of 201 to a new chat"},
	{"MessageCreatedIs200", "message-created-is-200", "responds 200 instead of 201 to a new message"},
	{"NoMatchIs404", "no-match-is-404", "responds 404 instead of an empty page to a search without a match"},
	{"MisspeltNotFound", "misspelt-not-found", "responds with the code \"not_fount\" when a missing chat is marked as read"},
	{"MissingChatIs404", "missing-chat-is-404", "responds 404 instead of 400 to a message to a missing chat"},
	{"BatchInData", "batch-in-data", "wraps the response to a batch in an object with the key \"data\""},
	{"BatchReplaces", "batch-replaces", "makes each item of a batch replace its customer, as PUT does, instead of patching it"},
	{"BatchCountsItems", "batch-counts-items", "counts each item of a batch as a request against the rate limit, instead of the batch as one"},
	{"PutPatches", "put-patches", "makes PUT keep the properties that are not sent, as older pages say"},
	{"PatchAddsTags", "patch-adds-tags", "makes PATCH add tags instead of replacing them"},
	{"PatchReplacesCustomData", "patch-replaces-custom-data", "makes PATCH replace custom data whole instead of merging it by name"},
	{"LimitAbove100Is400", "limit-above-100-is-400", "rejects a limit above 100 instead of reducing it to 100"},
	{"NewestFirst", "newest-first", "lists customers and chats by descending id when no sort is given"},
	{"MessagesKey", "messages-key", "sends a page of messages under \"messages\" instead of \"data\""},
	{"OldFields", "old-fields", "leaves out what older documentation does not have: createdFrom and integrationId of customers; createdWith, applicationId and the read marks of chats"},
	{"ChatNotes", "chat-notes", "adds the notes of a chat, which only the oldest documentation has"},
	{"ShortAgents", "short-agents", "sends the agent of a message as id and name alone"},
	{"OneAgent", "one-agent", "sends the agents of a chat as one object, or null, instead of an array"},
	{"NullLocation", "null-location", "sends null for a customer without any location, instead of an object of nulls"},
	{"NullTextOnCreate", "null-text-on-create", "sends null as the text of a message just created"},
	{"RatingNumbers", "rating-numbers", "sends closedBy and rating as numbers in the responses to the read marks"},
	{"ApplicationOptional", "application-optional", "lets a chat be created without an application"},
	{"NoteNeedsAgent", "note-needs-agent", "rejects a private note without an agent"},
	{"NoStatusNotes", "no-status-notes", "leaves out the message of type \"tech\" that a change of status through the API adds to a chat"},
	{"WebhookDataAsString", "webhook-data-as-string", "sends the eventData of webhooks as a string of JSON"},
	{"WebhookPlainChatID", "webhook-plain-chat-id", "sends the id of a chat in chat webhooks as \"id\" instead of \"chat_id\""},
	{"WebhookCamelChatID", "webhook-camel-chat-id", "sends the id of a chat in webhooks as \"chatId\" instead of \"chat_id\""},
	{"WebhookNumericIDs", "webhook-numeric-ids", "sends the id of a webhook as a number instead of a UUID"},
	{"WebhookNullUpdatedAt", "webhook-null-updated-at", "sends null as the updatedAt of a new message, instead of its createdAt"},
	{"WebhookNullsLeftOut", "webhook-nulls-left-out", "leaves nulls out of the eventData of webhooks"},
	{"WebhookSharedIDs", "webhook-shared-ids", "gives one id to all webhooks that a change of a row raises, such as chat.status_updated and chat.closed, at every URL"},
	{"", oldest, "uses the form of the oldest documentation wherever it differs"},
}

const oldest = "oldest"

// DialectSwitches returns the names that [ParseDialect] accepts: one for each value of a field of
// [Dialect] that is not the default, and "oldest" for [OldestDialect]. A test can loop over them.
func DialectSwitches() []string {
	return convert(dialectSwitches, func(row dialectSwitch) string { return row.name })
}

// DialectSwitchDoc returns what a switch changes, in one sentence, and "" for an unknown name.
func DialectSwitchDoc(name string) string {
	return findSwitch(name).doc
}

// ParseDialect parses names separated by commas, such as "times=integers,ok=text" or "oldest".
// They apply in their order. The empty text is the default dialect.
func ParseDialect(names string) (Dialect, error) {
	var dialect Dialect
	if strings.TrimSpace(names) == "" {
		return dialect, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		switch row := findSwitch(strings.TrimSpace(name)); row.name {
		case "":
			return Dialect{}, fmt.Errorf("unknown dialect %q: known are %s", name, strings.Join(DialectSwitches(), ", "))
		case oldest:
			dialect = OldestDialect()
		default:
			row.set(reflect.ValueOf(&dialect).Elem())
		}
	}
	return dialect, nil
}

// findSwitch returns the switch with a name, or a zero switch.
func findSwitch(name string) (found dialectSwitch) {
	for _, row := range dialectSwitches {
		if row.name == name {
			return row
		}
	}
	return found
}

func (s dialectSwitch) set(dialect reflect.Value) {
	if field := dialect.FieldByName(s.field); field.Kind() == reflect.Bool {
		field.SetBool(true)
	} else {
		field.SetString(s.name)
	}
}

// wire converts the dialect. It fails for a form that is not one of the constants.
func (d Dialect) wire() (w wire.Dialect, err error) {
	to := reflect.ValueOf(&w).Elem()
	for field, value := range reflect.ValueOf(d).Fields() {
		if value.Kind() == reflect.String && !value.IsZero() && findSwitch(value.String()).field != field.Name {
			return w, fmt.Errorf("WithDialect: %s: %q is not one of the constants", field.Name, value.String())
		}
		target := to.FieldByName(field.Name)
		target.Set(value.Convert(target.Type()))
	}
	return w, nil
}

// OldestDialect returns the form of the oldest documentation, except that PUT replaces: the live
// service already did so then.
func OldestDialect() Dialect {
	dialect, err := ParseDialect("times=mixed,custom-data=pairs,totals=oldest,ok=text,on-hold=space,events=with-customer," +
		"chat-created-is-200,message-created-is-200,messages-key,old-fields,chat-notes,short-agents,one-agent," +
		"null-text-on-create,application-optional")
	if err != nil {
		panic(err) // all names are in the table
	}
	return dialect
}
