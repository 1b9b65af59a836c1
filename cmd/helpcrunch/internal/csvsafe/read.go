package csvsafe

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// longestRow and mostCells bound the memory of a row: a quote that never closes spans the
	// rest of the file.
	longestRow = 1 << 20
	mostCells  = 1 << 14
	bufferSize = 64 << 10
)

// Row is a row of a file.
type Row struct {
	// First and Last are the lines of the row, counted from 1.
	First, Last int
	// Cells has a cell for each column. If Err is set, it is empty or has another length.
	Cells []string
	// Err says why the row is invalid.
	Err error
}

// Lines names the lines of the row, such as "line 4" and "lines 4 to 9".
func (r *Row) Lines() string {
	if r.First == r.Last {
		return fmt.Sprintf("line %d", r.First)
	}
	return fmt.Sprintf("lines %d to %d", r.First, r.Last)
}

// Reader reads CSV as people write it: with or without a byte order mark and a line "sep=;",
// with any usual separator and line break, with empty rows and empty columns at the end.
// It holds one row at a time.
type Reader struct {
	// Header has the names of the columns as they stand in the file.
	Header []string
	// Separator stands between cells.
	Separator rune

	in       *bufio.Reader
	raw      bool
	line     int    // of the next byte
	lastLine int    // of the last byte
	last     byte   // the last byte
	text     []byte // of the row, without quotes and separators
	ends     []int  // of its cells
	isLong   bool   // the row is longer than longestRow, or has more than mostCells
	state    state
	opened   int // the line of the latest opening quote
	stray    int // the line of the latest stray quote, 0 for none
}

// NewReader returns a Reader for the rows after the first, which names the columns. The
// error says why the file is no CSV in UTF-8 with such a row.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	in := &Reader{in: bufio.NewReaderSize(r, bufferSize), raw: o.Raw, line: 1}
	if err := in.begin(o.Separator); err != nil {
		return nil, err
	}
	for {
		row, err := in.record()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the file is empty")
		case err != nil:
			return nil, err
		case row.Err != nil:
			return nil, fmt.Errorf("%s must name the columns: %w", row.Lines(), row.Err)
		}
		in.Header = withoutEmptyEnd(row.Cells, 0)
		if len(in.Header) > 0 {
			return in, nil
		}
	}
}

// Rows returns an iterator over the rows. Empty rows are skipped. An invalid row has an Err,
// and the iteration goes on; an error that is yielded ends it.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, err := r.record()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if row.Err == nil {
				if len(withoutEmptyEnd(row.Cells, 0)) == 0 {
					continue
				}
				row.Cells = withoutEmptyEnd(row.Cells, len(r.Header))
				if len(row.Cells) != len(r.Header) {
					row.Err = fmt.Errorf("the row has %d cells, not %d", len(row.Cells), len(r.Header))
				}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// withoutEmptyEnd removes empty cells at the end, but not of the first n.
func withoutEmptyEnd(cells []string, n int) []string {
	for len(cells) > n && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// begin recognizes the encoding and the separator.
func (r *Reader) begin(separator rune) error {
	if err := r.checkEncoding(); err != nil {
		return err
	}
	text, err := r.in.Peek(bufferSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.Separator = findSeparator(text)
	if line := separatorLine.Find(text); line != nil {
		r.Separator = rune(line[4])
		_, _ = r.in.Discard(len(line))
		r.line++
	}
	if separator != 0 {
		r.Separator = separator
	}
	return nil
}

// separatorLine is the line by which spreadsheets are told the separator.
var separatorLine = regexp.MustCompile(`^(?i:sep)=[ -~\t](?:\r\n|\r|\n)`)

// checkEncoding skips the byte order mark, and names what is no UTF-8 at its beginning.
func (r *Reader) checkEncoding() error {
	head, err := r.in.Peek(4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case isUTF16(head):
		return errors.New("the file is UTF-16: save it as CSV UTF-8")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return errors.New("the file is a workbook: save it as CSV UTF-8")
	case bytes.HasPrefix(head, []byte(byteOrderMark)):
		_, _ = r.in.Discard(len(byteOrderMark))
	}
	return nil
}

// isUTF16 reports whether a text begins with the byte order mark of UTF-16, or with two
// characters of ASCII in UTF-16.
func isUTF16(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	return len(head) == 4 && (head[0] == 0 && head[2] == 0 || head[1] == 0 && head[3] == 0)
}

// findSeparator returns the separator that occurs most often outside quotes in the first line
// that is not empty. It prefers a comma, then a semicolon.
func findSeparator(text []byte) rune {
	counts, quoted := make(map[byte]int), false
	for _, c := range bytes.TrimLeft(text, "\r\n") {
		if c == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if c == '\r' || c == '\n' {
			break
		}
		counts[c]++
	}
	found := byte(',')
	for _, c := range []byte(";\t|") {
		if counts[c] > counts[found] {
			found = c
		}
	}
	return rune(found)
}

// state says where in a cell a Reader is.
type state int

const (
	atStart  state = iota
	inText         // of a cell without quotes
	inQuotes       // of a cell
	closed         // after the closing quote of a cell
)

// record reads a row. The error is io.EOF at the end of the file.
func (r *Reader) record() (Row, error) {
	r.text, r.ends, r.isLong = r.text[:0], r.ends[:0], false
	r.state, r.opened, r.stray = atStart, 0, 0
	row := Row{First: r.line}
	for n := 0; ; n++ {
		c, err := r.next()
		switch {
		case err != nil && (n == 0 || !errors.Is(err, io.EOF)):
			return Row{}, err
		case err == nil && (r.state == inQuotes || c != '\n' && c != '\r'):
			r.take(c)
			continue
		case c == '\r':
			r.skipLineFeed()
		}
		r.end()
		row.Last = r.lastLine
		if row.Err = r.check(&row); row.Err == nil {
			row.Cells = r.cells()
		}
		return row, nil
	}
}

// take takes a byte of a row.
func (r *Reader) take(c byte) {
	switch {
	case r.state == inQuotes && c == '"':
		r.state = closed
	case r.state == inQuotes:
		r.add(c)
	case rune(c) == r.Separator:
		r.end()
		r.state = atStart
	case c == '"' && r.state == atStart:
		r.state, r.opened = inQuotes, r.lastLine
	case c == '"' && r.state == closed: // two quotes stand for one
		r.add(c)
		r.state = inQuotes
	default:
		if c == '"' || r.state == closed {
			r.stray = r.lastLine
		}
		r.add(c)
		r.state = inText
	}
}

// check says why a row is invalid.
func (r *Reader) check(row *Row) error {
	swallowed := ""
	if row.Last > row.First {
		swallowed = fmt.Sprintf("; %s were read as one row", row.Lines())
	}
	switch {
	case r.state == inQuotes:
		return fmt.Errorf("the quote that opens in line %d is never closed%s", r.opened, swallowed)
	case r.stray > 0:
		return fmt.Errorf(`a quote in line %d is stray: a cell with a quote needs quotes around it and "" inside%s`, r.stray, swallowed)
	case r.isLong:
		return fmt.Errorf("the row is longer than 1 MiB or has more than 16,384 cells%s", swallowed)
	case !utf8.Valid(r.text):
		return errors.New("the text is not UTF-8: save the file as CSV UTF-8")
	}
	return nil
}

// next returns the next byte and counts lines: CR LF, LF and CR end one.
func (r *Reader) next() (byte, error) {
	c, err := r.in.ReadByte()
	if err != nil {
		return 0, err
	}
	r.lastLine = r.line
	switch {
	case c == '\n' && r.last == '\r':
		r.lastLine--
	case c == '\n' || c == '\r':
		r.line++
	}
	r.last = c
	return c, nil
}

// skipLineFeed skips the second half of CR LF.
func (r *Reader) skipLineFeed() {
	if following, err := r.in.Peek(1); err == nil && following[0] == '\n' {
		_, _ = r.next()
	}
}

// add adds a byte to the row.
func (r *Reader) add(c byte) {
	if len(r.text) == longestRow {
		r.isLong = true
		return
	}
	r.text = append(r.text, c)
}

// end ends a cell.
func (r *Reader) end() {
	if len(r.ends) == mostCells {
		r.isLong = true
		return
	}
	r.ends = append(r.ends, len(r.text))
}

// cells returns the cells of the row.
func (r *Reader) cells() []string {
	text, start := string(r.text), 0
	cells := make([]string, len(r.ends))
	for i, end := range r.ends {
		cells[i], start = text[start:end], end
		if !r.raw {
			cells[i] = Unguard(cells[i])
		}
	}
	return cells
}
