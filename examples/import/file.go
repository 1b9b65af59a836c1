package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/helpcrunch-go/helpcrunch"
)

// row is a row of the file, and what becomes of it.
type row struct {
	line    int // where it begins, from 1
	input   helpcrunch.CustomerInput
	outcome outcome
	details string
	change  *helpcrunch.CustomerInput // what is sent, nil for nothing
}

// fail settles that a row can't be imported.
func (r *row) fail(format string, args ...any) {
	r.outcome, r.details = failed, fmt.Sprintf(format, args...)
}

// table is a file of customers.
type table struct {
	columns []*column // nil for one that is left out
	ignored []string
	rows    []*row
}

// open opens the file, or the sample.
func (c *config) open() (io.ReadCloser, error) {
	if c.file == "" {
		return io.NopCloser(strings.NewReader(sample)), nil
	}
	file, err := os.Open(c.file) //nolint:gosec // G304: the user says which file
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	}
	return file, nil
}

// read reads the whole file. Rows that can't be right have failed. The client sends nothing.
func (c *config) read(client *helpcrunch.Client) (*table, error) {
	file, err := c.open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	reader := csv.NewReader(bytes.NewReader(data))
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.Contains(first, []byte(";")) && !bytes.Contains(first, []byte(",")) {
		reader.Comma = ';' // as spreadsheets write it in many countries
	}
	head, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the file is empty (%w)", errUsage)
	}
	if err != nil {
		return nil, fmt.Errorf("the file does not begin with the names of columns: %w (%w)", err, errUsage)
	}
	t, err := c.newTable(head)
	if err != nil {
		return nil, err
	}
	return t, c.readRows(client, reader, t)
}

// newTable finds the columns.
func (c *config) newTable(head []string) (*table, error) {
	t := &table{}
	for i, name := range head {
		name = c.unguard(strings.TrimSpace(name))
		if slices.Contains(head[:i], head[i]) {
			return nil, fmt.Errorf("the column %q is there twice (%w)", name, errUsage)
		}
		if slices.Contains(readOnly, name) {
			t.ignored = append(t.ignored, name)
			t.columns = append(t.columns, nil)
			continue
		}
		found, ok := c.findColumn(name)
		if !ok {
			return nil, fmt.Errorf("the column %q is unknown (%w)", name, errUsage)
		}
		t.columns = append(t.columns, &found)
	}
	if !slices.ContainsFunc(t.columns, func(c *column) bool { return c != nil && c.name == userIDColumn }) {
		return nil, fmt.Errorf("the file has no column %s (%w)", userIDColumn, errUsage)
	}
	return t, nil
}

func (c *config) readRows(client *helpcrunch.Client, reader *csv.Reader, t *table) error {
	seen := make(map[string]int)
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		r := &row{}
		t.rows = append(t.rows, r)
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			r.line = broken.StartLine
			if !errors.Is(err, csv.ErrFieldCount) {
				r.fail("line %d is not CSV: %v", broken.Line, broken.Err)
				continue
			}
		} else if err != nil {
			return err
		} else {
			r.line, _ = reader.FieldPos(0)
		}
		c.fill(client, r, t, record)
		if r.outcome == failed {
			continue
		}
		if before, ok := seen[r.input.UserID]; ok {
			r.fail("the userId is in line %d already", before)
			continue
		}
		seen[r.input.UserID] = r.line
	}
}

// fill reads a row's cells, and looks whether they can be right.
func (c *config) fill(client *helpcrunch.Client, r *row, t *table, record []string) {
	for i, cell := range record[:min(len(record), len(t.columns))] {
		column := t.columns[i]
		if cell = c.unguard(cell); cell == "" || column == nil {
			continue
		}
		if !utf8.ValidString(cell) {
			r.fail("%s is not UTF-8", column.name)
			return
		}
		if err := column.read(&r.input, cell); err != nil {
			r.fail("%s %v", column.name, err)
			return
		}
	}
	switch {
	case len(record) != len(t.columns):
		r.fail("the row has %d cells, not %d", len(record), len(t.columns))
	case r.input.UserID == "":
		r.fail("%s is empty", userIDColumn)
	default:
		if err := refusal(client, &r.input); err != nil {
			r.fail("%s", err)
		}
	}
}

// refusal is what the SDK has against an input. It checks before it sends, and with a context
// that is over sends nothing.
func refusal(client *helpcrunch.Client, input *helpcrunch.CustomerInput) error {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := client.Customers.Create(over, input)
	if !errors.Is(err, helpcrunch.ErrInvalidArgument) {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), "helpcrunch: Customers.Create: input."))
}

// unguard takes away the apostrophe that examples/export puts in front of formulas.
func (c *config) unguard(cell string) string {
	bare, ok := strings.CutPrefix(cell, "'")
	if c.raw || !ok {
		return cell
	}
	formula := strings.TrimLeft(bare, "'")
	first, _ := utf8.DecodeRuneInString(formula)
	if !strings.ContainsRune("=+-@\t\n＝＋－＠", first) || strings.Trim(formula, "+-0123456789 ()./") == "" {
		return cell
	}
	return bare
}
