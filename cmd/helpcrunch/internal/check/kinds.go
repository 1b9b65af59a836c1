package check

import (
	"fmt"
	"regexp"
	"strings"
)

// kind is a kind of objects and what the documentation says about their properties.
type kind struct {
	singular, plural string
	properties       []property
}

type property struct{ name, typ string }

// documented holds the forms of each type of property. Other types are open points.
var documented = map[string]*regexp.Regexp{
	"integer": regexp.MustCompile("^integer$"), "integer?": regexp.MustCompile("^(integer|null)$"),
	"text": regexp.MustCompile("string"), "text?": regexp.MustCompile("string|^null$"), "flag": regexp.MustCompile("^boolean$"),
	"list": regexp.MustCompile(`^array|\[\]`), "object": regexp.MustCompile("^object"), "object?": regexp.MustCompile("^(object|null)"),
}

// newKind makes a kind of properties such as "id:integer".
func newKind(singular, plural, properties string) kind {
	k := kind{singular: singular, plural: plural}
	for text := range strings.FieldsSeq(properties) {
		name, typ, _ := strings.Cut(text, ":")
		k.properties = append(k.properties, property{name, typ})
	}
	return k
}

var (
	organizationKind = newKind("organization", "organization", "id:integer domain:text? teamOnline:flag chatEnabled:flag")
	agentKind        = newKind("agent", "agents", "id:integer name:text? email:text? role:text?")
	departmentKind   = newKind("department", "departments", "id:integer name:text? agents:list")
	applicationKind  = newKind("application", "applications", "id:integer name:text? displayName:text? active:flag type:text?")
	customerKind     = newKind("customer", "customers", `id:integer name:text? email:text? userId:text? company:text? phone:text?
		firstSeen:open lastSeen:open location:open device:object? unsubscribed:flag blocked:flag source:text? referer:text?
		lastPage:text? locale:text? createdFrom:text? integrationId:text? notes:text? tags:list customData:open`)
	chatKind = newKind("chat", "chats", `id:integer status:text closedBy:text? rating:text? createdAt:open closedAt:open
		lastMessageAt:open lastCustomerMessageAt:open snoozedUntil:open readByAgent:flag readByCustomer:flag createdWith:text?
		lastMessageText:text? lastMessageId:integer? applicationId:integer? lastCommunicatedAgentId:integer? agents:open
		customer:object assignee:object? department:object? notes:text?`)
	messageKind = newKind("message", "messages", `id:integer chat:integer agent:open type:text from:text text:text? read:flag
		edited:flag createdAt:open updatedAt:open broadcastType:text?`)
)

// rowsOf reads rows.
type rowsOf func(sender) []object

// pageRows returns the rows of the response to a request.
func pageRows(r request) rowsOf {
	return func(send sender) []object { return send(r).page.rows }
}

// tallied makes a finding of the forms that of finds in rows.
func tallied(rows rowsOf, none string, of func(object) []string) finding {
	return func(send sender) string {
		forms := tally{}
		for _, row := range rows(send) {
			for _, form := range of(row) {
				forms[form]++
			}
		}
		return forms.finding(none)
	}
}

// questions ask about the properties of a kind.
func (k kind) questions(rows rowsOf) []question {
	questions := []question{{"properties of " + k.plural, k.presence(rows), []hint{
		{"more", "the SDK's models lack these properties: read them with Client.Do"},
		{"is ", "a type differs from the documentation: the field Unreadable of such rows may name it"},
	}}}
	for _, p := range k.properties {
		if documented[p.typ] == nil {
			of := func(row object) []string { return []string{formOf(row[p.name])} }
			questions = append(questions, question{p.name + " of " + k.plural, tallied(rows, "there is no "+k.singular, of), nil})
		}
	}
	return questions
}

// presence tells which properties are missing, which have another type than documented, and
// how many more there are.
func (k kind) presence(rows rowsOf) finding {
	return func(send sender) string {
		if found := rows(send); len(found) > 0 {
			return k.differences(found)
		}
		return unknown + "there is no " + k.singular
	}
}

func (k kind) differences(rows []object) string {
	counts := tally{}
	for _, row := range rows {
		for name := range row {
			counts[name]++
		}
	}
	parts := []string{"as documented"}
	for _, p := range k.properties {
		other := tally{}
		for _, row := range rows {
			if form := formOf(row[p.name]); documented[p.typ] != nil && form != leftOut && !documented[p.typ].MatchString(form) {
				other[form]++
			}
		}
		switch n := counts[p.name]; {
		case len(other) > 0:
			parts = append(parts, p.name+" is "+other.finding(""))
		case n == 0:
			parts = append(parts, "no "+p.name)
		case n < len(rows):
			parts = append(parts, "sometimes no "+p.name)
		}
		delete(counts, p.name)
	}
	if len(counts) > 0 {
		parts = append(parts, fmt.Sprintf("%d more", len(counts)))
	}
	return strings.Join(parts, "; ")
}
