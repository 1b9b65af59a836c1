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
