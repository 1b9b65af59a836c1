package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// report is what check prints.
type report struct {
	Version  string              `json:"version"`
	Requests int                 `json:"requests"`
	Findings []found             `json:"findings"`
	Team     map[string][]object `json:"team,omitempty"` // agents, departments, applications
}

// found is what was found out about a point.
type found struct {
	Section string `json:"section"`
	Point   string `json:"point"`
	Finding string `json:"finding"`
	Hint    string `json:"hint,omitempty"`
}

// run asks all questions and shows progress.
func (s *survey) run(ctx context.Context, sections []section, show func(helpcrunch.Progress)) (*report, error) {
	r := &report{Version: helpcrunch.Version}
	send := func(r request) *response { return s.send(ctx, r) }
	progress := helpcrunch.Progress{Remaining: -1}
	for _, section := range sections {
		progress.Total += len(section.questions)
	}
	for _, section := range sections {
		for _, q := range section.questions {
			f := found{Section: section.title, Point: q.point, Finding: q.find(send)}
			if s.failure != nil {
				return nil, s.failure
			}
			for _, h := range q.hints {
				if f.Hint == "" && strings.Contains(f.Finding, h.when) {
					f.Hint = h.text
				}
			}
			r.Findings = append(r.Findings, f)
			progress.Done++
			show(progress)
		}
	}
	r.Requests = s.transport.requests
	return r, nil
}

// print prints the report in one piece, so that an error of the output is found.
func (r *report) print(env *cli.Env, last string) error {
	if env.JSON() {
		return env.PrintJSON(r)
	}
	var b bytes.Buffer
	out := *env
	out.Stdout = &b // which never fails
	var rows [][]string
	var hints strings.Builder
	for i, f := range r.Findings {
		rows = append(rows, []string{f.Point, f.Finding})
		if f.Hint != "" {
			fmt.Fprintf(&hints, "- %s: %s\n", f.Point, f.Hint)
		}
		if i+1 == len(r.Findings) || r.Findings[i+1].Section != f.Section {
			_ = out.PrintTable([]string{strings.ToUpper(f.Section), "FINDING"}, rows)
			fmt.Fprintln(&b)
			rows = nil
		}
	}
	for _, k := range teamKinds {
		if len(r.Team[k.plural]) > 0 {
			k.print(&out, r.Team[k.plural])
		}
	}
	if hints.Len() > 0 {
		fmt.Fprintf(&b, "%s\n%s\n", out.Bold("HINTS"), hints.String())
	}
	fmt.Fprintf(&b, "%d requests; nothing was changed. %s\n", r.Requests, last)
	_, err := env.Stdout.Write(b.Bytes())
	return err
}

// print prints rows with all their properties.
func (k kind) print(out *cli.Env, rows []object) {
	header := []string{strings.ToUpper(k.singular)}
	cells := make([][]string, len(rows))
	for i, p := range k.properties {
		if i > 0 {
			header = append(header, strings.ToUpper(p.name))
		}
		for j, row := range rows {
			cells[j] = append(cells[j], cell(row[p.name]))
		}
	}
	_ = out.PrintTable(header, cells)
	fmt.Fprintln(out.Stdout)
}

// cell returns a value as a cell of a table. It counts the elements of an array.
func cell(raw json.RawMessage) string {
	switch form := formOf(raw); {
	case strings.Contains(form, "string"):
		return decode[string](raw)
	case form == null, form == leftOut:
		return ""
	case form == "[]", strings.HasPrefix(form, "array"):
		return fmt.Sprint(len(decode[[]any](raw)))
	}
	return string(raw)
}
