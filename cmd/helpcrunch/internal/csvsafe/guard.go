// Package csvsafe writes and reads CSV that people open with spreadsheets. What it writes
// contains no formula, whichever separator a spreadsheet assumes.
package csvsafe

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// separators divide a cell into parts: a spreadsheet that assumes another separator than
	// the file's takes each part as a cell.
	separators = ",;|\t\r\n"
	// formulas are the characters that begin a formula, with their full-width variants.
	formulas = "=+-@＝＋－＠"
)

// number matches signed numbers and telephone numbers that no spreadsheet calculates: two
// groups of digits with nothing but a space between them are no formula.
var number = regexp.MustCompile(`^[+-](?:[0-9.]*|[-+0-9 ()./]*[0-9] +\(?[0-9][-+0-9 ()./]*)$`)

// Guard puts an apostrophe before each part of a cell that a spreadsheet would take as a
// formula, and before a cell that begins with a tab or a line break. Numbers and telephone
// numbers such as "-12.5" and "+49 30 1234" stay as they are. [Unguard] returns the cell.
func Guard(cell string) string {
	if number.MatchString(cell) {
		return cell
	}
	return eachPart(cell, func(part string, isFirst bool) string {
		if isFormula(part, isFirst) {
			return "'" + part
		}
		return part
	})
}

// Unguard removes the apostrophes that Guard adds.
func Unguard(cell string) string {
	if !strings.Contains(cell, "'") {
		return cell
	}
	return eachPart(cell, func(part string, isFirst bool) string {
		if bare, ok := strings.CutPrefix(part, "'"); ok && isFormula(part, isFirst) {
			return bare
		}
		return part
	})
}

// eachPart replaces the parts of a cell. A part includes the separator that ends it.
func eachPart(cell string, replace func(part string, isFirst bool) string) string {
	if !strings.ContainsAny(cell, formulas+"\t\r\n") {
		return cell
	}
	var b strings.Builder
	for rest := cell; rest != ""; {
		end := strings.IndexAny(rest, separators) + 1
		if end == 0 {
			end = len(rest)
		}
		b.WriteString(replace(rest[:end], len(rest) == len(cell)))
		rest = rest[end:]
	}
	return b.String()
}

// isFormula reports whether a spreadsheet may take a part as a formula. It ignores
// apostrophes, so that Guard and Unguard agree on a part.
func isFormula(part string, isFirst bool) bool {
	bare := strings.TrimLeftFunc(part, isSkipped)
	if bare == "" {
		return isFirst && strings.ContainsAny(part, "\t\r\n")
	}
	first, _ := utf8.DecodeRuneInString(bare)
	return strings.ContainsRune(formulas, first)
}

// isSkipped reports whether a spreadsheet may skip a character before a formula. Quotes are
// skipped too: those of a cell have no meaning in a file that is split elsewhere.
func isSkipped(r rune) bool {
	return r == '\'' || r == '"' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
