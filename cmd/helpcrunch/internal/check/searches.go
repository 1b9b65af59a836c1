package check

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// nobody is a value that no customer is likely to have.
const nobody = "helpcrunch-check-nobody-has-this"

var (
	searchCustomers = search("customers", "{}")
	searchChats     = search("chats", "{}")
	// noMatch applies to a search that responds with 404 when nothing matches.
	noMatch = []hint{{"404", "a search without a match is a 404: the SDK returns an empty page"}}
)

var searchQuestions = []question{
	{"a search of customers", ask(searchCustomers), nil},
	{"a search of chats", ask(searchChats), nil},
	{"properties of customers found", customerKind.presence(pageRows(searchCustomers)), nil},
	{"properties of chats found", chatKind.presence(pageRows(searchChats)), nil},
	{"a search of customers without a match", ask(find("customers", "userId", "=", nobody)), noMatch},
	{"a search of chats without a match", ask(find("chats", "customer.userId", "=", nobody)), noMatch},
	{"a search with a limit of 101", try(search("customers", `{"limit":101}`), searchCustomers), nil},
	{"a search with a limit of 0", try(search("customers", `{"limit":0}`), searchCustomers), nil},
	{"a search with an unknown key", try(search("customers", `{"nosuchkey":1}`), searchCustomers), nil},
	{"a search by chats.updatedAt", ask(find("chats", "updatedAt", ">", 0)), []hint{{"400", "find changed chats with Chats.ActiveSince"}}},
	{"e-mails in another case", otherCase("email", emailOf, func(s string) any { return s }), []hint{
		{"not found", "search by e-mail depends on case: store and search e-mails in lower case"},
		{"found", "search by e-mail ignores case: two spellings of an address are one customer"}}},
	{"tags in another case", otherCase("tagsData", tagOf, func(s string) any { return []any{map[string]any{"name": s}} }), []hint{
		{"not found", "tags that differ in case are different tags: agree on one spelling"}}},
	{"customers without a company, by !=", withoutCompany, []hint{
		{"not found", "a search by != leaves out customers whose value is empty: compare those in your program"}}},
}

func emailOf(customer object) string { return customer.text("email") }

// tagOf returns the name of the first tag of a customer.
func tagOf(customer object) string {
	for _, tag := range decode[[]object](customer["tags"]) {
		return tag.text("name")
	}
	return ""
}

// matches tells whether a search finds rows for which is reports true.
func matches(got *response, is func(object) bool) string {
	switch {
	case slices.ContainsFunc(got.page.rows, is):
		return "found"
	case got.status == http.StatusNotFound, got.status == http.StatusOK && got.problem() == "":
		return "not found"
	}
	return got.describe(nil)
}

// otherCase tells whether a search finds a value of a customer in another case.
func otherCase(field string, of func(object) string, filter func(string) any) finding {
	return func(send sender) string {
		for _, row := range customers(send) {
			if value := of(row); swapCase(value) != value {
				return matches(send(find("customers", field, "=", filter(swapCase(value)))), func(object) bool { return true })
			}
		}
		return unknown + "no customer has any"
	}
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// withoutCompany tells whether a search by != finds customers without a value.
func withoutCompany(send sender) string {
	none := func(row object) bool { return formOf(row["company"]) == null }
	if !slices.ContainsFunc(customers(send), none) {
		return unknown + "all have one"
	}
	return matches(send(find("customers", "company", "!=", nobody)), none)
}

// statuses are the words for the status of a chat in any version of the documentation.
var statuses = []string{"new", "opened", "open", "pending", "onhold", "on hold", "on-hold", "no communication", "closed", "empty"}

// statusQuestions ask which statuses a search by each word and number finds.
func statusQuestions() (questions []question) {
	values := slices.Clone(statuses)
	for number := range 7 {
		values = append(values, strconv.Itoa(number+1))
	}
	status := func(row object) []string { return []string{word(row.text("status"), statuses)} }
	for _, value := range values {
		r := find("chats", "status", "=", value)
		questions = append(questions, question{"chats found by " + value, func(send sender) string {
			if len(send(r).page.rows) > 0 {
				return tallied(pageRows(r), "", status)(send)
			}
			return send(r).describe(nil)
		}, nil})
	}
	return questions
}
