package helpcrunchtest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestContractSection9 checks the JSON of each switch that the other sections do not check.
func TestContractSection9(t *testing.T) {
	type dialect = helpcrunchtest.Dialect
	chatSteps := func(more ...step) []step { return append([]step{aCustomer, aChat, customerIn, agentIn}, more...) }
	snooze := func(want string) step {
		return step{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":1700090000}`, 200, want}
	}
	onHold := func(want string) []step {
		return chatSteps(step{"PUT /chats/status", `{"id":20000001,"status":"onhold"}`, 200, want})
	}
	emptyData := func(customer, event string) []step {
		return []step{
			{"POST /customers", `{}`, 201, customer},
			{"POST /events", `{"name":"A","customer":100001}`, 200, event},
		}
	}
	totals := func(customers, chats, search, agents string) []step {
		return []step{
			{"GET /customers", "", 200, customers}, {"GET /chats", "", 200, chats},
			{"POST /chats/search", "{}", 200, search}, {"GET /agents?offset=2", "", 200, agents},
		}
	}
	const nothing, top, meta = `={"data":[]}`, `={"data":[],"total":0}`, `={"data":[],"meta":{"total":0}}`
	const twice = `={"data":[],"total":0,"meta":{"total":0}}`

	checkConformance(t, []conformance{
		{row: "times=strings", steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"createdAt":"1700000000","closedAt":null}`},
			snooze(`{"snoozedUntil":"1700090000"}`))},
		{row: "times=integers", dialect: dialect{Times: helpcrunchtest.TimesAsIntegers}, steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"createdAt":1700000000,"closedAt":null}`},
			step{"GET /customers/100001", "", 200, `{"firstSeen":1700000000,"lastSeen":null}`},
			snooze(`{"snoozedUntil":1700090000}`))},
		{row: "times=fractional-strings", dialect: dialect{Times: helpcrunchtest.TimesAsFractionalStrings}, steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"createdAt":"1700000000.125"}`},
			snooze(`{"snoozedUntil":"1700090000.000"}`))},
		{row: "times=fractional-numbers", dialect: dialect{Times: helpcrunchtest.TimesAsFractionalNumbers}, steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"createdAt":1700000000.125}`})},
		{row: "times=mixed", dialect: dialect{Times: helpcrunchtest.TimesMixed}, steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"createdAt":1700000000}`},
			step{"GET /chats/20000001/messages?limit=1", "", 200, `{"data":[{"createdAt":"1700000000.125"}]}`},
			snooze(`{"snoozedUntil":"1700090000.000"}`))},
		{row: "missing-times=empty-strings", dialect: dialect{MissingTimes: helpcrunchtest.MissingTimesAsEmptyStrings}, steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"closedAt":"","snoozedUntil":""}`})},
		{row: "custom-data=pairs", dialect: dialect{CustomData: helpcrunchtest.CustomDataAsPairs}, steps: []step{
			{"POST /customers", `{"customData":[{"property":"b","value":1},{"property":"a","value":"x"}]}`, 201,
				`{"customData":[{"property":"b","value":1},{"property":"a","value":"x"}]}`}}},
		{row: "empty-data=array", steps: emptyData(`{"customData":[]}`, `{"data":[]}`)},
		{row: "empty-data=object", dialect: dialect{EmptyData: helpcrunchtest.EmptyDataAsObject},
			steps: emptyData(`{"customData":{}}`, `{"data":{}}`)},
		{row: "empty-data=null", dialect: dialect{EmptyData: helpcrunchtest.EmptyDataAsNull},
			steps: emptyData(`{"customData":null}`, `{"data":null}`)},
		{row: "empty-data=left-out", dialect: dialect{EmptyData: helpcrunchtest.EmptyDataLeftOut},
			steps: emptyData("", `={"id":4000001,"name":"A","createdAt":"1700000000"}`)},
		{row: "totals=by-operation", steps: totals(top, meta, twice, `={"data":[],"meta":{"total":2}}`)},
		{row: "totals=top", dialect: dialect{Totals: helpcrunchtest.TotalsOnTop}, steps: totals(top, top, top, `={"data":[],"total":2}`)},
		{row: "totals=meta", dialect: dialect{Totals: helpcrunchtest.TotalsInMeta},
			steps: totals(meta, meta, meta, `={"data":[],"meta":{"total":2}}`)},
		{row: "totals=twice", dialect: dialect{Totals: helpcrunchtest.TotalsTwice},
			steps: totals(twice, twice, twice, `={"data":[],"total":2,"meta":{"total":2}}`)},
		{row: "totals=nowhere", dialect: dialect{Totals: helpcrunchtest.TotalsNowhere}, steps: totals(nothing, nothing, nothing, nothing)},
		{row: "totals=oldest", dialect: dialect{Totals: helpcrunchtest.TotalsAsOldest}, steps: totals(top, meta, meta, nothing)},
		{row: "on-hold=one-word", steps: onHold(`{"status":"onhold"}`)},
		{row: "on-hold=space", dialect: dialect{OnHold: helpcrunchtest.OnHoldWithSpace}, steps: onHold(`{"status":"on hold"}`)},
		{row: "on-hold=hyphen", dialect: dialect{OnHold: helpcrunchtest.OnHoldWithHyphen}, steps: onHold(`{"status":"on-hold"}`)},
		{row: "events=with-customer", dialect: dialect{Events: helpcrunchtest.EventsWithCustomer}, steps: []step{aCustomer,
			{"POST /events", `{"name":"A","customer":100001}`, 200,
				`={"id":4000001,"name":"A","data":[],"createdAt":"1700000000","customer":100001}`}}},
		{row: "events=without-id", dialect: dialect{Events: helpcrunchtest.EventsWithoutID}, steps: []step{aCustomer,
			{"POST /events", `{"name":"A","customer":100001}`, 200, `={"name":"A","data":[],"createdAt":"1700000000"}`}}},
		{row: "short-agents", dialect: dialect{ShortAgents: true}, steps: chatSteps(
			step{"GET /chats/20000001/messages?limit=1", "", 200, `={"data":[{"id":300000002,"chat":20000001,
				"agent":{"id":101,"name":"Ada Ramos"},"type":"message","from":"agent","text":"Hello","read":false,"edited":false,
				"createdAt":"1700000000","updatedAt":null,"broadcastType":null}],"total":2}`})},
		{row: "one-agent", dialect: dialect{OneAgent: true}, steps: []step{aCustomer, aChat,
			{"GET /chats/20000001", "", 200, `{"agents":null}`}, agentIn,
			{"GET /chats/20000001", "", 200, `{"agents":{"id":101,"role":"admin"}}`}}},
		{row: "null-location", dialect: dialect{NullLocation: true}, steps: []step{
			{"POST /customers", `{}`, 201, `{"location":null}`},
			{"POST /customers", `{"city":"York"}`, 201, `{"location":{"city":"York","regionCode":null,"countryCode":null}}`}}},
		{row: "null-text-on-create", dialect: dialect{NullTextOnCreate: true}, steps: []step{aCustomer, aChat,
			{"POST /messages", `{"chat":20000001,"text":"Hi","type":"message"}`, 201, `{"text":null}`},
			{"GET /chats/20000001/messages", "", 200, `{"data":[{"text":"Hi"}]}`}}},
		{row: "chat-notes", dialect: dialect{ChatNotes: true}, steps: chatSteps(
			step{"GET /chats/20000001", "", 200, `{"notes":null}`})},
		{row: "rating-numbers", dialect: dialect{RatingNumbers: true}, steps: chatSteps(closing,
			step{"PUT /chats/rate", `{"id":20000001,"rating":"great"}`, 200, `{"rating":"great","closedBy":"agent"}`},
			step{"PUT /chats/readByAgent", `{"id":20000001,"read":true}`, 200, `{"rating":2,"closedBy":2}`},
			step{"GET /chats/20000001", "", 200, `{"rating":"great"}`})},
		{row: "old-fields of a customer", dialect: dialect{OldFields: true}, steps: []step{
			{"POST /customers", `{"createdFrom":"telegram"}`, 201, `={"id":100001,"name":null,"email":null,"userId":null,
				"company":null,"phone":null,"firstSeen":"1700000000","lastSeen":null,
				"location":{"regionCode":null,"countryCode":null,"city":null},"device":null,"unsubscribed":false,
				"blocked":false,"source":null,"referer":null,"lastPage":null,"locale":null,"notes":null,"tags":[],"customData":[]}`}}},
		{row: "old-fields of a chat", dialect: dialect{OldFields: true}, steps: []step{aCustomer,
			{"POST /chats", `{"customer":100001,"application":301}`, 201, `={"id":20000001,"closedBy":null,
				"lastCustomerMessageAt":null,"status":"empty","closedAt":null,"rating":null,"createdAt":"1700000000",
				"lastMessageAt":null,"snoozedUntil":null,"lastMessageText":null,"lastMessageId":null,
				"lastCommunicatedAgentId":null,"agents":[],"assignee":null,"department":null,
				"customer":{"id":100001,"name":"Marta Silva","email":"marta@example.org","userId":"crm-1"}}`}}},
		{row: "oldest", dialect: helpcrunchtest.OldestDialect(), steps: []step{
			{"POST /customers", `{"name":"Owen","customData":[{"property":"seats","value":3}]}`, 201,
				`{"firstSeen":1700000000,"customData":[{"property":"seats","value":3}]}`},
			{"POST /chats", `{"customer":100001}`, 200, `{"createdAt":1700000000,"agents":null,"notes":null}`},
			{"POST /messages", `{"chat":20000001,"text":"Hi","type":"message","agent":101}`, 200, `{"text":null,"createdAt":"1700000000.125"}`},
			{"GET /chats/20000001/messages", "", 200, `{"messages":[{"text":"Hi","agent":{"id":101}}],"total":1}`},
			{"GET /departments?offset=1", "", 200, `={"data":[]}`},
			{"PUT /customers/100001", `{"notes":"n"}`, 200, `{"name":null}`}}},
	})
}

func TestContractSection9OK(t *testing.T) {
	rows := map[helpcrunchtest.OKForm]struct{ contentType, body string }{
		helpcrunchtest.OKAsJSON:           {"application/json", `"Ok"`},
		helpcrunchtest.OKAsText:           {"text/plain; charset=utf-8", `Ok`},
		helpcrunchtest.OKAsTextCalledJSON: {"application/json", `Ok`},
		helpcrunchtest.OKAsJSONCalledText: {"text/html; charset=UTF-8", `"Ok"`},
	}
	for form, want := range rows {
		server := newServer(t, helpcrunchtest.WithDialect(helpcrunchtest.Dialect{OK: form}))
		aCustomer.check(t, server, 0)
		for _, request := range [][2]string{{"DELETE", "/customers/100001"}, {"GET", "/agents/101/unsubscribe"}} {
			status, header, body := send(t, server, request[0], request[1], "")
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, want.contentType, header.Get("Content-Type"))
			assert.Equal(t, want.body, body)
		}
	}
}

func TestContractSection4SnoozeEnds(t *testing.T) {
	now := conformanceStart
	server := newServer(t, helpcrunchtest.WithClock(func() time.Time { return now }))
	for _, step := range []step{
		aCustomer, aChat,
		{"PUT /chats/snooze", `{"id":20000001,"snoozedUntil":1700000060}`, 200, `{"readByAgent":true}`},
	} {
		step.check(t, server, 0)
	}
	now = time.Unix(1_700_000_059, 0)
	step{"GET /chats/20000001", "", 200, `{"readByAgent":true,"snoozedUntil":"1700000060"}`}.check(t, server, 1)
	now = time.Unix(1_700_000_060, 0)
	step{"GET /chats/20000001", "", 200, `{"readByAgent":false,"snoozedUntil":null}`}.check(t, server, 2)
}

func TestContractSection3Device(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithDemoAccount())
	for _, customer := range server.Customers() {
		if customer.Device == nil {
			continue
		}
		status, _, body := send(t, server, http.MethodPut, "/customers/"+itoa(customer.ID), `{"name":"New"}`)
		require.Equal(t, http.StatusOK, status)
		assert.Contains(t, body, `"device":{"id":700123,"ip":"203.0.113.20","timezone":"Europe/Lisbon","platform":"desktop",`+
			`"userAgent":"ExampleBrowser/9.1 (TestOS 4.2)"}`, "a replacement leaves the device")
		return
	}
	t.Fatal("the demo account has no customer with a device")
}
