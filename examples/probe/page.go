package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// page is a page of rows.
type page struct {
	trouble       string // why there is none, or empty
	key           string // where the rows were, "" for a bare array
	rows          []object
	onTop, inMeta bool // where the total was
}

// page reads the page that an answer holds, once.
func (a *answer) page() page {
	if a.asPage == nil {
		read := readPage(a)
		a.asPage = &read
	}
	return *a.asPage
}

// readPage reads a page, in any of its envelopes.
func readPage(a *answer) page {
	p := page{trouble: a.trouble()}
	if p.trouble != "" {
		return p
	}
	var wrapped struct {
		Data, Messages []object
		Total          json.RawMessage
		Meta           object
	}
	if bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("[")) {
		unmarshal(a.body, &p.rows)
		return p
	}
	unmarshal(a.body, &wrapped)
	switch {
	case wrapped.Data != nil:
		p.key, p.rows = "data", wrapped.Data
	case wrapped.Messages != nil:
		p.key, p.rows = "messages", wrapped.Messages
	default:
		p.trouble = "the answer holds no list of rows"
	}
	p.onTop, p.inMeta = wrapped.Total != nil, wrapped.Meta["total"] != nil
	return p
}

// envelope says how the page is wrapped.
func (p page) envelope() string {
	if p.trouble != "" {
		return cannotTell + p.trouble
	}
	where := "rows in `" + p.key + "`"
	if p.key == "" {
		where = "rows in a bare array"
	}
	switch {
	case p.onTop && p.inMeta:
		return where + ", the total both in `total` and in `meta.total`"
	case p.onTop:
		return where + ", the total in `total`"
	case p.inMeta:
		return where + ", the total in `meta.total`"
	}
	return where + ", no total"
}

// ids are the ids of the rows, in their order.
func (p page) ids() string {
	ids := make([]string, len(p.rows))
	for i, row := range p.rows {
		ids[i] = row.id()
	}
	return strings.Join(ids, " ")
}

// outcome says what became of a request for a page that is a little off, by comparing it
// with the page that the service gives without that.
func outcome(a *answer, usual page) string {
	got := a.page()
	switch {
	case a.status >= http.StatusMultipleChoices && a.status < http.StatusInternalServerError:
		return fmt.Sprintf("refused with %d", a.status)
	case got.trouble != "":
		return cannotTell + got.trouble
	case len(got.rows) == 0:
		return "accepted: no rows"
	case got.ids() == usual.ids():
		return "ignored: as without it"
	case len(got.rows) == 1:
		return "accepted: 1 row"
	}
	return fmt.Sprintf("accepted: %d rows", len(got.rows))
}

// pageSize is the documented limit of pages.
const pageSize = 100

// tooLarge says what became of a limit of pageSize + 1.
func tooLarge(a *answer) string {
	got := a.page()
	switch {
	case a.status >= http.StatusMultipleChoices && a.status < http.StatusInternalServerError:
		return fmt.Sprintf("refused with %d", a.status)
	case got.trouble != "":
		return cannotTell + got.trouble
	case len(got.rows) == pageSize:
		return "cut to 100 rows"
	case len(got.rows) > pageSize:
		return "accepted: more than 100 rows"
	}
	return cannotTell + "accepted, but there are too few rows"
}

// usualLimit says how many rows a page has when no limit is given.
func usualLimit(p page) string {
	switch {
	case p.trouble != "":
		return cannotTell + p.trouble
	case len(p.rows) == pageSize:
		return "100 rows"
	case len(p.rows) > pageSize:
		return "more than 100 rows"
	}
	return cannotTell + "there may be no more rows than came"
}

// orderOf says by which of the properties the rows are ordered. Rows without one are
// passed over.
func orderOf(p page, names ...string) string {
	if p.trouble != "" {
		return cannotTell + p.trouble
	}
	if len(p.rows) < 2 {
		return cannotTell + "fewer than 2 rows"
	}
	var orders []string
	for _, name := range names {
		var values []float64
		for _, row := range p.rows {
			if value, ok := numberIn(row[name]); ok {
				values = append(values, value)
			}
		}
		if direction := directionOf(values); direction != "" {
			orders = append(orders, direction+" `"+name+"`")
		}
	}
	if orders == nil {
		return "none of " + quoted(names)
	}
	return strings.Join(orders, " and ")
}

// numberIn reads a number, or a string that is one.
func numberIn(raw json.RawMessage) (float64, bool) {
	value, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	return value, err == nil
}

// directionOf says in which direction values go, "" for neither.
func directionOf(values []float64) string {
	rises, falls := false, false
	for i := 1; i < len(values); i++ {
		rises = rises || values[i] > values[i-1]
		falls = falls || values[i] < values[i-1]
	}
	switch {
	case rises && !falls:
		return "ascending"
	case falls && !rises:
		return "descending"
	}
	return ""
}

// nullsIn says where the rows stand that lack the property by which a page is sorted.
func nullsIn(p page, name string) string {
	if p.trouble != "" {
		return cannotTell + p.trouble
	}
	var missing []int
	for i, row := range p.rows {
		if _, none := timeForm(row[name]); none {
			missing = append(missing, i)
		}
	}
	last := len(p.rows) - 1
	switch {
	case len(missing) == 0:
		return cannotTell + "none in the page"
	case len(missing) == len(p.rows):
		return cannotTell + "nothing else in the page"
	case missing[len(missing)-1] == len(missing)-1:
		return "first"
	case missing[0] == last-len(missing)+1:
		return "last"
	}
	return "among the others"
}
