package helpcrunchtest_test

import (
	"testing"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func TestContractSection4(t *testing.T) {
	noNotes := helpcrunchtest.Dialect{NoStatusNotes: true}
	checkConformance(t, []conformance{
		{row: "create/a new chat is empty", steps: []step{
			aCustomer,
			{"POST /chats", `{"customer":100001,"application":301}`, 201,
				`={"id":20000001,"status":"empty","closedBy":null,"rating":null,"createdAt":"1700000000","closedAt":null,
				"lastMessageAt":null,"lastCustomerMessageAt":null,"snoozedUntil":null,"readByAgent":true,"readByCustomer":true,
				"createdWith":"public_api","lastMessageText":null,"lastMessageId":null,"applicationId":301,
				"lastCommunicatedAgentId":null,"agents":[],"assignee":null,"department":null,
				"customer":{"id":100001,"name":"Marta Silva","email":"marta@example.org","userId":"crm-1"}}`},
		}},
		{row: "create/with assignee and department", steps: []step{
			aCustomer,
			{"POST /chats", `{"customer":100001,"application":301,"assignee":102,"department":201}`, 201,
				`{"assignee":{"id":102,"name":"Tomas Veld","email":"tomas@example.com","role":"agent"},"department":{"id":201,"name":"Helpdesk"}}`},
			{"POST /chats", `{"customer":100001,"application":301,"assignee":null,"department":null}`, 201, `{"assignee":null,"department":null}`},
		}},
		{row: "create/rejections", steps: []step{
			aCustomer,
			{"POST /chats", `{"application":301}`, 400, errorOf("customer", "This value should not be blank.")},
			{"POST /chats", `{"customer":"me","application":301}`, 400, errorOf("customer", "This value should be of type numeric.")},
			{"POST /chats", `{"customer":5,"application":301}`, 404, errorOf("entity_not_found", "Customer not found")},
			{"POST /chats", `{"customer":100001}`, 400, errorOf("invalid_chat_value", "application value is invalid")},
			{"POST /chats", `{"customer":100001,"application":5}`, 400, errorOf("invalid_chat_value", "application value is invalid")},
			{"POST /chats", `{"customer":100001,"application":301,"assignee":5}`, 400, errorOf("invalid_chat_value", "assignee value is invalid")},
			{"POST /chats", `{"customer":100001,"application":301,"department":5}`, 400, errorOf("invalid_chat_value", "department value is invalid")},
			{"GET /chats", "", 200, `={"data":[],"meta":{"total":0}}`},
		}},
		{row: "create/rejections in generic errors", dialect: generic, steps: []step{
			aCustomer,
			{"POST /chats", `{"application":301,"assignee":"x"}`, 400, genericOf(
				"customer", "This value should not be blank.", "assignee", "This value should be of type numeric.")},
			{"POST /chats", `{"customer":100001}`, 400, genericOf("application", "This value is not valid.")},
		}},
		{row: "create/application optional and 200 by switch",
			dialect: helpcrunchtest.Dialect{ApplicationOptional: true, ChatCreatedIs200: true}, steps: []step{
				aCustomer,
				{"POST /chats", `{"customer":100001}`, 200, `{"applicationId":null}`},
				{"POST /chats", `{"customer":100001,"application":5}`, 400, ""},
			}},
		{row: "life/customer writes, agent writes, closed, reopened", steps: []step{
			aCustomer, aChat, customerIn,
			{"GET /chats/20000001", "", 200, `{"status":"new","lastMessageId":300000001,"lastMessageText":"Hi there",
				"lastMessageAt":"1700000000","lastCustomerMessageAt":"1700000000","readByAgent":false,"agents":[]}`},
			agentIn,
			{"GET /chats/20000001", "", 200, `{"status":"opened","lastMessageId":300000002,"lastMessageText":"Hello",
				"lastCustomerMessageAt":"1700000000","readByCustomer":false,"lastCommunicatedAgentId":101,"agents":[{"id":101,"role":"admin"}]}`},
			{"PUT /chats/status", `{"id":20000001,"status":"closed"}`, 200, `{"status":"closed","closedBy":"agent","closedAt":"1700000000"}`},
			customerIn,
			{"GET /chats/20000001", "", 200, `{"status":"opened","closedBy":null,"closedAt":null}`},
			{"POST /messages", `{"chat":20000001,"text":"Me too","type":"message","agent":102}`, 201, ""},
			agentIn,
			{"GET /chats/20000001", "", 200, `{"lastCommunicatedAgentId":101,"agents":[{"id":101},{"id":102}]}`},
		}},
		{row: "life/an agent writes first", steps: []step{
			aCustomer, aChat, agentIn,
			{"GET /chats/20000001", "", 200, `{"status":"opened","lastCustomerMessageAt":null}`},
		}},
		{row: "life/other statuses stay", steps: []step{
			aCustomer, aChat, customerIn,
			{"PUT /chats/status", `{"id":20000001,"status":"pending"}`, 200, ""},
			customerIn, agentIn,
			{"GET /chats/20000001", "", 200, `{"status":"pending"}`},
		}},
		{row: "life/notes change nothing", steps: []step{
			aCustomer, aChat, customerIn, agentIn, closing,
			{"POST /messages", `{"chat":20000001,"text":"a note","type":"private","agent":102}`, 201, ""},
			{"GET /chats/20000001", "", 200, `{"status":"closed","lastMessageText":"Hello","lastMessageId":300000002,
				"lastCommunicatedAgentId":101,"agents":[{"id":101}]}`},
		}},
		{row: "status/settable ones", steps: []step{
			aCustomer, aChat,
			{"PUT /chats/status", `{"id":20000001,"status":"new"}`, 200, `{"status":"new"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"opened"}`, 200, `{"status":"opened"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"open"}`, 200, `{"status":"opened"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"pending"}`, 200, `{"status":"pending"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"on hold"}`, 200, `{"status":"onhold"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"on-hold"}`, 200, `{"status":"onhold"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"onhold"}`, 200, `{"status":"onhold"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"no communication"}`, 200, `{"status":"no communication"}`},
			{"PUT /chats/status", `{"id":20000001,"status":"closed"}`, 200, `{"status":"closed"}`},
		}},
		{row: "status/rejections", steps: []step{
			aCustomer, aChat,
			{"PUT /chats/status", `{"id":20000001,"status":"empty"}`, 400, errorOf("invalid_chat_value", "status value is invalid")},
			{"PUT /chats/status", `{"id":20000001,"status":"gone"}`, 400, errorOf("invalid_chat_value", "status value is invalid")},
			{"PUT /chats/status", `{"id":20000001,"status":5}`, 400, ""},
			{"PUT /chats/status", `{"id":20000001}`, 400, ""},
			{"PUT /chats/status", `{"status":"new"}`, 400, errorOf("id", "This value should not be blank.")},
			{"PUT /chats/status", `{"id":5,"status":"new"}`, 404, errorOf("chat_not_found", "Chat not found")},
			{"GET /chats/20000001", "", 200, `{"status":"empty"}`},
			{"GET /chats/20000001/messages", "", 200, `{"total":0}`},
		}},
		{row: "status/a technical message appears", steps: []step{
			aCustomer, aChat, closing,
			{"GET /chats/20000001/messages", "", 200, `{"data":[{"type":"tech","text":"chat_status_changed_by_public_api",
				"from":"agent","agent":null,"createdAt":"1700000000"}],"total":1}`},
			{"GET /chats/20000001", "", 200, `{"lastMessageId":null,"agents":[]}`},
		}},
		{row: "status/no technical message by switch", dialect: noNotes, steps: []step{
			aCustomer, aChat, closing, {"GET /chats/20000001/messages", "", 200, `{"total":0}`},
		}},
		{row: "assignee/set and cleared", steps: []step{
			aCustomer, aChat,
			{"PUT /chats/assignee", `{"id":20000001,"assignee":102}`, 200, `{"assignee":{"id":102}}`},
			{"PUT /chats/assignee", `{"id":20000001,"assignee":5}`, 400, errorOf("invalid_chat_value", "assignee value is invalid")},
			{"PUT /chats/assignee", `{"id":20000001}`, 400, errorOf("invalid_chat_value", "assignee value is invalid")},
			{"PUT /chats/assignee", `{"id":20000001,"assignee":"x"}`, 400, ""},
			{"PUT /chats/assignee", `{"id":20000001,"assignee":0}`, 400, ""},
			{"GET /chats/20000001", "", 200, `{"assignee":{"id":102}}`},
			{"PUT /chats/assignee", `{"id":20000001,"assignee":null}`, 200, `{"assignee":null}`},
			{"PUT /chats/assignee", `{"id":5,"assignee":null}`, 404, ""},
		}},
		{row: "department/set", steps: []step{
			aCustomer, aChat,
			{"PUT /chats/department", `{"id":20000001,"department":201}`, 200, `{"department":{"id":201,"name":"Helpdesk"}}`},
			{"PUT /chats/department", `{"id":20000001,"department":5}`, 400, errorOf("invalid_chat_value", "department value is invalid")},
			{"PUT /chats/department", `{"id":20000001,"department":null}`, 400, ""},
			{"PUT /chats/department", `{"id":20000001}`, 400, ""},
			{"PUT /chats/department", `{"id":5,"department":201}`, 404, ""},
			{"GET /chats/20000001", "", 200, `{"department":{"id":201}}`},
		}},
		{row: "snooze/in both forms, and ended", steps: []step{
			aCustomer, aChat,
			{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":1700090000}`, 200, `{"snoozedUntil":"1700090000"}`},
			{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":"1700091111"}`, 200, `{"snoozedUntil":"1700091111"}`},
			{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":null}`, 200, `{"snoozedUntil":null}`},
			{"PUT /chats/snooze", `{"id":20000001}`, 400, errorOf("snoozedUntil", "This value should not be blank.")},
			{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":"later"}`, 400, errorOf("snoozedUntil", "This value is not a valid timestamp.")},
			{"PUT /chats/snooze", `{"id":5,"snoozedUntil":null}`, 404, ""},
		}},
		{row: "rate/the three conditions", steps: []step{
			aCustomer, aChat, customerIn,
			{"PUT /chats/rate", `{"id":20000001,"rating":"great"}`, 400, errorOf("invalid_request", "Chat must me closed to rate it")},
			closing,
			{"PUT /chats/rate", `{"id":20000001,"rating":"great"}`, 400, errorOf("invalid_request", "Chat must have a message by an agent to rate it")},
			{"POST /messages", `{"chat":20000001,"text":"note","type":"private","agent":101}`, 201, ""},
			{"PUT /chats/rate", `{"id":20000001,"rating":"great"}`, 400, ""},
			agentIn,
			{"PUT /chats/rate", `{"id":20000001,"rating":"great"}`, 200, `{"rating":"great","status":"closed"}`},
			{"PUT /chats/rate", `{"id":20000001,"rating":"poor"}`, 400, errorOf("invalid_request", "Chat is already rated")},
			{"GET /chats/20000001", "", 200, `{"rating":"great"}`},
		}},
		{row: "rate/every rating, and no other", steps: []step{
			aCustomer, aChat, agentIn, closing,
			{"PUT /chats/rate", `{"id":20000001,"rating":"superb"}`, 400, errorOf("invalid_chat_value", "rating value is invalid")},
			{"PUT /chats/rate", `{"id":20000001,"rating":5}`, 400, ""},
			{"PUT /chats/rate", `{"id":20000001}`, 400, ""},
			{"PUT /chats/rate", `{"id":5,"rating":"great"}`, 404, ""},
			{"PUT /chats/rate", `{"id":20000001,"rating":"very poor"}`, 200, `{"rating":"very poor"}`},
		}},
		{row: "rate/rejections are single in generic errors too", dialect: generic, steps: []step{
			aCustomer, aChat,
			{"PUT /chats/rate", `{"id":20000001,"rating":"great"}`, 400, errorOf("invalid_request", "Chat must me closed to rate it")},
			{"PUT /chats/rate", `{"id":20000001,"rating":"superb"}`, 400, genericOf("rating", "This value is not valid.")},
		}},
		{row: "read marks", steps: []step{
			aCustomer, aChat, customerIn, agentIn,
			{"PUT /chats/readByAgent", `{"id":20000001,"read":true}`, 200, `{"readByAgent":true,"readByCustomer":false}`},
			{"GET /chats/20000001/messages", "", 200, `{"data":[{"from":"agent","read":false},{"from":"customer","read":true}]}`},
			{"PUT /chats/readByCustomer", `{"id":20000001,"read":true}`, 200, `{"readByCustomer":true}`},
			{"GET /chats/20000001/messages", "", 200, `{"data":[{"read":true},{"read":true}]}`},
			{"PUT /chats/readByAgent", `{"id":20000001,"read":false}`, 200, `{"readByAgent":false}`},
			{"PUT /chats/readByAgent", `{"id":20000001}`, 400, errorOf("read", "This value should not be blank.")},
			{"PUT /chats/readByCustomer", `{"id":20000001,"read":"yes"}`, 400, errorOf("read", "This value should be of type bool.")},
			{"PUT /chats/readByCustomer", `{"id":5,"read":true}`, 404, errorOf("chat_not_found", "Chat not found")},
			{"GET /chats/20000001", "", 200, `{"readByAgent":false,"readByCustomer":true}`},
		}},
		{row: "read marks/misspelt by switch", dialect: helpcrunchtest.Dialect{MisspeltNotFound: true}, steps: []step{
			{"PUT /chats/readByAgent", `{"id":5,"read":true}`, 404, errorOf("not_fount", "%s not found")},
			{"PUT /chats/status", `{"id":5,"status":"new"}`, 404, errorOf("chat_not_found", "Chat not found")},
		}},
		{row: "sort/by each field", steps: []step{
			aCustomer, aChat, aChat, aChat,
			{"POST /messages", `{"chat":20000002,"text":"a","type":"message"}`, 201, ""},
			{"PUT /chats/status", `{"id":20000001,"status":"closed"}`, 200, ""},
			{"GET /chats?sort=chats.createdAt&order=desc", "", 200, `{"data":[{"id":20000001},{"id":20000002},{"id":20000003}]}`},
			{"GET /chats?sort=chats.lastMessageAt&order=asc", "", 200, `{"data":[{"id":20000002},{"id":20000001},{"id":20000003}]}`},
			{"GET /chats?sort=lastCustomerMessageAt", "", 200, `{"data":[{"id":20000002},{"id":20000001},{"id":20000003}]}`},
			{"GET /chats?sort=chats.closedAt", "", 200, `{"data":[{"id":20000001},{"id":20000002},{"id":20000003}]}`},
			{"GET /chats?sort=customers.createdAt", "", 200, `{"data":[{"id":20000001},{"id":20000002},{"id":20000003}]}`},
		}},
	})
}

func TestContractSection5(t *testing.T) {
	checkConformance(t, []conformance{
		{row: "create/as customer", steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":20000001,"text":"Hi there","type":"message"}`, 201,
				`={"id":300000001,"chat":20000001,"agent":null,"type":"message","from":"customer","text":"Hi there","read":false,
				"edited":false,"createdAt":"1700000000","updatedAt":null,"broadcastType":null}`},
			{"POST /messages", `{"chat":20000001,"text":"Hi","agent":null,"type":"message"}`, 201, `{"from":"customer"}`},
		}},
		{row: "create/as agent", steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":20000001,"text":"Hello","type":"message","agent":101}`, 201,
				`{"from":"agent","agent":{"id":101,"name":"Ada Ramos","email":"ada@example.com","role":"admin"}}`},
		}},
		{row: "create/200 by switch", dialect: helpcrunchtest.Dialect{MessageCreatedIs200: true}, steps: []step{
			aCustomer, aChat, {"POST /messages", `{"chat":20000001,"text":"Hi","type":"message"}`, 200, `{"id":300000001}`},
		}},
		{row: "create/markdown comes back in text", steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":20000001,"text":"This is bold","markdownText":"This is **bold**","agent":101,"type":"message"}`,
				201, `{"text":"This is **bold**"}`},
		}},
		{row: "create/private notes", steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":20000001,"text":"note","type":"private","agent":101}`, 201, `{"type":"private","from":"agent","agent":{"id":101}}`},
			{"POST /messages", `{"chat":20000001,"text":"note","type":"private"}`, 201, `{"type":"private","from":"agent","agent":null}`},
			{"GET /chats/20000001/messages", "", 200, `{"total":2}`},
			{"GET /chats/20000001", "", 200, `{"status":"empty","lastMessageId":null}`},
		}},
		{row: "create/a note needs an agent by switch", dialect: helpcrunchtest.Dialect{NoteNeedsAgent: true}, steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"chat":20000001,"text":"note","type":"private"}`, 400, errorOf("agent", "This value should not be blank.")},
			{"POST /messages", `{"chat":20000001,"text":"note","type":"private","agent":101}`, 201, ""},
		}},
		{row: "create/rejections", steps: []step{
			aCustomer, aChat,
			{"POST /messages", `{"text":"a","type":"message"}`, 400, errorOf("chat", "This value should not be blank.")},
			{"POST /messages", `{"chat":20000001,"type":"message"}`, 400, errorOf("text", "This value should not be blank.")},
			{"POST /messages", `{"chat":20000001,"text":"","type":"message"}`, 400, errorOf("text", "This value should not be blank.")},
			{"POST /messages", `{"chat":20000001,"text":"a"}`, 400, errorOf("type", "This value should not be blank.")},
			{"POST /messages", `{"chat":20000001,"text":"a","type":"email"}`, 400, errorOf("type", "The value you selected is not a valid choice.")},
			{"POST /messages", `{"chat":20000001,"text":"a","type":"tech"}`, 400, ""},
			{"POST /messages", `{"chat":20000001,"text":true,"type":"message"}`, 400, errorOf("text", "This value should be of type string.")},
			{"POST /messages", `{"chat":5,"text":"a","type":"message"}`, 400, errorOf("invalid_chat_value", "Invalid chat ID")},
			{"POST /messages", `{"chat":20000001,"text":"a","type":"message","agent":5}`, 404, errorOf("entity_not_found", "Agent not found")},
			{"POST /messages", `{"chat":20000001,"text":"a","type":"message","agent":"Ada"}`, 400, errorOf("agent", "This value should be of type numeric.")},
			{"GET /chats/20000001/messages", "", 200, `{"total":0}`},
			{"GET /chats/20000001", "", 200, `{"status":"empty"}`},
		}},
		{row: "create/a missing chat in generic errors", dialect: generic, steps: []step{
			{"POST /messages", `{"chat":5,"text":"a","type":"message"}`, 400, genericOf("chat", "This value is not valid.")},
		}},
		{row: "create/a missing chat is 404 by switch", dialect: helpcrunchtest.Dialect{MissingChatIs404: true}, steps: []step{
			{"POST /messages", `{"chat":5,"text":"a","type":"message"}`, 404, errorOf("chat_not_found", "Chat not found")},
		}},
		{row: "list/newest first, in pages", steps: []step{
			aCustomer, aChat, customerIn, agentIn, customerIn,
			{"GET /chats/20000001/messages", "", 200, `{"data":[{"id":300000003},{"id":300000002},{"id":300000001}],"total":3}`},
			{"GET /chats/20000001/messages?limit=2", "", 200, `{"data":[{"id":300000003},{"id":300000002}],"total":3}`},
			{"GET /chats/20000001/messages?limit=2&offset=2", "", 200, `{"data":[{"id":300000001}],"total":3}`},
			{"GET /chats/20000001/messages?offset=3", "", 200, `={"data":[],"total":3}`},
			{"GET /chats/20000001/messages?limit=0", "", 400, ""},
			{"GET /chats/5/messages", "", 404, errorOf("chat_not_found", "Chat not found")},
		}},
		{row: "list/under messages by switch", dialect: helpcrunchtest.Dialect{MessagesKey: true}, steps: []step{
			aCustomer, aChat, customerIn, {"GET /chats/20000001/messages", "", 200, `{"messages":[{"id":300000001}],"total":1}`},
		}},
	})
}

func TestContractSection6(t *testing.T) {
	checkConformance(t, []conformance{
		{row: "agents", steps: []step{
			{"GET /agents", "", 200, `={"data":[{"id":101,"name":"Ada Ramos","email":"ada@example.com","role":"admin"},
				{"id":102,"name":"Tomas Veld","email":"tomas@example.com","role":"agent"}],"meta":{"total":2}}`},
			{"GET /agents?limit=1&offset=1", "", 200, `{"data":[{"id":102}],"meta":{"total":2}}`},
			{"GET /agents/101/unsubscribe", "", 200, `="Ok"`},
			{"GET /agents/101/unsubscribe", "", 200, `="Ok"`},
			{"GET /agents/5/unsubscribe", "", 404, errorOf("entity_not_found", "Agent not found")},
			{"GET /agents/101", "", 404, ""},
		}},
		{row: "departments", steps: []step{
			{"GET /departments", "", 200, `={"data":[{"id":201,"name":"Helpdesk","agents":[
				{"id":101,"name":"Ada Ramos","email":"ada@example.com","role":"admin"},
				{"id":102,"name":"Tomas Veld","email":"tomas@example.com","role":"agent"}]}],"meta":{"total":1}}`},
			{"GET /departments?offset=1", "", 200, `={"data":[],"meta":{"total":1}}`},
		}},
		{row: "applications", steps: []step{{"GET /applications", "", 200, `{"data":[{"id":301,"type":"web"}]}`}}},
		{row: "an account without a team", options: []helpcrunchtest.Option{helpcrunchtest.WithoutTeam()}, steps: []step{
			{"GET /agents", "", 200, `={"data":[],"meta":{"total":0}}`},
			{"GET /applications", "", 200, `={"data":[]}`},
		}},
	})
}
