package export

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// column is a column of CSV. Its name is that of the service, or of the JSON.
type column[T any] struct {
	name  string
	value func(*T) string
}

// customerColumns are the columns of customers, without those of custom attributes.
var customerColumns = []column[customerRow]{
	{"id", func(c *customerRow) string { return idCell(c.ID) }},
	{"userId", func(c *customerRow) string { return c.UserID }},
	{"name", func(c *customerRow) string { return c.Name }},
	{"email", func(c *customerRow) string { return c.Email }},
	{"phone", func(c *customerRow) string { return c.Phone }},
	{"company", func(c *customerRow) string { return c.Company }},
	{"firstSeen", func(c *customerRow) string { return timeCell(c.FirstSeen) }},
	{"lastSeen", func(c *customerRow) string { return timeCell(c.LastSeen) }},
	{"countryCode", func(c *customerRow) string { return orZero(c.Location).CountryCode }},
	{"regionCode", func(c *customerRow) string { return orZero(c.Location).RegionCode }},
	{"city", func(c *customerRow) string { return orZero(c.Location).City }},
	{"locale", func(c *customerRow) string { return c.Locale }},
	{"unsubscribed", func(c *customerRow) string { return strconv.FormatBool(c.Unsubscribed) }},
	{"blocked", func(c *customerRow) string { return strconv.FormatBool(c.Blocked) }},
	{"source", func(c *customerRow) string { return c.Source }},
	{"referer", func(c *customerRow) string { return c.Referer }},
	{"lastPage", func(c *customerRow) string { return c.LastPage }},
	{"createdFrom", func(c *customerRow) string { return c.CreatedFrom }},
	{"integrationId", func(c *customerRow) string { return c.IntegrationID }},
	{"device.platform", func(c *customerRow) string { return orZero(c.Device).Platform }},
	{"device.timezone", func(c *customerRow) string { return orZero(c.Device).Timezone }},
	{"device.ip", func(c *customerRow) string { return orZero(c.Device).IP }},
	{"device.userAgent", func(c *customerRow) string { return orZero(c.Device).UserAgent }},
	{"tags", func(c *customerRow) string {
		return csvsafe.JoinList(each(c.Tags, func(t helpcrunch.Tag) string { return t.Name }))
	}},
	{"notes", func(c *customerRow) string { return c.Notes }},
}

// attributeColumns returns a column for each custom attribute.
func attributeColumns(names []string) []column[customerRow] {
	return each(names, func(name string) column[customerRow] {
		return column[customerRow]{"customData." + name, func(c *customerRow) string { return valueCell(c.CustomData[name]) }}
	})
}

// chatColumns are the columns of chats.
var chatColumns = []column[chatRow]{
	{"id", func(c *chatRow) string { return idCell(c.ID) }},
	{"status", func(c *chatRow) string { return string(c.Status) }},
	{"createdAt", func(c *chatRow) string { return timeCell(c.CreatedAt) }},
	{"createdWith", func(c *chatRow) string { return string(c.CreatedWith) }},
	{"closedAt", func(c *chatRow) string { return timeCell(c.ClosedAt) }},
	{"closedBy", func(c *chatRow) string { return string(c.ClosedBy) }},
	{firstResponseColumn, func(c *chatRow) string { return secondsCell(c.FirstResponseSeconds) }},
	{"resolutionSeconds", func(c *chatRow) string { return secondsCell(c.ResolutionSeconds) }},
	{"rating", func(c *chatRow) string { return string(c.Rating) }},
	{"snoozedUntil", func(c *chatRow) string { return timeCell(c.SnoozedUntil) }},
	{"applicationId", func(c *chatRow) string { return idCell(c.ApplicationID) }},
	{"customer.id", func(c *chatRow) string { return idCell(c.Customer.ID) }},
	{"customer.userId", func(c *chatRow) string { return c.Customer.UserID }},
	{"customer.name", func(c *chatRow) string { return c.Customer.Name }},
	{"customer.email", func(c *chatRow) string { return c.Customer.Email }},
	{"assignee.id", func(c *chatRow) string { return idCell(orZero(c.Assignee).ID) }},
	{"assignee.name", func(c *chatRow) string { return orZero(c.Assignee).Name }},
	{"department.id", func(c *chatRow) string { return idCell(orZero(c.Department).ID) }},
	{"department.name", func(c *chatRow) string { return orZero(c.Department).Name }},
	{"agents", func(c *chatRow) string {
		return csvsafe.JoinList(each(c.Agents, func(a helpcrunch.Agent) string { return a.Name }))
	}},
	{"lastMessageAt", func(c *chatRow) string { return timeCell(c.LastMessageAt) }},
	{"lastCustomerMessageAt", func(c *chatRow) string { return timeCell(c.LastCustomerMessageAt) }},
	{"lastMessageText", func(c *chatRow) string { return c.LastMessageText }},
	{"readByAgent", func(c *chatRow) string { return strconv.FormatBool(c.ReadByAgent) }},
	{"readByCustomer", func(c *chatRow) string { return strconv.FormatBool(c.ReadByCustomer) }},
}

// firstResponseColumn is left out with --no-response-times.
const firstResponseColumn = "firstResponseSeconds"

// messageColumns are the columns of messages.
var messageColumns = []column[messageRow]{
	{"id", func(m *messageRow) string { return idCell(m.ID) }},
	{"chat.id", func(m *messageRow) string { return idCell(m.Chat) }},
	{"createdAt", func(m *messageRow) string { return timeCell(m.CreatedAt) }},
	{"type", func(m *messageRow) string { return string(m.Type) }},
	{"from", func(m *messageRow) string { return string(m.From) }},
	{"agent.id", func(m *messageRow) string { return idCell(orZero(m.Agent).ID) }},
	{"agent.name", func(m *messageRow) string { return orZero(m.Agent).Name }},
	{"customer.id", func(m *messageRow) string { return idCell(m.Customer.ID) }},
	{"customer.userId", func(m *messageRow) string { return m.Customer.UserID }},
	{"customer.name", func(m *messageRow) string { return m.Customer.Name }},
	{"customer.email", func(m *messageRow) string { return m.Customer.Email }},
	{"text", func(m *messageRow) string { return m.Text }},
	{"read", func(m *messageRow) string { return strconv.FormatBool(m.Read) }},
	{"edited", func(m *messageRow) string { return strconv.FormatBool(m.Edited) }},
	{"updatedAt", func(m *messageRow) string { return timeCell(m.UpdatedAt) }},
	{"broadcastType", func(m *messageRow) string { return string(m.BroadcastType) }},
}

// each returns what a function makes of each item.
func each[T, R any](items []T, of func(T) R) []R {
	all := make([]R, len(items))
	for i, item := range items {
		all[i] = of(item)
	}
	return all
}

// idCell writes an id. 0 means none.
func idCell(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// timeCell writes a time in UTC.
func timeCell(t helpcrunch.Timestamp) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// secondsCell writes a duration.
func secondsCell(seconds *float64) string {
	if seconds == nil {
		return ""
	}
	return valueCell(*seconds)
}

// valueCell writes a custom attribute.
func valueCell(value any) string {
	if value == nil {
		return ""
	}
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// orZero returns an empty value for nil.
func orZero[T any](pointer *T) *T { return cmp.Or(pointer, new(T)) }
