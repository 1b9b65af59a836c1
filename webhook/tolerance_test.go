package webhook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// chatOf is the payload of a chat's event.
func chatOf(t *testing.T, payload string) *webhook.ChatData {
	t.Helper()
	chat, ok := parse(t, bodyOf(webhook.EventTypeChatAssigned, payload)).Chat()
	require.True(t, ok, payload)
	return chat
}

// TestE8ChatIDIsReadUnderEachOfItsNames has chat_id first, then chatId, then id.
func TestE8ChatIDIsReadUnderEachOfItsNames(t *testing.T) {
	for payload, want := range map[string]int64{
		`{"chat_id":7}`:                              7,
		`{"id":7}`:                                   7,
		`{"chatId":7}`:                               7,
		`{"chatId":"7","id":8}`:                      7,
		`{"chat_id":7,"chatId":9,"id":8}`:            7,
		`{"chat_id":7,"id":8}`:                       7,
		`{"chat_id":null,"id":7}`:                    7,
		`{"chat_id":"7"}`:                            7,
		`"[{\"chat_id\":7}]"`:                        7,
		`{"chat_id":9223372036854775807,"id":1}`:     9223372036854775807,
		`{"chat_id":{"no":"id"},"id":"7"}`:           7,
		`{"status":"new"}`:                           0,
		`{"id":[],"chat_id":"seven","status":"new"}`: 0,
	} {
		assert.Equal(t, want, chatOf(t, payload).ChatID, payload)
		message, ok := parse(t, bodyOf(webhook.EventTypeMessagePrivate, payload)).Message()
		require.True(t, ok, payload)
		assert.Equal(t, want, message.ChatID, payload)
	}
}

// TestE8IDsOfEventsMayBeNumbers of any size.
func TestE8IDsOfEventsMayBeNumbers(t *testing.T) {
	for id, want := range map[string]string{`17`: "17", `12345678901234567890123`: "12345678901234567890123", `"a-b"`: "a-b", `null`: "", `[]`: ""} {
		assert.Equal(t, want, parse(t, `{"event":"chat.new","id":`+id+`}`).ID, id)
	}
}

// TestE10ByteOrderMarksAreSkipped in front of a delivery, and of a payload in a string.
func TestE10ByteOrderMarksAreSkipped(t *testing.T) {
	event := parse(t, "\ufeff"+`{"event":"chat.new","eventData":"\ufeff{\"chat_id\":7}"}`)
	chat, ok := event.Chat()
	require.True(t, ok)
	assert.EqualValues(t, 7, chat.ChatID)
	_, err := webhook.Parse([]byte("\ufeff"))
	assert.Error(t, err)
}

func TestTimesAreReadInEveryForm(t *testing.T) {
	for form, want := range map[string]helpcrunch.Timestamp{
		`1607500930`:            moment(1607500930),
		`"1607500930"`:          moment(1607500930),
		`"1607500930.713"`:      moment(1607500930.713),
		`1607500930.713`:        moment(1607500930.713),
		`"2020-12-09 08:02:10"`: moment(1607500930),
		`null`:                  {},
		`""`:                    {},
		`"soon"`:                {},
		`{"date":"today"}`:      {},
	} {
		assert.Equal(t, want, chatOf(t, `{"closedAt":`+form+`}`).ClosedAt, form)
		event := parse(t, `{"event":"chat.new","createdAt":`+form+`,"lastAttemptAt":`+form+`}`)
		assert.Equal(t, want, event.CreatedAt, form)
		assert.Equal(t, want, event.LastAttemptAt, form)
	}
}

// TestOddFormsOfAgentsAndDepartmentsAreRead as far as they go.
func TestOddFormsOfAgentsAndDepartmentsAreRead(t *testing.T) {
	for form, want := range map[string]*helpcrunch.Agent{
		`{"id":3102,"name":"Anna"}`:   {ID: 3102, Name: "Anna"},
		`{"id":"3102","name":5}`:      {ID: 3102, Name: "5"},
		`{"id":3102,"name":["Anna"]}`: {ID: 3102},
		`[{"id":3102}]`:               {ID: 3102},
		`3102`:                        {ID: 3102},
		`"3102"`:                      {ID: 3102},
		`{}`:                          {},
		`null`:                        nil,
		`[]`:                          nil,
		`[null]`:                      nil,
		`false`:                       nil,
		`""`:                          nil,
		`"Anna"`:                      nil,
		`[[[3102]]]`:                  nil,
	} {
		chat := chatOf(t, `{"chat_id":7,"assignee":`+form+`,"department":`+form+`}`)
		assert.Equal(t, want, chat.Assignee, form)
		assert.Equal(t, want == nil, chat.Department == nil, form)
		if want != nil {
			assert.Equal(t, &helpcrunch.Department{ID: want.ID, Name: want.Name}, chat.Department, form)
		}
		message, ok := parse(t, bodyOf(webhook.EventTypeMessagePrivate, `{"chat_id":7,"agent":`+form+`}`)).Message()
		require.True(t, ok)
		assert.Equal(t, want, message.Agent, form)
	}
}

func TestOddFormsOfCommunicatedAgentsAreRead(t *testing.T) {
	for form, want := range map[string][]int64{
		`[3102,"3103"]`:               {3102, 3103},
		`[{"id":3102},{"id":"3103"}]`: {3102, 3103},
		`{"0":3102,"2":3103}`:         {3102, 3103},
		`{"id":3102}`:                 {3102},
		`3102`:                        {3102},
		`[3102,null,"Anna",{},[1]]`:   {3102},
		`[]`:                          {},
		`null`:                        nil,
		`"none"`:                      nil,
	} {
		assert.Equal(t, want, chatOf(t, `{"communicatedAgents":`+form+`}`).CommunicatedAgents, form)
	}
}

// TestE9OneOddMemberLeavesTheOthersAlone, wherever it stands.
func TestE9OneOddMemberLeavesTheOthersAlone(t *testing.T) {
	for name := range map[string]bool{
		"status": true, "communicatedAgents": true, "customer": true, "createdAt": true, "closedBy": true, "closedAt": true, "rating": true,
		"snoozedUntil": true, "applicationId": true, "applications": true, "assignee": true, "department": true, "unheardOf": true,
	} {
		for _, odd := range []string{`null`, `true`, `-1.5e300`, `"odd"`, `[[["odd"]]]`, `{"odd":{"odd":[]}}`} {
			chat := chatOf(t, fmt.Sprintf(`{"chat_id":7,%q:%s}`, name, odd))
			assert.EqualValues(t, 7, chat.ChatID, "%s: %s", name, odd)
		}
	}
	event := parse(t, `{"event":"customer.new","id":{"x":1},"attempts":"many","createdAt":[],"eventData":{"id":7,"customData":5,"name":{}}}`)
	customer, ok := event.Customer()
	require.True(t, ok)
	assert.Equal(t, &webhook.CustomerData{ID: 7}, customer)
	assert.Empty(t, event.ID)
	assert.Zero(t, event.Attempts)
}

func TestNullAndAbsentMembersAreZero(t *testing.T) {
	for _, body := range []string{
		`{"event":"message.private","eventData":{}}`,
		`{"event":"message.private","id":null,"attempts":null,"createdAt":null,"lastAttemptAt":null,
			"eventData":{"chat_id":null,"agent":null,"customer":null,"message":null}}`,
	} {
		message, ok := parse(t, body).Message()
		require.True(t, ok)
		assert.Equal(t, &webhook.MessageData{}, message)
	}
}

// TestAPayloadThatIsNoneIsFalse, and the event is there all the same.
func TestAPayloadThatIsNoneIsFalse(t *testing.T) {
	for _, data := range []string{`null`, `[]`, `"text"`, `""`, `"{truncated"`, `true`, `[[]]`} {
		event := parse(t, bodyOf(webhook.EventTypeChatNew, data))
		_, ok := event.Chat()
		assert.False(t, ok, data)
	}
	event := parse(t, `{"event":"chat.new"}`)
	_, ok := event.Chat()
	assert.False(t, ok)
	assert.Nil(t, event.Data)
	_, ok = (&webhook.Event{Type: "customer.new", Data: []byte("null")}).Customer()
	assert.False(t, ok)
}

// TestUnknownEventsAreRead: those of a known family have its payload.
func TestUnknownEventsAreRead(t *testing.T) {
	chat, ok := parse(t, bodyOf("chat.merged", `{"chat_id":7}`)).Chat()
	require.True(t, ok)
	assert.EqualValues(t, 7, chat.ChatID)

	for _, name := range []webhook.EventType{"agent.online", "chatter.new", "chats", ".chat", "Chat.new"} {
		event := parse(t, bodyOf(name, `{"id":7,"chat_id":7}`))
		assert.Equal(t, name, event.Type)
		_, isChat := event.Chat()
		_, isCustomer := event.Customer()
		_, isMessage := event.Message()
		assert.False(t, isChat || isCustomer || isMessage, name)
		assert.JSONEq(t, `{"id":7,"chat_id":7}`, string(event.Data))
	}
	for _, data := range []string{`5`, `[1]`, `null`, `"x"`} {
		parse(t, bodyOf("agent.online", data))
	}
}

// TestBodiesThatAreNoEventAreErrors: they begin with what is wrong, and encoding/json adds
// its own words.
func TestBodiesThatAreNoEventAreErrors(t *testing.T) {
	for body, want := range map[string]string{
		``:                        "webhook: the body is not JSON: ",
		`{"event":"chat.new"`:     "webhook: the body is not JSON: ",
		`{"event":"chat.new"}{}`:  "webhook: the body is not JSON: ",
		`<html>`:                  "webhook: the body is not JSON: ",
		`null`:                    "webhook: the body is not a JSON object",
		`[]`:                      "webhook: the body is not a JSON object",
		`"{}"`:                    "webhook: the body is not a JSON object",
		`12345678901234567890`:    "webhook: the body is not a JSON object",
		`{}`:                      "webhook: the body names no event",
		`{"event":null}`:          "webhook: the body names no event",
		`{"event":""}`:            "webhook: the body names no event",
		`{"event":{"a":1}}`:       "webhook: the body names no event",
		`{"Event":"chat.new"}`:    "webhook: the body names no event",
		strings.Repeat("[", 1e5):  "webhook: the body is not JSON: ",
		`{"eventData":{"id":17}}`: "webhook: the body names no event",
	} {
		event, err := webhook.Parse([]byte(body))
		require.Nil(t, event)
		require.Error(t, err, body[:min(len(body), 40)])
		assert.Truef(t, strings.HasPrefix(err.Error(), want), "%q begins with %q", err, want)
	}
}
