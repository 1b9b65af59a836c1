package importer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// outcome is what becomes of a row.
type outcome string

// The outcomes, in the order in which they are counted.
const (
	toCreate   outcome = "to create" // until it is written
	toUpdate   outcome = "to update"
	created    outcome = "created"
	updated    outcome = "updated"
	unchanged  outcome = "unchanged"
	unknown    outcome = "unknown"
	notWritten outcome = "not written"
	failed     outcome = "error"
)

var outcomes = []outcome{toCreate, toUpdate, created, updated, unchanged, unknown, notWritten, failed}

// tableRow aligns the columns of the table: line, key, outcome and details.
const tableRow = "%-6s %-20s %-11s %s"

// report reports every row: in a file of CSV, as JSON Lines, or as a table.
type report struct {
	env  *cli.Env
	file *os.File        // nil without --report
	csv  *csvsafe.Writer // of the file

	count          map[outcome]int
	rows, warnings int
}

// newReport begins a report. The file must be new, so that no report is lost. by names the
// column of the keys.
func newReport(env *cli.Env, path, by string) (*report, error) {
	r := &report{env: env, count: make(map[outcome]int)}
	switch {
	case path != "":
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // G304: the user names the file
		if err != nil {
			return nil, cli.Usagef("--report: %w", err)
		}
		r.file, r.csv = file, csvsafe.NewWriter(file, csvsafe.Options{})
		if err := r.record("line", by, "outcome", "details"); err != nil {
			return nil, errors.Join(err, r.close())
		}
	case !env.JSON():
		_, err := fmt.Fprintf(env.Stdout, tableRow+"\n", "line", by, "outcome", "details")
		return r, err
	}
	return r, nil
}

// record writes a row of the file at once, so that nothing is lost when the program is killed.
// A row that does not fit on the disk is removed.
func (r *report) record(cells ...string) error {
	before, err := r.file.Seek(0, io.SeekCurrent)
	if err == nil {
		err = r.csv.Write(cells)
	}
	if err == nil {
		err = r.csv.Flush()
	}
	if err != nil {
		_ = r.file.Truncate(before)
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

// add reports the next row. It counts what it has reported.
func (r *report) add(row *row) error {
	details := row.details
	if row.warning != "" {
		details = strings.TrimPrefix(details+"; "+row.warning, "; ")
	}
	if err := r.print(row, details); err != nil {
		return err
	}
	r.rows++
	r.count[row.outcome]++
	if row.warning != "" {
		r.warnings++
	}
	return nil
}

func (r *report) print(row *row, details string) error {
	switch {
	case r.csv != nil:
		return r.record(strconv.Itoa(row.line), row.key, string(row.outcome), details)
	case r.env.JSON():
		return r.env.PrintJSONLine(struct {
			Line    int     `json:"line"`
			Key     string  `json:"key"`
			Outcome outcome `json:"outcome"`
			Details string  `json:"details"`
		}{row.line, row.key, row.outcome, details})
	}
	line := fmt.Sprintf(tableRow, strconv.Itoa(row.line), short(row.key), row.outcome, short(details))
	_, err := fmt.Fprintln(r.env.Stdout, strings.TrimRight(line, " "))
	return err
}

// longestCell bounds a cell of the table, in characters.
const longestCell = 300

// short returns a text for the table. A file and JSON have all of it.
func short(text string) string {
	if len(text) > longestCell {
		if runes := []rune(text); len(runes) > longestCell {
			text = string(runes[:longestCell]) + "..."
		}
	}
	return cli.Printable(text)
}

// summary counts the rows.
func (r *report) summary() string {
	var counts []string
	for _, o := range outcomes {
		if n := r.count[o]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, o))
		}
	}
	if r.warnings > 0 {
		counts = append(counts, fmt.Sprintf("%d with a warning", r.warnings))
	}
	rows := fmt.Sprintf("%d rows", r.rows)
	if r.rows == 1 {
		rows = "1 row"
	}
	return strings.TrimSuffix(rows+": "+strings.Join(counts, ", "), ": ") + "."
}

// close closes the file. It removes a file without rows.
func (r *report) close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	if r.rows == 0 {
		err = errors.Join(err, os.Remove(r.file.Name()))
	}
	return err
}
