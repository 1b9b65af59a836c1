package check

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/helpcrunch-go/helpcrunch"
)

var teamKinds = []kind{agentKind, departmentKind, applicationKind}

// accountSection is what check asks without --full.
func (s *survey) accountSection() section {
	organization := get("/organization")
	property := func(name string) finding {
		return func(send sender) string {
			for _, row := range send(organization).page.rows {
				return cell(row[name])
			}
			return ""
		}
	}
	questions := []question{
		{"organization", property("domain"), nil},
		{"organization id", property("id"), nil},
		{"team online", property("teamOnline"), nil},
		{"chat enabled", property("chatEnabled"), []hint{{"false", "customers can't write: enable chat in HelpCrunch"}}},
	}
	for _, k := range teamKinds {
		questions = append(questions, question{k.plural, count(get("/%s", k.plural)), []hint{
			{"none", "create one in HelpCrunch before you name one in a call"}, {"unknown", "is the key allowed to read them?"}}})
	}
	return section{"Account", append(questions, []question{
		{"customers", count(get("/customers?limit=1")), nil},
		{"chats", count(get("/chats?limit=1")), nil},
		{"rate limit headers", func(send sender) string { return rateLimit(send(organization).header) }, []hint{
			{"below", "set --per-minute, and WithRateLimit in your own programs"}}},
		s.rateLimitQuestion(),
		{"clock of this machine", func(send sender) string { return clock(send(organization)) }, []hint{
			{"API", "set the clock: times that you search by, such as --since, are off"}}},
	}...)}
}

// rateLimitQuestion asks whether this program met the rate limit.
func (s *survey) rateLimitQuestion() question {
	return question{"responses of 429", func(sender) string {
		return strings.TrimPrefix(s.transport.rateLimited.finding("none"), unknown)
	}, []hint{{"Retry-After", "other programs use the same limit: share it with --redis, or lower --per-minute"}}}
}

// count tells how many rows there are.
func count(r request) finding {
	return func(send sender) string {
		got := send(r)
		total, err := strconv.Atoi(got.page.total)
		if err != nil {
			total = len(got.page.rows)
		}
		switch {
		case got.page.where == "":
			return unknown + strings.TrimPrefix(got.describe(nil), unknown)
		case total == 0:
			return "none"
		case err != nil && strings.Contains(r.target, "limit="):
			return unknown + "the API sends no total"
		}
		return strconv.Itoa(total)
	}
}

// rateLimit returns the headers that may be about the rate limit, with their values.
func rateLimit(header http.Header) string {
	var texts []string
	for _, name := range limitHeaders(header) {
		text := name + ": " + header.Get(name)
		if limit, err := strconv.Atoi(header.Get(name)); err == nil && strings.HasSuffix(name, "-Limit") && limit < helpcrunch.DefaultRateLimit {
			text += fmt.Sprintf(" (below the default of %d requests per minute)", helpcrunch.DefaultRateLimit)
		}
		texts = append(texts, text)
	}
	if texts == nil {
		return "none"
	}
	return list(texts)
}

// clock compares the clock with that of the API.
func clock(r *response) string {
	date, err := http.ParseTime(r.header.Get("Date"))
	if err != nil {
		return unknown + "there is no Date header"
	}
	const tolerance = 30 * time.Second
	ahead := r.received.Sub(date).Round(time.Second)
	switch {
	case ahead > tolerance:
		return fmt.Sprintf("%v ahead of the API's", ahead)
	case ahead < -tolerance:
		return fmt.Sprintf("%v behind the API's", -ahead)
	}
	return "right"
}
