package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// searches looks at the pages that searches answer.
func (p *probe) searches(ctx context.Context) {
	customers := p.search(ctx, "customers", searchBody{}).page()
	p.foundBySearch(customerKind, customers, p.customers)
	p.foundBySearch(chatKind, p.search(ctx, "chats", searchBody{}).page(), p.chats)
	for _, of := range [][2]string{{"customers", "userId"}, {"chats", "customer.userId"}} {
		none := p.find(ctx, of[0], of[1], "=", "helpcrunch-probe-nobody-has-this-id")
		p.found("a search of "+of[0]+" without a match", outcome(none, page{}), 1)
	}
	p.found("rows of a search without `limit`", usualLimit(customers), len(customers.rows))
	p.found("a search with a limit of 101", tooLarge(p.search(ctx, "customers", searchBody{"limit": 101})), 1)
	p.found("a search with a limit of 0", outcome(p.search(ctx, "customers", searchBody{"limit": 0}), customers), 1)
	few := p.search(ctx, "customers", searchBody{"limit": 10}).page()
	p.found("a search with an unknown key", outcome(p.search(ctx, "customers", searchBody{"limit": 10, "nosuchkey": 1}), few), 1)
}

// foundBySearch adds how a search without filters is answered.
func (p *probe) foundBySearch(k kind, got page, listed []object) {
	p.found("envelope of a search of "+k.plural, got.envelope(), 1)
	p.found("order of a search of "+k.plural+" without a sort", orderOf(got, "id"), len(got.rows))
	p.found(k.plural+" that a search finds", searched(k, got, listed), 1)
}

// searched compares a row that a search found with the same row of a list.
func searched(k kind, found page, listed []object) string {
	if found.trouble != "" {
		return cannotTell + found.trouble
	}
	for _, row := range listed {
		i := slices.IndexFunc(found.rows, func(o object) bool { return o.id() == row.id() && row.id() != "" })
		if i < 0 {
			continue
		}
		if differences := k.differences(row, found.rows[i]); differences != nil {
			return "in other forms than the list: " + quoted(differences)
		}
		return "in the forms of the list"
	}
	return cannotTell + "no row is in both"
}

// searchValues looks at how values are compared. What it searches for comes from the
// account, and is not told.
func (p *probe) searchValues(ctx context.Context) {
	email := p.someText(func(o object) string { return textOf(o, "email") })
	p.matching(ctx, "texts in other case", "email", email, func(s string) any { return swapCase(s) })
	tag := p.someText(func(o object) string {
		if tags := readList(o["tags"]); len(tags) > 0 {
			return textOf(readObject(tags[0]), "name")
		}
		return ""
	})
	p.matching(ctx, "tags in other case", "tagsData", tag, func(s string) any {
		return []any{map[string]any{"name": swapCase(s)}}
	})
	got := p.find(ctx, "customers", "company", "!=", "helpcrunch-probe-nobody-works-here").page()
	text := "not found"
	for _, row := range got.rows {
		if formOf(row["company"]) == null {
			text = "found"
		}
	}
	switch {
	case got.trouble != "":
		text = cannotTell + got.trouble
	case !slices.ContainsFunc(p.customers, func(o object) bool { return formOf(o["company"]) == null }):
		text = cannotTell + "all have one"
	}
	p.found("customers without a company, by `!=`", text, len(got.rows))
	p.found("a search by `chats.updatedAt`", outcomeOfField(p.find(ctx, "chats", "updatedAt", ">", 0)), 1)
}

// matching adds whether a search finds rows by a spelling that they do not have.
func (p *probe) matching(ctx context.Context, point, field, value string, spelt func(string) any) {
	if value == "" {
		p.found(point, cannotTell+"no customer has any", 0)
		return
	}
	got := p.find(ctx, "customers", field, "=", spelt(value))
	found := outcome(got, page{})
	if strings.HasPrefix(found, "accepted: no rows") || got.status == 404 {
		found = "not found"
	} else if len(got.page().rows) > 0 {
		found = "found"
	}
	p.found(point, found, 1)
}

// outcomeOfField says whether a field can be searched.
func outcomeOfField(a *answer) string {
	if got := a.page(); got.trouble == "" || a.status == 404 {
		return "accepted"
	}
	return outcome(a, page{})
}

// someText returns the first text with a letter that a customer has.
func (p *probe) someText(of func(object) string) string {
	for _, row := range p.customers {
		if s := of(row); swapCase(s) != s {
			return s
		}
	}
	return ""
}

func textOf(o object, name string) string {
	s, _ := text(o[name])
	return s
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// statuses are the words for the status of a chat in any version of the documentation.
var statuses = []string{
	"new", "opened", "open", "pending", "onhold", "on hold", "on-hold", "no communication", "closed", "empty",
}

var onHold = []string{"onhold", "on hold", "on-hold"}

// statusWords looks at the words and numbers for the status of a chat.
func (p *probe) statusWords(ctx context.Context) {
	results := map[string][]string{}
	spellings := tally{}
	for _, status := range statuses {
		got := p.find(ctx, "chats", "status", "=", status)
		result := wordResult(got)
		results[result] = append(results[result], "`"+status+"`")
		for _, row := range got.page().rows {
			if s := textOf(row, "status"); slices.Contains(onHold, s) {
				spellings.add("`" + s + "`")
			}
		}
	}
	for _, result := range slices.Sorted(maps.Keys(results)) {
		p.found("statuses in a search: "+result, strings.Join(results[result], ", "), len(results[result]))
	}
	p.found("the status on hold in answers", spellings.finding("no chat is on hold"), spellings.total)
	p.statusNumbers(ctx)
}

// wordResult says what a search by a status led to.
func wordResult(a *answer) string {
	got := a.page()
	switch {
	case a.status == 404 || got.trouble == "" && len(got.rows) == 0:
		return "no rows"
	case got.trouble == "":
		return "rows"
	case a.status >= 400 && a.status < 500:
		return "refused"
	}
	return got.trouble
}

// statusNumbers looks at which statuses the numbers stand for.
func (p *probe) statusNumbers(ctx context.Context) {
	const numbers = 7
	var meanings []string
	for number := 1; number <= numbers; number++ {
		got := p.find(ctx, "chats", "status", "=", strconv.Itoa(number))
		meaning := wordResult(got)
		var words tally
		for _, row := range got.page().rows {
			status := textOf(row, "status")
			if slices.Contains(onHold, status) {
				status = "on hold"
			}
			words.add(word(status, statuses))
		}
		if words.total > 0 {
			meaning = words.set("")
		}
		meanings = append(meanings, fmt.Sprintf("%d: %s", number, meaning))
	}
	p.found("numbers for statuses in a search", strings.Join(meanings, ", "), numbers)
}
