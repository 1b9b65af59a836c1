package csvsafe

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// byteOrderMark makes spreadsheets read a file as UTF-8.
const byteOrderMark = "\ufeff"

// Options are the options of a [Writer] and a [Reader].
type Options struct {
	// Separator stands between cells. 0 means a comma for a Writer; a Reader finds it.
	Separator rune
	// NoBOM omits the byte order mark that a Writer begins with.
	NoBOM bool
	// Raw leaves cells as they are: neither guarded nor unguarded.
	Raw bool
}

// Writer writes rows of CSV. It differs from encoding/csv in this: cells are guarded, their
// line breaks are kept, and cells with any usual separator are in quotes. Rows end with CR LF.
type Writer struct {
	out       *bufio.Writer
	separator string
	raw       bool
}

// NewWriter returns a Writer. It buffers: call Flush at the end.
func NewWriter(w io.Writer, o Options) *Writer {
	if o.Separator == 0 {
		o.Separator = ','
	}
	out := &Writer{out: bufio.NewWriterSize(w, 64<<10), separator: string(o.Separator), raw: o.Raw}
	if !o.NoBOM {
		_, _ = out.out.WriteString(byteOrderMark) // an error is returned by the next Write
	}
	return out
}

// Write writes a row.
func (w *Writer) Write(record []string) error {
	for i, cell := range record {
		if !w.raw {
			cell = Guard(cell)
		}
		if i > 0 {
			_, _ = w.out.WriteString(w.separator)
		}
		_, _ = w.out.WriteString(quote(cell, len(record) == 1))
	}
	_, err := w.out.WriteString("\r\n")
	return err
}

// Flush writes what is buffered.
func (w *Writer) Flush() error { return w.out.Flush() }

// quote puts a cell in quotes if a reader needs them, or if it is empty and alone in its row.
func quote(cell string, isAlone bool) string {
	if !strings.ContainsAny(cell, separators+`"`) && strings.TrimSpace(cell) == cell && (cell != "" || !isAlone) {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// JoinList writes names into one cell, separated by commas.
func JoinList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name, true)
	}
	return strings.Join(quoted, ",")
}

// item matches the first name of a list, with the comma after it.
var item = regexp.MustCompile(`^\s*(?:"((?:[^"]|"")*)"|([^",]*?))\s*(,|$)`)

// SplitList returns the names in a cell that JoinList or a person has written. Names may be
// in quotes; white space around names and quotes is removed. It returns false if a name is
// empty or a quote stands inside a name.
func SplitList(cell string) (names []string, ok bool) {
	for more := true; more; {
		found := item.FindStringSubmatch(cell)
		if found == nil || found[1]+found[2] == "" {
			return nil, false
		}
		names = append(names, strings.ReplaceAll(found[1], `""`, `"`)+found[2])
		cell, more = cell[len(found[0]):], found[3] == ","
	}
	return names, true
}

// ParseSeparator returns the separator that a flag names.
func ParseSeparator(name string) (rune, error) {
	switch name {
	case ",", ";", "|", "\t":
		return rune(name[0]), nil
	case "tab", `\t`:
		return '\t', nil
	}
	return 0, fmt.Errorf("must be one of , ; | or tab, got %q", name)
}
