package helpcrunchtest

// Dialect says how the server speaks where the service's own ways differ between
// versions of its documentation, or are not known. The zero Dialect is the newest
// documented form, corrected by what clients of the live service report. Each field
// changes one point and leaves the rest; [OldestDialect] changes all that the oldest
// documentation shows differently.
type Dialect struct {
	// Errors is the form of error answers.
	Errors ErrorForm
	// Times is the form of timestamps, but for those of webhooks, which are always the same.
	Times TimeForm
	// MissingTimes is how a time that has not come is sent.
	MissingTimes MissingTimeForm
	// CustomData is the form of a customer's custom attributes.
	CustomData CustomDataForm
	// EmptyData is how custom data, and the data of an event, is sent when empty.
	EmptyData EmptyDataForm
	// Totals is the place of the number of all rows in a page.
	Totals TotalForm
	// OK is the form of the answer to deleting a customer and unsubscribing an agent.
	OK OKForm
	// OnHold is the spelling of the chat status "on hold" in answers.
	OnHold OnHoldForm
	// Events is the form of the answer to adding an event.
	Events EventForm

	// Auth is which spellings of the Authorization header are accepted.
	Auth AuthForm
	// Nulls is the place of rows without a value in the field that sorts.
	Nulls NullOrder

	// NumbersForStringsAre400 rejects a number in a text of a customer or in the value of a
	// string filter, in place of reading its digits.
	NumbersForStringsAre400 bool
	// EmptyArraysAre400 rejects [] where an object belongs, {} as custom data, and a new
	// customer without a body, in place of reading all of them as empty.
	EmptyArraysAre400 bool
	// EmptyStringsAre400 rejects a string filter whose value is empty.
	EmptyStringsAre400 bool
	// CreateUpdates makes a new customer with a known userId update that customer and
	// respond 200, in place of 400.
	CreateUpdates bool
	// DeviceAsString sends the device of a customer as the name of its platform.
	DeviceAsString bool

	// ChatCreatedIs200 answers 200 in place of 201 to a new chat.
	ChatCreatedIs200 bool
	// MessageCreatedIs200 answers 200 in place of 201 to a new message.
	MessageCreatedIs200 bool
	// NoMatchIs404 answers 404 in place of an empty page to a search without a match.
	NoMatchIs404 bool
	// MisspeltNotFound answers "not_fount" to marking a missing chat as read.
	MisspeltNotFound bool
	// MissingChatIs404 answers 404 in place of 400 to a message to a missing chat.
	MissingChatIs404 bool

	// BatchInData wraps the answer to a batch in an object with the key "data".
	BatchInData bool
	// BatchReplaces makes each item of a batch replace its customer, as PUT does,
	// in place of patching it.
	BatchReplaces bool
	// BatchCountsItems counts each item of a batch as a request against the rate
	// limit, in place of the batch as one.
	BatchCountsItems bool
	// PutPatches makes PUT leave alone what it is not given, as older pages say.
	PutPatches bool
	// PatchAddsTags makes PATCH add tags in place of replacing them.
	PatchAddsTags bool
	// PatchReplacesCustomData makes PATCH replace custom data whole in place of
	// merging it by name.
	PatchReplacesCustomData bool

	// LimitAbove100Is400 refuses a limit above 100 in place of cutting it to 100.
	LimitAbove100Is400 bool
	// NewestFirst lists customers and chats by descending id when no sort is given.
	NewestFirst bool
	// MessagesKey sends a page of messages under "messages" in place of "data".
	MessagesKey bool

	// OldFields leaves out what older documentation does not have: createdFrom and
	// integrationId of customers; createdWith, applicationId and the read marks of
	// chats.
	OldFields bool
	// ChatNotes adds the notes of a chat, which only the oldest documentation has.
	ChatNotes bool
	// ShortAgents sends the agent of a message as id and name alone.
	ShortAgents bool
	// OneAgent sends the agents of a chat as one object, or null, in place of an
	// array.
	OneAgent bool
	// NullLocation sends null for a customer without any location, in place of an
	// object of nulls.
	NullLocation bool
	// NullTextOnCreate answers a new message with a null text.
	NullTextOnCreate bool
	// RatingNumbers sends closedBy and rating as numbers in the answers to the read
	// marks.
	RatingNumbers bool
	// ApplicationOptional lets a chat be created without an application.
	ApplicationOptional bool
	// NoteNeedsAgent refuses a private note without an agent.
	NoteNeedsAgent bool
	// NoStatusNotes leaves out the message of type "tech" that a change of status
	// through the API adds to a chat.
	NoStatusNotes bool

	// WebhookDataAsString sends the eventData of webhooks as a string that holds JSON.
	WebhookDataAsString bool
	// WebhookPlainChatID sends the id of a chat in chat webhooks as "id" in place of
	// "chat_id".
	WebhookPlainChatID bool
	// WebhookCamelChatID sends the id of a chat in webhooks as "chatId" in place of "chat_id".
	WebhookCamelChatID bool
	// WebhookNumericIDs sends the id of a webhook as a number in place of a UUID.
	WebhookNumericIDs bool
	// WebhookNullUpdatedAt sends null as the updatedAt of a new message, in place of its
	// createdAt.
	WebhookNullUpdatedAt bool
	// WebhookNullsLeftOut leaves out of the eventData of webhooks what would be null.
	WebhookNullsLeftOut bool
	// WebhookSharedIDs gives one id to all webhooks that a change of a row raises, such as
	// chat.status_updated and chat.closed, at every URL.
	WebhookSharedIDs bool
}

// ErrorForm is a form of error answers.
type ErrorForm uint8

// The forms of error answers.
const (
	// ErrorsSpecific sends one element with a code of its own, such as
	// "invalid_userId_value" or "entity_not_found".
	ErrorsSpecific ErrorForm = iota
	// ErrorsGeneric sends "invalid_request" first, then one element for each
	// violation, whose code is the path of the property.
	ErrorsGeneric
	// ErrorsSingle sends one element for 401, 404 and 429 with the generic code, and
	// the generic form for 400, as the "Get started" page shows.
	ErrorsSingle
)

// TimeForm is a form of timestamps.
type TimeForm uint8

// The forms of timestamps.
const (
	// TimesAsStrings sends whole seconds as a decimal string: "1603885746".
	TimesAsStrings TimeForm = iota
	// TimesAsIntegers sends whole seconds as a number: 1603885746.
	TimesAsIntegers
	// TimesAsFractionalStrings sends milliseconds too: "1603885746.125".
	TimesAsFractionalStrings
	// TimesAsFractionalNumbers sends milliseconds too: 1603885746.125.
	TimesAsFractionalNumbers
	// TimesMixed sends the times of messages and the ends of snoozes as fractional
	// strings, and all others as integers.
	TimesMixed
)

// MissingTimeForm is how a time that has not come is sent.
type MissingTimeForm uint8

// The forms of a missing time.
const (
	// MissingTimesAsNull sends null.
	MissingTimesAsNull MissingTimeForm = iota
	// MissingTimesAsEmptyStrings sends "".
	MissingTimesAsEmptyStrings
)

// CustomDataForm is a form of custom attributes.
type CustomDataForm uint8

// The forms of custom attributes.
const (
	// CustomDataAsObject sends an object of name to value, a date as an integer.
	CustomDataAsObject CustomDataForm = iota
	// CustomDataAsPairs sends an array of {"property", "value"}, a date as
	// "2006-01-02 15:04:05".
	CustomDataAsPairs
)

// EmptyDataForm is how empty data is sent.
type EmptyDataForm uint8

// The forms of empty data.
const (
	// EmptyDataAsArray sends [].
	EmptyDataAsArray EmptyDataForm = iota
	// EmptyDataAsObject sends {}.
	EmptyDataAsObject
	// EmptyDataAsNull sends null.
	EmptyDataAsNull
	// EmptyDataLeftOut sends no such key.
	EmptyDataLeftOut
)

// TotalForm is the place of the number of all rows in a page.
type TotalForm uint8

// The places of the total.
const (
	// TotalsByOperation puts it where the service does: "total" for customers and
	// messages, "meta.total" for chats, agents and departments, both for a search of
	// chats, none for applications.
	TotalsByOperation TotalForm = iota
	// TotalsOnTop sends "total" for all.
	TotalsOnTop
	// TotalsInMeta sends "meta.total" for all.
	TotalsInMeta
	// TotalsTwice sends both for all.
	TotalsTwice
	// TotalsNowhere sends neither.
	TotalsNowhere
	// TotalsAsOldest is TotalsByOperation without any for agents and departments,
	// and "meta.total" alone for a search of chats.
	TotalsAsOldest
)

// OKForm is the form of an answer that says no more than Ok.
type OKForm uint8

// The forms of Ok.
const (
	// OKAsJSON sends "Ok" with the quotes, as application/json.
	OKAsJSON OKForm = iota
	// OKAsText sends Ok as text/plain.
	OKAsText
	// OKAsTextCalledJSON sends Ok without quotes as application/json.
	OKAsTextCalledJSON
	// OKAsJSONCalledText sends "Ok" with the quotes as text/html.
	OKAsJSONCalledText
)

// OnHoldForm is a spelling of the chat status "on hold".
type OnHoldForm uint8

// The spellings of on hold.
const (
	// OnHoldAsOneWord sends "onhold".
	OnHoldAsOneWord OnHoldForm = iota
	// OnHoldWithSpace sends "on hold".
	OnHoldWithSpace
	// OnHoldWithHyphen sends "on-hold".
	OnHoldWithHyphen
)

// EventForm is a form of the answer to a new event.
type EventForm uint8

// The forms of an event.
const (
	// EventsWithID sends id, name, data and createdAt.
	EventsWithID EventForm = iota
	// EventsWithCustomer sends the customer's id too.
	EventsWithCustomer
	// EventsWithoutID sends name, data and createdAt.
	EventsWithoutID
)

// AuthForm is how much of the Authorization header may differ from "Bearer KEY".
type AuthForm uint8

// The forms of the Authorization header.
const (
	// AuthAnyCase accepts the scheme in any case: "bearer KEY".
	AuthAnyCase AuthForm = iota
	// AuthExact accepts "Bearer KEY" alone.
	AuthExact
	// AuthBrackets accepts the scheme in any case, and the key in angle brackets too:
	// "Bearer <KEY>". Nobody has shown that the service does.
	AuthBrackets
)

// NullOrder is the place of nulls in a sorted list.
type NullOrder uint8

// The places of nulls.
const (
	// NullsLargest puts nulls last in ascending and first in descending order.
	NullsLargest NullOrder = iota
	// NullsFirst puts nulls first in both orders.
	NullsFirst
	// NullsLast puts nulls last in both orders.
	NullsLast
)

// OldestDialect is how the oldest documentation speaks, on every point where its
// words differ from the newest. PUT still replaces, as the live service did then too.
func OldestDialect() Dialect {
	return Dialect{
		Times:               TimesMixed,
		CustomData:          CustomDataAsPairs,
		Totals:              TotalsAsOldest,
		OK:                  OKAsText,
		OnHold:              OnHoldWithSpace,
		Events:              EventsWithCustomer,
		ChatCreatedIs200:    true,
		MessageCreatedIs200: true,
		MessagesKey:         true,
		OldFields:           true,
		ChatNotes:           true,
		ShortAgents:         true,
		OneAgent:            true,
		NullTextOnCreate:    true,
		ApplicationOptional: true,
	}
}
