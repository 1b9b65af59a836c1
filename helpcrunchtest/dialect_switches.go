package helpcrunchtest

import (
	"fmt"
	"strings"
)

// dialectSwitch is one point of a dialect, by name.
type dialectSwitch struct {
	name string
	set  func(*Dialect)
}

// dialectSwitches has every value of every field of Dialect but the zero ones.
var dialectSwitches = []dialectSwitch{
	{"errors=generic", func(d *Dialect) { d.Errors = ErrorsGeneric }},
	{"errors=single", func(d *Dialect) { d.Errors = ErrorsSingle }},
	{"times=integers", func(d *Dialect) { d.Times = TimesAsIntegers }},
	{"times=fractional-strings", func(d *Dialect) { d.Times = TimesAsFractionalStrings }},
	{"times=fractional-numbers", func(d *Dialect) { d.Times = TimesAsFractionalNumbers }},
	{"times=mixed", func(d *Dialect) { d.Times = TimesMixed }},
	{"missing-times=empty-strings", func(d *Dialect) { d.MissingTimes = MissingTimesAsEmptyStrings }},
	{"custom-data=pairs", func(d *Dialect) { d.CustomData = CustomDataAsPairs }},
	{"empty-data=object", func(d *Dialect) { d.EmptyData = EmptyDataAsObject }},
	{"empty-data=null", func(d *Dialect) { d.EmptyData = EmptyDataAsNull }},
	{"empty-data=left-out", func(d *Dialect) { d.EmptyData = EmptyDataLeftOut }},
	{"totals=top", func(d *Dialect) { d.Totals = TotalsOnTop }},
	{"totals=meta", func(d *Dialect) { d.Totals = TotalsInMeta }},
	{"totals=twice", func(d *Dialect) { d.Totals = TotalsTwice }},
	{"totals=nowhere", func(d *Dialect) { d.Totals = TotalsNowhere }},
	{"totals=oldest", func(d *Dialect) { d.Totals = TotalsAsOldest }},
	{"ok=text", func(d *Dialect) { d.OK = OKAsText }},
	{"ok=text-called-json", func(d *Dialect) { d.OK = OKAsTextCalledJSON }},
	{"ok=json-called-text", func(d *Dialect) { d.OK = OKAsJSONCalledText }},
	{"on-hold=space", func(d *Dialect) { d.OnHold = OnHoldWithSpace }},
	{"on-hold=hyphen", func(d *Dialect) { d.OnHold = OnHoldWithHyphen }},
	{"events=with-customer", func(d *Dialect) { d.Events = EventsWithCustomer }},
	{"events=without-id", func(d *Dialect) { d.Events = EventsWithoutID }},
	{"auth=exact", func(d *Dialect) { d.Auth = AuthExact }},
	{"auth=brackets", func(d *Dialect) { d.Auth = AuthBrackets }},
	{"nulls=first", func(d *Dialect) { d.Nulls = NullsFirst }},
	{"nulls=last", func(d *Dialect) { d.Nulls = NullsLast }},
	{"numbers-for-strings-are-400", func(d *Dialect) { d.NumbersForStringsAre400 = true }},
	{"empty-arrays-are-400", func(d *Dialect) { d.EmptyArraysAre400 = true }},
	{"empty-strings-are-400", func(d *Dialect) { d.EmptyStringsAre400 = true }},
	{"create-updates", func(d *Dialect) { d.CreateUpdates = true }},
	{"device-as-string", func(d *Dialect) { d.DeviceAsString = true }},
	{"chat-created-is-200", func(d *Dialect) { d.ChatCreatedIs200 = true }},
	{"message-created-is-200", func(d *Dialect) { d.MessageCreatedIs200 = true }},
	{"no-match-is-404", func(d *Dialect) { d.NoMatchIs404 = true }},
	{"misspelt-not-found", func(d *Dialect) { d.MisspeltNotFound = true }},
	{"missing-chat-is-404", func(d *Dialect) { d.MissingChatIs404 = true }},
	{"batch-in-data", func(d *Dialect) { d.BatchInData = true }},
	{"batch-replaces", func(d *Dialect) { d.BatchReplaces = true }},
	{"batch-counts-items", func(d *Dialect) { d.BatchCountsItems = true }},
	{"put-patches", func(d *Dialect) { d.PutPatches = true }},
	{"patch-adds-tags", func(d *Dialect) { d.PatchAddsTags = true }},
	{"patch-replaces-custom-data", func(d *Dialect) { d.PatchReplacesCustomData = true }},
	{"limit-above-100-is-400", func(d *Dialect) { d.LimitAbove100Is400 = true }},
	{"newest-first", func(d *Dialect) { d.NewestFirst = true }},
	{"messages-key", func(d *Dialect) { d.MessagesKey = true }},
	{"old-fields", func(d *Dialect) { d.OldFields = true }},
	{"chat-notes", func(d *Dialect) { d.ChatNotes = true }},
	{"short-agents", func(d *Dialect) { d.ShortAgents = true }},
	{"one-agent", func(d *Dialect) { d.OneAgent = true }},
	{"null-location", func(d *Dialect) { d.NullLocation = true }},
	{"null-text-on-create", func(d *Dialect) { d.NullTextOnCreate = true }},
	{"rating-numbers", func(d *Dialect) { d.RatingNumbers = true }},
	{"application-optional", func(d *Dialect) { d.ApplicationOptional = true }},
	{"note-needs-agent", func(d *Dialect) { d.NoteNeedsAgent = true }},
	{"no-status-notes", func(d *Dialect) { d.NoStatusNotes = true }},
	{"webhook-data-as-string", func(d *Dialect) { d.WebhookDataAsString = true }},
	{"webhook-plain-chat-id", func(d *Dialect) { d.WebhookPlainChatID = true }},
	{"webhook-camel-chat-id", func(d *Dialect) { d.WebhookCamelChatID = true }},
	{"webhook-numeric-ids", func(d *Dialect) { d.WebhookNumericIDs = true }},
	{"webhook-null-updated-at", func(d *Dialect) { d.WebhookNullUpdatedAt = true }},
	{"webhook-nulls-left-out", func(d *Dialect) { d.WebhookNullsLeftOut = true }},
	{"webhook-shared-ids", func(d *Dialect) { d.WebhookSharedIDs = true }},
	{"oldest", func(d *Dialect) { *d = OldestDialect() }},
}

// DialectSwitches returns the names that [ParseDialect] knows: one for every value of
// every field of [Dialect] that is not the default, and at last "oldest" for
// [OldestDialect]. A test can loop over them to meet every known way of the service.
func DialectSwitches() []string {
	names := make([]string, len(dialectSwitches))
	for i, point := range dialectSwitches {
		names[i] = point.name
	}
	return names
}

// ParseDialect makes a dialect of names separated by commas, such as
// "times=integers,ok=text" or "oldest". They count in their order. The empty text is
// the default dialect.
func ParseDialect(names string) (Dialect, error) {
	var dialect Dialect
	if strings.TrimSpace(names) == "" {
		return dialect, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		point, ok := findSwitch(strings.TrimSpace(name))
		if !ok {
			return Dialect{}, fmt.Errorf("unknown dialect %q: known are %s", name, strings.Join(DialectSwitches(), ", "))
		}
		point.set(&dialect)
	}
	return dialect, nil
}

func findSwitch(name string) (dialectSwitch, bool) {
	for _, point := range dialectSwitches {
		if point.name == name {
			return point, true
		}
	}
	return dialectSwitch{}, false
}
