package helpcrunchtest_test

import (
	"testing"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestConformanceIDZero(t *testing.T) {
	newChat := func(more string) string {
		return `{"customer":` + customer1 + `,"application":` + widget + more + `}`
	}
	checkConformance(t, []conformance{
		{row: "an item of a batch for customer 0", dialect: generic, steps: []step{
			aCustomer,
			{"PUT /customers/batch", `[{"customer":` + customer1 + `,"name":"Ana"},{"customer":0}]`, 400,
				genericOf("[1].customer", "Customer not found")},
			{"GET /customers/" + customer1, "", 200, `{"name":"Marta Silva"}`},
		}},
		{row: "a message by agent 0", steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":` + chat1 + `,"text":"Hi","type":"message","agent":0}`, 404,
				errorOf("entity_not_found", "Agent not found")},
			{"POST /messages", `{"chat":` + chat1 + `,"text":"Hi","type":"message","agent":null}`, 201, `{"from":"customer"}`},
		}},
		{row: "a note by agent 0 where a note needs an agent", dialect: helpcrunchtest.Dialect{NoteNeedsAgent: true}, steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":` + chat1 + `,"text":"Hi","type":"private","agent":0}`, 404,
				errorOf("entity_not_found", "Agent not found")},
		}},
		{row: "a chat for assignee or department 0", steps: []step{
			aCustomer,
			{"POST /chats", newChat(`,"assignee":0`), 400, errorOf("invalid_chat_value", "assignee value is invalid")},
			{"POST /chats", newChat(`,"department":0`), 400, errorOf("invalid_chat_value", "department value is invalid")},
			{"POST /chats", newChat(`,"assignee":null,"department":null`), 201, `{"assignee":null,"department":null}`},
		}},
		{row: "a chat in application 0 where none is needed", dialect: helpcrunchtest.Dialect{ApplicationOptional: true}, steps: []step{
			aCustomer,
			{"POST /chats", `{"customer":` + customer1 + `,"application":0}`, 400, errorOf("invalid_chat_value", "application value is invalid")},
			{"POST /chats", `{"customer":` + customer1 + `,"application":null}`, 201, ""},
		}},
	})
}

func TestConformanceEmptyArrays(t *testing.T) {
	filter := func(value string) string {
		return `{"filter":[{"field":"customers.tagsData","operator":"=","value":` + value + `}]}`
	}
	checkConformance(t, []conformance{
		{row: "a tags filter without tags", steps: []step{
			aCustomer,
			{"POST /customers/search", filter(`[]`), 400, errorOf("filter[0].value", "This value should not be blank.")},
			{"POST /customers/search", filter("[ \n]"), 400, errorOf("filter[0].value", "This value should not be blank.")},
		}},
		{row: "event data without values", steps: []step{
			aCustomer,
			{"POST /events", `{"customer":` + customer1 + `,"name":"A","data":[]}`, 200, `{"data":[]}`},
			{"POST /events", `{"customer":` + customer1 + `,"name":"A","data":[ ]}`, 200, `{"data":[]}`},
			{"POST /events", `{"customer":` + customer1 + `,"name":"A","data":[1]}`, 400, ""},
		}},
	})
}

func TestConformanceNumbersBeyondTheRange(t *testing.T) {
	const huge = "99999999999999999999"
	checkConformance(t, []conformance{
		{row: "limits and offsets", steps: []step{
			aCustomer,
			{"GET /customers?limit=" + huge, "", 200, `{"data":[{}],"total":1}`},
			{"GET /customers?offset=" + huge, "", 200, `{"data":[],"total":1}`},
			{"GET /customers?limit=-" + huge, "", 400, errorOf("limit", "This value should be 1 or more.")},
			{"POST /customers/search", `{"limit":` + huge + `}`, 200, `{"data":[{}],"total":1}`},
			{"POST /customers/search", `{"limit":"` + huge + `"}`, 200, `{"data":[{}],"total":1}`},
			{"POST /customers/search", `{"offset":` + huge + `}`, 200, `{"data":[],"total":1}`},
			{"POST /customers/search", `{"limit":-` + huge + `}`, 400, errorOf("limit", "This value should be 1 or more.")},
			{"POST /customers/search", `{"limit":1.5}`, 400, errorOf("limit", "This value should be of type numeric.")},
		}},
		{row: "a limit that is not cut", dialect: helpcrunchtest.Dialect{LimitAbove100Is400: true}, steps: []step{
			{"GET /customers?limit=" + huge, "", 400, errorOf("limit", "This value should be 100 or less.")},
		}},
		{row: "ids in paths", steps: []step{
			{"GET /customers/" + huge, "", 404, errorOf("entity_not_found", "Customer not found")},
			{"GET /chats/" + huge, "", 404, errorOf("chat_not_found", "Chat not found")},
			{"GET /chats/" + huge + "/messages", "", 404, errorOf("chat_not_found", "Chat not found")},
			{"POST /chats/" + huge, "", 405, ""},
		}},
	})
}

func TestConformanceBatchNamesTheItemOfADuplicateUserID(t *testing.T) {
	used := func(path string) string { return genericOf(path, "This value is not valid.") }
	const first, second = `{"customer":` + customer1, `{"customer":100002`
	checkConformance(t, []conformance{{row: "userId", dialect: generic, steps: []step{
		aCustomer, another, {"POST /customers", `{"userId":"crm-3"}`, 201, ""},
		{"PUT /customers/batch", `[` + first + `},` + second + `,"userId":"crm-3"}]`, 400, used("[1].userId")},
		{"PUT /customers/batch", `[` + first + `,"userId":"x"},` + second + `,"userId":"x"}]`, 400, used("[1].userId")},
		{"PUT /customers/batch", `[` + first + `,"userId":"crm-2"},` + second + `,"name":"Lee"}]`, 400, used("[0].userId")},
		{"PUT /customers/batch", `[` + second + `},` + first + `,"name":"Lee"},` + second + `,"userId":"crm-1"}]`, 400, used("[2].userId")},
		{"PATCH /customers/" + customer1, `{"userId":"crm-2"}`, 400, used("userId")},
	}}})
}

func TestConformanceSignsAndEmptyStrings(t *testing.T) {
	snooze := func(until string) step {
		return step{"PUT /chats/snooze", `{"id":` + chat1 + `,"snoozedUntil":` + until + `}`, 400,
			errorOf("snoozedUntil", "This value is not a valid timestamp.")}
	}
	checkConformance(t, []conformance{
		{row: "a time has no sign", steps: []step{
			aCustomer, aChat, snooze(`"+5"`), snooze(`"+5.5"`), snooze(`"-5"`), snooze(`-5`), snooze(`"-0"`), snooze(`".5"`), snooze(`"5."`),
		}},
		{row: "a filter for an empty string", dialect: helpcrunchtest.Dialect{EmptyStringsAre400: true}, steps: []step{
			{"POST /customers/search", `{"filter":[{"field":"customers.name","operator":"=","value":""}]}`, 400,
				errorOf("filter[0].value", "This value should not be blank.")},
		}},
	})
}
