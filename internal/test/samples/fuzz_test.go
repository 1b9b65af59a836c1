package samples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// fuzzDecoding feeds responses of 200 to a method, seeded with the samples of operations.
// There is either a result or an error.
func fuzzDecoding[T any](f *testing.F, get func(context.Context, *helpcrunch.Client) (*T, error), operations ...string) {
	for _, s := range loadSamples(f, "response") {
		for _, operation := range operations {
			if s.Operation == operation {
				f.Add([]byte(s.Body))
			}
		}
	}
	for _, odd := range []string{
		``, `null`, `[]`, `{}`, `""`, `[[]]`, `{"data":{}}`, `{"data":{"0":{},"99999999":[]}}`, `{"id":{"id":1}}`, `{"id":1e999}`,
		`{"customData":[{"property":[]}]}`, `{"agents":{"1":{"id":"x"}}}`, `{"firstSeen":{}}`, `{"total":"","data":[{"id":""}]}`, `[1,[2],{"id":"3"}]`, "{}\v", " {}\t\r\n", "\ufeff" + `{"id":1}`, `{"data":[{"id":1,"lastSeen":[]},{"id":"2","location":["x"]}],"total":"x"}`,
	} {
		f.Add([]byte(odd))
	}
	var response []byte
	client, _ := kit.RespondingClientFunc(f, func(kit.RecordedRequest) kit.Response { return kit.OK(string(response)) })
	f.Fuzz(func(t *testing.T, body []byte) {
		response = body
		result, err := get(context.Background(), client)
		require.Equal(t, err == nil, result != nil, "a result or an error")
		if err == nil {
			require.True(t, json.Valid(bytes.TrimPrefix(body, []byte("\ufeff"))), "only JSON has a result: %q", body)
			return
		}
		assert.Less(t, len(err.Error()), 4<<10, "a bounded message")
	})
}

// FuzzE8DecodeCustomer never panics.
func FuzzE8DecodeCustomer(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Customer, error) {
		return c.Customers.Get(ctx, 1)
	}, "customers.get", "customers.create", "customers.tag")
}

// FuzzE8DecodeCustomers never panics.
func FuzzE8DecodeCustomers(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Page[helpcrunch.Customer], error) {
		return c.Customers.List(ctx, nil)
	}, "customers.list", "customers.search")
}

// FuzzE8DecodeBatch never panics, and every item has an outcome: its customer or an error.
func FuzzE8DecodeBatch(f *testing.F) {
	for _, seed := range []string{
		`[{"id":7001},{"id":7002}]`, `{"data":[{"id":7002,"customData":[]}]}`, `{"0":{"id":"7001"}}`, `[{"id":7001},{"id":7001}]`, `"Ok"`, `null`, `[[{}]]`, ``,
	} {
		f.Add([]byte(seed))
	}
	items := []helpcrunch.CustomerBatchItem{{ID: 7001}, {ID: 7002}}
	for i := range items {
		items[i].Patch.Notes = helpcrunch.Set("Prefers mornings")
	}
	var response []byte
	client, _ := kit.RespondingClientFunc(f, func(kit.RecordedRequest) kit.Response { return kit.OK(string(response)) })
	f.Fuzz(func(t *testing.T, body []byte) {
		response = body
		outcomes, _ := client.Customers.BatchUpdate(context.Background(), items)
		require.Len(t, outcomes, len(items))
		for i, outcome := range outcomes {
			assert.Equal(t, items[i].ID, outcome.Input.ID)
			require.Equal(t, outcome.Err == nil, outcome.Value != nil, "a customer or an error")
			if outcome.Err == nil {
				assert.Equal(t, items[i].ID, outcome.Value.ID)
			}
		}
	})
}

// FuzzE8DecodeChat never panics.
func FuzzE8DecodeChat(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Chat, error) {
		return c.Chats.Get(ctx, 1)
	}, "chats.get", "chats.create", "chats.readByAgent")
}

// FuzzE8DecodeMessages never panics.
func FuzzE8DecodeMessages(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Page[helpcrunch.Message], error) {
		return c.Messages.List(ctx, 1, nil)
	}, "chats.messages")
}

// FuzzE8DecodeEvent never panics.
func FuzzE8DecodeEvent(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Event, error) {
		return c.Customers.AddEvent(ctx, 1, &helpcrunch.EventInput{Name: "Form sent"})
	}, "events.create")
}

// FuzzE8DecodeDepartments never panics. A department holds agents, so both are decoded.
func FuzzE8DecodeDepartments(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Page[helpcrunch.Department], error) {
		return c.Departments.List(ctx, nil)
	}, "departments.list", "agents.list")
}

// FuzzE8DecodeApplications never panics.
func FuzzE8DecodeApplications(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Page[helpcrunch.Application], error) {
		return c.Applications.List(ctx)
	}, "applications.list")
}

// FuzzE8DecodeOrganization never panics.
func FuzzE8DecodeOrganization(f *testing.F) {
	fuzzDecoding(f, func(ctx context.Context, c *helpcrunch.Client) (*helpcrunch.Organization, error) {
		return c.Organization.Get(ctx)
	}, "organization.get")
}

// FuzzE1ErrorBodies serves any body with any status of 300 or above: it is an APIError
// with that status, and its message is bounded.
func FuzzE1ErrorBodies(f *testing.F) {
	for _, s := range loadSamples(f, "response") {
		if s.Status >= 300 {
			f.Add(s.Status, []byte(s.Body))
		}
	}
	for _, odd := range []string{
		``, `null`, `[]`, `"no"`, `42`, `<html>`, `{"errors":`, `{"errors":null}`, `{"errors":{"a":{"b":["c"]}}}`,
		`{"errors":[[[["deep"]]]]}`, `{"errors":[{"code":1,"message":{"info":["x",2]}}]}`, `{"message":[],"code":{}}`,
	} {
		f.Add(400, []byte(odd))
		f.Add(503, []byte(odd))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		status = 300 + int(uint(status)%700)
		client, _ := kit.RespondingClient(t, kit.Response{Status: status, Body: string(body)}) // a new one: a 429 pauses it
		_, err := client.Customers.Get(context.Background(), 1)
		failure, ok := errors.AsType[*helpcrunch.APIError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, status, failure.StatusCode)
		assert.ErrorIs(t, err, failure.Kind)
		assert.Less(t, len(failure.Error()), 4<<10)
		for field := range failure.FieldErrors() {
			assert.True(t, failure.HasCode(field))
		}
	})
}

// FuzzE8Timestamp never panics, and a time that was read survives a round trip.
func FuzzE8Timestamp(f *testing.F) {
	for _, seed := range []string{
		`1603885746`, `"1603885746"`, `"1601557390.769"`, `1601557390.769`, `null`, `""`, `"-1.5"`, `1e9`, `"2020-10-28 11:49:06"`,
		`"2020-10-28T11:49:06Z"`, `"rubbish"`, `{}`, `[]`, `"`, `"0000-00-00 00:00:00"`, `253402300799.9996`, `"+5"`, `-0.0004`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var moment helpcrunch.Timestamp
		if moment.UnmarshalJSON(data) != nil {
			return
		}
		assert.Zero(t, moment.Nanosecond()%1e6, "milliseconds")
		wire, err := json.Marshal(moment)
		require.NoError(t, err)
		var again helpcrunch.Timestamp
		require.NoError(t, json.Unmarshal(wire, &again))
		assert.True(t, moment.Equal(again.Time), "%s became %s by way of %s", moment, again, wire)
	})
}

// FuzzE8CustomData never panics, holds none but the documented types, and agrees with
// encoding/json on the names in an object.
func FuzzE8CustomData(f *testing.F) {
	for _, seed := range []string{
		`{"plan":"gold","seats":7,"fee":49.5,"trial":false,"boss":null}`, `[{"property":"plan","value":"gold"}]`, `[]`, `{}`, `null`,
		`{"a\"b":"\u00e9\ud83d\ude00"}`, `{"a":{"b":[1]}}`, `["x",{"property":5}]`, `{"a":1e999}`, `{"a":-0.0}`, `{`, `[{]`, `{"a":1}}`, "{\"\xff\":1}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var data helpcrunch.CustomData
		if data.UnmarshalJSON(text) != nil {
			return
		}
		for name, value := range data {
			assertScalarOrNested(t, name, value)
			_, _ = data.Time(name)
			if whole, ok := data.Int(name); ok {
				float, _ := data.Float(name)
				assert.InEpsilon(t, 1+math.Abs(float64(whole)), 1+math.Abs(float), 1e-9)
			}
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) == nil && members != nil {
			for name := range members {
				if json.Valid([]byte(`"`+name+`"`)) && len(data) == len(members) {
					assert.Contains(t, data, name)
				}
			}
		}
	})
}

func assertScalarOrNested(t *testing.T, name string, value any) {
	t.Helper()
	switch value := value.(type) {
	case nil, bool, string, int64, float64, json.Number, map[string]any, []any:
	default:
		assert.Failf(t, "a type that is not documented", "%q is a %T", name, value)
	}
}
