package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
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

	Account, Span, Zone, Made, Excluded string

	Headlines []headline
	Days      columnChart
	Pair      []barChart // beside each other where there is room
	Bars      []barChart
}

// headline is a figure at the top of the page.
type headline struct{ Label, Value, Note string }

// writePage writes the report as one HTML page.
func writePage(w io.Writer, f *figures) error {
	return pageTemplate.Execute(w, page{
		Policy:    policy(),
		Style:     template.CSS(style), //nolint:gosec // it is page.css
		Account:   cli.Printable(f.account),
		Span:      f.span.String(),
		Zone:      f.span.zoneName(),
		Made:      f.made.In(f.span.zone).Format("2 January 2006, 15:04"),
		Excluded:  f.excludedText(),
		Headlines: headlines(f),
		Days:      drawDays(f),
		Pair:      []barChart{drawRatings(f), drawFirstByDepartment(f)},
		Bars:      []barChart{drawFirstByAgent(f), drawLaterByAgent(f), drawLaterByDepartment(f)},
	})
}

// excludedText says which agents do not count. It is empty if all do.
func (f *figures) excludedText() string {
	if len(f.excluded) == 0 {
		return ""
	}
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(f.excluded), " ", ", "), "[]")
	return "Messages of the agents with these ids do not count: " + ids + "."
}

// policy returns the content security policy of the page: it permits its own style alone.
func policy() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// perDay returns a mean, with one decimal below 10.
func perDay(chats, days int) string {
	mean := float64(chats) / float64(days)
	if mean < 10 {
		return strconv.FormatFloat(math.Round(10*mean)/10, 'f', -1, 64) + " a day"
	}
	return number(int(math.Round(mean))) + " a day"
}

func headlines(f *figures) []headline {
	open := f.chats - f.statusTotal(index(statuses, "closed"))
	good := f.ratings[index(ratings, "perfect")] + f.ratings[index(ratings, "great")]
	all := []headline{
		{"Chats", number(f.chats), perDay(f.chats, f.span.days())},
		{"Still open", number(open), percent(open, f.chats) + " of all"},
		{"With a response", "–", "no customer wrote"},
		timeHeadline("First response time", f.first.All),
		timeHeadline("Follow-up response time", f.followUp.All),
		{"Good ratings", "–", "no ratings yet"},
	}
	if f.asked > 0 {
		all[2].Value = percent(f.first.All.count, f.asked)
		all[2].Note = "of " + counted(f.asked, "chat") + " in which the customer wrote"
	}
	if rated := total(f.ratings); rated > 0 {
		all[5].Value, all[5].Note = percent(good, rated), "of "+counted(rated, "rating")
	}
	return all
}

func timeHeadline(label string, s summary) headline {
	if s.count == 0 {
		return headline{label, "–", "no responses yet"}
	}
	return headline{label, inWords(s.p50), "median; 90th percentile " + inWords(s.p90)}
}
