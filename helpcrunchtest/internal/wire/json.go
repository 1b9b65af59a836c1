// Package wire reads and writes the JSON of the service, in its dialects.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest/internal/account"
)

// Encoder writes JSON in a dialect. It shares no code with the SDK, so that it does not share its
// mistakes.
type Encoder struct {
	Buffer  []byte
	dialect *Dialect
	account *account.Account // contains the rows that rows refer to; nil if there are none

	texts    account.CustomerTexts // of the current customer
	readMark bool                  // writes the response to a read mark
	noNulls  bool
	omitted  bool // the current field is left out
}

// NewEncoder returns an encoder with a buffer of size bytes, which grows as needed.
func NewEncoder(dialect *Dialect, account *account.Account, size int) *Encoder {
	return &Encoder{Buffer: make([]byte, 0, size), dialect: dialect, account: account}
}

// field is a key of an object and the function that writes its value.
type field[Row any] struct {
	key   string
	write func(*Encoder, *Row)
}

// Fields are the fields of a kind of row.
type Fields[Row any] []field[Row]

// Write writes a row as an object.
func (f Fields[Row]) Write(e *Encoder, row *Row) { object(e, row, f) }

func object[Row any](e *Encoder, row *Row, fields []field[Row]) {
	e.begin('{')
	for i := range fields {
		before := len(e.Buffer)
		e.key(fields[i].key)
		fields[i].write(e, row)
		if e.omitted || e.noNulls && bytes.HasSuffix(e.Buffer[before:], []byte(":null")) {
			e.Buffer, e.omitted = e.Buffer[:before], false
		}
	}
	e.end('}')
}

func objects[Row any](e *Encoder, rows []Row, fields []field[Row]) {
	e.begin('[')
	for i := range rows {
		object(e, &rows[i], fields)
	}
	e.end(']')
}

func orNull[Row any](e *Encoder, row *Row, fields []field[Row]) {
	if row == nil {
		e.null()
		return
	}
	object(e, row, fields)
}

// when writes a field only if the dialect has it.
func when[Row any](has func(*Dialect) bool, write func(*Encoder, *Row)) func(*Encoder, *Row) {
	return func(e *Encoder, row *Row) {
		if e.omitted = !has(e.dialect); !e.omitted {
			write(e, row)
		}
	}
}

// List writes rows as an array.
func List[Row any](e *Encoder, rows []*Row, write func(*Encoder, *Row)) {
	e.begin('[')
	for _, row := range rows {
		write(e, row)
	}
	e.end(']')
}

// Wrap writes an object with one key.
func (e *Encoder) Wrap(key string, write func()) {
	e.begin('{')
	e.key(key)
	write()
	e.end('}')
}

// Raw writes a value that is encoded already.
func (e *Encoder) Raw(json []byte) {
	e.comma()
	e.Buffer = append(e.Buffer, json...)
}

// comma writes a comma unless the next value is the first of an object or array, or follows a key.
func (e *Encoder) comma() {
	if last := len(e.Buffer) - 1; last >= 0 && strings.IndexByte("{[:", e.Buffer[last]) < 0 {
		e.Buffer = append(e.Buffer, ',')
	}
}

func (e *Encoder) begin(bracket byte) {
	e.comma()
	e.Buffer = append(e.Buffer, bracket)
}

func (e *Encoder) end(bracket byte) {
	e.Buffer = append(e.Buffer, bracket)
}

func (e *Encoder) key(name string) {
	e.string(name)
	e.Buffer = append(e.Buffer, ':')
}

func (e *Encoder) null() {
	e.comma()
	e.Buffer = append(e.Buffer, "null"...)
}

func (e *Encoder) string(text string) {
	e.comma()
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text)
			e.Buffer = append(e.Buffer, quoted...)
			return
		}
	}
	e.Buffer = append(e.Buffer, '"')
	e.Buffer = append(e.Buffer, text...)
	e.Buffer = append(e.Buffer, '"')
}

func (e *Encoder) integer(number int64) {
	e.comma()
	e.Buffer = strconv.AppendInt(e.Buffer, number, 10)
}

func (e *Encoder) boolean(value bool) {
	e.comma()
	e.Buffer = strconv.AppendBool(e.Buffer, value)
}

func (e *Encoder) number(value float64) {
	number, _ := json.Marshal(value)
	e.Raw(number)
}

// nullable writes text, or null when it is not set.
func (e *Encoder) nullable(text account.NullableText) {
	if text.Set {
		e.string(text.Text)
	} else {
		e.null()
	}
}

// textOrNull writes text, or null when it is empty.
func (e *Encoder) textOrNull(text string) {
	e.nullable(account.TextOrNull(text))
}

// idOrNull writes an id, or null for 0.
func (e *Encoder) idOrNull(id int64) {
	if id == 0 {
		e.null()
		return
	}
	e.integer(id)
}

// HasMilliseconds reports whether times have milliseconds. precise times have them with TimesMixed
// too.
func (d *Dialect) HasMilliseconds(precise bool) bool {
	return d.Times == TimesAsFractionalStrings || d.Times == TimesAsFractionalNumbers || precise && d.Times == TimesMixed
}

func (e *Encoder) time(at account.Instant) { e.timeAs(at, false) }

func (e *Encoder) preciseTime(at account.Instant) { e.timeAs(at, true) }

// timeAs writes a time in the dialect's form.
func (e *Encoder) timeAs(at account.Instant, precise bool) {
	if at == account.Never {
		if e.dialect.MissingTimes == MissingTimesAsEmptyStrings {
			e.string("")
		} else {
			e.null()
		}
		return
	}
	milliseconds := e.dialect.HasMilliseconds(precise)
	quote := `"`
	if e.dialect.Times == TimesAsFractionalNumbers || !milliseconds && e.dialect.Times != "" {
		quote = ""
	}
	e.comma()
	e.Buffer = strconv.AppendInt(append(e.Buffer, quote...), at.Seconds(), 10)
	if milliseconds {
		e.Buffer = fmt.Appendf(e.Buffer, ".%03d", int64(at)-at.Seconds()*1000)
	}
	e.Buffer = append(e.Buffer, quote...)
}

// Totals selects the places of the total in a list.
type Totals struct {
	OnTop, InMeta bool
}

// The places of the total.
var (
	NoTotal      = Totals{}
	TotalOnTop   = Totals{OnTop: true}
	TotalInMeta  = Totals{InMeta: true}
	TotalOnBoth  = Totals{OnTop: true, InMeta: true}
	totalsByForm = map[string]Totals{TotalsOnTop: TotalOnTop, TotalsInMeta: TotalInMeta, TotalsTwice: TotalOnBoth, TotalsNowhere: NoTotal}
)

// TotalsPlace returns the places of the total in the dialect. usual are the default ones, oldest
// those of TotalsAsOldest.
func (d *Dialect) TotalsPlace(usual, oldest Totals) Totals {
	switch d.Totals {
	case "":
		return usual
	case TotalsAsOldest:
		return oldest
	}
	return totalsByForm[d.Totals]
}

// Page writes a page of rows under a key, and their total.
func Page[Row any](e *Encoder, key string, rows []*Row, write func(*Encoder, *Row), total int, totals Totals) {
	e.begin('{')
	e.key(key)
	List(e, rows, write)
	if totals.OnTop {
		e.key("total")
		e.integer(int64(total))
	}
	if totals.InMeta {
		e.key("meta")
		e.Wrap("total", func() { e.integer(int64(total)) })
	}
	e.end('}')
}
