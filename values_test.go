package helpcrunch_test

import (
	"database/sql/driver"
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE8TimestampReadsEveryForm has every form that the service is known to send.
func TestE8TimestampReadsEveryForm(t *testing.T) {
	second := time.Date(2020, 10, 28, 11, 49, 6, 0, time.UTC) // 1603885746
	for _, c := range []struct {
		name, wire string
		want       time.Time
	}{
		{"integer", `1603885746`, second},
		{"decimal string", `"1603885746"`, second},
		{"fractional string", `"1603885746.769"`, second.Add(769 * time.Millisecond)},
		{"short fraction", `"1603885746.7"`, second.Add(700 * time.Millisecond)},
		{"long fraction is rounded to milliseconds", `"1603885746.76949"`, second.Add(769 * time.Millisecond)},
		{"long fraction is rounded up", `"1603885746.9996"`, second.Add(time.Second)},
		{"fraction of zeros", `"1603885746.000"`, second},
		{"number with a fraction", `1603885746.769`, second.Add(769 * time.Millisecond)},
		{"number with an exponent", `1.603885746e9`, second},
		{"text form", `"2020-10-28 11:49:06"`, second},
		{"the epoch", `0`, time.Unix(0, 0).UTC()},
		{"before the epoch", `"-1.5"`, time.UnixMilli(-1500).UTC()},
		{"less than a second before the epoch", `"-0.5"`, time.UnixMilli(-500).UTC()},
		{"null", `null`, time.Time{}},
		{"empty string", `""`, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := helpcrunch.Timestamp{Time: time.Unix(1, 0)} // what was there before must go
			require.NoError(t, json.Unmarshal([]byte(c.wire), &got))
			assert.Equal(t, c.want, got.Time)
			assert.Equal(t, c.want.IsZero(), got.IsZero())
		})
	}
}

// TestE8TimestampRejectsRubbish has texts that are no time.
func TestE8TimestampRejectsRubbish(t *testing.T) {
	for _, wire := range []string{
		`"yesterday"`, `"12:30"`, `true`, `false`, `{}`, `[]`, `[1603885746]`, `{"date":1603885746}`,
		`"NaN"`, `"Infinity"`, `1e300`, `"99999999999999999999"`, `"1603885746.7x"`, `"--5"`, `" "`,
	} {
		var got helpcrunch.Timestamp
		assert.Error(t, json.Unmarshal([]byte(wire), &got), "%s became %s", wire, got)
	}
}

// TestTimestampIsWrittenAsRFC3339 with milliseconds, and read again.
func TestTimestampIsWrittenAsRFC3339(t *testing.T) {
	for milliseconds, want := range map[int64]string{
		1603885746000:        `"2020-10-28T11:49:06.000Z"`,
		1603885746769:        `"2020-10-28T11:49:06.769Z"`,
		0:                    `"1970-01-01T00:00:00.000Z"`,
		-500:                 `"1969-12-31T23:59:59.500Z"`,
		253402300799_999:     `"9999-12-31T23:59:59.999Z"`,
		-62135596800_000 + 1: `"0001-01-01T00:00:00.001Z"`,
		-62135596800_000:     `null`,
	} {
		moment := helpcrunch.Timestamp{Time: time.UnixMilli(milliseconds).UTC()}
		wire, err := json.Marshal(moment)
		require.NoError(t, err)
		assert.Equal(t, want, string(wire))
		again := helpcrunch.Timestamp{Time: time.Now()}
		require.NoError(t, json.Unmarshal(wire, &again))
		assert.Equal(t, moment, again)
	}
	elsewhere := time.Date(2020, 10, 28, 13, 49, 6, 769_999_999, time.FixedZone("", 2*3600))
	wire, err := json.Marshal(helpcrunch.Timestamp{Time: elsewhere})
	require.NoError(t, err)
	assert.Equal(t, `"2020-10-28T11:49:06.769Z"`, string(wire))
	_, err = json.Marshal(helpcrunch.Timestamp{Time: time.Unix(1<<40, 0)})
	assert.Error(t, err, "a year of five digits")
}

// TestTimestampScansWhatDatabasesGive has values and texts of common drivers.
func TestTimestampScansWhatDatabasesGive(t *testing.T) {
	second := time.Date(2020, 10, 28, 11, 49, 6, 0, time.UTC)
	for _, c := range []struct {
		from any
		want time.Time
	}{
		{nil, time.Time{}},
		{"", time.Time{}},
		{time.Time{}, time.Time{}},
		{second.Add(769_999 * time.Microsecond).In(time.FixedZone("", 3600)), second.Add(769 * time.Millisecond)},
		{int64(1603885746), second},
		{int64(1603885746769), second.Add(769 * time.Millisecond)},
		{1603885746.769, second.Add(769 * time.Millisecond)},
		{[]byte("2020-10-28 11:49:06"), second},
		{[]byte("2020-10-28 11:49:06.769999"), second.Add(769 * time.Millisecond)},
		{"2020-10-28 11:49:06.769+00:00", second.Add(769 * time.Millisecond)},
		{"2020-10-28 13:49:06+02", second},
		{"2020-10-28T11:49:06", second},
		{"2020-10-28T11:49:06.769Z", second.Add(769 * time.Millisecond)},
		{"1603885746.769", second.Add(769 * time.Millisecond)},
		{second.Add(769 * time.Millisecond).String(), second.Add(769 * time.Millisecond)},
	} {
		got := helpcrunch.Timestamp{Time: time.Now()}
		require.NoError(t, got.Scan(c.from), "%T %v", c.from, c.from)
		assert.Equal(t, c.want, got.Time, "%T %v", c.from, c.from)
	}
	for _, from := range []any{true, "soon", int64(1 << 60), []int{1}, struct{}{}} {
		assert.Error(t, new(helpcrunch.Timestamp).Scan(from), "%T %v", from, from)
	}
}

// TestTimestampIsATimeForDatabases, and NULL if it is zero.
func TestTimestampIsATimeForDatabases(t *testing.T) {
	value, err := helpcrunch.Timestamp{}.Value()
	require.NoError(t, err)
	assert.Nil(t, value)
	moment := time.Date(2020, 10, 28, 13, 49, 6, 769e6, time.FixedZone("", 2*3600))
	value, err = helpcrunch.Timestamp{Time: moment}.Value()
	require.NoError(t, err)
	assert.Equal(t, moment.UTC(), value)
	assert.True(t, driver.IsValue(value))
}

// TestOptionalHasThreeStates tells absent, null and set apart, in Go and in JSON.
func TestOptionalHasThreeStates(t *testing.T) {
	type patch struct {
		Name helpcrunch.Optional[string] `json:"name,omitzero"`
	}
	for _, c := range []struct {
		state  string
		value  helpcrunch.Optional[string]
		wire   string
		text   string
		isSet  bool
		isNull bool
	}{
		{"absent", helpcrunch.Optional[string]{}, `{}`, "", false, false},
		{"null", helpcrunch.Null[string](), `{"name":null}`, "", false, true},
		{"zero value", helpcrunch.Set(""), `{"name":""}`, "", true, false},
		{"value", helpcrunch.Set("Ada"), `{"name":"Ada"}`, "Ada", true, false},
	} {
		t.Run(c.state, func(t *testing.T) {
			wire, err := json.Marshal(patch{c.value})
			require.NoError(t, err)
			assert.Equal(t, c.wire, string(wire))
			text, isSet := c.value.Get()
			assert.Equal(t, c.text, text)
			assert.Equal(t, c.isSet, isSet)
			assert.Equal(t, c.isNull, c.value.IsNull())
			assert.Equal(t, c.state == "absent", c.value.IsZero())
		})
	}
}

// TestE8ChatStatusReadsEverySpelling reads all spellings of on hold and of opened as one
// constant, and keeps an unknown status.
func TestE8ChatStatusReadsEverySpelling(t *testing.T) {
	for wire, want := range map[string]helpcrunch.ChatStatus{
		`"onhold"`:           helpcrunch.ChatStatusOnHold,
		`"on hold"`:          helpcrunch.ChatStatusOnHold,
		`"on-hold"`:          helpcrunch.ChatStatusOnHold,
		`"open"`:             helpcrunch.ChatStatusOpened,
		`"opened"`:           helpcrunch.ChatStatusOpened,
		`"new"`:              helpcrunch.ChatStatusNew,
		`"pending"`:          helpcrunch.ChatStatusPending,
		`"no communication"`: helpcrunch.ChatStatusNoCommunication,
		`"closed"`:           helpcrunch.ChatStatusClosed,
		`"empty"`:            helpcrunch.ChatStatusEmpty,
		`"handed over"`:      "handed over",
		`null`:               "",
		`5`:                  "5",
	} {
		got := helpcrunch.ChatStatusPending + "?"
		require.NoError(t, json.Unmarshal([]byte(wire), &got))
		assert.Equal(t, want, got, wire)
	}
}

// TestE8RatingAndClosedByReadNumbers keeps the digits of a number in place of a name.
func TestE8RatingAndClosedByReadNumbers(t *testing.T) {
	for wire, want := range map[string]string{
		`"very poor"`: "very poor", `"\u0067reat"`: "great", `null`: "", `""`: "", `3`: "3", `1.5`: "1.5",
	} {
		rating, closedBy := helpcrunch.Rating("?"), helpcrunch.ClosedBy("?")
		require.NoError(t, json.Unmarshal([]byte(wire), &rating))
		require.NoError(t, json.Unmarshal([]byte(wire), &closedBy))
		assert.Equal(t, helpcrunch.Rating(want), rating)
		assert.Equal(t, helpcrunch.ClosedBy(want), closedBy)
	}
}

// TestE6IDsBeyond53BitsSurvive reads ids that a float64 can't hold, as numbers and as
// strings, also in a response that needs the tolerant pass, and writes one.
func TestE6IDsBeyond53BitsSurvive(t *testing.T) {
	const id = int64(9007199254740993) // 2^53 + 1
	for _, body := range []string{
		`{"id":9007199254740993,"device":{"id":9223372036854775807}}`,
		`{"id":"9007199254740993","device":{"id":"9223372036854775807"}}`,
		`{"id":9007199254740993,"phone":5550100,"device":{"id":9223372036854775807}}`,
	} {
		client, transport := kit.RespondingClient(t, kit.OK(body))
		customer, err := client.Customers.Get(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, id, customer.ID)
		assert.Equal(t, int64(math.MaxInt64), customer.Device.ID)
		assert.Equal(t, "/v1/customers/9007199254740993", transport.Only(t).Path)
	}

	client, transport := kit.RespondingClient(t, kit.OK(kit.ChatJSON))
	_, err := client.Chats.Assign(t.Context(), id, math.MaxInt64)
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":9007199254740993,"assignee":9223372036854775807}`, string(transport.Only(t).Body))
	assert.Contains(t, string(transport.Only(t).Body), "9007199254740993")
}

// TestOptionalReadsWhatItWrites, null as Null, and clears what it held.
func TestOptionalReadsWhatItWrites(t *testing.T) {
	for wire, want := range map[string]helpcrunch.Optional[string]{
		`null`: helpcrunch.Null[string](), `""`: helpcrunch.Set(""), `"Ada"`: helpcrunch.Set("Ada"),
	} {
		got := helpcrunch.Set("before")
		require.NoError(t, json.Unmarshal([]byte(wire), &got))
		assert.Equal(t, want, got, wire)
	}
	var flag helpcrunch.Optional[bool]
	assert.Error(t, json.Unmarshal([]byte(`"yes"`), &flag))
	var moment helpcrunch.Optional[time.Time]
	assert.Error(t, json.Unmarshal([]byte(`"soon"`), &moment))
}

// TestPatchesReadTheirOwnJSON gives every field each state, and finds it again.
func TestPatchesReadTheirOwnJSON(t *testing.T) {
	values := map[reflect.Type][]any{
		reflect.TypeFor[helpcrunch.Optional[string]]():    {helpcrunch.Null[string](), helpcrunch.Set(""), helpcrunch.Set("Ada")},
		reflect.TypeFor[helpcrunch.Optional[bool]]():      {helpcrunch.Null[bool](), helpcrunch.Set(false), helpcrunch.Set(true)},
		reflect.TypeFor[helpcrunch.Optional[time.Time]](): {helpcrunch.Null[time.Time](), helpcrunch.Set(time.Unix(1603885746, 0).UTC())},
		reflect.TypeFor[helpcrunch.Optional[[]helpcrunch.Tag]](): {
			helpcrunch.Null[[]helpcrunch.Tag](), helpcrunch.Set([]helpcrunch.Tag{}), helpcrunch.Set([]helpcrunch.Tag{{Name: "a"}, {Name: "b", Color: "red"}}),
		},
		reflect.TypeFor[helpcrunch.Optional[helpcrunch.CustomData]](): {
			helpcrunch.Null[helpcrunch.CustomData](), helpcrunch.Set(helpcrunch.CustomData{}),
			helpcrunch.Set(helpcrunch.CustomData{"plan": "gold", "seats": int64(7), "fee": 49.5, "trial": false, "boss": nil}),
		},
	}
	for field := range reflect.TypeFor[helpcrunch.CustomerPatch]().Fields() {
		for _, value := range values[field.Type] {
			var want, got helpcrunch.CustomerPatch
			reflect.ValueOf(&want).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(value))
			wire, err := json.Marshal(want)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(wire, &got))
			assert.Equal(t, want, got, "%s", wire)
		}
		assert.NotEmpty(t, values[field.Type], field.Name)
	}
}
