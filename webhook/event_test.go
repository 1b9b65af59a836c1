package webhook_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// The payloads of the three families, with every documented member.
const (
	chatPayload = `{"chat_id":880045,"communicatedAgents":[3102,3103],"customer":{"id":7700123,"name":"Nadia",
		"email":"nadia@example.com","userId":"crm_5501"},"closedBy":"customer","status":"on-hold","closedAt":"1607500930.713",
		"rating":"very poor","createdAt":"1607500767.414","snoozedUntil":"1607600000.000","applicationId":41,"applications":[41],
		"department":{"id":51201,"name":"Helpdesk"},"assignee":{"id":3102,"name":"Anna","email":"anna@example.org","role":"admin"}}`
	customerPayload = `{"id":7700123,"name":"Nadia","userId":"crm_5501","email":"nadia@example.com","unsubscribed":true,
		"customData":{"Plan":"Team","seats":7}}`
	messagePayload = `{"chat_id":880045,"agent":{"id":3102,"name":"Anna"},"customer":{"id":7700123,"name":"Nadia",
		"email":"nadia@example.com","userId":"crm_5501"},"message":{"applicationId":41,"broadcastType":"trigger",
		"createdAt":"1638900000.415","edited":true,"id":61001,"read":true,"text":"Hello","updatedAt":"1638900001.5"}}`
)

// events are all types that there are, with their payloads.
var events = map[webhook.EventType]string{
	webhook.EventTypeChatNew:              chatPayload,
	webhook.EventTypeChatStatusUpdated:    chatPayload,
	webhook.EventTypeChatAssigned:         chatPayload,
	webhook.EventTypeChatSnoozed:          chatPayload,
	webhook.EventTypeChatUnsnoozed:        chatPayload,
	webhook.EventTypeChatClosed:           chatPayload,
	webhook.EventTypeChatRated:            chatPayload,
	webhook.EventTypeCustomerNew:          customerPayload,
	webhook.EventTypeCustomerEmailUpdated: customerPayload,
	webhook.EventTypeCustomerTagsChanged:  customerPayload,
	webhook.EventTypeCustomerUnsubscribed: customerPayload,
	webhook.EventTypeCustomerSubscribed:   customerPayload,
	webhook.EventTypeCustomerBlocked:      customerPayload,
	webhook.EventTypeCustomerUnblocked:    customerPayload,
	webhook.EventTypeCustomerDeleted:      customerPayload,
	webhook.EventTypeMessageChatCustomer:  messagePayload,
	webhook.EventTypeMessageEmailCustomer: messagePayload,
	webhook.EventTypeMessageChatAgent:     messagePayload,
	webhook.EventTypeMessageEmailAgent:    messagePayload,
	webhook.EventTypeMessagePrivate:       messagePayload,
}

// bodyOf is a delivery of an event.
func bodyOf(event webhook.EventType, payload string) string {
	return `{"event":"` + string(event) + `","eventData":` + payload + `,"attempts":2,"lastAttemptAt":1719200060,"createdAt":1719200000,` +
		`"id":"5d1f5b0e-0c55-4a0c-a0b4-6a7b8c9d0e1f"}`
}

// moment is a time of the samples, in seconds since 1970.
func moment(seconds float64) helpcrunch.Timestamp {
	return helpcrunch.Timestamp{Time: time.UnixMilli(int64(seconds * 1000)).UTC()}
}

var aCustomer = helpcrunch.ChatCustomer{ID: 7700123, Name: "Nadia", Email: "nadia@example.com", UserID: "crm_5501"}

// TestEveryEventHasThePayloadOfItsFamily and of no other, whether it comes as an object or
// encoded in a string.
func TestEveryEventHasThePayloadOfItsFamily(t *testing.T) {
	require.Len(t, events, 20)
	for name, payload := range events {
		encoded, err := json.Marshal(payload)
		require.NoError(t, err)
		for _, data := range []string{payload, string(encoded)} {
			event := parse(t, bodyOf(name, data))
			assert.Equal(t, name, event.Type)
			assert.Equal(t, "5d1f5b0e-0c55-4a0c-a0b4-6a7b8c9d0e1f", event.ID)
			assert.Equal(t, 2, event.Attempts)
			assert.Equal(t, moment(1719200000), event.CreatedAt)
			assert.Equal(t, moment(1719200060), event.LastAttemptAt)
			assert.JSONEq(t, payload, string(event.Data))

			chat, isChat := event.Chat()
			customer, isCustomer := event.Customer()
			message, isMessage := event.Message()
			assert.Equal(t, []bool{payload == chatPayload, payload == customerPayload, payload == messagePayload},
				[]bool{isChat, isCustomer, isMessage}, name)
			assert.Equal(t, []bool{isChat, isCustomer, isMessage},
				[]bool{chat != nil, customer != nil, message != nil}, name)
		}
	}
}

func TestChatReadsEveryMember(t *testing.T) {
	chat, _ := parse(t, bodyOf(webhook.EventTypeChatClosed, chatPayload)).Chat()
	assert.Equal(t, &webhook.ChatData{
		ChatID:             880045,
		Status:             helpcrunch.ChatStatusOnHold,
		CommunicatedAgents: []int64{3102, 3103},
		Customer:           aCustomer,
		CreatedAt:          moment(1607500767.414),
		ClosedBy:           helpcrunch.ClosedByCustomer,
		ClosedAt:           moment(1607500930.713),
		Rating:             helpcrunch.RatingVeryPoor,
		SnoozedUntil:       moment(1607600000),
		ApplicationID:      41,
		Applications:       json.RawMessage(`[41]`),
		Assignee:           &helpcrunch.Agent{ID: 3102, Name: "Anna", Email: "anna@example.org", Role: helpcrunch.RoleAdmin},
		Department:         &helpcrunch.Department{ID: 51201, Name: "Helpdesk"},
	}, chat)
}

func TestCustomerReadsEveryMember(t *testing.T) {
	customer, _ := parse(t, bodyOf(webhook.EventTypeCustomerNew, customerPayload)).Customer()
	assert.Equal(t, &webhook.CustomerData{
		ID: 7700123, Name: "Nadia", Email: "nadia@example.com", UserID: "crm_5501", Unsubscribed: true,
		CustomData: helpcrunch.CustomData{"Plan": "Team", "seats": int64(7)},
	}, customer)
}

func TestMessageReadsEveryMember(t *testing.T) {
	message, _ := parse(t, bodyOf(webhook.EventTypeMessageChatAgent, messagePayload)).Message()
	assert.Equal(t, &webhook.MessageData{
		ChatID:   880045,
		Agent:    &helpcrunch.Agent{ID: 3102, Name: "Anna"},
		Customer: aCustomer,
		Message: webhook.MessageContent{
			ID: 61001, Text: "Hello", ApplicationID: 41, BroadcastType: helpcrunch.BroadcastTypeTrigger,
			CreatedAt: moment(1638900000.415), UpdatedAt: moment(1638900001.5), Edited: true, Read: true,
		},
	}, message)
}

// TestEscapedTextIsRead from the delivery with PHP's escapes.
func TestEscapedTextIsRead(t *testing.T) {
	message, ok := parse(t, string(deliveryBody(t))).Message()
	require.True(t, ok)
	assert.Equal(t, "Надія", message.Customer.Name)
	assert.Equal(t, "Café 😀: https://example.com/menu?a=1&b=<2>", message.Message.Text)
	assert.Nil(t, message.Agent)
}

// TestEverySampleOfADeliveryIsRead without a difference: what is marshalled again holds
// every value of the sample that is not null.
func TestEverySampleOfADeliveryIsRead(t *testing.T) {
	file, err := os.Open("../internal/test/samples/testdata/samples.jsonl")
	require.NoError(t, err)
	defer file.Close()
	read := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var sample struct {
			Operation, Direction string
			Body                 json.RawMessage
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &sample))
		if sample.Direction != "webhook" {
			continue
		}
		read++
		event := parse(t, string(sample.Body))
		assert.Equal(t, sample.Operation, "webhook:"+string(event.Type))
		assertHolds(t, sample.Operation, plain(t, sample.Body), plain(t, event))
		assertHolds(t, sample.Operation, plain(t, event.Data), plain(t, payloadOf(t, event)))
	}
	assert.Positive(t, read)
}

// payloadOf is the payload of whichever family.
func payloadOf(t *testing.T, event *webhook.Event) any {
	t.Helper()
	if chat, ok := event.Chat(); ok {
		return chat
	}
	if customer, ok := event.Customer(); ok {
		return customer
	}
	message, ok := event.Message()
	require.True(t, ok, event.Type)
	return message
}

// plain is a value as maps, lists and scalars.
func plain(t *testing.T, value any) any {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	var result any
	require.NoError(t, json.Unmarshal(data, &result))
	return result
}

// assertHolds asserts that got has every value of want. A time may have another form.
func assertHolds(t *testing.T, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
	case map[string]any:
		members, _ := got.(map[string]any)
		for name, member := range want {
			assertHolds(t, path+"."+name, member, members[name])
		}
	default:
		if strings.HasSuffix(path, "At") || strings.HasSuffix(path, "Until") {
			want, got = timeOf(t, want), timeOf(t, got)
		}
		assert.Equal(t, want, got, path)
	}
}

func timeOf(t *testing.T, value any) any {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	var timestamp helpcrunch.Timestamp
	require.NoError(t, json.Unmarshal(data, &timestamp))
	return timestamp
}

// TestAnEventSurvivesAQueue: what was marshalled is parsed again.
func TestAnEventSurvivesAQueue(t *testing.T) {
	for name, payload := range events {
		event := parse(t, bodyOf(name, payload))
		queued, err := json.Marshal(event)
		require.NoError(t, err)
		again := parse(t, string(queued))
		assert.Equal(t, payloadOf(t, event), payloadOf(t, again))
		assert.JSONEq(t, string(event.Data), string(again.Data))
		event.Data, again.Data = nil, nil
		assert.Equal(t, event, again)
	}
}
