package helpcrunchtest

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
