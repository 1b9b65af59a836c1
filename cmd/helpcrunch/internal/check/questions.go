package check

// question is a point that the API's documentation leaves open, and how to find out about it.
type question struct {
	point string
	find  finding
	hints []hint
}

// finding tells what responses show about a point.
type finding func(sender) string

// hint tells what a user may do when a finding contains a text.
type hint struct{ when, text string }

// section is a part of the survey.
type section struct {
	title     string
	questions []question
}

// sections returns the whole survey.
func (s *survey) sections() []section {
	return []section{
		{"Team", teamQuestions()},
		{"Errors", errorQuestions},
		{"Customers", append(customerKind.questions(customers), customerQuestions...)},
		{"Chats", append(chatKind.questions(chats), chatQuestions...)},
		{"Messages", append(messageKind.questions(messages), messageQuestions...)},
		{"Searches", searchQuestions},
		{"Statuses of chats", statusQuestions()},
		{"Rate limit", []question{
			{"rate limit headers of a 200", headers(get("/organization")), nil},
			{"rate limit headers of a 404", headers(get("/customers/" + missing)), nil},
			s.rateLimitQuestion(),
		}},
	}
}

// missing is an id that no row is likely to have.
const missing = "2147483647"

// ask describes the response to a request.
func ask(r request) finding {
	return func(send sender) string { return send(r).describe(nil) }
}

// try describes the response to a request beside the response to the usual one.
func try(r, usual request) finding {
	return func(send sender) string { return send(r).describe(send(usual)) }
}

// headers names the headers of a response that may be about the rate limit.
func headers(r request) finding {
	return func(send sender) string {
		if names := limitHeaders(send(r).header); names != nil {
			return list(names)
		}
		return "none"
	}
}

// alone describes the response to getting one row of a list.
func alone(k kind, rows rowsOf) finding {
	return func(send sender) string {
		for _, row := range rows(send) {
			if row.id() != "" {
				return send(get("/%s/%s", k.plural, row.id())).describe(nil)
			}
		}
		return unknown + "there is no " + k.singular
	}
}

func teamQuestions() []question {
	organization := get("/organization")
	questions := append([]question{{"organization", ask(organization), nil}}, organizationKind.questions(pageRows(organization))...)
	for _, k := range teamKinds {
		all := get("/%s", k.plural)
		questions = append(questions, question{k.plural, ask(all), nil})
		questions = append(questions, k.questions(pageRows(all))...)
		questions = append(questions, question{"limit=1 for " + k.plural, try(get("/%s?limit=1", k.plural), all), nil})
	}
	return questions
}

var errorQuestions = []question{
	{"a customer that does not exist", ask(get("/customers/" + missing)), nil},
	{"a chat that does not exist", ask(get("/chats/" + missing)), nil},
	{"messages of a chat that does not exist", ask(get("/chats/" + missing + "/messages")), nil},
	{"a limit that is no number", ask(get("/customers?limit=ten")), nil},
	{"a search by an unknown field", ask(find("customers", "nosuchfield", "=", "x")), []hint{
		{"row", "a misspelled search field is no error: use the typed fields of the SDK"}}},
	{"a search by an unknown operator", ask(find("customers", "name", "like", "x")), nil},
	{"a search by a value of the wrong type", ask(find("customers", "id", "=", "x")), nil},
	{"a search by an empty text", ask(find("customers", "name", "=", "")), nil},
}

// sample returns the latest and the oldest rows of a kind.
func sample(k kind, sort string) rowsOf {
	return func(send sender) (rows []object) {
		seen := map[string]bool{}
		for _, order := range []string{"desc", "asc"} {
			for _, row := range send(get("/%s?sort=%s.%s&order=%s", k.plural, k.plural, sort, order)).page.rows {
				if !seen[row.id()] {
					rows = append(rows, row)
				}
				seen[row.id()] = true
			}
		}
		return rows
	}
}

var (
	customers    = sample(customerKind, "firstSeen")
	allCustomers = get("/customers")
	tenCustomers = get("/customers?limit=10")
)

var customerQuestions = []question{
	{"values in customData", tallied(customers, "all are empty", valuesInData), []hint{
		{dateText, "dates in customData are texts without a time zone: read them with CustomData.Time"}}},
	{"one customer alone", alone(customerKind, customers), nil},
	{"customers without a sort", ask(allCustomers), nil},
	{"limit=101", try(get("/customers?limit=101"), allCustomers), []hint{{"101 rows", "pages may be larger than documented; the SDK requests 100 rows"}}},
	{"limit=0", try(get("/customers?limit=0"), allCustomers), nil},
	{"limit=-1", try(get("/customers?limit=-1"), allCustomers), nil},
	{"offset=-1", try(get("/customers?offset=-1&limit=10"), tenCustomers), nil},
	{"offset=ten", try(get("/customers?offset=ten&limit=10"), tenCustomers), nil},
	{"offset=1000000000", try(get("/customers?offset=1000000000&limit=10"), tenCustomers), nil},
	{"an unknown parameter", try(get("/customers?nosuchparameter=1&limit=10"), tenCustomers), []hint{
		{"as without", "a misspelled parameter is no error: check the spelling in your own requests"}}},
	{"an unknown sort", try(get("/customers?sort=customers.nosuchfield&limit=10"), tenCustomers), []hint{
		{"as without", "a misspelled sort is no error: check the order of what you receive"}}},
	{"order=desc without a sort", try(get("/customers?order=desc&limit=10"), tenCustomers), nil},
	{"sort=customers.firstSeen&order=desc", try(get("/customers?sort=customers.firstSeen&order=desc&limit=10"), tenCustomers), nil},
	{"sort=customers.firstSeen&order=DESC", try(get("/customers?sort=customers.firstSeen&order=DESC&limit=10"), tenCustomers), nil},
	{"sort=firstSeen&order=desc", try(get("/customers?sort=firstSeen&order=desc&limit=10"), tenCustomers), nil},
	{"sort=customers.lastSeen&order=asc", ask(get("/customers?sort=customers.lastSeen&order=asc")), nil},
	{"sort=customers.lastSeen&order=desc", ask(get("/customers?sort=customers.lastSeen&order=desc")), []hint{
		{"unset first", "customers who never visited come first in this order: skip rows without LastSeen"}}},
}

// valuesInData returns the forms of the values in the custom data of a customer.
func valuesInData(row object) (forms []string) {
	for _, value := range decode[object](row["customData"]) {
		forms = append(forms, formOf(value))
	}
	for _, pair := range decode[[]object](row["customData"]) {
		forms = append(forms, formOf(pair["value"]))
	}
	return forms
}

var chats = sample(chatKind, "createdAt")

var chatQuestions = []question{
	{"one chat alone", alone(chatKind, chats), nil},
	{"chats without a sort", ask(get("/chats")), nil},
	{"sort=createdAt&order=desc", try(get("/chats?sort=createdAt&order=desc"), get("/chats")), nil},
}

// chatsToRead is the number of chats whose messages are read.
const chatsToRead = 8

// messagePages returns the pages of messages of the latest chats.
func messagePages(send sender) (pages []page) {
	for _, chat := range chats(send) {
		if len(pages) < chatsToRead && chat.id() != "" && formOf(chat["lastMessageId"]) == anInteger {
			pages = append(pages, send(get("/chats/%s/messages", chat.id())).page)
		}
	}
	return pages
}

func messages(send sender) (rows []object) {
	for _, p := range messagePages(send) {
		rows = append(rows, p.rows...)
	}
	return rows
}

// agents returns the agents who wrote messages.
func agents(send sender) (rows []object) {
	for _, row := range messages(send) {
		if agent := decode[object](row["agent"]); agent != nil {
			rows = append(rows, agent)
		}
	}
	return rows
}

// messageTypes are the types in any version of the documentation.
var messageTypes = []string{"message", "private", "tech", "email", "knowledgeBase"}

var messageQuestions = []question{
	{"messages of a chat", func(send sender) string {
		shapes := tally{}
		for _, p := range messagePages(send) {
			if len(p.rows) > 1 {
				shapes[p.shape()]++
			}
		}
		return shapes.finding("no chat has two messages")
	}, nil},
	{"properties of agents in messages", agentKind.presence(agents), nil},
	{"types of messages", tallied(messages, "there is no message", func(row object) []string {
		return []string{word(row.text("type"), messageTypes)}
	}), nil},
}
