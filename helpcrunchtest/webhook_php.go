package helpcrunchtest

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// phpJSON writes compact, valid JSON as PHP's json_encode does by default: with slashes
// and everything outside of ASCII escaped, and nothing that is special to HTML.
func phpJSON(data []byte) []byte {
	escaped := make([]byte, 0, len(data)+len(data)/8)
	for len(data) > 0 {
		size := 1
		switch c := data[0]; {
		case c == '\\' && data[1] == 'u':
			size = 6
			unit, _ := strconv.ParseUint(string(data[2:size]), 16, 16)
			escaped = appendUnit(escaped, uint16(unit))
		case c == '\\':
			size = 2
			escaped = append(escaped, data[:size]...)
		case c == '/':
			escaped = append(escaped, `\/`...)
		case c < utf8.RuneSelf:
			escaped = append(escaped, c)
		default:
			var char rune
			char, size = utf8.DecodeRune(data)
			for _, unit := range utf16.AppendRune(nil, char) {
				escaped = appendUnit(escaped, unit)
			}
		}
		data = data[size:]
	}
	return escaped
}

// phpShort are the characters with an escape of two letters.
var phpShort = map[uint16]string{
	'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

// appendUnit appends one UTF-16 unit of a string.
func appendUnit(buffer []byte, unit uint16) []byte {
	if short, ok := phpShort[unit]; ok {
		return append(buffer, short...)
	}
	if unit < ' ' || unit >= utf8.RuneSelf {
		return fmt.Appendf(buffer, `\u%04x`, unit)
	}
	return append(buffer, byte(unit))
}
