package wire

import (
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// The fields of each kind of row, in the order of the service.

var customerFields = slices.Concat(
	[]field[account.Customer]{{"id", func(e *Encoder, row *account.Customer) { e.integer(row.ID) }}},
	texts(account.NameField, account.EmailField, account.UserIDField, account.CompanyField, account.PhoneField),
	[]field[account.Customer]{
		{"firstSeen", func(e *Encoder, row *account.Customer) { e.time(row.FirstSeen) }},
		{"lastSeen", func(e *Encoder, row *account.Customer) { e.time(row.LastSeen) }},
		{"location", (*Encoder).location},
		{"device", (*Encoder).device},
		{"unsubscribed", func(e *Encoder, row *account.Customer) { e.boolean(row.Unsubscribed) }},
		{"blocked", func(e *Encoder, row *account.Customer) { e.boolean(row.Blocked) }},
	},
	texts(account.SourceField, account.RefererField, account.LastPageField, account.LocaleField),
	newer(texts(account.CreatedFromField, account.IntegrationIDField)),
	texts(account.NotesField),
	[]field[account.Customer]{
		{"tags", func(e *Encoder, row *account.Customer) { objects(e, row.Tags, tagFields) }},
		{"customData", func(e *Encoder, row *account.Customer) { e.data(row.Custom, e.dialect.CustomData) }},
	},
)

var locationFields = texts(account.RegionCodeField, account.CountryCodeField, account.CityField)

var deviceFields = []field[helpcrunch.Device]{
	{"id", func(e *Encoder, row *helpcrunch.Device) { e.integer(row.ID) }},
	{"ip", func(e *Encoder, row *helpcrunch.Device) { e.string(row.IP) }},
	{"timezone", func(e *Encoder, row *helpcrunch.Device) { e.string(row.Timezone) }},
	{"platform", func(e *Encoder, row *helpcrunch.Device) { e.string(row.Platform) }},
	{"userAgent", func(e *Encoder, row *helpcrunch.Device) { e.string(row.UserAgent) }},
}

var tagFields = []field[helpcrunch.Tag]{
	{"name", func(e *Encoder, row *helpcrunch.Tag) { e.string(row.Name) }},
	{"color", func(e *Encoder, row *helpcrunch.Tag) { e.string(row.Color) }},
}

var chatFields = slices.Concat([]field[account.Chat]{
	{"id", func(e *Encoder, row *account.Chat) { e.integer(row.ID) }},
	{"closedBy", func(e *Encoder, row *account.Chat) { e.textOrNumber(row.ClosedBy, account.Closers) }},
	{"lastCustomerMessageAt", func(e *Encoder, row *account.Chat) { e.time(row.LastCustomerMessageAt) }},
	{"status", func(e *Encoder, row *account.Chat) { e.status(row.Status) }},
	{"closedAt", func(e *Encoder, row *account.Chat) { e.time(row.ClosedAt) }},
	{"rating", func(e *Encoder, row *account.Chat) { e.textOrNumber(row.Rating, account.Ratings) }},
	{"createdAt", func(e *Encoder, row *account.Chat) { e.time(row.CreatedAt) }},
	{"lastMessageAt", func(e *Encoder, row *account.Chat) { e.time(row.LastMessageAt) }},
	{"snoozedUntil", func(e *Encoder, row *account.Chat) { e.preciseTime(row.SnoozedUntil) }},
	{"lastMessageText", func(e *Encoder, row *account.Chat) {
		e.nullable(account.NullableText{Text: row.LastMessageText, Set: row.LastMessageID != 0})
	}},
	{"lastMessageId", func(e *Encoder, row *account.Chat) { e.idOrNull(row.LastMessageID) }},
},
	newer([]field[account.Chat]{
		{"createdWith", func(e *Encoder, row *account.Chat) { e.textOrNull(row.CreatedWith) }},
		{"applicationId", func(e *Encoder, row *account.Chat) { e.idOrNull(row.Application) }},
		{"readByAgent", func(e *Encoder, row *account.Chat) { e.boolean(row.ReadByAgent) }},
		{"readByCustomer", func(e *Encoder, row *account.Chat) { e.boolean(row.ReadByCustomer) }},
	}),
	[]field[account.Chat]{
		{"lastCommunicatedAgentId", func(e *Encoder, row *account.Chat) { e.idOrNull(row.LastAgent) }},
		{"agents", (*Encoder).chatAgents},
		{"customer", (*Encoder).chatCustomer},
		{"assignee", func(e *Encoder, row *account.Chat) { e.agent(row.Assignee) }},
		{"department", func(e *Encoder, row *account.Chat) {
			orNull(e, e.account.Departments.Get(row.Department), Departments[:2])
		}},
		{"notes", when(func(d *Dialect) bool { return d.ChatNotes }, func(e *Encoder, row *account.Chat) { e.textOrNull(row.Notes) })},
	})

var chatCustomerFields = pick(customerFields, "id", "name", "email", "userId")

// Messages are the fields of messages.
var Messages = Fields[account.Message]{
	{"id", func(e *Encoder, row *account.Message) { e.integer(row.ID) }},
	{"agent", (*Encoder).messageAgent},
	{"type", func(e *Encoder, row *account.Message) { e.string(row.Kind) }},
	{"text", func(e *Encoder, row *account.Message) { e.textOrNull(row.Text) }},
	{"read", func(e *Encoder, row *account.Message) { e.boolean(row.Read) }},
	{"createdAt", func(e *Encoder, row *account.Message) { e.preciseTime(row.CreatedAt) }},
	{"updatedAt", func(e *Encoder, row *account.Message) { e.preciseTime(row.UpdatedAt) }},
	{"edited", func(e *Encoder, row *account.Message) { e.boolean(row.Edited) }},
	{"broadcastType", func(e *Encoder, row *account.Message) { e.textOrNull(row.BroadcastType) }},
	{"chat", func(e *Encoder, row *account.Message) { e.integer(row.Chat) }},
	{"from", func(e *Encoder, row *account.Message) { e.string(row.From) }},
}

// Agents are the fields of agents.
var Agents = Fields[account.Agent]{
	{"id", func(e *Encoder, row *account.Agent) { e.integer(row.ID) }},
	{"name", func(e *Encoder, row *account.Agent) { e.string(row.Name) }},
	{"email", func(e *Encoder, row *account.Agent) { e.string(row.Email) }},
	{"role", func(e *Encoder, row *account.Agent) { e.string(string(row.Role)) }},
}

// Departments are the fields of departments.
var Departments = Fields[account.Department]{
	{"id", func(e *Encoder, row *account.Department) { e.integer(row.ID) }},
	{"name", func(e *Encoder, row *account.Department) { e.string(row.Name) }},
	{"agents", func(e *Encoder, row *account.Department) { e.agents(row.Agents) }},
}

// Applications are the fields of applications.
var Applications = Fields[helpcrunch.Application]{
	{"id", func(e *Encoder, row *helpcrunch.Application) { e.integer(row.ID) }},
	{"name", func(e *Encoder, row *helpcrunch.Application) { e.string(row.Name) }},
	{"displayName", func(e *Encoder, row *helpcrunch.Application) { e.string(row.DisplayName) }},
	{"active", func(e *Encoder, row *helpcrunch.Application) { e.boolean(row.Active) }},
	{"type", func(e *Encoder, row *helpcrunch.Application) { e.string(row.Type) }},
}

// Organization is the fields of the organization.
var Organization = Fields[helpcrunch.Organization]{
	{"id", func(e *Encoder, row *helpcrunch.Organization) { e.integer(row.ID) }},
	{"domain", func(e *Encoder, row *helpcrunch.Organization) { e.string(row.Domain) }},
	{"teamOnline", func(e *Encoder, row *helpcrunch.Organization) { e.boolean(row.TeamOnline) }},
	{"chatEnabled", func(e *Encoder, row *helpcrunch.Organization) { e.boolean(row.ChatEnabled) }},
}

// Events are the fields of events.
var Events = Fields[account.Event]{
	{"id", when(func(d *Dialect) bool { return d.Events != EventsWithoutID }, func(e *Encoder, row *account.Event) { e.integer(row.ID) })},
	{"name", func(e *Encoder, row *account.Event) { e.string(row.Name) }},
	{"data", func(e *Encoder, row *account.Event) { e.data(row.Data, "") }},
	{"createdAt", func(e *Encoder, row *account.Event) { e.time(row.CreatedAt) }},
	{"customer", when(func(d *Dialect) bool { return d.Events == EventsWithCustomer },
		func(e *Encoder, row *account.Event) { e.integer(row.Customer) })},
}

// newer marks fields that older documentation does not have.
func newer[Row any](fields []field[Row]) []field[Row] {
	for i := range fields {
		fields[i].write = when(func(d *Dialect) bool { return !d.OldFields }, fields[i].write)
	}
	return fields
}

// texts returns the fields of text properties of a customer.
func texts(names ...account.TextField) []field[account.Customer] {
	fields := make([]field[account.Customer], len(names))
	for i, name := range names {
		fields[i] = field[account.Customer]{account.TextFieldNames[name], func(e *Encoder, _ *account.Customer) { e.nullable(e.texts[name]) }}
	}
	return fields
}

// Customer writes a customer.
func (e *Encoder) Customer(row *account.Customer) {
	e.texts = row.Texts()
	object(e, row, customerFields)
}

// Chat writes a chat.
func (e *Encoder) Chat(row *account.Chat) { object(e, row, chatFields) }

// MarkedChat writes the response to a read mark, where RatingNumbers applies.
func (e *Encoder) MarkedChat(row *account.Chat) {
	e.readMark = true
	e.Chat(row)
}

func (e *Encoder) location(row *account.Customer) {
	texts := &e.texts
	nowhere := !texts[account.RegionCodeField].Set && !texts[account.CountryCodeField].Set && !texts[account.CityField].Set
	if nowhere && e.dialect.NullLocation {
		e.null()
		return
	}
	object(e, row, locationFields)
}

func (e *Encoder) device(row *account.Customer) {
	if row.Device != nil && e.dialect.DeviceAsString {
		e.string(row.Device.Platform)
		return
	}
	orNull(e, row.Device, deviceFields)
}

// textOrNumber writes a word, or with RatingNumbers its position in words, from 1.
func (e *Encoder) textOrNumber(word string, words []string) {
	if index := slices.Index(words, word); index >= 0 && e.readMark && e.dialect.RatingNumbers {
		e.integer(int64(index + 1))
		return
	}
	e.textOrNull(word)
}

// status writes a chat status in the dialect's spelling.
func (e *Encoder) status(status string) {
	switch {
	case status != account.StatusOnHold:
	case e.dialect.OnHold == OnHoldWithSpace:
		status = "on hold"
	case e.dialect.OnHold == OnHoldWithHyphen:
		status = "on-hold"
	}
	e.string(status)
}

func (e *Encoder) agent(id int64) {
	orNull(e, e.account.Agents.Get(id), Agents)
}

// agents writes the agents with the ids, without unknown ones.
func (e *Encoder) agents(ids []int64) {
	e.begin('[')
	for _, id := range ids {
		if agent := e.account.Agents.Get(id); agent != nil {
			object(e, agent, Agents)
		}
	}
	e.end(']')
}

func (e *Encoder) chatAgents(row *account.Chat) {
	if e.dialect.OneAgent {
		e.agent(row.LastAgent)
		return
	}
	e.agents(row.Agents)
}

func (e *Encoder) chatCustomer(row *account.Chat) {
	customer := e.account.Customers.Get(row.Customer)
	if customer != nil {
		e.texts = customer.Texts()
	}
	orNull(e, customer, chatCustomerFields)
}

func (e *Encoder) messageAgent(row *account.Message) {
	if e.dialect.ShortAgents {
		orNull(e, e.account.Agents.Get(row.Agent), Agents[:2])
		return
	}
	e.agent(row.Agent)
}

// data writes custom attributes, or the data of an event.
func (e *Encoder) data(properties []account.Property, form string) {
	switch {
	case len(properties) == 0:
		e.emptyData()
	case form == CustomDataAsPairs:
		objects(e, properties, pairFields)
	default:
		e.begin('{')
		for _, property := range properties {
			e.key(property.Name)
			e.scalar(property.Value, "")
		}
		e.end('}')
	}
}

var pairFields = []field[account.Property]{
	{"property", func(e *Encoder, row *account.Property) { e.string(row.Name) }},
	{"value", func(e *Encoder, row *account.Property) { e.scalar(row.Value, CustomDataAsPairs) }},
}

func (e *Encoder) emptyData() {
	switch e.dialect.EmptyData {
	case EmptyDataLeftOut:
		e.omitted = true
	case EmptyDataAsObject:
		e.Buffer = append(e.Buffer, "{}"...)
	case EmptyDataAsNull:
		e.null()
	default:
		e.Buffer = append(e.Buffer, "[]"...)
	}
}

func (e *Encoder) scalar(value any, form string) {
	switch value := value.(type) {
	case string:
		e.string(value)
	case int64:
		e.integer(value)
	case float64:
		e.number(value)
	case bool:
		e.boolean(value)
	case account.Instant:
		if form == CustomDataAsPairs {
			e.string(value.Time().Format(time.DateTime))
		} else {
			e.integer(value.Seconds())
		}
	default:
		e.null()
	}
}
