package helpcrunchtest

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// encoder writes JSON in a dialect. It is written by hand and shares nothing with
// the decoding in the SDK, so that no mistake can be made on both sides at once.
type encoder struct {
	buffer  []byte
	dialect *Dialect
}

// comma separates a value from the one before it.
func (e *encoder) comma() {
	if len(e.buffer) == 0 {
		return
	}
	switch e.buffer[len(e.buffer)-1] {
	case '{', '[', ':':
	default:
		e.buffer = append(e.buffer, ',')
	}
}

// begin writes an opening bracket, as a value.
func (e *encoder) begin(bracket byte) {
	e.comma()
	e.buffer = append(e.buffer, bracket)
}

// end writes a closing bracket.
func (e *encoder) end(bracket byte) {
	e.buffer = append(e.buffer, bracket)
}

func (e *encoder) key(name string) {
	e.comma()
	e.buffer = appendString(e.buffer, name)
	e.buffer = append(e.buffer, ':')
}

func (e *encoder) null() {
	e.comma()
	e.buffer = append(e.buffer, "null"...)
}

func (e *encoder) string(text string) {
	e.comma()
	e.buffer = appendString(e.buffer, text)
}

func (e *encoder) integer(number int64) {
	e.comma()
	e.buffer = strconv.AppendInt(e.buffer, number, 10)
}

func (e *encoder) boolean(value bool) {
	e.comma()
	e.buffer = strconv.AppendBool(e.buffer, value)
}

func (e *encoder) number(value float64) {
	e.comma()
	format := byte('f')
	if size := math.Abs(value); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	e.buffer = strconv.AppendFloat(e.buffer, value, format, -1, 64)
}

// nullable writes text, or null when there is none.
func (e *encoder) nullable(text string, ok bool) {
	if !ok {
		e.null()
		return
	}
	e.string(text)
}

// word writes text, or null when it is empty.
func (e *encoder) word(text string) {
	e.nullable(text, text != "")
}

// reference writes an id, or null for 0.
func (e *encoder) reference(id int64) {
	if id == 0 {
		e.null()
		return
	}
	e.integer(id)
}

// time writes an instant in the dialect's form.
func (e *encoder) time(moment instant) {
	form := e.dialect.Times
	if form == TimesMixed {
		form = TimesAsIntegers
	}
	e.timeAs(moment, form)
}

// fineTime writes an instant of the kind that has milliseconds in mixed times.
func (e *encoder) fineTime(moment instant) {
	form := e.dialect.Times
	if form == TimesMixed {
		form = TimesAsFractionalStrings
	}
	e.timeAs(moment, form)
}

func (e *encoder) timeAs(moment instant, form TimeForm) {
	if moment == never {
		if e.dialect.MissingTimes == MissingTimesAsEmptyStrings {
			e.string("")
			return
		}
		e.null()
		return
	}
	e.comma()
	quoted := form == TimesAsStrings || form == TimesAsFractionalStrings
	if quoted {
		e.buffer = append(e.buffer, '"')
	}
	e.buffer = strconv.AppendInt(e.buffer, moment.seconds(), 10)
	if form == TimesAsFractionalStrings || form == TimesAsFractionalNumbers {
		milliseconds := int64(moment) - moment.seconds()*1000
		e.buffer = append(e.buffer, '.', byte('0'+milliseconds/100), byte('0'+milliseconds/10%10), byte('0'+milliseconds%10))
	}
	if quoted {
		e.buffer = append(e.buffer, '"')
	}
}

// data writes custom attributes, or the data of an event, under a key.
func (e *encoder) data(key string, data *customData, form CustomDataForm) {
	properties := data.list()
	if len(properties) == 0 {
		e.emptyData(key)
		return
	}
	e.key(key)
	if form == CustomDataAsPairs {
		e.pairs(properties)
		return
	}
	e.begin('{')
	for _, property := range properties {
		e.key(property.name)
		e.scalar(property.value, form)
	}
	e.end('}')
}

func (e *encoder) pairs(properties []property) {
	e.begin('[')
	for _, property := range properties {
		e.begin('{')
		e.key("property")
		e.string(property.name)
		e.key("value")
		e.scalar(property.value, CustomDataAsPairs)
		e.end('}')
	}
	e.end(']')
}

func (e *encoder) emptyData(key string) {
	if e.dialect.EmptyData == EmptyDataLeftOut {
		return
	}
	e.key(key)
	switch e.dialect.EmptyData {
	case EmptyDataAsObject:
		e.begin('{')
		e.end('}')
	case EmptyDataAsNull:
		e.null()
	default:
		e.begin('[')
		e.end(']')
	}
}

func (e *encoder) scalar(value any, form CustomDataForm) {
	switch value := value.(type) {
	case string:
		e.string(value)
	case int64:
		e.integer(value)
	case float64:
		e.number(value)
	case bool:
		e.boolean(value)
	case instant:
		if form == CustomDataAsPairs {
			e.string(value.time().Format(time.DateTime))
			return
		}
		e.integer(value.seconds())
	default:
		e.null()
	}
}

// appendString appends text as a JSON string.
func appendString(buffer []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text)
			return append(buffer, quoted...)
		}
	}
	buffer = append(buffer, '"')
	buffer = append(buffer, text...)
	return append(buffer, '"')
}
