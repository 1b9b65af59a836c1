package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/csvsafe"
)

// write writes the rows of the journal to the file, and returns how many.
func (e *export) write(ctx context.Context) (written int, err error) {
	err = e.file.Write(func(w io.Writer) (err error) {
		if e.format == formatCSV {
			written, err = e.writeCSV(ctx, w)
		} else {
			written, err = e.writeLines(ctx, w)
		}
		return err
	})
	return written, err
}

// journalRows iterates over the rows of the file as the journal holds them.
func (e *export) journalRows(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		n := 0
		for line, err := range e.journal.Lines() {
			if err = errors.Join(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			if n++; n == 1 { // the line that says when it was begun
				continue
			}
			rows := []json.RawMessage{line}
			if e.list == messageList {
				var chat struct{ Messages []json.RawMessage }
				if err := json.Unmarshal(line, &chat); err != nil {
					yield(nil, err)
					return
				}
				rows = chat.Messages
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// noteUnreadable iterates over the same rows, and notes which have fields that could not be read.
func (e *export) noteUnreadable(rows iter.Seq2[json.RawMessage, error]) iter.Seq2[json.RawMessage, error] {
	e.unreadableRows, e.unreadable = 0, make(map[string]bool)
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range rows {
			var row struct{ Unreadable []string }
			if bytes.Contains(raw, []byte(`"unreadable":[`)) && json.Unmarshal(raw, &row) == nil && row.Unreadable != nil {
				e.unreadableRows++
				for _, name := range row.Unreadable {
					e.unreadable[name] = true
				}
			}
			if !yield(raw, err) {
				return
			}
		}
	}
}

// writeLines writes JSON Lines.
func (e *export) writeLines(ctx context.Context, w io.Writer) (written int, err error) {
	for row, err := range e.noteUnreadable(e.journalRows(ctx)) {
		if err != nil {
			return written, err
		}
		if _, err := fmt.Fprintf(w, "%s\n", row); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// writeCSV writes CSV with a header.
func (e *export) writeCSV(ctx context.Context, w io.Writer) (written int, err error) {
	rows := e.noteUnreadable(e.journalRows(ctx))
	out := csvsafe.NewWriter(w, csvsafe.Options{Separator: e.comma, NoBOM: e.noBOM, Raw: e.raw})
	switch e.list {
	case customerList:
		var names []string
		if names, err = attributes(e.journalRows(ctx)); err == nil {
			written, err = writeTable(out, rows, append(customerColumns, attributeColumns(names)...))
		}
	case chatList:
		written, err = writeTable(out, rows, slices.DeleteFunc(slices.Clone(chatColumns), func(c column[chatRow]) bool {
			return e.noTimes && c.name == firstResponseColumn
		}))
	default:
		written, err = writeTable(out, rows, messageColumns)
	}
	return written, errors.Join(err, out.Flush())
}

// writeTable writes a header, and a row of cells for each row.
func writeTable[T any](out *csvsafe.Writer, rows iter.Seq2[json.RawMessage, error], columns []column[T]) (written int, err error) {
	if err := out.Write(each(columns, func(c column[T]) string { return c.name })); err != nil {
		return 0, err
	}
	for raw, err := range rows {
		var row T
		if err == nil {
			err = json.Unmarshal(raw, &row)
		}
		if err == nil {
			err = out.Write(each(columns, func(c column[T]) string { return c.value(&row) }))
		}
		if err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// attributes returns the names of all custom attributes.
func attributes(rows iter.Seq2[json.RawMessage, error]) ([]string, error) {
	names := make(map[string]bool)
	for row, err := range rows {
		var customer struct {
			CustomData map[string]json.RawMessage `json:"customData"`
		}
		if err == nil {
			err = json.Unmarshal(row, &customer)
		}
		if err != nil {
			return nil, err
		}
		for name := range customer.CustomData {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}
