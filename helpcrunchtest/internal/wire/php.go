package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// phpJSON writes compact, valid JSON as PHP's json_encode does by default: with slashes
// and everything outside of ASCII escaped, nothing that is special to HTML, and numbers as
// PHP has read them.
func phpJSON(data []byte) []byte {
	escaped := make([]byte, 0, len(data)+len(data)/8)
	quoted := false
	for len(data) > 0 {
		size := 1
		switch c := data[0]; {
		case !quoted && (c == '-' || '0' <= c && c <= '9'):
			size = len(data) - len(bytes.TrimLeft(data, "+-.0123456789Ee"))
			escaped = appendNumber(escaped, string(data[:size]))
		case c == '"':
			quoted = !quoted
			escaped = append(escaped, c)
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

// appendNumber appends a number as PHP writes it with the usual serialize_precision of -1:
// an integer of 64 bits in full, anything else with the fewest digits that tell it from
// its neighbours, and with an exponent below 0.0001 and from 1e17 on. A number beyond all
// floats, of which PHP makes nothing, stays as it is.
func appendNumber(buffer []byte, text string) []byte {
	if integer, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.AppendInt(buffer, integer, 10)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return append(buffer, text...)
	}
	digits, after, _ := strings.Cut(strconv.FormatFloat(value, 'e', -1, 64), "e")
	exponent, _ := strconv.Atoi(after)
	if exponent >= -4 && exponent < 17 {
		return strconv.AppendFloat(buffer, value, 'f', -1, 64)
	}
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	return fmt.Appendf(buffer, "%se%+d", digits, exponent)
}
