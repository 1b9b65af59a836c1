package samples_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE10ByteOrderMarksAreSkipped before objects, pages, single rows and errors.
func TestE10ByteOrderMarksAreSkipped(t *testing.T) {
	const mark = "\ufeff"
	client, _ := kit.RespondingClient(t, kit.OK(mark+`{"id":7,"lastSeen":"never"}`))
	customer, err := client.Customers.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.EqualValues(t, 7, customer.ID)
	for _, body := range []string{`{"data":[{"id":7},{"id":8,"lastSeen":"never"}],"total":2}`, `[{"id":7},{"id":8}]`, "\r\n" + `[{"id":7},{"id":8,"name":[]}]`} {
		client, _ = kit.RespondingClient(t, kit.OK(mark+body))
		page, err := client.Customers.List(t.Context(), nil)
		require.NoError(t, err, body)
		assert.Len(t, page.Items, 2)
	}
	client, _ = kit.RespondingClient(t, kit.Response{
		Status: http.StatusBadRequest, Body: mark + `{"errors":[{"code":"invalid_userId_value","message":"taken"}]}`,
	})
	_, err = client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-1"})
	failure, ok := errors.AsType[*helpcrunch.APIError](err)
	require.True(t, ok)
	assert.True(t, failure.HasCode("invalid_userId_value"))
}

// TestE10SeveralMarksAreSkipped, and white space around them: each included file may add one.
func TestE10SeveralMarksAreSkipped(t *testing.T) {
	for _, marks := range []string{"\ufeff\ufeff", "\r\n\ufeff", "\ufeff \ufeff\n"} {
		client, _ := kit.RespondingClient(t, kit.OK(marks+`{"id":7}`))
		require.NoError(t, kit.Get(t.Context(), client), "%q", marks)
		client, _ = kit.RespondingClient(t, kit.Response{
			Status: http.StatusNotFound, Body: marks + `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`,
		})
		require.ErrorContains(t, kit.Get(t.Context(), client), "Customer not found", "%q", marks)
		require.NoError(t, kit.Err(client.Customers.Search(t.Context(), nil)), "%q", marks)
	}
}

// TestE8MessagesBesideDataDoNotReplaceIt, whatever they are.
func TestE8MessagesBesideDataDoNotReplaceIt(t *testing.T) {
	for _, body := range []string{
		`{"data":[{"id":7}],"messages":[{"id":8},{"id":9}]}`, `{"data":[{"id":7}],"messages":["One new row"]}`, `{"data":[{"id":7}],"messages":"One new row"}`,
	} {
		client, _ := kit.RespondingClient(t, kit.OK(body))
		page, err := client.Messages.List(t.Context(), 7, nil)
		require.NoError(t, err, body)
		require.Len(t, page.Items, 1)
		assert.EqualValues(t, 7, page.Items[0].ID)
	}
	client, _ := kit.RespondingClient(t, kit.OK(`{"data":[],"messages":["No rows"]}`))
	page, err := client.Messages.List(t.Context(), 7, nil)
	require.NoError(t, err)
	assert.Empty(t, page.Items)
}

// TestE13WholeNumbersKeepTheirValue as ids and in custom data, in every spelling.
func TestE13WholeNumbersKeepTheirValue(t *testing.T) {
	const id int64 = 9007199254740993 // 2^53 + 1
	for _, number := range []string{`9007199254740993`, `9007199254740993.0`, `9.007199254740993e15`, `"9007199254740993.0"`} {
		client, _ := kit.RespondingClient(t, kit.OK(`{"id":`+number+`,"customData":{"a":9007199254740993.0,"b":[9007199254740993.0]}}`))
		customer, err := client.Customers.Get(t.Context(), 7)
		require.NoError(t, err)
		assert.Equal(t, id, customer.ID, number)
		assert.Equal(t, helpcrunch.CustomData{"a": id, "b": []any{id}}, customer.CustomData)
	}
}

// TestE13CustomDataTimeReadsMilliseconds and rejects what is out of range.
func TestE13CustomDataTimeReadsMilliseconds(t *testing.T) {
	want := time.UnixMilli(1767225600123).UTC()
	for _, wire := range []string{`1767225600123`, `"1767225600123"`, `1767225600.123`, `"1767225600.123"`, `1.767225600123e12`, `"1767225600123.4"`, `"2026-01-01T00:00:00.123Z"`} {
		var data helpcrunch.CustomData
		require.NoError(t, json.Unmarshal([]byte(`{"due":`+wire+`}`), &data))
		got, ok := data.Time("due")
		assert.True(t, ok, wire)
		assert.Equal(t, want, got, wire)
	}
	for _, wire := range []string{
		`17672256001234`, `"17672256001234"`, `253402300800`, `-62135596801`, `1e300`, `1e999`, `9223372036854775807`, `-9223372036854775808`, `"1e14"`, `"0x1p4"`,
	} {
		var data helpcrunch.CustomData
		require.NoError(t, json.Unmarshal([]byte(`{"due":`+wire+`}`), &data))
		got, ok := data.Time("due")
		assert.False(t, ok, wire)
		assert.Zero(t, got, wire)
	}
	own := helpcrunch.CustomData{"a": 1767225600, "b": want}
	got, ok := own.Time("a")
	assert.True(t, ok)
	assert.Equal(t, want.Truncate(time.Second), got)
	got, ok = own.Time("b")
	assert.True(t, ok)
	assert.Equal(t, want, got)
}
