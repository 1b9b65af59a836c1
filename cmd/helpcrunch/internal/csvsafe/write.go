package csvsafe

import (
	"bufio"
	"io"
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

// SplitList returns the names in a cell that JoinList or a person has written. Names may be
// in quotes; white space around names and quotes is removed. It returns false if a name is
// empty or a quote stands inside a name.
func SplitList(cell string) (names []string, ok bool) {
	for rest := cell; ; {
		name := ""
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, `"`) {
			if name, rest, ok = cutQuoted(rest[1:]); !ok {
				return nil, false
			}
			rest = strings.TrimSpace(rest)
		} else {
			end := strings.Index(rest+",", ",")
			name, rest = strings.TrimSpace(rest[:end]), rest[end:]
			if strings.Contains(name, `"`) {
				return nil, false
			}
		}
		if name == "" {
			return nil, false
		}
		names = append(names, name)
		if rest == "" {
			return names, true
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return nil, false
		}
	}
}

// cutQuoted returns the text up to the closing quote, and the text after it.
func cutQuoted(text string) (name, rest string, ok bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		if !strings.HasPrefix(text[i+1:], `"`) {
			return strings.ReplaceAll(text[:i], `""`, `"`), text[i+1:], true
		}
		i++
	}
	return "", "", false
}
