package main

import (
	"fmt"
	"slices"
	"strings"
)

// kind is a kind of objects: what the documentation says that they hold.
type kind struct {
	singular, plural string
	properties       []property
}

// property is a property of a kind. forms are those that are documented and not open;
// none means that another point tells of its form.
type property struct {
	name  string
	forms []string
}

var (
	number  = []string{anInteger}
	numbers = []string{anInteger, null} // or none
	words   = []string{aString, null}
	truth   = []string{aBoolean}
	list    = []string{anArray, emptyArray}
	nested  = []string{anObject, null}
	open    = []string(nil)
)

var customerKind = kind{"customer", "customers", []property{
	{"id", number}, {"name", words}, {"email", words}, {"userId", words}, {"company", words}, {"phone", words},
	{"firstSeen", open}, {"lastSeen", open}, {"location", open}, {"device", nested}, {"unsubscribed", truth},
	{"blocked", truth}, {"source", words}, {"referer", words}, {"lastPage", words}, {"locale", words},
	{"createdFrom", words}, {"integrationId", words}, {"notes", words}, {"tags", list}, {"customData", open},
}}

var chatKind = kind{"chat", "chats", []property{
	{"id", number}, {"status", []string{aString}}, {"closedBy", words}, {"rating", words}, {"createdAt", open},
	{"closedAt", open}, {"lastMessageAt", open}, {"lastCustomerMessageAt", open}, {"snoozedUntil", open},
	{"readByAgent", truth}, {"readByCustomer", truth}, {"createdWith", words}, {"lastMessageText", words},
	{"lastMessageId", numbers}, {"applicationId", numbers}, {"lastCommunicatedAgentId", numbers}, {"agents", open},
	{"customer", []string{anObject}}, {"assignee", nested}, {"department", nested}, {"notes", words},
}}

var messageKind = kind{"message", "messages", []property{
	{"id", number}, {"chat", number}, {"agent", open}, {"type", []string{aString}}, {"from", []string{aString}},
	{"text", words}, {"read", truth}, {"edited", truth}, {"createdAt", open}, {"updatedAt", open}, {"broadcastType", words},
}}

var agentKind = kind{"agent", "agents", []property{{"id", number}, {"name", words}, {"email", words}, {"role", words}}}

var departmentKind = kind{"department", "departments", []property{{"id", number}, {"name", words}, {"agents", list}}}

var applicationKind = kind{"application", "applications", []property{
	{"id", number}, {"name", words}, {"displayName", words}, {"active", truth}, {"type", words},
}}

var organizationKind = kind{"organization", "organization", []property{
	{"id", number}, {"domain", words}, {"teamOnline", truth}, {"chatEnabled", truth},
}}

// shape is what a property looks like, whatever its value.
func shape(name string, o object) string {
	raw := o[name]
	switch {
	case strings.HasSuffix(name, "At") || strings.HasSuffix(name, "Seen") || name == "snoozedUntil":
		form, _ := timeForm(raw)
		return form
	case name == "customData":
		form, _ := dataForm(raw)
		return form
	}
	return formOf(raw)
}

// describe adds what the objects of a kind hold, and in which forms.
func (p *probe) describe(k kind, rows []object) {
	p.found("properties of "+k.plural, k.presence(rows), len(rows))
	p.found("types in "+k.plural, k.types(rows), len(rows))
}

// presence says which properties are there. Of those that nobody knows it tells the
// number alone.
func (k kind) presence(rows []object) string {
	if len(rows) == 0 {
		return cannotTell + "there is no " + k.singular
	}
	var never, sometimes []string
	for _, property := range k.properties {
		switch has := count(rows, property.name); {
		case has == 0:
			never = append(never, property.name)
		case has < len(rows):
			sometimes = append(sometimes, property.name)
		}
	}
	parts := []string{"all that are known"}
	if never != nil {
		parts[0] += " but " + quoted(never)
	}
	if sometimes != nil {
		parts = append(parts, "sometimes without "+quoted(sometimes))
	}
	if others := k.unknown(rows); others > 0 {
		parts = append(parts, fmt.Sprintf("%d more", others))
	}
	return strings.Join(parts, "; ")
}

// count is how many rows have a property.
func count(rows []object, name string) int {
	has := 0
	for _, row := range rows {
		if _, ok := row[name]; ok {
			has++
		}
	}
	return has
}

// unknown is how many different properties the rows have that the kind does not know.
func (k kind) unknown(rows []object) int {
	names := map[string]bool{}
	for _, row := range rows {
		for name := range row {
			names[name] = true
		}
	}
	for _, property := range k.properties {
		delete(names, property.name)
	}
	return len(names)
}

// types says which properties have another type than documented.
func (k kind) types(rows []object) string {
	if len(rows) == 0 {
		return cannotTell + "there is no " + k.singular
	}
	var other []string
	for _, property := range k.properties {
		var forms tally
		for _, row := range rows {
			form := formOf(row[property.name])
			if property.forms != nil && form != leftOut && !slices.Contains(property.forms, form) {
				forms.add(form)
			}
		}
		if forms.total > 0 {
			other = append(other, "`"+property.name+"`: "+forms.set(""))
		}
	}
	if other == nil {
		return "as documented"
	}
	return strings.Join(other, "; ")
}

// differences are the properties that have another shape in one object than in another.
func (k kind) differences(a, b object) []string {
	var names []string
	for _, property := range k.properties {
		if shape(property.name, a) != shape(property.name, b) {
			names = append(names, property.name)
		}
	}
	return names
}

// quoted lists names.
func quoted(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// times adds the forms of the times of a kind, and how missing ones are sent.
func (p *probe) times(k kind, rows []object, names ...string) {
	var none tally
	for _, name := range names {
		var forms tally
		for _, row := range rows {
			if form, missing := timeForm(row[name]); missing {
				none.add(form)
			} else {
				forms.add(form)
			}
		}
		p.found(fmt.Sprintf("`%s` of %s", name, k.plural), forms.finding("none is set"), forms.total)
	}
	p.found("times of "+k.plural+" that have not come", none.finding("all are set"), none.total)
}
