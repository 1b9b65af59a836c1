package helpcrunchtest_test

import (
	"strings"
	"testing"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// fullCustomer has every field that can be written.
const fullCustomer = `{"name":"Marta Silva","email":"marta@example.org","userId":"crm-4411","company":"Silva Books",
	"phone":"+351000000001","firstSeen":"1600000000","lastSeen":"1600003600","unsubscribed":true,"blocked":true,
	"source":"https://shop.example.org","referer":"https://search.example.com","lastPage":"https://shop.example.org/cart",
	"locale":"pt","notes":"Prefers mornings","tags":[{"name":"reader","color":"#1188cc"},{"name":"plain"}],
	"customData":[{"property":"plan","value":"gold"},{"property":"seats","value":7},{"property":"fee","value":49.5},
	{"property":"trial","value":false}],"createdFrom":"telegram","integrationId":"900100200",
	"city":"Lisbon","regionCode":"Lisboa","countryCode":"PT"}`

const fullCustomerAnswer = `={"id":100001,"name":"Marta Silva","email":"marta@example.org","userId":"crm-4411",
	"company":"Silva Books","phone":"+351000000001","firstSeen":"1600000000","lastSeen":"1600003600",
	"location":{"regionCode":"Lisboa","countryCode":"PT","city":"Lisbon"},"device":null,"unsubscribed":true,"blocked":true,
	"source":"https://shop.example.org","referer":"https://search.example.com","lastPage":"https://shop.example.org/cart",
	"locale":"pt","createdFrom":"telegram","integrationId":"900100200","notes":"Prefers mornings",
	"tags":[{"name":"reader","color":"#1188cc"},{"name":"plain","color":"#c377e0"}],
	"customData":{"plan":"gold","seats":7,"fee":49.5,"trial":false}}`

func TestContractSection3(t *testing.T) {
	checkConformance(t, []conformance{
		{row: "create/all fields", steps: []step{
			{"POST /customers", fullCustomer, 201, fullCustomerAnswer},
			{"GET /customers/100001", "", 200, fullCustomerAnswer},
		}},
		{row: "create/nothing is required", steps: []step{
			{"POST /customers", "{}", 201, `{"id":100001,"name":null,"firstSeen":"1700000000","lastSeen":null,"tags":[],"customData":[]}`},
		}},
		{row: "create/unknown keys are ignored, the id is not taken", steps: []step{
			{"POST /customers", `{"id":7,"name":"A","shoeSize":43}`, 201, `{"id":100001,"name":"A"}`},
		}},
		{row: "create/null is null", steps: []step{
			{"POST /customers", `{"name":null,"firstSeen":null,"tags":null,"customData":null,"blocked":null}`, 201,
				`{"name":null,"firstSeen":null,"tags":[],"customData":[],"blocked":false}`},
		}},
		{row: "create/times in every form", steps: []step{
			{"POST /customers", `{"firstSeen":1600000000,"lastSeen":"1600000000.769"}`, 201,
				`{"firstSeen":"1600000000","lastSeen":"1600000000"}`},
			{"POST /customers", `{"firstSeen":"yesterday"}`, 400, errorOf("firstSeen", "This value is not a valid timestamp.")},
			{"POST /customers", `{"lastSeen":""}`, 400, ""},
			{"POST /customers", `{"lastSeen":true}`, 400, ""},
			{"POST /customers", `{"lastSeen":-5}`, 400, ""},
		}},
		{row: "replace/clears what is left out", steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PUT /customers/100001", `{"notes":"short note"}`, 200,
				`={"id":100001,"name":null,"email":null,"userId":null,"company":null,"phone":null,"firstSeen":null,
				"lastSeen":null,"location":{"regionCode":"Lisboa","countryCode":"PT","city":"Lisbon"},"device":null,
				"unsubscribed":false,"blocked":false,"source":null,"referer":null,"lastPage":null,"locale":null,
				"createdFrom":null,"integrationId":null,"notes":"short note","tags":[],"customData":[]}`},
		}},
		{row: "replace/replaces customData whole", steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PUT /customers/100001", `{"customData":[{"property":"seats","value":3}]}`, 200, `{"customData":{"seats":3}}`},
			{"GET /customers/100001", "", 200, `{"customData":{"seats":3},"name":null}`},
		}},
		{row: "replace/only patches by switch", dialect: helpcrunchtest.Dialect{PutPatches: true}, steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PUT /customers/100001", `{"notes":"new"}`, 200, `{"name":"Marta Silva","notes":"new"}`},
		}},
		{row: "replace/missing customer", steps: []step{
			{"PUT /customers/5", `{"name":"A"}`, 404, errorOf("entity_not_found", "Customer not found")},
		}},
		{row: "patch/changes only what was sent", steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PATCH /customers/100001", `{"phone":"+351000000009","company":null,"city":null}`, 200,
				`{"phone":"+351000000009","company":null,"name":"Marta Silva","notes":"Prefers mornings","unsubscribed":true,
				"firstSeen":"1600000000","location":{"city":null,"countryCode":"PT"},
				"customData":{"plan":"gold","seats":7,"fee":49.5,"trial":false}}`},
			{"PATCH /customers/100001", `{}`, 200, `{"phone":"+351000000009","company":null}`},
			{"PATCH /customers/100001", `{"firstSeen":null,"blocked":null,"unsubscribed":false}`, 200,
				`{"firstSeen":null,"blocked":false,"unsubscribed":false}`},
		}},
		{row: "patch/replaces tags", steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PATCH /customers/100001", `{"tags":[{"name":"paid"}]}`, 200, `{"tags":[{"name":"paid","color":"#c377e0"}]}`},
			{"PATCH /customers/100001", `{"tags":null}`, 200, `{"tags":[]}`},
		}},
		{row: "patch/adds tags by switch", dialect: helpcrunchtest.Dialect{PatchAddsTags: true}, steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PATCH /customers/100001", `{"tags":[{"name":"paid"}]}`, 200, `{"tags":[{"name":"reader"},{"name":"plain"},{"name":"paid"}]}`},
		}},
		{row: "patch/merges customData, null removes one", steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PATCH /customers/100001", `{"customData":[{"property":"plan","value":null},{"property":"seats","value":8},
				{"property":"new","value":true}]}`, 200, `{"customData":{"seats":8,"fee":49.5,"trial":false,"new":true}}`},
			{"GET /customers/100001", "", 200, `{"customData":{"seats":8,"fee":49.5,"trial":false,"new":true}}`},
			{"PATCH /customers/100001", `{"customData":null}`, 200, `{"customData":[]}`},
		}},
		{row: "patch/replaces customData by switch", dialect: helpcrunchtest.Dialect{PatchReplacesCustomData: true}, steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PATCH /customers/100001", `{"customData":[{"property":"seats","value":8}]}`, 200, `{"customData":{"seats":8}}`},
		}},
		{row: "patch/missing customer", steps: []step{{"PATCH /customers/5", `{}`, 404, ""}}},
		{row: "types/wrong ones are 400 and change nothing", steps: []step{
			{"POST /customers", fullCustomer, 201, ""},
			{"PATCH /customers/100001", `{"name":true,"company":"New"}`, 400, errorOf("name", "This value should be of type string.")},
			{"PATCH /customers/100001", `{"email":["a"]}`, 400, ""},
			{"PATCH /customers/100001", `{"blocked":"yes"}`, 400, errorOf("blocked", "This value should be of type bool.")},
			{"PATCH /customers/100001", `{"unsubscribed":1}`, 400, ""},
			{"PATCH /customers/100001", `{"tags":"reader"}`, 400, errorOf("tags", "This value should be of type array.")},
			{"PATCH /customers/100001", `{"tags":["reader"]}`, 400, errorOf("tags[0]", "This value should be of type object.")},
			{"PATCH /customers/100001", `{"tags":[{"color":"#fff"}]}`, 400, errorOf("tags[0].name", "This value should not be blank.")},
			{"PATCH /customers/100001", `{"tags":[{"name":""}]}`, 400, ""},
			{"PATCH /customers/100001", `{"customData":{"plan":"x"}}`, 400, errorOf("customData", "This value should be of type array.")},
			{"PATCH /customers/100001", `{"customData":[{"value":1}]}`, 400, errorOf("customData[0].property", "This value should not be blank.")},
			{"PATCH /customers/100001", `{"customData":[{"property":"plan","value":[1]}]}`, 400, errorOf("customData[0].value", "This value should be of type scalar.")},
			{"GET /customers/100001", "", 200, fullCustomerAnswer},
		}},
		{row: "userId/a duplicate is 400", steps: []step{
			aCustomer, another,
			{"POST /customers", `{"userId":"crm-1"}`, 400, errorOf("invalid_userId_value", "userId value is already used")},
			{"PUT /customers/100002", `{"userId":"crm-1"}`, 400, errorOf("invalid_userId_value", "userId value is already used")},
			{"PATCH /customers/100002", `{"userId":"crm-1","name":"X"}`, 400, ""},
			{"GET /customers/100002", "", 200, `{"userId":"crm-2","name":"Owen Price"}`},
			{"PATCH /customers/100002", `{"userId":"crm-2"}`, 200, ""},
			{"GET /customers", "", 200, `{"total":2}`},
		}},
		{row: "userId/a duplicate in generic errors", dialect: generic, steps: []step{
			aCustomer,
			{"POST /customers", `{"userId":"crm-1"}`, 400, genericOf("userId", "This value is not valid.")},
		}},
		{row: "userId/is free again after deletion, clearing and change", steps: []step{
			aCustomer,
			{"DELETE /customers/100001", "", 200, ""},
			aCustomer,
			{"PATCH /customers/100002", `{"userId":null}`, 200, ""},
			aCustomer,
			{"PATCH /customers/100003", `{"userId":"crm-9"}`, 200, ""},
			aCustomer,
			{"POST /customers", `{"userId":"crm-9"}`, 400, ""},
		}},
		{row: "email/is not unique", steps: []step{aCustomer, {"POST /customers", `{"email":"marta@example.org"}`, 201, ""}}},
		{row: "255 characters/in notes", steps: []step{
			{"POST /customers", `{"notes":"` + strings.Repeat("ї", 255) + `"}`, 201, ""},
			{"POST /customers", `{"notes":"` + strings.Repeat("x", 256) + `"}`, 400,
				errorOf("notes", "This value is too long. It should have 255 characters or less.")},
		}},
		{row: "255 characters/in custom data, and the whole write fails", steps: []step{
			aCustomer,
			{"PATCH /customers/100001", `{"customData":[{"property":"a","value":"` + strings.Repeat("ї", 255) + `"}]}`, 200, ""},
			{"PATCH /customers/100001", `{"name":"New","customData":[{"property":"b","value":"` + strings.Repeat("x", 256) + `"}]}`, 400,
				errorOf("customData[0].value", "This value is too long. It should have 255 characters or less.")},
			{"GET /customers/100001", "", 200, `{"name":"Marta Silva"}`},
		}},
		{row: "custom attributes/defined names", options: []helpcrunchtest.Option{attributes}, steps: []step{
			{"POST /customers", `{"customData":[{"property":"renewal","value":"1704067200"},{"property":"seats","value":7}]}`, 201,
				`{"customData":{"renewal":1704067200,"seats":7}}`},
			{"POST /customers", `{"customData":[{"property":"other","value":1}]}`, 400,
				errorOf("customData[0].property", "This attribute is not defined.")},
			{"POST /customers", `{"customData":[{"property":"seats","value":"seven"}]}`, 400,
				errorOf("customData[0].value", "This value is not valid for an attribute of type number.")},
			{"POST /customers", `{"customData":[{"property":"renewal","value":"soon"}]}`, 400, ""},
			{"POST /customers", `{"customData":[{"property":"plan","value":4}]}`, 400, ""},
			{"POST /customers", `{"customData":[{"property":"trial","value":"yes"}]}`, 400, ""},
			{"POST /customers", `{"customData":[{"property":"trial","value":true},{"property":"plan","value":"x"}]}`, 201, ""},
		}},
		{row: "custom attributes/a date in pairs", dialect: helpcrunchtest.Dialect{CustomData: helpcrunchtest.CustomDataAsPairs},
			options: []helpcrunchtest.Option{attributes}, steps: []step{
				{"POST /customers", `{"customData":[{"property":"renewal","value":"1683364500"}]}`, 201,
					`{"customData":[{"property":"renewal","value":"2023-05-06 09:15:00"}]}`},
			}},
		{row: "delete/is Ok, and a second one 404", steps: []step{
			aCustomer, another,
			{"DELETE /customers/100001", "", 200, `="Ok"`},
			{"DELETE /customers/100001", "", 404, errorOf("entity_not_found", "Customer not found")},
			{"GET /customers/100001", "", 404, ""},
			{"GET /customers/100002", "", 200, ""},
			{"GET /customers", "", 200, `{"total":1}`},
		}},
		{row: "delete/takes chats and messages along", steps: []step{
			aCustomer, another, aChat, customerIn,
			{"POST /chats", `{"customer":100002,"application":301}`, 201, ""},
			{"DELETE /customers/100001", "", 200, ""},
			{"GET /chats/20000001", "", 404, ""},
			{"GET /chats/20000001/messages", "", 404, ""},
			{"GET /chats", "", 200, `{"data":[{"id":20000002}],"meta":{"total":1}}`},
		}},
		{row: "tag/appends, creates, default colour", steps: []step{
			aCustomer,
			{"PUT /customers/100001/tags", `{"tags":[{"name":"reader","color":"#ddd"},{"name":"spring sale"}]}`, 200,
				`{"id":100001,"tags":[{"name":"reader","color":"#ddd"},{"name":"spring sale","color":"#c377e0"}]}`},
			{"PUT /customers/100001/tags", `{"tags":[{"name":"ads"}]}`, 200, `{"tags":[{"name":"reader"},{"name":"spring sale"},{"name":"ads"}]}`},
			{"PUT /customers/100001/tags", `{"tags":[{"name":"reader"},{"name":"ads","color":"red"}]}`, 200,
				`{"tags":[{"name":"reader","color":"#ddd"},{"name":"spring sale"},{"name":"ads","color":"red"}]}`},
			{"PUT /customers/100001/tags", `{"tags":[{"name":"Reader"}]}`, 200,
				`{"tags":[{"name":"reader"},{"name":"spring sale"},{"name":"ads"},{"name":"Reader"}]}`},
		}},
		{row: "tag/rejections", steps: []step{
			aCustomer,
			{"PUT /customers/5/tags", `{"tags":[{"name":"a"}]}`, 404, errorOf("entity_not_found", "Customer not found")},
			{"PUT /customers/100001/tags", `{}`, 400, errorOf("tags", "This value should not be blank.")},
			{"PUT /customers/100001/tags", `{"tags":[{}]}`, 400, errorOf("tags[0].name", "This value should not be blank.")},
			{"PUT /customers/100001/tags", `{"tags":[{"name":"a","color":true}]}`, 400, errorOf("tags[0].color", "This value should be of type string.")},
			{"PUT /customers/100001/tags", ``, 400, ""},
			{"GET /customers/100001", "", 200, `{"tags":[]}`},
		}},
		{row: "untag/by a body on DELETE", steps: []step{
			aCustomer,
			{"PUT /customers/100001/tags", `{"tags":[{"name":"a"},{"name":"b"},{"name":"c"}]}`, 200, ""},
			{"DELETE /customers/100001/tags", `{"tags":[{"name":"b"},{"name":"B"},{"name":"absent"}]}`, 200, `{"tags":[{"name":"a"},{"name":"c"}]}`},
			{"DELETE /customers/100001/tags", `{"tags":[{"name":"b"}]}`, 200, `{"tags":[{"name":"a"},{"name":"c"}]}`},
			{"DELETE /customers/100001/tags", ``, 400, ""},
			{"DELETE /customers/5/tags", `{"tags":[{"name":"a"}]}`, 404, ""},
			{"GET /customers/100001", "", 200, `{"tags":[{"name":"a"},{"name":"c"}]}`},
		}},
		{row: "event/response", steps: []step{
			aCustomer,
			{"POST /events", `{"name":"Plan Viewed","data":{"plan":"Team","visits":3,"trial":true,"none":null},"customer":100001}`, 200,
				`={"id":4000001,"name":"Plan Viewed","data":{"plan":"Team","visits":3,"trial":true,"none":null},"createdAt":"1700000000"}`},
			{"POST /events", `{"name":"Form Sent","customer":"100001"}`, 200,
				`={"id":4000002,"name":"Form Sent","data":[],"createdAt":"1700000000"}`},
			{"POST /events", `{"name":"Form Sent","customer":100001,"data":[]}`, 200, `{"data":[]}`},
		}},
		{row: "event/rejections", steps: []step{
			aCustomer,
			{"POST /events", `{"name":"A","customer":5}`, 404, errorOf("entity_not_found", "Customer not found")},
			{"POST /events", `{"customer":100001}`, 400, errorOf("name", "This value should not be blank.")},
			{"POST /events", `{"name":"","customer":100001}`, 400, ""},
			{"POST /events", `{"name":"A"}`, 400, errorOf("customer", "This value should not be blank.")},
			{"POST /events", `{"name":"A","customer":100001,"data":{"x":{"y":1}}}`, 400, errorOf("data.x", "This value should be of type scalar.")},
			{"POST /events", `{"name":"A","customer":100001,"data":"x"}`, 400, errorOf("data", "This value should be of type object.")},
		}},
	})
}

var attributes = helpcrunchtest.WithAttributes(map[string]helpcrunchtest.AttributeType{
	"plan": helpcrunchtest.TextAttribute, "seats": helpcrunchtest.NumberAttribute,
	"trial": helpcrunchtest.BooleanAttribute, "renewal": helpcrunchtest.DateAttribute,
})

func TestContractSection3Batch(t *testing.T) {
	items := func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"customer":100001,"notes":"x"},`, n), ",") + "]"
	}
	checkConformance(t, []conformance{
		{row: "patches each", steps: []step{
			aCustomer, another,
			{"PUT /customers/batch", `[{"customer":100002,"phone":"2"},{"customer":"100001","notes":"n","email":null}]`, 200,
				`[{"id":100002,"name":"Owen Price","phone":"2"},{"id":100001,"name":"Marta Silva","notes":"n","email":null}]`},
			{"GET /customers/100001", "", 200, `{"notes":"n","email":null,"userId":"crm-1"}`},
		}},
		{row: "replaces each by switch", dialect: helpcrunchtest.Dialect{BatchReplaces: true}, steps: []step{
			aCustomer,
			{"PUT /customers/batch", `[{"customer":100001,"phone":"1"}]`, 200, `[{"id":100001,"name":null,"phone":"1"}]`},
		}},
		{row: "response in data by switch", dialect: helpcrunchtest.Dialect{BatchInData: true}, steps: []step{
			aCustomer, {"PUT /customers/batch", `[{"customer":100001}]`, 200, `{"data":[{"id":100001}]}`},
		}},
		{row: "takes 1 to 10", steps: []step{
			aCustomer,
			{"PUT /customers/batch", items(10), 200, ""},
			{"PUT /customers/batch", items(11), 400, errorOf("body", "This collection should contain from 1 to 10 elements.")},
			{"PUT /customers/batch", `[]`, 400, ""},
			{"PUT /customers/batch", `{"customer":100001}`, 400, errorOf("body", "This value should be of type array.")},
			{"PUT /customers/batch", `[`, 400, errorOf("invalid_json", "Syntax error")},
		}},
		{row: "one bad item changes nothing", steps: []step{
			aCustomer, another,
			{"PUT /customers/batch", `[{"customer":100001,"name":"New"},{"customer":5,"name":"New"}]`, 400, errorOf("[1].customer", "Customer not found")},
			{"PUT /customers/batch", `[{"customer":100001,"name":"New"},{"customer":100002,"name":true}]`, 400, errorOf("[1].name", "This value should be of type string.")},
			{"PUT /customers/batch", `[{"customer":100001,"name":"New"},{"name":"New"}]`, 400, errorOf("[1].customer", "This value should not be blank.")},
			{"PUT /customers/batch", `[{"customer":100001,"name":"New"},7]`, 400, errorOf("[1]", "This value should be of type object.")},
			{"PUT /customers/batch", `[{"customer":100001,"name":"New"},{"customer":100002,"userId":"crm-1"}]`, 400,
				errorOf("invalid_userId_value", "userId value is already used")},
			{"PUT /customers/batch", `[{"customer":100001,"userId":"same"},{"customer":100002,"userId":"same"}]`, 400, ""},
			{"GET /customers/100001", "", 200, `{"name":"Marta Silva","userId":"crm-1"}`},
		}},
		{row: "one bad item in generic errors", dialect: generic, steps: []step{
			aCustomer,
			{"PUT /customers/batch", `[{"customer":100001,"name":false},{"customer":5}]`, 400, genericOf(
				"[0].name", "This value should be of type string.", "[1].customer", "Customer not found")},
		}},
		{row: "may swap userIds", steps: []step{
			aCustomer, another,
			{"PUT /customers/batch", `[{"customer":100001,"userId":"crm-2"},{"customer":100002,"userId":"crm-1"}]`, 200, ""},
			{"POST /customers/search", `{"filter":[{"field":"customers.userId","operator":"=","value":"crm-1"}]}`, 200, `{"data":[{"id":100002}]}`},
			{"POST /customers", `{"userId":"crm-1"}`, 400, ""},
			{"POST /customers", `{"userId":"crm-2"}`, 400, ""},
		}},
		{row: "may change one customer twice", steps: []step{
			aCustomer,
			{"PUT /customers/batch", `[{"customer":100001,"name":"One"},{"customer":100001,"notes":"Two"}]`, 200, ""},
			{"GET /customers/100001", "", 200, `{"name":"One","notes":"Two"}`},
		}},
	})
}
