package helpcrunchtest_test

import (
	"fmt"
	"maps"
	"slices"
)

// The model implements the contract a second time, with maps and slices of JSON. It shares no code
// with the server.

// object is a JSON object as encoding/json decodes it.
type object = map[string]any

type model struct {
	now       int64 // seconds
	customers []object
	chats     []*modelChat

	customerID, chatID, messageID, eventID float64 // the last ones given out
}

type modelChat struct {
	fields   object
	customer float64
	snoozed  int64 // 0 for not
	messages []object
}

func newModel() *model {
	return &model{now: 1_700_000_000, customerID: 100000, chatID: 20000000, messageID: 300000000, eventID: 4000000}
}

var modelAgents = map[float64]object{
	101: {"id": 101.0, "name": "Ada Ramos", "email": "ada@example.com", "role": "admin"},
	102: {"id": 102.0, "name": "Tomas Veld", "email": "tomas@example.com", "role": "agent"},
}

func (m *model) time() any { return fmt.Sprint(m.now) }

func (m *model) customer(id float64) object {
	i := slices.IndexFunc(m.customers, func(c object) bool { return c["id"] == id })
	if i < 0 {
		return nil
	}
	return m.customers[i]
}

func (m *model) chat(id float64) *modelChat {
	i := slices.IndexFunc(m.chats, func(c *modelChat) bool { return c.fields["id"] == id })
	if i < 0 {
		return nil
	}
	return m.chats[i]
}

// pass advances the time and ends the snoozes that are due.
func (m *model) pass(seconds int64) {
	m.now += seconds
	for _, chat := range m.chats {
		if chat.snoozed != 0 && chat.snoozed <= m.now {
			chat.snoozed, chat.fields["snoozedUntil"], chat.fields["readByAgent"] = 0, nil, false
		}
	}
}

func blankCustomer(id float64) object {
	c := object{
		"id": id, "firstSeen": nil, "lastSeen": nil, "device": nil, "unsubscribed": false, "blocked": false,
		"location": object{"regionCode": nil, "countryCode": nil, "city": nil}, "tags": []any{}, "customData": object{},
	}
	for _, name := range []string{
		"name", "email", "userId", "company", "phone", "source", "referer", "lastPage", "locale", "createdFrom",
		"integrationId", "notes",
	} {
		c[name] = nil
	}
	return c
}

// write applies a customer body. merge merges customData, as PATCH does.
func write(c, body object, merge bool) {
	for name, value := range body {
		switch name {
		case "tags":
			c["tags"] = withTags([]any{}, value.([]any))
		case "customData":
			data := object{}
			if merge {
				data = maps.Clone(c["customData"].(object))
			}
			for _, pair := range value.([]any) {
				property := pair.(object)["property"].(string)
				data[property] = pair.(object)["value"]
				if data[property] == nil {
					delete(data, property)
				}
			}
			c["customData"] = data
		case "blocked", "unsubscribed":
			c[name] = value == true
		case "customer":
		default:
			c[name] = value
		}
	}
}

func withTags(tags, more []any) []any {
	tags = slices.Clone(tags)
	for _, added := range more {
		name, color := added.(object)["name"], added.(object)["color"]
		i := slices.IndexFunc(tags, func(tag any) bool { return tag.(object)["name"] == name })
		switch {
		case i < 0 && color == nil:
			tags = append(tags, object{"name": name, "color": "#c377e0"})
		case i < 0:
			tags = append(tags, object{"name": name, "color": color})
		case color != nil:
			tags[i] = object{"name": name, "color": color}
		}
	}
	return tags
}

// taken reports whether another customer has the userId of a body.
func (m *model) taken(body object, id float64) bool {
	return body["userId"] != nil && slices.ContainsFunc(m.customers, func(c object) bool {
		return c["userId"] == body["userId"] && c["id"] != id
	})
}

// shown is the JSON of a customer.
func shown(c object) object {
	c = maps.Clone(c)
	if len(c["customData"].(object)) == 0 {
		c["customData"] = []any{}
	}
	return c
}

// shownChat is the JSON of a chat.
func (m *model) shownChat(chat *modelChat) object {
	c := maps.Clone(chat.fields)
	customer := m.customer(chat.customer)
	c["customer"] = object{
		"id": customer["id"], "name": customer["name"], "email": customer["email"], "userId": customer["userId"],
	}
	return c
}

func (m *model) newChat(customer float64, assignee, department any) *modelChat {
	m.chatID++
	chat := &modelChat{customer: customer, fields: object{
		"id": m.chatID, "status": "empty", "createdAt": m.time(), "createdWith": "public_api", "applicationId": 301.0,
		"agents": []any{}, "assignee": nil, "department": nil, "readByAgent": true, "readByCustomer": true,
		"closedBy": nil, "closedAt": nil, "rating": nil, "snoozedUntil": nil, "lastMessageAt": nil, "lastMessageId": nil,
		"lastMessageText": nil, "lastCustomerMessageAt": nil, "lastCommunicatedAgentId": nil,
	}}
	if id, ok := assignee.(float64); ok {
		chat.fields["assignee"] = modelAgents[id]
	}
	if department != nil {
		chat.fields["department"] = object{"id": department, "name": "Helpdesk"}
	}
	m.chats = append(m.chats, chat)
	return chat
}

func (m *model) setStatus(chat *modelChat, status string) {
	if status == "closed" && chat.fields["status"] != "closed" {
		chat.fields["closedAt"], chat.fields["closedBy"] = m.time(), "agent"
	}
	if status != "closed" {
		chat.fields["closedAt"], chat.fields["closedBy"] = nil, nil
	}
	chat.fields["status"] = status
}

// say adds a message to a chat. agent is 0 for none.
func (m *model) say(chat *modelChat, kind, text string, agent float64) object {
	m.messageID++
	message := object{
		"id": m.messageID, "chat": chat.fields["id"], "type": kind, "text": text, "from": "customer", "agent": nil,
		"read": false, "edited": false, "createdAt": m.time(), "updatedAt": nil, "broadcastType": nil,
	}
	if agent != 0 {
		message["agent"] = modelAgents[agent]
	}
	if agent != 0 || kind != "message" {
		message["from"] = "agent"
	}
	chat.messages = append(chat.messages, message)
	if kind == "message" {
		m.hear(chat, message, agent)
	}
	return message
}

func (m *model) hear(chat *modelChat, message object, agent float64) {
	f := chat.fields
	f["lastMessageId"], f["lastMessageText"], f["lastMessageAt"] = message["id"], message["text"], m.time()
	if agent == 0 {
		f["lastCustomerMessageAt"], f["readByAgent"] = m.time(), false
		switch f["status"] {
		case "empty":
			f["status"] = "new"
		case "closed":
			m.setStatus(chat, "opened")
		}
		return
	}
	f["readByCustomer"], f["lastCommunicatedAgentId"] = false, agent
	if f["status"] == "empty" || f["status"] == "new" {
		f["status"] = "opened"
	}
	wrote := func(a any) bool { return a.(object)["id"] == agent }
	if !slices.ContainsFunc(f["agents"].([]any), wrote) {
		f["agents"] = append(slices.Clone(f["agents"].([]any)), modelAgents[agent])
	}
}

// rate rates a chat and returns the status of the response.
func (m *model) rate(chat *modelChat, rating string) int {
	answered := slices.ContainsFunc(chat.messages, func(message object) bool {
		return message["from"] == "agent" && message["type"] == "message"
	})
	if chat.fields["status"] != "closed" || !answered || chat.fields["rating"] != nil {
		return 400
	}
	chat.fields["rating"] = rating
	return 200
}

func (m *model) markRead(chat *modelChat, side, other string, read bool) {
	chat.fields[side] = read
	for i, message := range chat.messages {
		if read && message["from"] == other && message["type"] == "message" {
			message = maps.Clone(message)
			message["read"] = true
			chat.messages[i] = message
		}
	}
}
