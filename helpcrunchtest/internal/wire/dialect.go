package wire

// Dialect has the fields of helpcrunchtest.Dialect, which documents them.
type Dialect struct {
	Errors, Times, MissingTimes, CustomData, EmptyData, Totals, OK, OnHold, Events, Auth, Nulls string

	ChatCreatedIs200, MessageCreatedIs200, NoMatchIs404, MissingChatIs404, MisspeltNotFound, LimitAbove100Is400, NumbersForStringsAre400, EmptyArraysAre400, EmptyStringsAre400 bool
	CreateUpdates, PutPatches, PatchAddsTags, PatchReplacesCustomData, BatchReplaces, BatchCountsItems, ApplicationOptional, NoteNeedsAgent, NoStatusNotes                      bool
	BatchInData, NewestFirst, MessagesKey, OldFields, ChatNotes, ShortAgents, OneAgent, NullLocation, DeviceAsString, NullTextOnCreate, RatingNumbers                           bool
	WebhookDataAsString, WebhookPlainChatID, WebhookCamelChatID, WebhookNumericIDs, WebhookNullUpdatedAt, WebhookNullsLeftOut, WebhookSharedIDs                                 bool
}

// The forms that are not the default.
const (
	ErrorsGeneric              = "errors=generic"
	ErrorsSingle               = "errors=single"
	TimesAsIntegers            = "times=integers"
	TimesAsFractionalStrings   = "times=fractional-strings"
	TimesAsFractionalNumbers   = "times=fractional-numbers"
	TimesMixed                 = "times=mixed"
	MissingTimesAsEmptyStrings = "missing-times=empty-strings"
	CustomDataAsPairs          = "custom-data=pairs"
	EmptyDataAsObject          = "empty-data=object"
	EmptyDataAsNull            = "empty-data=null"
	EmptyDataLeftOut           = "empty-data=left-out"
	TotalsOnTop                = "totals=top"
	TotalsInMeta               = "totals=meta"
	TotalsTwice                = "totals=twice"
	TotalsNowhere              = "totals=nowhere"
	TotalsAsOldest             = "totals=oldest"
	OKAsText                   = "ok=text"
	OKAsTextCalledJSON         = "ok=text-called-json"
	OKAsJSONCalledText         = "ok=json-called-text"
	OnHoldWithSpace            = "on-hold=space"
	OnHoldWithHyphen           = "on-hold=hyphen"
	EventsWithCustomer         = "events=with-customer"
	EventsWithoutID            = "events=without-id"
	AuthExact                  = "auth=exact"
	AuthBrackets               = "auth=brackets"
	NullsFirst                 = "nulls=first"
	NullsLast                  = "nulls=last"
)
