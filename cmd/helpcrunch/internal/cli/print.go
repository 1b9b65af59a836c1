package cli

import (
	"io"
	"strconv"
	"strings"
	"unicode"
)

// Printable returns text with its control characters escaped, so that data of an account can
// not move the cursor of a terminal, change its colours or hide text.
func Printable(text string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hidden reports whether a terminal may act on a character in place of showing it. It
// includes the characters that change the direction of text.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// PrintableWriter returns a writer that passes whole lines on to w, with all control
// characters escaped but tabs and line feeds.
func PrintableWriter(w io.Writer) io.Writer { return printable{w} }

type printable struct{ w io.Writer }

func (p printable) Write(data []byte) (int, error) {
	lines := strings.SplitAfter(string(data), "\n")
	for i, line := range lines {
		text, ended := strings.CutSuffix(line, "\n")
		cells := strings.Split(text, "\t")
		for j := range cells {
			cells[j] = Printable(cells[j])
		}
		lines[i] = strings.Join(cells, "\t")
		if ended {
			lines[i] += "\n"
		}
	}
	if _, err := io.WriteString(p.w, strings.Join(lines, "")); err != nil {
		return 0, err
	}
	return len(data), nil
}
