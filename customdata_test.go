package helpcrunch_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE8CustomDataReadsBothForms reads objects and arrays of pairs, empty ones too.
func TestE8CustomDataReadsBothForms(t *testing.T) {
	type data = helpcrunch.CustomData
	for _, c := range []struct {
		name, wire string
		want       data
	}{
		{"object", `{"plan":"gold","seats":7,"fee":49.5,"trial":false,"boss":null}`,
			data{"plan": "gold", "seats": int64(7), "fee": 49.5, "trial": false, "boss": nil}},
		{"pairs", `[{"property":"plan","value":"gold"},{"property":"seats","value":7},{"property":"trial","value":true}]`,
			data{"plan": "gold", "seats": int64(7), "trial": true}},
		{"pairs, value first", `[{"value":49.5,"property":"fee"}]`, data{"fee": 49.5}},
		{"pair without a value", `[{"property":"boss"}]`, data{"boss": nil}},
		{"empty array", `[]`, data{}},
		{"empty object", `{}`, data{}},
		{"null", `null`, nil},
		{"white space", " { \"a\" :\t1 ,\n\"b\" : [ ] } ", data{"a": int64(1), "b": []any{}}},
		{"whole in other spellings", `{"a":7.0,"b":7e2,"c":-0,"d":-12}`,
			data{"a": int64(7), "b": int64(700), "c": int64(0), "d": int64(-12)}},
		{"beyond 53 bits", `{"id":9007199254740993,"most":9223372036854775807}`,
			data{"id": int64(9007199254740993), "most": int64(9223372036854775807)}},
		{"beyond 64 bits", `{"id":9223372036854775808}`, data{"id": 9223372036854775808.0}},
		{"beyond every number", `{"id":1e999}`, data{"id": json.Number("1e999")}},
		{"escapes", `{"a\"b\\c":"line\nbreak \u00e9 \ud83d\ude00 \/"}`, data{`a"b\c`: "line\nbreak é 😀 /"}},
		{"unicode", `{"Ім’я":"Олена","空":"😀"}`, data{"Ім’я": "Олена", "空": "😀"}},
		{"brackets inside strings", `{"a":"}],{[:\"","b":1}`, data{"a": `}],{[:"`, "b": int64(1)}},
		{"nested", `{"a":{"b":[1,2.5,"x",null]},"c":true}`,
			data{"a": map[string]any{"b": []any{int64(1), 2.5, "x", nil}}, "c": true}},
		{"malformed pairs are kept by their index", `["text",{"name":"x"},{"property":5,"value":6},{"property":"ok","value":1}]`,
			data{"0": "text", "1": map[string]any{"name": "x"}, "2": map[string]any{"property": int64(5), "value": int64(6)}, "ok": int64(1)}},
		{"the last of two counts", `{"a":1,"a":2}`, data{"a": int64(2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := data{"what was there": "must go"}
			require.NoError(t, json.Unmarshal([]byte(c.wire), &got))
			assert.Equal(t, c.want, got)
		})
	}
}

// TestE8CustomDataRejectsOtherShapes has values without attributes.
func TestE8CustomDataRejectsOtherShapes(t *testing.T) {
	for _, wire := range []string{`5`, `"text"`, `true`} {
		var got helpcrunch.CustomData
		assert.Error(t, json.Unmarshal([]byte(wire), &got), wire)
	}
	for _, broken := range []string{
		``, `{`, `[`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1}}`, `{"a":1]`, `[{"property":"a"}`, `{a:1}`, `{"a":tru}`,
		`{"a":1 "b":2}`, `{"a":"x`, `{"a":"\x"}`, `{,}`, `{"a":1,}`, `[1,]`,
	} {
		var got helpcrunch.CustomData
		assert.Error(t, got.UnmarshalJSON([]byte(broken)), broken)
	}
}

// TestCustomDataGettersConvertWhatIsSafe reads each attribute as each type.
func TestCustomDataGettersConvertWhatIsSafe(t *testing.T) {
	var data helpcrunch.CustomData
	require.NoError(t, json.Unmarshal([]byte(`{"text":"gold","digits":"42","decimal":"49.5","whole":7,"broken":49.5,
		"yes":true,"nothing":null,"empty":"","rubbish":"NaN"}`), &data))
	type got struct {
		text  any
		whole any
		float any
		yes   any
	}
	for name, want := range map[string]got{
		"text":    {text: "gold"},
		"digits":  {text: "42", whole: int64(42), float: 42.0},
		"decimal": {text: "49.5", float: 49.5},
		"whole":   {whole: int64(7), float: 7.0},
		"broken":  {float: 49.5},
		"yes":     {yes: true},
		"nothing": {},
		"empty":   {text: ""},
		"rubbish": {text: "NaN"},
		"missing": {},
	} {
		var found got
		if text, ok := data.String(name); ok {
			found.text = text
		}
		if whole, ok := data.Int(name); ok {
			found.whole = whole
		}
		if float, ok := data.Float(name); ok {
			found.float = float
		}
		if yes, ok := data.Bool(name); ok {
			found.yes = yes
		}
		assert.Equal(t, want, found, name)
	}
}

// TestCustomDataGettersReadEveryNumberType reads values that a caller wrote.
func TestCustomDataGettersReadEveryNumberType(t *testing.T) {
	moment := time.Unix(1683364500, 0).UTC()
	for _, value := range []any{
		1683364500, int32(1683364500), int64(1683364500), uint(1683364500), uint32(1683364500), uint64(1683364500),
		float64(1683364500), json.Number("1683364500"),
	} {
		data := helpcrunch.CustomData{"n": value}
		whole, isWhole := data.Int("n")
		float, isFloat := data.Float("n")
		read, isTime := data.Time("n")
		assert.True(t, isWhole && isFloat && isTime, "%T", value)
		assert.Equal(t, int64(1683364500), whole, "%T", value)
		assert.InDelta(t, 1683364500.0, float, 0, "%T", value)
		assert.Equal(t, moment, read, "%T", value)
	}
	data := helpcrunch.CustomData{"half": float32(0.5), "large": uint64(1 << 63)}
	half, ok := data.Float("half")
	assert.True(t, ok)
	assert.InDelta(t, 0.5, half, 0)
	_, ok = data.Int("large")
	assert.False(t, ok, "it does not fit an int64")
}

// TestE8CustomDataTimeReadsEveryForm reads a date as older and newer responses have it.
func TestE8CustomDataTimeReadsEveryForm(t *testing.T) {
	want := time.Date(2023, 5, 6, 9, 15, 0, 0, time.UTC)
	for _, wire := range []string{
		`1683364500`, `"1683364500"`, `"2023-05-06 09:15:00"`, `1683364500.0`, `"1683364500.000"`,
	} {
		var data helpcrunch.CustomData
		require.NoError(t, json.Unmarshal([]byte(`{"due":`+wire+`}`), &data))
		got, ok := data.Time("due")
		assert.True(t, ok, wire)
		assert.Equal(t, want, got, wire)
	}
	for _, wire := range []string{`"soon"`, `""`, `null`, `true`, `"0000-00-00 00:00:00"`} {
		var data helpcrunch.CustomData
		require.NoError(t, json.Unmarshal([]byte(`{"due":`+wire+`}`), &data))
		got, ok := data.Time("due")
		assert.False(t, ok, wire)
		assert.Zero(t, got, wire)
	}
	var none helpcrunch.CustomData
	_, ok := none.Time("due")
	assert.False(t, ok)
}

// TestCustomDataIsWrittenAsSortedPairs writes every Go type that is allowed.
func TestCustomDataIsWrittenAsSortedPairs(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	_, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{
		"z": "text", "a": 7, "b": int64(9007199254740993), "c": uint8(3), "d": 49.5, "e": float32(0.5),
		"f": true, "g": nil, "h": json.Number("12.50"), "i": kit.Time.In(time.FixedZone("", 3600)),
	}})
	require.NoError(t, err)
	assert.Equal(t, `{"customData":[{"property":"a","value":7},{"property":"b","value":9007199254740993},`+
		`{"property":"c","value":3},{"property":"d","value":49.5},{"property":"e","value":0.5},{"property":"f","value":true},`+
		`{"property":"g","value":null},{"property":"h","value":12.50},{"property":"i","value":"1704110400"},`+
		`{"property":"z","value":"text"}]}`, string(transport.Only(t).Body))
}
