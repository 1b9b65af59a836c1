package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// PrintTable prints rows in aligned columns below a header, which is bold on a terminal. It
// escapes control characters in cells.
func (e *Env) PrintTable(header []string, rows [][]string) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, Printable(cell))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // a Builder never fails
	for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		line = strings.TrimRight(line, " ")
		if i == 0 {
			line = e.Bold(line)
		}
		if _, err := fmt.Fprintln(e.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// Bold makes a text bold on a terminal.
func (e *Env) Bold(text string) string {
	if !e.Colour || text == "" {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// PrintJSON prints a value as indented JSON. It escapes control characters in texts, as
// Printable does.
func (e *Env) PrintJSON(value any) error { return e.printJSON(value, "  ") }

// PrintJSONLine prints a value as one line of JSON, with the same characters escaped.
func (e *Env) PrintJSONLine(value any) error { return e.printJSON(value, "") }

func (e *Env) printJSON(value any, indent string) error {
	var text, b bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	for _, r := range text.String() {
		if r != '\n' && hidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	_, err := e.Stdout.Write(b.Bytes())
	return err
}
