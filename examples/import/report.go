package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// outcome is what becomes of a row.
type outcome string

// The outcomes, in the order in which they are counted.
const (
	toCreate   outcome = "to create" // as long as nothing is written
	toUpdate   outcome = "to update"
	created    outcome = "created"
	updated    outcome = "updated"
	unchanged  outcome = "unchanged"
	unknown    outcome = "unknown"
	notWritten outcome = "not written"
	failed     outcome = "error"
)

var outcomes = []outcome{toCreate, toUpdate, created, updated, unchanged, unknown, notWritten, failed}

// report tells of every row, on the terminal or in a file of CSV.
type report struct {
	stdout  io.Writer
	records *csv.Writer // nil for the terminal
	file    *os.File
	path    string
	count   map[outcome]int
	rows    int
	write   bool
}

// newReport begins a report, in a file that must be new.
func (c *config) newReport(stdout io.Writer) (*report, error) {
	r := &report{stdout: stdout, path: c.report, count: make(map[outcome]int), write: c.write}
	if c.report == "" {
		fmt.Fprintf(stdout, "\n%-6s %-20s %-11s %s\n", "line", "userId", "outcome", "details")
		return r, nil
	}
	folder, err := os.OpenRoot(filepath.Dir(c.report))
	if err != nil {
		return nil, fmt.Errorf("-report: %w (%w)", err, errUsage)
	}
	defer func() { _ = folder.Close() }()
	r.file, err = folder.OpenFile(filepath.Base(c.report), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("-report: %w (%w)", err, errUsage)
	}
	r.records = csv.NewWriter(r.file)
	return r, r.records.Write([]string{"line", "userId", "outcome", "details"})
}

// add reports on the next row.
func (r *report) add(row *row) error {
	r.rows++
	r.count[row.outcome]++
	if r.records != nil {
		return r.records.Write([]string{strconv.Itoa(row.line), row.input.UserID, string(row.outcome), row.details})
	}
	_, err := fmt.Fprintln(r.stdout, strings.TrimRight(fmt.Sprintf("%-6d %-20s %-11s %s",
		row.line, visible(row.input.UserID), row.outcome, visible(row.details)), " "))
	return err
}

// visible writes what can't be seen as escapes, so that no text can steer the terminal.
func visible(text string) string {
	var b strings.Builder
	for _, c := range text {
		if strconv.IsGraphic(c) {
			b.WriteRune(c)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(c), "'"))
		}
	}
	return b.String()
}

// verdict counts the rows, and is an error when not all are as they should be.
func (r *report) verdict(ctx context.Context) error {
	var counts []string
	for _, o := range outcomes {
		if n := r.count[o]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, o))
		}
	}
	fmt.Fprintf(r.stdout, "\n%d rows: %s.\n", r.rows, strings.Join(counts, ", "))
	if !r.write && r.count[toCreate]+r.count[toUpdate] > 0 {
		fmt.Fprintln(r.stdout, "Nothing was written. To do so, run it again with -write.")
	}
	bad := r.count[failed] + r.count[unknown]
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; to go on, run it again")
	case bad > 0:
		return badRows(bad)
	}
	return nil
}

// badRows is how many rows are not as they should be.
type badRows int

func (n badRows) Error() string {
	if n == 1 {
		return "1 row is not as it should be: correct it and run again"
	}
	return fmt.Sprintf("%d rows are not as they should be: correct them and run again", int(n))
}

// close completes the report.
func (r *report) close() error {
	if r.records == nil {
		return nil
	}
	r.records.Flush()
	fmt.Fprintf(r.stdout, "The report is in %s.\n", r.path)
	return errors.Join(r.records.Error(), r.file.Close())
}
