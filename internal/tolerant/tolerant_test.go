package tolerant

import (
	"encoding/json"
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

// TestUnmarshalConvertsWhereThereIsOneSensibleWay has the rules of conform, one a row.
func TestUnmarshalConvertsWhereThereIsOneSensibleWay(t *testing.T) {
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
		require.NoError(t, Unmarshal([]byte(text), &got), text)
		assert.Equal(t, want, got, text)
	}
}

func TestUnmarshalRefusesWhatHasNoSensibleWay(t *testing.T) {
	for _, text := range []string{
		`{"id":"seventeen"}`, `{"id":{}}`, `{"id":1.5}`, `{"on":"maybe"}`, `{"part":"x"}`, `{"part":true}`, `{"part":[1]}`,
		`{"words":[1]}`, `{"rows":"x"}`, `[]`, `false`, `"text"`, `17`, ``, `{`, `{"id":1}}`, `{"id":1} {}`, `{"id":"1"} x`,
	} {
		var got row
		assert.Error(t, Unmarshal([]byte(text), &got), text)
	}
}

// TestUnmarshalAfterAnError: a decoder that saw something unusual is not used again.
func TestUnmarshalAfterAnError(t *testing.T) {
	for range 100 {
		var got row
		require.Error(t, Unmarshal([]byte(`{"id":1} {"id":2}`), &got))
		require.NoError(t, Unmarshal([]byte(" {\"id\":3}\n"), &got))
		require.EqualValues(t, 3, got.ID)
		var text string
		require.NoError(t, Unmarshal([]byte(`"Ok"`), &text))
		require.Equal(t, "Ok", text)
	}
}

// TestUnmarshalAsEncodingJSON: what encoding/json takes is decoded just as it does it.
func TestUnmarshalAsEncodingJSON(t *testing.T) {
	for _, text := range []string{`{"id":7,"name":"Ada","rows":[{"id":1},{"id":2}],"words":{"a":1.5}}`, `{}`, `null`, `{"part":null}`} {
		var want, got row
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		require.NoError(t, Unmarshal([]byte(text), &got))
		assert.Equal(t, want, got)
	}
}
