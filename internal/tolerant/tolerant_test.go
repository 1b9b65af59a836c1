package tolerant

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type row struct {
	ID    int64          `json:"id"`
	Name  string         `json:"name"`
	On    bool           `json:"on"`
	Share float64        `json:"share"`
	Part  *row           `json:"part"`
	Rows  []row          `json:"rows"`
	Words map[string]any `json:"words"`
}

// TestE8UnmarshalConvertsWhereThereIsOneSensibleWay has the rules of reader, one per row.
func TestE8UnmarshalConvertsWhereThereIsOneSensibleWay(t *testing.T) {
	for text, want := range map[string]row{
		`{"name":17}`:                            {Name: "17"},
		`{"name":true}`:                          {Name: "true"},
		`{"id":"17"}`:                            {ID: 17},
		`{"id":" 17 "}`:                          {ID: 17},
		`{"id":""}`:                              {},
		`{"id":17.0}`:                            {ID: 17},
		`{"id":1.7e1}`:                           {ID: 17},
		`{"id":"9007199254740993"}`:              {ID: 9007199254740993},
		`{"share":"0.5"}`:                        {Share: 0.5},
		`{"on":1}`:                               {On: true},
		`{"on":"true"}`:                          {On: true},
		`{"on":"0"}`:                             {},
		`{"on":""}`:                              {},
		`{"part":[]}`:                            {},
		`{"part":false}`:                         {},
		`{"rows":{"id":1}}`:                      {Rows: []row{{ID: 1}}},
		`{"rows":{"0":{"id":1},"3":{"id":"2"}}}`: {Rows: []row{{ID: 1}, {ID: 2}}},
		`{"words":[]}`:                           {Words: map[string]any{}},
		`{"id":"1","part":{"id":"2"},"unknown":1}`: {ID: 1, Part: &row{ID: 2}},
	} {
		var got row
		unreadable, err := Unmarshal([]byte(text), &got)
		require.NoError(t, err, text)
		assert.Empty(t, unreadable, text)
		assert.Equal(t, want, got, text)
	}
}

// TestE9UnmarshalRecordsWhatItCannotRead leaves that unset and reads the rest.
func TestE9UnmarshalRecordsWhatItCannotRead(t *testing.T) {
	for text, want := range map[string][]string{
		`{"id":"seventeen","name":"x"}`:                                 {"id"},
		`{"id":{},"name":"x"}`:                                          {"id"},
		`{"id":[1,2],"name":"x"}`:                                       {"id"},
		`{"id":1.5,"name":"x"}`:                                         {"id"},
		`{"id":9223372036854775808,"name":"x"}`:                         {"id"},
		`{"id":true,"name":"x"}`:                                        {"id"},
		`{"on":"maybe","name":"x"}`:                                     {"on"},
		`{"on":2,"name":"x"}`:                                           {"on"},
		`{"on":[],"name":"x"}`:                                          {"on"},
		`{"share":"half","name":"x"}`:                                   {"share"},
		`{"part":"x","name":"x"}`:                                       {"part"},
		`{"part":true,"name":"x"}`:                                      {"part"},
		`{"part":[1,2],"name":"x"}`:                                     {"part"},
		`{"part":[7],"name":"x"}`:                                       {"part"},
		`{"words":[1],"name":"x"}`:                                      {"words"},
		`{"rows":"x","name":"x"}`:                                       {"rows"},
		`{"rows":["x","y"],"name":"x"}`:                                 {"rows"},
		`{"part":{"part":{"id":"x"},"on":"x"},"on":"y","name":"x"}`:     {"on", "part.on", "part.part.id"},
		`{"on":1,"on":"x","id":5,"id":"x","name":"y","name":"x"}`:       {"id", "on"},
		`{"rows":[{"id":1,"on":"x"},{"id":2}],"rows":["x"],"name":"x"}`: {"rows"},
		`{"ID":"x","Name":"x"}`:                                         {"id"},
		`{"rows":[{"id":1,"on":"x"},{"on":[]},"x",null],"name":"x"}`:    {"rows[0].on", "rows[1].on", "rows[2]"},
		`{"rows":{"0":{"id":1,"on":"x"},"7":{"id":"x"}},"name":"x"}`:    {"rows[0].on", "rows[1].id"},
	} {
		var got row
		unreadable, err := Unmarshal([]byte(text), &got)
		require.NoError(t, err, text)
		slices.Sort(unreadable)
		assert.Equal(t, want, unreadable, text)
		assert.Equal(t, "x", got.Name, text)
		if !strings.Contains(want[0], ".") {
			got.Name = ""
			if part := got.Part; part != nil {
				assert.Equal(t, row{Part: &row{}}, *part)
				got.Part = nil
			}
			assert.Equal(t, row{}, got, text)
		}
	}
}

// TestE9TheSecondPassStartsAnew shows that nothing is left of the first pass, in which of
// two members with one name both count.
func TestE9TheSecondPassStartsAnew(t *testing.T) {
	var got row
	unreadable, err := Unmarshal([]byte(`{"part":{"id":5,"rows":[{"id":1}]},"part":{"name":"x","rows":[{"name":"y"}]},"on":"x"}`), &got)
	require.NoError(t, err)
	assert.Equal(t, []string{"on"}, unreadable)
	assert.Equal(t, row{Part: &row{Name: "x", Rows: []row{{Name: "y"}}}}, got)
}

// TestE9EmbeddedStructsAreReadFieldByField has both kinds, and a field without a tag.
func TestE9EmbeddedStructsAreReadFieldByField(t *testing.T) {
	type base struct {
		Zone string
		Skip string `json:"-"`
	}
	type outer struct {
		base
		row
		Zeit string
	}
	var got outer
	unreadable, err := Unmarshal([]byte(`{"id":"7","Zone":[],"zeit":5,"Skip":"x","-":"x"}`), &got)
	require.NoError(t, err)
	assert.Equal(t, []string{"Zone"}, unreadable)
	assert.Equal(t, outer{row: row{ID: 7}, Zeit: "5"}, got)
}

func TestUnmarshalFailsOnOtherDocuments(t *testing.T) {
	for _, text := range []string{
		`[]`, `[{"id":1}]`, `false`, `"text"`, `""`, `17`, ``, `{`, `{"id":1}}`, `{"id":1} {}`, `{"id":"1"} x`,
	} {
		var got row
		_, err := Unmarshal([]byte(text), &got)
		assert.Error(t, err, text)
	}
}

// TestE10ByteOrderMarksAreSkipped in front of documents of any size, and of errors.
func TestE10ByteOrderMarksAreSkipped(t *testing.T) {
	for _, text := range []string{`{"id":"7"}`, `{"id":7}`, " \n" + `{"id":7}`, `{"id":7,"name":"` + strings.Repeat("x", maxPooled) + `"}`} {
		var got row
		_, err := Unmarshal([]byte("\ufeff"+text), &got)
		require.NoError(t, err)
		assert.EqualValues(t, 7, got.ID)
	}
	assert.Equal(t, []Detail{{Code: "c", Message: "m"}}, Errors([]byte("\ufeff"+`{"errors":[{"code":"c","message":"m"}]}`)))
}

// TestE13WholeNumbersKeepTheirValue in every spelling.
func TestE13WholeNumbersKeepTheirValue(t *testing.T) {
	for text, want := range map[string]any{
		`9007199254740993.0`:      int64(9007199254740993),
		`9007199254740993.000`:    int64(9007199254740993),
		`9.007199254740993e15`:    int64(9007199254740993),
		`9007199254740993000e-3`:  int64(9007199254740993),
		`-9007199254740993.0`:     int64(-9007199254740993),
		`9223372036854775807.0`:   int64(math.MaxInt64),
		`-9223372036854775808`:    int64(math.MinInt64),
		`0.0`:                     int64(0),
		`-0.0e99`:                 int64(0),
		`0e999999999999999999999`: int64(0),
		`70e+1`:                   int64(700),
		`0.5e1`:                   int64(5),
		`9223372036854775808.0`:   9223372036854775808.0,
		`1e300`:                   1e300,
		`9007199254740993.5`:      9007199254740993.5,
		`0.5`:                     0.5,
		`1e-999999999`:            int64(0),
		`1e999`:                   json.Number("1e999"),
	} {
		got, ok := Number(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{``, `x`, `1.`, `.5`, `0x10`, `1_000.0`, `NaN`, `Inf`, `1e`, `null`, `"1"`, `1.0 2`} {
		_, ok := Number(text)
		assert.False(t, ok, text)
	}
}

// TestUnmarshalAfterAnError shows that a decoder is not reused after an error.
func TestUnmarshalAfterAnError(t *testing.T) {
	for range 100 {
		var got row
		_, err := Unmarshal([]byte(`{"id":1} {"id":2}`), &got)
		require.Error(t, err)
		_, err = Unmarshal([]byte(" {\"id\":3}\n"), &got)
		require.NoError(t, err)
		require.EqualValues(t, 3, got.ID)
		var text string
		_, err = Unmarshal([]byte(`"Ok"`), &text)
		require.NoError(t, err)
		require.Equal(t, "Ok", text)
	}
}

// TestUnmarshalAsEncodingJSON compares documents that need no conversion.
func TestUnmarshalAsEncodingJSON(t *testing.T) {
	for _, text := range []string{`{"id":7,"name":"Ada","rows":[{"id":1},{"id":2}],"words":{"a":1.5}}`, `{}`, `null`, `{"part":null}`} {
		var want, got row
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		_, err := Unmarshal([]byte(text), &got)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}
