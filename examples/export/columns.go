package main

import (
	"cmp"
	"encoding/json"
	"strconv"

	"github.com/helpcrunch-go/helpcrunch"
)

// column is a column of CSV. Its name is the service's own.
type column[T any] struct {
	name  string
	value func(*T) string
}

// customerColumns are those of all customers.
var customerColumns = []column[helpcrunch.Customer]{
	{"id", func(c *helpcrunch.Customer) string { return number(c.ID) }},
	{"userId", func(c *helpcrunch.Customer) string { return c.UserID }},
	{"name", func(c *helpcrunch.Customer) string { return c.Name }},
	{"email", func(c *helpcrunch.Customer) string { return c.Email }},
	{"phone", func(c *helpcrunch.Customer) string { return c.Phone }},
	{"company", func(c *helpcrunch.Customer) string { return c.Company }},
	{"firstSeen", func(c *helpcrunch.Customer) string { return moment(c.FirstSeen).String() }},
	{"lastSeen", func(c *helpcrunch.Customer) string { return moment(c.LastSeen).String() }},
	{"countryCode", func(c *helpcrunch.Customer) string { return orZero(c.Location).CountryCode }},
	{"regionCode", func(c *helpcrunch.Customer) string { return orZero(c.Location).RegionCode }},
	{"city", func(c *helpcrunch.Customer) string { return orZero(c.Location).City }},
	{"locale", func(c *helpcrunch.Customer) string { return c.Locale }},
	{"unsubscribed", func(c *helpcrunch.Customer) string { return strconv.FormatBool(c.Unsubscribed) }},
	{"blocked", func(c *helpcrunch.Customer) string { return strconv.FormatBool(c.Blocked) }},
	{"source", func(c *helpcrunch.Customer) string { return c.Source }},
	{"referer", func(c *helpcrunch.Customer) string { return c.Referer }},
	{"lastPage", func(c *helpcrunch.Customer) string { return c.LastPage }},
	{"createdFrom", func(c *helpcrunch.Customer) string { return c.CreatedFrom }},
	{"integrationId", func(c *helpcrunch.Customer) string { return c.IntegrationID }},
	{"device.platform", func(c *helpcrunch.Customer) string { return orZero(c.Device).Platform }},
	{"device.timezone", func(c *helpcrunch.Customer) string { return orZero(c.Device).Timezone }},
	{"device.ip", func(c *helpcrunch.Customer) string { return orZero(c.Device).IP }},
	{"device.userAgent", func(c *helpcrunch.Customer) string { return orZero(c.Device).UserAgent }},
	{"tags", func(c *helpcrunch.Customer) string {
		return listCell(words(c.Tags, func(t helpcrunch.Tag) string { return t.Name }))
	}},
	{"notes", func(c *helpcrunch.Customer) string { return c.Notes }},
}

// customerTable has a column for each custom attribute too.
func customerTable(attributes []string) table {
	columns := customerColumns
	for _, name := range attributes {
		columns = append(columns, column[helpcrunch.Customer]{
			"customData." + name,
			func(c *helpcrunch.Customer) string { return valueCell(c.CustomData[name]) },
		})
	}
	return table{head(columns), func(line []byte) ([][]string, error) {
		var customer helpcrunch.Customer
		err := json.Unmarshal(line, &customer)
		return [][]string{record(columns, &customer)}, err
	}}
}

// chatColumns are those of a chat.
var chatColumns = []column[helpcrunch.Chat]{
	{"id", func(c *helpcrunch.Chat) string { return number(c.ID) }},
	{"status", func(c *helpcrunch.Chat) string { return string(c.Status) }},
	{"createdAt", func(c *helpcrunch.Chat) string { return moment(c.CreatedAt).String() }},
	{"createdWith", func(c *helpcrunch.Chat) string { return string(c.CreatedWith) }},
	{"closedAt", func(c *helpcrunch.Chat) string { return moment(c.ClosedAt).String() }},
	{"closedBy", func(c *helpcrunch.Chat) string { return string(c.ClosedBy) }},
	{"rating", func(c *helpcrunch.Chat) string { return string(c.Rating) }},
	{"snoozedUntil", func(c *helpcrunch.Chat) string { return moment(c.SnoozedUntil).String() }},
	{"applicationId", func(c *helpcrunch.Chat) string { return number(c.ApplicationID) }},
	{"customer.id", func(c *helpcrunch.Chat) string { return number(c.Customer.ID) }},
	{"customer.userId", func(c *helpcrunch.Chat) string { return c.Customer.UserID }},
	{"customer.name", func(c *helpcrunch.Chat) string { return c.Customer.Name }},
	{"customer.email", func(c *helpcrunch.Chat) string { return c.Customer.Email }},
	{"assignee.id", func(c *helpcrunch.Chat) string { return number(orZero(c.Assignee).ID) }},
	{"assignee.name", func(c *helpcrunch.Chat) string { return orZero(c.Assignee).Name }},
	{"department.id", func(c *helpcrunch.Chat) string { return number(orZero(c.Department).ID) }},
	{"department.name", func(c *helpcrunch.Chat) string { return orZero(c.Department).Name }},
	{"agents", func(c *helpcrunch.Chat) string {
		return listCell(words(c.Agents, func(a helpcrunch.Agent) string { return a.Name }))
	}},
	{"lastMessageAt", func(c *helpcrunch.Chat) string { return moment(c.LastMessageAt).String() }},
	{"lastCustomerMessageAt", func(c *helpcrunch.Chat) string { return moment(c.LastCustomerMessageAt).String() }},
	{"lastMessageText", func(c *helpcrunch.Chat) string { return c.LastMessageText }},
	{"readByAgent", func(c *helpcrunch.Chat) string { return strconv.FormatBool(c.ReadByAgent) }},
	{"readByCustomer", func(c *helpcrunch.Chat) string { return strconv.FormatBool(c.ReadByCustomer) }},
}

// messageColumns come behind those of the chat.
var messageColumns = []column[helpcrunch.Message]{
	{"message.id", func(m *helpcrunch.Message) string { return number(m.ID) }},
	{"message.createdAt", func(m *helpcrunch.Message) string { return moment(m.CreatedAt).String() }},
	{"message.type", func(m *helpcrunch.Message) string { return string(m.Type) }},
	{"message.from", func(m *helpcrunch.Message) string { return string(m.From) }},
	{"message.agent.id", func(m *helpcrunch.Message) string { return number(orZero(m.Agent).ID) }},
	{"message.agent.name", func(m *helpcrunch.Message) string { return orZero(m.Agent).Name }},
	{"message.text", func(m *helpcrunch.Message) string { return m.Text }},
	{"message.updatedAt", func(m *helpcrunch.Message) string { return moment(m.UpdatedAt).String() }},
	{"message.broadcastType", func(m *helpcrunch.Message) string { return string(m.BroadcastType) }},
}

// chatTable has a record for each message, and one for a chat without any.
func chatTable(withMessages bool) table {
	columns := head(chatColumns)
	if withMessages {
		columns = append(columns, head(messageColumns)...)
	}
	return table{columns, func(line []byte) ([][]string, error) {
		var chat struct {
			helpcrunch.Chat

			Messages []helpcrunch.Message `json:"messages"`
		}
		if err := json.Unmarshal(line, &chat); err != nil {
			return nil, err
		}
		own := record(chatColumns, &chat.Chat)
		if len(chat.Messages) == 0 {
			return [][]string{append(own, make([]string, len(columns)-len(own))...)}, nil
		}
		records := make([][]string, len(chat.Messages))
		for i := range chat.Messages {
			records[i] = append(own[:len(own):len(own)], record(messageColumns, &chat.Messages[i])...)
		}
		return records, nil
	}}
}

func head[T any](columns []column[T]) []string {
	return words(columns, func(c column[T]) string { return c.name })
}

func record[T any](columns []column[T], of *T) []string {
	return words(columns, func(c column[T]) string { return c.value(of) })
}

// words says something about each item.
func words[T any](items []T, word func(T) string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = word(item)
	}
	return all
}

// number writes an id, and nothing for 0, which means none.
func number(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// orZero is what a pointer points at, or an empty value for nil.
func orZero[T any](pointer *T) *T { return cmp.Or(pointer, new(T)) }
