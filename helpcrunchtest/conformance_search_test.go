package helpcrunchtest_test

import (
	"fmt"
	"testing"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// searchRow is a filter and all rows that it must find, sorted by id.
type searchRow struct {
	filter string
	ids    string
}

func filterOf(field, operator, value string) string {
	return fmt.Sprintf(`{"field":%q,"operator":%q,"value":%s}`, field, operator, value)
}

func searchSteps(path string, setup []step, rows []searchRow) []step {
	steps := append([]step{}, setup...)
	for _, row := range rows {
		ids := ""
		for i, id := range splitIDs(row.ids) {
			if i > 0 {
				ids += ","
			}
			ids += `{"id":` + id + `}`
		}
		steps = append(steps, step{"POST " + path, `{"filter":[` + row.filter + `]}`, 200, `{"data":[` + ids + `]}`})
	}
	return steps
}

func splitIDs(ids string) []string {
	var all []string
	for ids != "" {
		var id string
		_, _ = fmt.Sscan(ids, &id)
		all = append(all, id)
		ids = ids[min(len(ids), len(id)+1):]
	}
	return all
}

// Four customers: 1 full, 2 full and other, 3 without anything, 4 from a messenger.
var searchedCustomers = []step{
	{"POST /customers", `{"name":"Marta Silva","email":"marta@example.org","userId":"crm-1","company":"Silva Books","phone":"+351 1",
		"countryCode":"PT","city":"Lisbon","regionCode":"Lisboa","lastSeen":1700000000,"tags":[{"name":"Lead"},{"name":"Paid"}]}`, 201, ""},
	{"POST /customers", `{"name":"Owen Price","email":"OWEN@example.com","userId":"crm-2","company":"Price Ltd","phone":"+44 2",
		"countryCode":"GB","city":"York","regionCode":"Yorkshire","lastSeen":"1700003600","tags":[{"name":"Lead"}]}`, 201, ""},
	{"POST /customers", `{}`, 201, ""},
	{"POST /customers", `{"createdFrom":"telegram","integrationId":"900100200"}`, 201, ""},
}

func TestContractSection7Customers(t *testing.T) {
	rows := []searchRow{
		{filterOf("customers.id", "=", `100001`), "100001"},
		{filterOf("customers.id", "=", `"100001"`), "100001"},
		{filterOf("customers.id", "!=", `100001`), "100002 100003 100004"},
		{filterOf("customers.id", ">", `100002`), "100003 100004"},
		{filterOf("customers.id", ">=", `100002`), "100002 100003 100004"},
		{filterOf("customers.id", "<", `100002`), "100001"},
		{filterOf("customers.id", "<=", `100002`), "100001 100002"},
		{filterOf("customers.name", "=", `"marta silva"`), "100001"},
		{filterOf("customers.name", "=", `"Marta"`), ""},
		{filterOf("customers.name", "!=", `"Marta Silva"`), "100002"},
		{filterOf("customers.name", "~", `"SILVA"`), "100001"},
		{filterOf("customers.name", "~", `"nobody"`), ""},
		{filterOf("customers.name", "!~", `"silva"`), "100002"},
		{filterOf("customers.email", "=", `"owen@EXAMPLE.com"`), "100002"},
		{filterOf("customers.email", "~", `"@example."`), "100001 100002"},
		{filterOf("customers.email", "!~", `"org"`), "100002"},
		{filterOf("customers.company", "~", `"ltd"`), "100002"},
		{filterOf("customers.phone", "=", `"+44 2"`), "100002"},
		{filterOf("customers.countryCode", "=", `"pt"`), "100001"},
		{filterOf("customers.city", "!=", `"Lisbon"`), "100002"},
		{filterOf("customers.regionCode", "=", `"Lisboa"`), "100001"},
		{filterOf("customers.userId", "=", `"crm-2"`), "100002"},
		{filterOf("customers.userId", "~", `"crm"`), "100001 100002"},
		{filterOf("customers.telegramId", "=", `"900100200"`), "100004"},
		{filterOf("customers.telegramId", "=", `"1"`), ""},
		{filterOf("customers.facebookId", "=", `"900100200"`), ""},
		{filterOf("customers.instagramId", "~", `"900"`), ""},
		{filterOf("customers.viberId", "~", `"900"`), ""},
		{filterOf("customers.whatsappId", "!=", `"1"`), ""},
		{filterOf("customers.lastSeen", "=", `1700000000`), "100001"},
		{filterOf("customers.lastSeen", "!=", `1700000000`), "100002"},
		{filterOf("customers.lastSeen", ">", `1700000000`), "100002"},
		{filterOf("customers.lastSeen", ">=", `"1700000000"`), "100001 100002"},
		{filterOf("customers.lastSeen", "<", `1700000001`), "100001"},
		{filterOf("customers.lastSeen", "<=", `1700000000`), "100001"},
		{filterOf("customers.tagsData", "=", `[{"name":"Lead"}]`), "100001 100002"},
		{filterOf("customers.tagsData", "=", `[{"name":"Lead"},{"name":"Paid"}]`), "100001"},
		{filterOf("customers.tagsData", "=", `[{"name":"lead"}]`), ""},
		{filterOf("customers.tagsData", "=", `[{"name":"Lead","color":"#fff"}]`), "100001 100002"},
	}
	checkConformance(t, []conformance{
		{row: "every field and operator", steps: searchSteps("/customers/search", searchedCustomers, rows)},
		{row: "AND, OR and neither", steps: append(searchedCustomers[:4:4],
			step{"POST /customers/search", `{"comparison":"AND","filter":[` + filterOf("customers.name", "~", `"a"`) + `,` +
				filterOf("customers.countryCode", "=", `"PT"`) + `]}`, 200, `{"data":[{"id":100001}],"total":1}`},
			step{"POST /customers/search", `{"comparison":"OR","filter":[` + filterOf("customers.countryCode", "=", `"GB"`) + `,` +
				filterOf("customers.tagsData", "=", `[{"name":"Paid"}]`) + `]}`, 200, `{"data":[{"id":100001},{"id":100002}],"total":2}`},
			step{"POST /customers/search", `{"filter":[` + filterOf("customers.countryCode", "=", `"GB"`) + `,` +
				filterOf("customers.tagsData", "=", `[{"name":"Paid"}]`) + `]}`, 200, `={"data":[],"total":0}`},
			step{"POST /customers/search", `{"comparison":"XOR"}`, 400, errorOf("comparison", "The value you selected is not a valid choice.")},
		)},
		{row: "without a filter everything matches", steps: append(searchedCustomers[:4:4],
			step{"POST /customers/search", `{}`, 200, `{"total":4}`},
			step{"POST /customers/search", ``, 200, `{"total":4}`},
			step{"POST /customers/search", `{"filter":[]}`, 200, `{"total":4}`},
			step{"POST /customers/search", `{"filter":null,"limit":null,"shoe":1}`, 200, `{"total":4}`},
		)},
		{row: "sort, order, offset and limit", steps: append(searchedCustomers[:4:4],
			step{"POST /customers/search", `{"sort":"customers.lastSeen","order":"DESC"}`, 200,
				`{"data":[{"id":100003},{"id":100004},{"id":100002},{"id":100001}]}`},
			step{"POST /customers/search", `{"sort":"lastSeen","order":"ASC","offset":2,"limit":1}`, 200, `{"data":[{"id":100003}],"total":4}`},
			step{"POST /customers/search", `{"order":"DESC","limit":1}`, 200, `{"data":[{"id":100004}],"total":4}`},
			step{"POST /customers/search", `{"limit":"2","offset":"1"}`, 200, `{"data":[{"id":100002},{"id":100003}],"total":4}`},
			step{"POST /customers/search", `{"filter":[` + filterOf("customers.id", ">", "100001") + `],"limit":1,"offset":1}`, 200,
				`{"data":[{"id":100003}],"total":3}`},
			step{"POST /customers/search", `{"limit":101}`, 200, `{"total":4}`},
			step{"POST /customers/search", `{"sort":"customers.name","order":7}`, 200, `{"data":[{"id":100001},{"id":100002},{"id":100003},{"id":100004}]}`},
			step{"POST /customers/search", `{"limit":0}`, 400, errorOf("limit", "This value should be 1 or more.")},
			step{"POST /customers/search", `{"limit":-1}`, 400, ""},
			step{"POST /customers/search", `{"limit":"many"}`, 400, errorOf("limit", "This value should be of type numeric.")},
			step{"POST /customers/search", `{"offset":-1}`, 400, errorOf("offset", "This value should be 0 or more.")},
		)},
		{row: "no match is an empty page", steps: []step{{"POST /customers/search", `{}`, 200, `={"data":[],"total":0}`}}},
		{row: "no match is 404 by switch", dialect: helpcrunchtest.Dialect{NoMatchIs404: true}, steps: []step{
			{"POST /customers/search", `{}`, 404, errorOf("entity_not_found", "Customer not found")},
			{"POST /chats/search", `{}`, 404, errorOf("chat_not_found", "Chat not found")},
			aCustomer,
			{"POST /customers/search", `{}`, 200, `{"total":1}`},
			{"POST /customers/search", `{"offset":5}`, 200, `={"data":[],"total":1}`},
		}},
	})
}

func TestContractSection7Rejections(t *testing.T) {
	const (
		blank   = "This value should not be blank."
		numeric = "This value should be of type numeric."
		text    = "This value should be of type string."
		array   = "This value should be of type array."
		object  = "This value should be of type object."
		choice  = "The value you selected is not a valid choice."
	)
	rows := []struct{ path, filter, code, message string }{
		{"/customers", `{"operator":"=","value":"x"}`, "filter[0].field", blank},
		{"/customers", `{"field":"customers.name","value":"x"}`, "filter[0].operator", blank},
		{"/customers", `{"field":"customers.name","operator":"="}`, "filter[0].value", blank},
		{"/customers", filterOf("customers.name", "=", `null`), "filter[0].value", blank},
		{"/customers", filterOf("customers.id", "=", `""`), "filter[0].value", numeric},
		{"/customers", filterOf("customers.lastSeen", ">", `""`), "filter[0].value", numeric},
		{"/customers", filterOf("customers.tagsData", "=", `""`), "filter[0].value", array},
		{"/customers", `7`, "filter[0]", object},
		{"/customers", filterOf("customers.firstSeen", "=", `1`), "filter[0].field", choice},
		{"/customers", filterOf("name", "=", `"x"`), "filter[0].field", choice},
		{"/customers", filterOf("chats.status", "=", `"new"`), "filter[0].field", choice},
		{"/customers", filterOf("customers.name", "like", `"x"`), "filter[0].operator", choice},
		{"/customers", filterOf("customers.name", ">", `"x"`), "filter[0].operator", choice},
		{"/customers", filterOf("customers.id", "~", `1`), "filter[0].operator", choice},
		{"/customers", filterOf("customers.lastSeen", "~", `1`), "filter[0].operator", choice},
		{"/customers", filterOf("customers.tagsData", "!=", `[{"name":"a"}]`), "filter[0].operator", choice},
		{"/customers", filterOf("customers.tagsData", "~", `[{"name":"a"}]`), "filter[0].operator", choice},
		{"/customers", filterOf("customers.name", "=", `true`), "filter[0].value", text},
		{"/customers", filterOf("customers.id", "=", `"seven"`), "filter[0].value", numeric},
		{"/customers", filterOf("customers.id", "=", `1.5`), "filter[0].value", numeric},
		{"/customers", filterOf("customers.lastSeen", ">", `"yesterday"`), "filter[0].value", numeric},
		{"/customers", filterOf("customers.tagsData", "=", `"Lead"`), "filter[0].value", array},
		{"/customers", filterOf("customers.tagsData", "=", `[]`), "filter[0].value", blank},
		{"/customers", filterOf("customers.tagsData", "=", `["Lead"]`), "filter[0].value[0]", object},
		{"/customers", filterOf("customers.tagsData", "=", `[{"color":"red"}]`), "filter[0].value[0].name", blank},
		{"/chats", filterOf("customers.name", "=", `"x"`), "filter[0].field", choice},
		{"/chats", filterOf("chats.assignee", "~", `1`), "filter[0].operator", choice},
		{"/chats", filterOf("chats.status", ">", `"new"`), "filter[0].operator", choice},
		{"/chats", filterOf("chats.rating", "=", `[]`), "filter[0].value", text},
		{"/chats", filterOf("chats.customer", "=", `"me"`), "filter[0].value", numeric},
		{"/chats", filterOf("chats.createdAt", ">", `true`), "filter[0].value", numeric},
	}
	var specific, inGeneric []step
	for _, row := range rows {
		request, body := "POST "+row.path+"/search", `{"filter":[`+row.filter+`]}`
		specific = append(specific, step{request, body, 400, errorOf(row.code, row.message)})
		inGeneric = append(inGeneric, step{request, body, 400, genericOf(row.code, row.message)})
	}
	checkConformance(t, []conformance{
		{row: "in specific errors", steps: specific},
		{row: "in generic errors", dialect: generic, steps: inGeneric},
		{row: "filter is no array", steps: []step{
			{"POST /customers/search", `{"filter":"x"}`, 400, errorOf("filter", array)},
			{"POST /customers/search", `{"filter":{"a":1}}`, 400, errorOf("filter", array)},
			{"POST /customers/search", `{"comparison":true}`, 400, errorOf("comparison", text)},
		}},
		{row: "every violation is named", dialect: generic, steps: []step{
			{"POST /customers/search", `{"filter":[` + filterOf("customers.name", "=", `{}`) + `,{"field":"nope"}]}`, 400, genericOf(
				"filter[0].value", text, "filter[1].operator", blank, "filter[1].value", blank, "filter[1].field", choice)},
		}},
	})
}

func TestContractSection7Chats(t *testing.T) {
	setup := []step{
		{"POST /customers", `{"name":"Lee","email":"lee@example.org","userId":"crm-1","tags":[{"name":"Vip"},{"name":"Paid"}]}`, 201, ""},
		{"POST /customers", `{}`, 201, ""},
		// 1: assigned, with a department, with messages of two agents, closed and rated
		{"POST /chats", `{"customer":100001,"application":301,"assignee":101,"department":201}`, 201, ""},
		customerIn, agentIn,
		{"POST /messages", `{"chat":20000001,"text":"b","type":"message","agent":102}`, 201, ""},
		closing,
		{"PUT /chats/rate", `{"id":20000001,"rating":"very poor"}`, 200, ""},
		// 2: untouched
		{"POST /chats", `{"customer":100002,"application":301}`, 201, ""},
		// 3: on hold, of the tagged customer
		{"POST /chats", `{"customer":100001,"application":301,"assignee":102}`, 201, ""},
		{"PUT /chats/status", `{"id":20000003,"status":"on hold"}`, 200, ""},
	}
	rows := []searchRow{
		{filterOf("chats.assignee", "=", `101`), "20000001"},
		{filterOf("chats.assignee", "=", `"101"`), "20000001"},
		{filterOf("chats.assignee", "!=", `101`), "20000003"},
		{filterOf("chats.assignee", ">", `101`), "20000003"},
		{filterOf("chats.assignee", "<=", `102`), "20000001 20000003"},
		{filterOf("chats.agents", "=", `102`), "20000001"},
		{filterOf("chats.agents", "=", `5`), ""},
		{filterOf("chats.agents", "!=", `5`), "20000001"},
		{filterOf("chats.agents", "!=", `102`), ""},
		{filterOf("chats.agents", ">", `101`), "20000001"},
		{filterOf("chats.department", "=", `201`), "20000001"},
		{filterOf("chats.department", "!=", `7`), "20000001"},
		{filterOf("chats.customer", "=", `100001`), "20000001 20000003"},
		{filterOf("chats.customer", "!=", `100001`), "20000002"},
		{filterOf("chats.createdAt", "=", `1700000000`), "20000001 20000002 20000003"},
		{filterOf("chats.createdAt", ">", `1700000000`), ""},
		{filterOf("chats.createdAt", ">=", `"1700000000"`), "20000001 20000002 20000003"},
		{filterOf("chats.updatedAt", "<", `1700000001`), "20000001 20000002 20000003"},
		{filterOf("chats.closedAt", "=", `1700000000`), "20000001"},
		{filterOf("chats.closedAt", "!=", `5`), "20000001"},
		{filterOf("chats.status", "=", `"closed"`), "20000001"},
		{filterOf("chats.status", "=", `"Closed"`), "20000001"},
		{filterOf("chats.status", "=", `"5"`), "20000001"},
		{filterOf("chats.status", "=", `5`), "20000001"},
		{filterOf("chats.status", "=", `"7"`), "20000002"},
		{filterOf("chats.status", "=", `"4"`), "20000003"},
		{filterOf("chats.status", "=", `"on hold"`), "20000003"},
		{filterOf("chats.status", "=", `"on-hold"`), "20000003"},
		{filterOf("chats.status", "=", `"onhold"`), "20000003"},
		{filterOf("chats.status", "!=", `"closed"`), "20000002 20000003"},
		{filterOf("chats.status", "=", `"3"`), ""},
		{filterOf("chats.status", "=", `"9"`), ""},
		{filterOf("chats.status", "=", `"unheard of"`), ""},
		{filterOf("chats.status", "~", `"clos"`), "20000001"},
		{filterOf("chats.status", "!~", `"clos"`), "20000002 20000003"},
		{filterOf("chats.rating", "=", `"very poor"`), "20000001"},
		{filterOf("chats.rating", "=", `"poor"`), ""},
		{filterOf("chats.rating", "~", `"poor"`), "20000001"},
		{filterOf("chats.rating", "!=", `"poor"`), "20000001"},
		{filterOf("chats.customer.email", "=", `"LEE@example.org"`), "20000001 20000003"},
		{filterOf("chats.customer.email", "!~", `"gmail"`), "20000001 20000003"},
		{filterOf("chats.customer.userId", "=", `"crm-1"`), "20000001 20000003"},
		{filterOf("chats.customer.userId", "~", `"x"`), ""},
		{filterOf("chats.customer.tagsData", "=", `[{"name":"Vip"},{"name":"Paid"}]`), "20000001 20000003"},
		{filterOf("chats.customer.tagsData", "=", `[{"name":"Vip"},{"name":"Free"}]`), ""},
	}
	checkConformance(t, []conformance{
		{row: "every field and operator", steps: searchSteps("/chats/search", setup, rows)},
		{row: "the status of every number", options: everyStatus, steps: []step{
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"1"`) + `]}`, 200, `{"data":[{"status":"new"}]}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"2"`) + `]}`, 200, `{"data":[{"status":"opened"}]}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"3"`) + `]}`, 200, `{"data":[{"status":"pending"}]}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"4"`) + `]}`, 200, `{"data":[{"status":"onhold"}]}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"5"`) + `]}`, 200, `{"data":[{"status":"closed"}]}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"6"`) + `]}`, 200, `{"data":[{"status":"no communication"}]}`},
			{"POST /chats/search", `{"filter":[` + filterOf("chats.status", "=", `"7"`) + `]}`, 200, `{"data":[{"status":"empty"}]}`},
		}},
		{row: "sort without the prefix", steps: append(setup[:len(setup):len(setup)],
			step{"POST /chats/search", `{"sort":"lastCustomerMessageAt","order":"DESC"}`, 200,
				`{"data":[{"id":20000002},{"id":20000003},{"id":20000001}],"total":3,"meta":{"total":3}}`},
			step{"POST /chats/search", `{"sort":"chats.closedAt","order":"asc","limit":2}`, 200, `{"data":[{"id":20000001},{"id":20000002}],"total":3}`},
		)},
	})
}

// everyStatus adds a chat in each status.
var everyStatus = []helpcrunchtest.Option{helpcrunchtest.WithSeed(func(server *helpcrunchtest.Server) {
	for _, status := range []helpcrunch.ChatStatus{
		helpcrunch.ChatStatusNew, helpcrunch.ChatStatusOpened, helpcrunch.ChatStatusPending, helpcrunch.ChatStatusOnHold,
		helpcrunch.ChatStatusNoCommunication, helpcrunch.ChatStatusClosed, helpcrunch.ChatStatusEmpty,
	} {
		server.AddChat(helpcrunch.Chat{Status: status})
	}
})}
