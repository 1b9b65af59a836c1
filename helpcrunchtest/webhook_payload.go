package helpcrunchtest

import "bytes"

// envelope writes a whole webhook. attempt is when it is sent.
func (e *encoder) envelope(d *delivery, attempt instant) {
	e.begin('{')
	e.key("event")
	e.string(string(d.event))
	e.key("eventData")
	if e.dialect.WebhookDataAsString {
		e.string(string(phpJSON(d.data)))
	} else {
		e.buffer = append(e.buffer, d.data...)
	}
	e.key("attempts")
	e.integer(int64(d.attempts))
	e.key("lastAttemptAt")
	e.integer(attempt.seconds())
	e.key("createdAt")
	e.integer(d.createdAt.seconds())
	e.key("id")
	if e.dialect.WebhookNumericIDs {
		e.buffer = append(e.buffer, d.id...)
	} else {
		e.string(d.id)
	}
	e.end('}')
}

// field writes a key and its value, unless that is null and the dialect leaves nulls out.
func (e *encoder) field(name string, write func()) {
	before := len(e.buffer)
	e.key(name)
	write()
	if e.dialect.WebhookNullsLeftOut && bytes.HasSuffix(e.buffer[before:], []byte(":null")) {
		e.buffer = e.buffer[:before]
	}
}

// webhookCustomer writes the eventData of a customer's event.
func (e *encoder) webhookCustomer(row *customer) {
	texts := row.texts()
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.webhookTexts(&texts, nameField, userIDField, emailField)
	e.key("unsubscribed")
	e.boolean(row.unsubscribed)
	e.data("customData", row.custom, e.dialect.CustomData)
	e.end('}')
}

func (e *encoder) webhookTexts(texts *customerTexts, fields ...textField) {
	for _, field := range fields {
		e.field(textFieldNames[field], func() { e.nullable(texts[field].text, texts[field].set) })
	}
}

// webhookChat writes the eventData of a chat's event.
func (e *encoder) webhookChat(store *store, row *chat) {
	e.begin('{')
	if e.dialect.WebhookPlainChatID {
		e.key("id")
		e.integer(row.id)
	} else {
		e.webhookChatID(row.id)
	}
	e.messenger(store.applications.get(row.application))
	e.key("communicatedAgents")
	e.begin('[')
	for _, id := range row.agents {
		e.integer(id)
	}
	e.end(']')
	e.webhookChatCustomer(store, row)
	e.field("closedBy", func() { e.word(row.closedBy) })
	e.key("status")
	e.string(e.status(row.status))
	e.field("closedAt", func() { e.time(row.closedAt) })
	e.field("rating", func() { e.word(row.rating) })
	e.field("createdAt", func() { e.time(row.createdAt) })
	e.field("snoozedUntil", func() { e.time(row.snoozedUntil) })
	e.field("applicationId", func() { e.reference(row.application) })
	e.field("department", func() { e.departmentName(store.departments.get(row.department)) })
	e.field("assignee", func() { e.agent(store.agents.get(row.assignee)) })
	e.end('}')
}

// webhookChatID writes the id of a chat under the dialect's key.
func (e *encoder) webhookChatID(id int64) {
	name := "chat_id"
	if e.dialect.WebhookCamelChatID {
		name = "chatId"
	}
	e.key(name)
	e.integer(id)
}

// messenger writes what chats of some messengers have more: how the messenger calls the
// application.
func (e *encoder) messenger(row *application) {
	if row == nil {
		return
	}
	switch row.kind {
	case "telegram":
		e.key("telegramBotUsername")
		e.string(row.name)
	case "instagram":
		e.key("instagramPageName")
		e.string(row.displayName)
	case "facebook":
		e.key("facebookPageLink")
		e.string("https://facebook.example.com/" + row.name)
	}
}

func (e *encoder) webhookChatCustomer(store *store, row *chat) {
	e.field("customer", func() {
		customer := store.customers.get(row.customer)
		if customer == nil {
			e.null()
			return
		}
		texts := customer.texts()
		e.begin('{')
		e.key("id")
		e.integer(customer.id)
		e.webhookTexts(&texts, nameField, emailField, userIDField)
		e.end('}')
	})
}

// webhookMessage writes the eventData of a message's event.
func (e *encoder) webhookMessage(store *store, row *message) {
	chat := store.chats.get(row.chat)
	e.begin('{')
	e.webhookChatID(row.chat)
	e.field("agent", func() { e.messageAgent(store.agents.get(row.agent)) })
	e.webhookChatCustomer(store, chat)
	e.key("message")
	e.begin('{')
	e.field("applicationId", func() { e.reference(chat.application) })
	e.field("broadcastType", func() { e.word(row.broadcastType) })
	e.field("createdAt", func() { e.time(row.createdAt) })
	e.key("edited")
	e.boolean(row.edited)
	e.key("id")
	e.integer(row.id)
	e.key("read")
	e.boolean(row.read)
	e.field("text", func() { e.word(row.text) })
	e.field("updatedAt", func() {
		if row.updatedAt == never && !e.dialect.WebhookNullUpdatedAt {
			e.time(row.createdAt)
			return
		}
		e.time(row.updatedAt)
	})
	e.end('}')
	e.end('}')
}
