package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table is what a row becomes in CSV.
type table struct {
	head    []string
	records func(line []byte) ([][]string, error)
}

// writeCSV writes the rows of a journal as RFC 4180 has it.
func (c *config) writeCSV(ctx context.Context, w io.Writer, j *journal) error {
	t := chatTable(c.messages)
	if c.what == whatCustomers {
		names, err := attributes(ctx, j)
		if err != nil {
			return err
		}
		t = customerTable(names)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(c.cells(t.head)); err != nil {
		return err
	}
	for line, err := range j.lines() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		records, err := t.records(line)
		if err != nil {
			return err
		}
		for _, record := range records {
			if err := out.Write(c.cells(record)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// attributes returns the names of all custom attributes in a journal, which become columns.
func attributes(ctx context.Context, j *journal) ([]string, error) {
	names := make(map[string]bool)
	for line, err := range j.lines() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		var customer struct {
			CustomData map[string]json.RawMessage `json:"customData"`
		}
		if err := json.Unmarshal(line, &customer); err != nil {
			return nil, err
		}
		for name := range customer.CustomData {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// lineBreaks turns all kinds into one, which the writer makes CR and LF, as at the end of a record.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// cells makes a record fit for a file that people open with a spreadsheet.
func (c *config) cells(record []string) []string {
	cells := make([]string, len(record))
	for i, text := range record {
		text = lineBreaks.Replace(text)
		if !c.raw {
			text = guard(text)
		}
		cells[i] = text
	}
	return cells
}

// guard puts an apostrophe in front of a text that a spreadsheet would carry out as a formula.
// Telephone numbers and negative numbers can do nothing and stay as they are. A text that
// would look guarded gets another apostrophe, so that taking one away gives back all texts.
func guard(text string) string {
	bare := strings.TrimLeft(text, "'")
	first, _ := utf8.DecodeRuneInString(bare)
	if !strings.ContainsRune("=+-@\t\n＝＋－＠", first) || strings.Trim(bare, "+-0123456789 ()./") == "" {
		return text
	}
	return "'" + text
}

// listCell puts words into one cell, as a record of CSV within it.
func listCell(words []string) string {
	if len(words) == 0 {
		return ""
	}
	var cell strings.Builder
	out := csv.NewWriter(&cell)
	_ = out.Write(words) // a Builder takes everything
	out.Flush()
	return strings.TrimSuffix(cell.String(), "\n")
}

// valueCell writes a custom attribute.
func valueCell(value any) string {
	if value == nil {
		return ""
	}
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
