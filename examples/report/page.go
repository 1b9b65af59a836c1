package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"math"
	"strconv"
	"time"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	style string

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// page is what page.html shows.
type page struct {
	Policy string
	Style  template.CSS

	Account, Span, Zone, Made string

	Numbers             []headline
	Days                columnChart
	Ratings             barChart
	Agents, Departments barChart
}

// headline is a number to see first.
type headline struct{ Label, Value, Note string }

// writePage writes the report, made now, as one HTML page.
func writePage(w io.Writer, f *figures, now time.Time) error {
	all := append([]waits{f.all}, f.agents...)
	return pageTemplate.Execute(w, page{
		Policy:  policy(),
		Style:   template.CSS(style), //nolint:gosec // it is page.css
		Account: f.account,
		Span:    f.span.String(),
		Zone:    f.span.zoneName(),
		Made:    now.In(f.span.zone).Format("2 January 2006, 15:04"),
		Numbers: headlines(f),
		Days:    drawDays(f),
		Ratings: drawRatings(f),
		Agents: drawWaits("agents", "First answers by agent",
			"How long customers waited for the first answer to their first message, by who gave it.", "Agent", all),
		Departments: drawWaits("departments", "First answers by department",
			"The same, by the department that the chat is in now.", "Department", f.departments),
	})
}

// policy forbids the page everything but its own style.
func policy() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// perDay is a mean, with a decimal while it is small.
func perDay(chats, days int) string {
	mean := float64(chats) / float64(days)
	if mean < 10 {
		return strconv.FormatFloat(math.Round(10*mean)/10, 'f', -1, 64) + " a day"
	}
	return number(int(math.Round(mean))) + " a day"
}

func headlines(f *figures) []headline {
	closed := f.statusTotal(statusIndex("closed"))
	good := f.ratings[ratingIndex("perfect")] + f.ratings[ratingIndex("great")]
	all := []headline{
		{"Chats", number(f.chats), perDay(f.chats, f.span.days())},
		{"Still open", number(f.chats - closed), percent(f.chats-closed, f.chats) + " of all"},
		{"Answered", "–", "no customer wrote"},
		{"Median first answer", "–", "no answers yet"},
		{"Good ratings", "–", "no ratings yet"},
	}
	if f.asked > 0 {
		all[2].Value = percent(f.all.count, f.asked)
		all[2].Note = "of " + counted(f.asked, "chat") + " with a question"
	}
	if f.all.count > 0 {
		all[3].Value = inWords(f.all.median)
		all[3].Note = "90% within " + inWords(f.all.ninety)
	}
	if rated := f.rated(); rated > 0 {
		all[4].Value = percent(good, rated)
		all[4].Note = "of " + counted(rated, "rating")
	}
	return all
}
