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
	if e.dialect.DeviceAsString {
		e.string(device.platform)
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
