package helpcrunchtest

func (e *encoder) customer(row *customer) {
	texts := row.texts()
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.texts(&texts, nameField, emailField, userIDField, companyField, phoneField)
	e.key("firstSeen")
	e.time(row.firstSeen)
	e.key("lastSeen")
	e.time(row.lastSeen)
	e.location(&texts)
	e.device(row.device)
	e.key("unsubscribed")
	e.boolean(row.unsubscribed)
	e.key("blocked")
	e.boolean(row.blocked)
	e.texts(&texts, sourceField, refererField, lastPageField, localeField)
	if !e.dialect.OldFields {
		e.texts(&texts, createdFromField, integrationIDField)
	}
	e.texts(&texts, notesField)
	e.key("tags")
	e.begin('[')
	for _, tag := range row.tags {
		e.begin('{')
		e.key("name")
		e.string(tag.name)
		e.key("color")
		e.string(tag.color)
		e.end('}')
	}
	e.end(']')
	e.data("customData", row.custom, e.dialect.CustomData)
	e.end('}')
}

// texts writes text properties of a customer under their names.
func (e *encoder) texts(texts *customerTexts, fields ...textField) {
	for _, field := range fields {
		e.key(textFieldNames[field])
		e.nullable(texts[field].text, texts[field].set)
	}
}

func (e *encoder) location(texts *customerTexts) {
	e.key("location")
	nowhere := !texts[regionCodeField].set && !texts[countryCodeField].set && !texts[cityField].set
	if nowhere && e.dialect.NullLocation {
		e.null()
		return
	}
	e.begin('{')
	e.texts(texts, regionCodeField, countryCodeField, cityField)
	e.end('}')
}

func (e *encoder) device(device *device) {
	e.key("device")
	if device == nil {
		e.null()
		return
	}
	e.begin('{')
	e.key("id")
	e.integer(device.id)
	e.key("ip")
	e.string(device.ip)
	e.key("timezone")
	e.string(device.timezone)
	e.key("platform")
	e.string(device.platform)
	e.key("userAgent")
	e.string(device.userAgent)
	e.end('}')
}

// chat writes a chat; store holds what it refers to. The answers to the read marks
// may send some words as numbers.
func (e *encoder) chat(store *store, row *chat, readMark bool) {
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("closedBy")
	e.wordOrNumber(row.closedBy, closers, readMark)
	e.key("lastCustomerMessageAt")
	e.time(row.lastCustomerMessageAt)
	e.key("status")
	e.string(e.status(row.status))
	e.key("closedAt")
	e.time(row.closedAt)
	e.key("rating")
	e.wordOrNumber(row.rating, ratings, readMark)
	e.key("createdAt")
	e.time(row.createdAt)
	e.key("lastMessageAt")
	e.time(row.lastMessageAt)
	e.key("snoozedUntil")
	e.fineTime(row.snoozedUntil)
	e.key("lastMessageText")
	e.nullable(row.lastMessageText, row.lastMessageID != 0)
	e.key("lastMessageId")
	e.reference(row.lastMessageID)
	e.newChatFields(row)
	e.key("lastCommunicatedAgentId")
	e.reference(row.lastAgent)
	e.chatAgents(store, row)
	e.chatCustomer(store, row)
	e.key("assignee")
	e.agent(store.agents.get(row.assignee))
	e.key("department")
	e.departmentName(store.departments.get(row.department))
	if e.dialect.ChatNotes {
		e.key("notes")
		e.word(row.notes)
	}
	e.end('}')
}

// newChatFields writes what older documentation does not have.
func (e *encoder) newChatFields(row *chat) {
	if e.dialect.OldFields {
		return
	}
	e.key("createdWith")
	e.word(row.createdWith)
	e.key("applicationId")
	e.reference(row.application)
	e.key("readByAgent")
	e.boolean(row.readByAgent)
	e.key("readByCustomer")
	e.boolean(row.readByCustomer)
}

// wordOrNumber writes a word, or its place among words, from 1.
func (e *encoder) wordOrNumber(word string, words []string, readMark bool) {
	if readMark && e.dialect.RatingNumbers {
		for place, known := range words {
			if word == known {
				e.integer(int64(place + 1))
				return
			}
		}
	}
	e.word(word)
}

// status is the dialect's spelling of a chat status.
func (e *encoder) status(status string) string {
	if status != statusOnHold {
		return status
	}
	switch e.dialect.OnHold {
	case OnHoldWithSpace:
		return "on hold"
	case OnHoldWithHyphen:
		return "on-hold"
	}
	return status
}

func (e *encoder) chatAgents(store *store, row *chat) {
	e.key("agents")
	if e.dialect.OneAgent {
		e.agent(store.agents.get(row.lastAgent))
		return
	}
	e.begin('[')
	for _, id := range row.agents {
		if agent := store.agents.get(id); agent != nil {
			e.agent(agent)
		}
	}
	e.end(']')
}

func (e *encoder) chatCustomer(store *store, row *chat) {
	e.key("customer")
	customer := store.customers.get(row.customer)
	if customer == nil {
		e.null()
		return
	}
	texts := customer.texts()
	e.begin('{')
	e.key("id")
	e.integer(customer.id)
	e.texts(&texts, nameField, emailField, userIDField)
	e.end('}')
}

func (e *encoder) departmentName(row *department) {
	if row == nil {
		e.null()
		return
	}
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("name")
	e.string(row.name)
	e.end('}')
}

func (e *encoder) message(store *store, row *message) {
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("agent")
	e.messageAgent(store.agents.get(row.agent))
	e.key("type")
	e.string(row.kind)
	e.key("text")
	e.word(row.text)
	e.key("read")
	e.boolean(row.read)
	e.key("createdAt")
	e.fineTime(row.createdAt)
	e.key("updatedAt")
	e.fineTime(row.updatedAt)
	e.key("edited")
	e.boolean(row.edited)
	e.key("broadcastType")
	e.word(row.broadcastType)
	e.key("chat")
	e.integer(row.chat)
	e.key("from")
	e.string(row.from)
	e.end('}')
}

func (e *encoder) messageAgent(row *agent) {
	if row == nil || !e.dialect.ShortAgents {
		e.agent(row)
		return
	}
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("name")
	e.string(row.name)
	e.end('}')
}

// agent writes an agent, or null for nil.
func (e *encoder) agent(row *agent) {
	if row == nil {
		e.null()
		return
	}
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("name")
	e.string(row.name)
	e.key("email")
	e.string(row.email)
	e.key("role")
	e.string(row.role)
	e.end('}')
}

func (e *encoder) department(store *store, row *department) {
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("name")
	e.string(row.name)
	e.key("agents")
	e.begin('[')
	for _, id := range row.agents {
		if agent := store.agents.get(id); agent != nil {
			e.agent(agent)
		}
	}
	e.end(']')
	e.end('}')
}

func (e *encoder) application(row *application) {
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("name")
	e.string(row.name)
	e.key("displayName")
	e.string(row.displayName)
	e.key("active")
	e.boolean(row.active)
	e.key("type")
	e.string(row.kind)
	e.end('}')
}

func (e *encoder) organization(row *organization) {
	e.begin('{')
	e.key("id")
	e.integer(row.id)
	e.key("domain")
	e.string(row.domain)
	e.key("teamOnline")
	e.boolean(row.teamOnline)
	e.key("chatEnabled")
	e.boolean(row.chatEnabled)
	e.end('}')
}

func (e *encoder) event(row *event) {
	e.begin('{')
	if e.dialect.Events != EventsWithoutID {
		e.key("id")
		e.integer(row.id)
	}
	e.key("name")
	e.string(row.name)
	e.data("data", row.data, CustomDataAsObject)
	e.key("createdAt")
	e.time(row.createdAt)
	if e.dialect.Events == EventsWithCustomer {
		e.key("customer")
		e.integer(row.customer)
	}
	e.end('}')
}
