package wire

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// The fields of the eventData of webhooks.

var webhookCustomerFields = pick(customerFields, "id", "name", "userId", "email", "unsubscribed", "customData")

var webhookChatFields = slices.Concat([]field[account.Chat]{
	{"chat_id", when(func(d *Dialect) bool { return !d.WebhookPlainChatID && !d.WebhookCamelChatID }, chatID)},
	{"id", when(func(d *Dialect) bool { return d.WebhookPlainChatID }, chatID)},
	{"chatId", when(func(d *Dialect) bool { return d.WebhookCamelChatID && !d.WebhookPlainChatID }, chatID)},
	messengerField("telegram", "telegramBotUsername", func(row *helpcrunch.Application) string { return row.Name }),
	messengerField("instagram", "instagramPageName", func(row *helpcrunch.Application) string { return row.DisplayName }),
	messengerField("facebook", "facebookPageLink", func(row *helpcrunch.Application) string { return "https://facebook.example.com/" + row.Name }),
	{"communicatedAgents", func(e *Encoder, row *account.Chat) {
		e.begin('[')
		for _, id := range row.Agents {
			e.integer(id)
		}
		e.end(']')
	}},
}, pick(chatFields, "customer", "closedBy", "status", "closedAt", "rating", "createdAt", "snoozedUntil"), []field[account.Chat]{
	{"applicationId", func(e *Encoder, row *account.Chat) { e.idOrNull(row.Application) }},
}, pick(chatFields, "department", "assignee"))

func chatID(e *Encoder, row *account.Chat) { e.integer(row.ID) }

// messengerField returns a field with the name of the application at a messenger, which only the
// chats of that messenger have.
func messengerField(kind, key string, value func(*helpcrunch.Application) string) field[account.Chat] {
	return field[account.Chat]{key, func(e *Encoder, row *account.Chat) {
		application := e.account.Applications.Get(row.Application)
		if e.omitted = application == nil || application.Type != kind; !e.omitted {
			e.string(value(application))
		}
	}}
}

var webhookMessageFields = []field[account.Message]{
	{"chat_id", when(func(d *Dialect) bool { return !d.WebhookCamelChatID }, messageChat)},
	{"chatId", when(func(d *Dialect) bool { return d.WebhookCamelChatID }, messageChat)},
	{"agent", (*Encoder).messageAgent},
	{"customer", func(e *Encoder, row *account.Message) { e.chatCustomer(e.account.Chats.Get(row.Chat)) }},
	{"message", func(e *Encoder, row *account.Message) { object(e, row, webhookTextFields) }},
}

func messageChat(e *Encoder, row *account.Message) { e.integer(row.Chat) }

var webhookTextFields = slices.Concat([]field[account.Message]{
	{"applicationId", func(e *Encoder, row *account.Message) { e.idOrNull(e.account.Chats.Get(row.Chat).Application) }},
}, pick(Messages, "broadcastType", "createdAt", "edited", "id", "read", "text"), []field[account.Message]{
	{"updatedAt", func(e *Encoder, row *account.Message) {
		if row.UpdatedAt == account.Never && !e.dialect.WebhookNullUpdatedAt {
			e.time(row.CreatedAt)
			return
		}
		e.time(row.UpdatedAt)
	}},
})

// pick returns fields of a table in the order of the keys.
func pick[Row any](table []field[Row], keys ...string) (picked []field[Row]) {
	for _, key := range keys {
		picked = append(picked, table[slices.IndexFunc(table, func(f field[Row]) bool { return f.key == key })])
	}
	return picked
}

// EventData returns the eventData of a change.
func EventData(dialect *Dialect, a *account.Account, c *account.Change) []byte {
	e := NewEncoder(dialect, a, 512)
	e.noNulls = dialect.WebhookNullsLeftOut
	switch {
	case c.Customer != nil:
		e.texts = c.Customer.Texts()
		object(e, c.Customer, webhookCustomerFields)
	case c.Chat != nil:
		object(e, c.Chat, webhookChatFields)
	case c.Message != nil:
		object(e, c.Message, webhookMessageFields)
	default:
		e.Raw(c.Other)
	}
	return e.Buffer
}

// Envelope contains the fields of a webhook.
type Envelope struct {
	Event                    string
	EventData                []byte
	Attempts                 int
	LastAttemptAt, CreatedAt account.Instant
	ID                       string
}

var envelopeFields = []field[Envelope]{
	{"event", func(e *Encoder, row *Envelope) { e.string(row.Event) }},
	{"eventData", func(e *Encoder, row *Envelope) {
		if e.dialect.WebhookDataAsString {
			e.string(string(phpJSON(row.EventData)))
		} else {
			e.Raw(row.EventData)
		}
	}},
	{"attempts", func(e *Encoder, row *Envelope) { e.integer(int64(row.Attempts)) }},
	{"lastAttemptAt", func(e *Encoder, row *Envelope) { e.integer(row.LastAttemptAt.Seconds()) }},
	{"createdAt", func(e *Encoder, row *Envelope) { e.integer(row.CreatedAt.Seconds()) }},
	{"id", func(e *Encoder, row *Envelope) {
		if e.dialect.WebhookNumericIDs {
			e.Raw([]byte(row.ID))
		} else {
			e.string(row.ID)
		}
	}},
}

// Webhook returns the body of a webhook, encoded as PHP does.
func Webhook(dialect *Dialect, envelope *Envelope) []byte {
	e := NewEncoder(dialect, nil, len(envelope.EventData)+256)
	object(e, envelope, envelopeFields)
	return phpJSON(e.Buffer)
}

// phpJSON rewrites compact JSON as PHP's json_encode writes it: it escapes slashes and non-ASCII
// characters, but not those of HTML, and formats numbers as PHP does.
func phpJSON(data []byte) []byte {
	escaped := make([]byte, 0, len(data)+len(data)/8)
	quoted := false
	for len(data) > 0 {
		size := 1
		switch c := data[0]; {
		case !quoted && (c == '-' || '0' <= c && c <= '9'):
			size = len(data) - len(bytes.TrimLeft(data, "+-.0123456789Ee"))
			escaped = appendNumber(escaped, string(data[:size]))
		case c == '"':
			quoted = !quoted
			escaped = append(escaped, c)
		case c == '\\' && data[1] == 'u':
			size = 6
			unit, _ := strconv.ParseUint(string(data[2:size]), 16, 16)
			escaped = appendUnit(escaped, uint16(unit))
		case c == '\\':
			size = 2
			escaped = append(escaped, data[:size]...)
		case c == '/':
			escaped = append(escaped, `\/`...)
		case c < utf8.RuneSelf:
			escaped = append(escaped, c)
		default:
			var char rune
			char, size = utf8.DecodeRune(data)
			for _, unit := range utf16.AppendRune(nil, char) {
				escaped = appendUnit(escaped, unit)
			}
		}
		data = data[size:]
	}
	return escaped
}

// phpShort maps characters to their short escapes.
var phpShort = map[uint16]string{
	'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func appendUnit(buffer []byte, unit uint16) []byte {
	if short, ok := phpShort[unit]; ok {
		return append(buffer, short...)
	}
	if unit < ' ' || unit >= utf8.RuneSelf {
		return fmt.Appendf(buffer, `\u%04x`, unit)
	}
	return append(buffer, byte(unit))
}

// appendNumber appends a number as PHP does with serialize_precision -1: integers of 64 bits in
// full, others with the fewest digits, and with an exponent below 0.0001 and from 1e17 on.
func appendNumber(buffer []byte, text string) []byte {
	if integer, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.AppendInt(buffer, integer, 10)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return append(buffer, text...)
	}
	digits, after, _ := strings.Cut(strconv.FormatFloat(value, 'e', -1, 64), "e")
	exponent, _ := strconv.Atoi(after)
	if exponent >= -4 && exponent < 17 {
		return strconv.AppendFloat(buffer, value, 'f', -1, 64)
	}
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	return fmt.Appendf(buffer, "%se%+d", digits, exponent)
}
