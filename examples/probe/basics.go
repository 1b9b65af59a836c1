package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// missing is an id that no row has, as far as anybody knows.
const missing = "2147483647"

// run looks at every point, as far as the service answers.
func (p *probe) run(ctx context.Context) error {
	for _, points := range []func(context.Context){
		p.team, p.errors, p.customerPoints, p.customerPages, p.chatPoints, p.chatPages, p.messagePoints,
		p.searches, p.searchValues, p.statusWords,
	} {
		points(ctx)
		if p.failure != nil {
			return p.failure
		}
	}
	p.found("answers of 429 to this program", p.transport.waits.finding("there was none"), p.transport.refused)
	return nil
}

// team looks at what is small: the organization, agents, departments and applications.
func (p *probe) team(ctx context.Context) {
	got := p.get(ctx, "/organization")
	body := readObject(got.body)
	inner := readObject(body["data"])
	envelope, rows := "bare object", []object{body}
	switch {
	case got.trouble() != "":
		envelope, rows = cannotTell+got.trouble(), nil
	case inner != nil:
		envelope, rows = "object in `data`", []object{inner}
	}
	p.found("envelope of the organization", envelope, len(rows))
	p.describe(organizationKind, rows)
	p.headers(got, http.StatusOK)
	for _, k := range []kind{agentKind, departmentKind, applicationKind} {
		path := "/" + k.plural
		usual := p.get(ctx, path).page()
		p.found("envelope of "+k.plural, usual.envelope(), 1)
		p.describe(k, usual.rows)
		p.found("order of "+k.plural, orderOf(usual, "id"), len(usual.rows))
		p.found("`limit=1` for "+k.plural, oneOf(p.get(ctx, path, "limit", "1"), usual), 1)
	}
}

// oneOf says what became of a limit of 1.
func oneOf(a *answer, usual page) string {
	if len(usual.rows) < 2 {
		return cannotTell + "fewer than 2 rows"
	}
	return outcome(a, usual)
}

// headers adds the headers of an answer.
func (p *probe) headers(a *answer, status int) {
	limits, others, content := limitHeaders(a.header), otherHeaders(a.header), contentType(a.header)
	if a.status != status {
		limits = cannotTell + "there was no such answer"
		others, content = limits, limits
	}
	p.found(fmt.Sprintf("headers about the rate limit with a %d", status), limits, len(a.header))
	p.found(fmt.Sprintf("other headers with a %d", status), others, len(a.header))
	p.found(fmt.Sprintf("`Content-Type` of a %d", status), content, 1)
}

// errors looks at how requests are refused.
func (p *probe) errors(ctx context.Context) {
	got := p.get(ctx, "/customers/"+missing)
	p.headers(got, http.StatusNotFound)
	p.found("a customer that does not exist", refusal(got), 1)
	p.found("a chat that does not exist", refusal(p.get(ctx, "/chats/"+missing)), 1)
	p.found("messages of a chat that does not exist", refusal(p.get(ctx, "/chats/"+missing+"/messages")), 1)
	p.found("a wrong key", refusal(p.ask(ctx, p.stranger, http.MethodGet, "/organization", url.Values{}, nil)), 1)
	p.found("a limit that is no number", refusal(p.get(ctx, "/customers", "limit", "ten")), 1)
	p.found("a search by an unknown field", refusal(p.find(ctx, "customers", "nosuchfield", "=", "x")), 1)
	p.found("a search by an unknown operator", refusal(p.find(ctx, "customers", "name", "like", "x")), 1)
	p.found("a search by a value of the wrong type", refusal(p.find(ctx, "customers", "id", "=", "x")), 1)
	p.found("a search by an empty text", refusal(p.find(ctx, "customers", "name", "=", "")), 1)
}

// single compares a row of a list with the answer to getting it alone.
func (p *probe) single(ctx context.Context, k kind, rows []object) {
	point := "one " + k.singular + " alone"
	if len(rows) == 0 || rows[0].id() == "" {
		p.found(point, cannotTell+"there is no "+k.singular, 0)
		return
	}
	got := p.get(ctx, "/"+k.plural+"/"+rows[0].id())
	one, envelope := readObject(got.body), "bare object"
	if inner := readObject(one["data"]); inner != nil {
		one, envelope = inner, "object in `data`"
	}
	differences := k.differences(one, rows[0])
	switch {
	case got.trouble() != "":
		envelope = cannotTell + got.trouble()
	case differences == nil:
		envelope += ", in the forms of the list"
	default:
		envelope += ", in other forms than the list: " + quoted(differences)
	}
	p.found(point, envelope, 1)
}
