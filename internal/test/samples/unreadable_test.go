package samples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// oddValues are values that the service is not known to send, with the kinds of fields
// that read them nevertheless.
var oddValues = map[string]string{
	`"1767225600123"`:         "time text number reference references",
	`1767225600123`:           "time text number reference references",
	`-1.5`:                    "time text",
	`1e400`:                   "text",
	`12345678901234567890123`: "text",
	`{"date":"2026-01-01 00:00:00.000000","timezone_type":3,"timezone":"UTC"}`: "object reference references tags attributes",
	`"Invalid date"`:                  "text",
	`"2026-11-28T10:00:00+0000"`:      "text",
	`"2016-12-31 23:59:60"`:           "text",
	`"canary-text"`:                   "text",
	`true`:                            "text flag",
	`false`:                           "text flag object reference references tags",
	`[]`:                              "object reference references tags attributes",
	`["canary-text"]`:                 "attributes",
	`[["canary-text"],{"canary":[]}]`: "references tags attributes",
	`{}`:                              "object reference references tags attributes",
	`{"canary":["canary-text"]}`:      "object reference references tags attributes",
}

// kindOf names the kind of a field in oddValues.
func kindOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[helpcrunch.Timestamp]():
		return "time"
	case reflect.TypeFor[helpcrunch.CustomData]():
		return "attributes"
	case reflect.TypeFor[[]helpcrunch.Tag]():
		return "tags"
	case reflect.TypeFor[helpcrunch.Location]():
		return "object"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "flag"
	case reflect.Int64:
		return "number"
	case reflect.Slice:
		return "references"
	}
	return "reference"
}

// goodValue returns a document from which a type reads no zero value.
func goodValue(t reflect.Type) any {
	switch kindOf(t) {
	case "time":
		return "1700000000.250"
	case "text":
		return "pending"
	case "flag":
		return true
	case "number":
		return 7
	case "attributes":
		return map[string]any{"plan": "gold"}
	case "tags", "references":
		return []any{goodValue(t.Elem())}
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	members := make(map[string]any)
	for field := range t.Fields() {
		if name := field.Tag.Get("json"); name != "-" {
			members[strings.TrimSuffix(name, ",omitempty")] = goodValue(field.Type)
		}
	}
	return members
}

// oddField is a field of a model, nested ones included.
type oddField struct {
	path string // as Unreadable names it
	kind string
	wire []any // the names and indexes on the way to it
	in   []int // the indexes of the struct fields, -1 for the first element of a list
}

// fieldsOf returns the fields of a model without its id.
func fieldsOf(t reflect.Type, from oddField) (all []oddField) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" || name == "id" && len(from.in) == 0 {
			continue
		}
		f := oddField{
			path: strings.TrimPrefix(from.path+"."+name, "."),
			kind: kindOf(t.Field(i).Type),
			wire: append(slices.Clone(from.wire), name),
			in:   append(slices.Clone(from.in), i),
		}
		all = append(all, f)
		switch f.kind {
		case "object", "reference":
			all = append(all, fieldsOf(t.Field(i).Type, f)...)
		case "tags", "references":
			f.path, f.wire, f.in = f.path+"[0]", append(f.wire, 0), append(f.in, -1)
			all = append(all, fieldsOf(t.Field(i).Type.Elem(), f)...)
		}
	}
	return all
}

// with returns a copy of the document in which the value at a path is another one.
func with(document any, wire []any, value json.RawMessage) any {
	if len(wire) == 0 {
		return value
	}
	switch document := document.(type) {
	case map[string]any:
		document = maps.Clone(document)
		name := wire[0].(string)
		document[name] = with(document[name], wire[1:], value)
		return document
	case []any:
		return []any{with(document[0], wire[1:], value)}
	}
	panic("no way to the field")
}

// at returns the field of a model.
func (f oddField) at(model reflect.Value) reflect.Value {
	for _, i := range f.in {
		model = reflect.Indirect(model)
		if i < 0 {
			model = model.Index(0)
		} else {
			model = model.Field(i)
		}
	}
	return model
}

// unreadableModels are all models, each with the call that reads one between two others.
// A nil list is for a model that comes alone.
var unreadableModels = []struct {
	model any
	wrap  string
	read  func(context.Context, *helpcrunch.Client) (any, error)
}{
	{helpcrunch.Customer{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Customers.List(ctx, nil)
		return second(page, err)
	}},
	{helpcrunch.Customer{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Customers.Search(ctx, nil)
		return second(page, err)
	}},
	{helpcrunch.Customer{}, `%s`, func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Customers.Get(ctx, 7) }},
	{helpcrunch.Chat{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Chats.List(ctx, nil)
		return second(page, err)
	}},
	{helpcrunch.Chat{}, `%s`, func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.Get(ctx, 7) }},
	{helpcrunch.Message{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Messages.List(ctx, 7, nil)
		return second(page, err)
	}},
	{helpcrunch.Message{}, `%s`, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		return c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 7, Agent: 7, Text: "Hi"})
	}},
	{helpcrunch.Agent{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Agents.List(ctx, nil)
		return second(page, err)
	}},
	{helpcrunch.Department{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Departments.List(ctx, nil)
		return second(page, err)
	}},
	{helpcrunch.Application{}, threeRows, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		page, err := c.Applications.List(ctx)
		return second(page, err)
	}},
	{helpcrunch.Organization{}, `{"data":%s}`, func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Organization.Get(ctx) }},
	{helpcrunch.Organization{}, `%s`, func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Organization.Get(ctx) }},
	{helpcrunch.Event{}, `%s`, func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		return c.Customers.AddEvent(ctx, 7, &helpcrunch.EventInput{Name: "Form sent"})
	}},
}

const threeRows = `{"data":[{"id":1},%s,{"id":3}],"total":3}`

func second[T any](page *helpcrunch.Page[T], err error) (any, error) {
	if err != nil || len(page.Items) != 3 || page.Total != 3 {
		return nil, fmt.Errorf("no page of 3 rows: %w", err)
	}
	return &page.Items[1], nil
}

// TestE9OneFieldThatCannotBeReadCostsNothingElse gives every field of every model every
// odd value. Each is read, or left unset and named in Unreadable and in the log.
func TestE9OneFieldThatCannotBeReadCostsNothingElse(t *testing.T) {
	for _, m := range unreadableModels {
		model := reflect.TypeOf(m.model)
		document := goodValue(model)
		good, log := readOdd(t, m.read, m.wrap, document)
		require.Empty(t, log)
		for _, f := range fieldsOf(model, oddField{}) {
			require.False(t, f.at(good).IsZero(), "%s.%s", model, f.path)
			for odd, kinds := range oddValues {
				what := fmt.Sprintf("%s.%s: %s", model, f.path, odd)
				got, log := readOdd(t, m.read, m.wrap, with(document, f.wire, json.RawMessage(odd)))
				checkOdd(t, what, f, got, log, slices.Contains(strings.Fields(kinds), f.kind))

				f.at(got).Set(f.at(good))
				if unreadable := got.FieldByName("Unreadable"); unreadable.IsValid() {
					unreadable.SetZero()
				}
				require.Equal(t, good.Interface(), got.Interface(), what)
			}
		}
	}
}

// checkOdd checks the field with the odd value, and what is said of it.
func checkOdd(t *testing.T, what string, f oddField, got reflect.Value, log string, readable bool) {
	t.Helper()
	if f.kind == "time" && strings.Contains(what, "1767225600123") {
		require.Equal(t, time.UnixMilli(1767225600123).UTC(), f.at(got).Interface().(helpcrunch.Timestamp).Time, what)
	}
	partly := strings.Contains(what, "[[") && (f.kind == "tags" || f.kind == "references")
	unreadable := got.FieldByName("Unreadable")
	if readable && !partly {
		require.Empty(t, log, what)
		require.True(t, !unreadable.IsValid() || unreadable.IsNil(), what)
		return
	}
	path := f.path
	if partly {
		path += "[0]"
	} else {
		require.True(t, f.at(got).IsZero(), what)
	}
	if unreadable.IsValid() {
		require.Equal(t, []string{path}, unreadable.Interface(), what)
	}
	var record struct {
		Level, Msg string
		Fields     []string
		Count      int
	}
	require.NoError(t, json.Unmarshal([]byte(log), &record), "%s: one record, not %q", what, log)
	require.Equal(t, "WARN", record.Level)
	require.Equal(t, 1, record.Count)
	require.True(t, strings.HasSuffix(record.Fields[0], path), "%s: %s", what, log)
	require.NotContains(t, log, "canary", what)
}

// readOdd reads a model from a document, and returns the log's records of warnings.
func readOdd(t *testing.T, read func(context.Context, *helpcrunch.Client) (any, error), wrap string, document any) (reflect.Value, string) {
	t.Helper()
	body, err := json.Marshal(document)
	require.NoError(t, err)
	var log bytes.Buffer
	transport := kit.TransportFunc(kit.Always(http.StatusOK, fmt.Sprintf(wrap, body)))
	client := kit.NewClient(t, transport, helpcrunch.WithRateLimit(1<<30), helpcrunch.WithLogger(
		slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))))
	model, err := read(t.Context(), client)
	require.NoError(t, err, "%s", body)
	return reflect.ValueOf(model).Elem(), log.String()
}

// TestE9ManyUnreadableFieldsAreOneRecord names all fields of a row, and 20 in the record.
func TestE9ManyUnreadableFieldsAreOneRecord(t *testing.T) {
	row := map[string]any{"id": 7, "firstSeen": "never", "lastSeen": false, "location": map[string]any{"city": []int{1}}, "tags": "vip"}
	rows := make([]any, 10)
	for i := range rows {
		rows[i] = row
	}
	var log bytes.Buffer
	body, err := json.Marshal(map[string]any{"data": rows})
	require.NoError(t, err)
	client := kit.NewClient(t, kit.TransportFunc(kit.Always(http.StatusOK, string(body))), helpcrunch.WithLogger(
		slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))))
	page, err := client.Customers.List(t.Context(), nil)
	require.NoError(t, err)
	for _, customer := range page.Items {
		assert.ElementsMatch(t, []string{"firstSeen", "lastSeen", "location.city", "tags"}, customer.Unreadable)
	}
	var record struct {
		Path   string
		Fields []string
		Count  int
	}
	require.NoError(t, json.Unmarshal(log.Bytes(), &record))
	assert.Equal(t, "/v1/customers", record.Path)
	assert.Equal(t, 40, record.Count)
	assert.Len(t, record.Fields, 20)
	assert.Contains(t, record.Fields, "data[0].location.city")
}

// TestE9IterationsGoOnBehindAnUnreadableField, and so do searches by Upsert.
func TestE9IterationsGoOnBehindAnUnreadableField(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(`{"data":[{"id":1,"userId":"a"},{"id":2,"lastSeen":[]},{"id":3}],"total":3}`))
	assert.Equal(t, 3, kit.Count(t, client.Customers.All(t.Context(), nil)))
	found, err := client.Customers.FindByUserID(t.Context(), "a")
	require.NoError(t, err)
	assert.EqualValues(t, 1, found.ID)
}

// TestE9RowsWithoutAnIDAreErrors that name the position of the row in its page.
func TestE9RowsWithoutAnIDAreErrors(t *testing.T) {
	lists := map[string]func(*helpcrunch.Client) error{
		"customers":    func(c *helpcrunch.Client) error { return kit.Err(c.Customers.List(t.Context(), nil)) },
		"search":       func(c *helpcrunch.Client) error { return kit.Err(c.Chats.Search(t.Context(), nil)) },
		"messages":     func(c *helpcrunch.Client) error { return kit.Err(c.Messages.List(t.Context(), 7, nil)) },
		"agents":       func(c *helpcrunch.Client) error { return kit.Err(c.Agents.List(t.Context(), nil)) },
		"departments":  func(c *helpcrunch.Client) error { return kit.Err(c.Departments.List(t.Context(), nil)) },
		"applications": func(c *helpcrunch.Client) error { return kit.Err(c.Applications.List(t.Context())) },
		"iterator":     func(c *helpcrunch.Client) error { return kit.Drain(c.Customers.All(t.Context(), nil)) },
	}
	for _, row := range []string{
		`{}`, `{"status":"ok"}`, `{"id":null}`, `{"id":0}`, `{"id":-7}`, `{"id":"canary"}`, `{"id":{}}`, `null`, `7`, `"canary"`, `[]`, `[{"id":7}]`, `true`,
	} {
		for name, list := range lists {
			for _, wrap := range []string{`{"data":[{"id":1},{"id":2},%s],"total":3}`, `[{"id":1},{"id":2},%s]`} {
				client, _ := kit.RespondingClient(t, kit.OK(fmt.Sprintf(wrap, row)))
				err := list(client)
				require.ErrorContains(t, err, "row 3 of the page (index 2) has no id", "%s: %s", name, row)
				require.NotContains(t, err.Error(), "canary")
			}
		}
	}
}

// TestE9ObjectsWithoutAnIDAreErrors, for which a write may have been applied.
func TestE9ObjectsWithoutAnIDAreErrors(t *testing.T) {
	for _, operation := range []struct {
		name         string
		maybeApplied bool
		call         func(*helpcrunch.Client) error
	}{
		{"customer", false, func(c *helpcrunch.Client) error { return kit.Err(c.Customers.Get(t.Context(), 7)) }},
		{"new customer", true, func(c *helpcrunch.Client) error { return kit.Err(createSampleCustomer(t.Context(), c)) }},
		{"chat", true, func(c *helpcrunch.Client) error { return kit.Err(c.Chats.Unassign(t.Context(), 7)) }},
		{"message", true, func(c *helpcrunch.Client) error { return kit.Err(createSampleMessage(t.Context(), c)) }},
		{"event", true, func(c *helpcrunch.Client) error { return kit.Err(addSampleEvent(t.Context(), c)) }},
		{"organization", false, func(c *helpcrunch.Client) error { return kit.Err(c.Organization.Get(t.Context())) }},
	} {
		for _, body := range []string{`{}`, `{"status":"ok"}`, `{"id":null}`, `{"id":"canary"}`, `[]`, `[{"id":7}]`, `"Ok"`, `true`, `null`, ``} {
			client, _ := kit.RespondingClient(t, kit.OK(body))
			err := operation.call(client)
			require.Error(t, err, "%s: %s", operation.name, body)
			require.NotContains(t, err.Error(), "canary")
			require.Equal(t, operation.maybeApplied, errors.Is(err, helpcrunch.ErrMaybeApplied), "%s: %v", operation.name, err)
		}
		client, _ := kit.RespondingClient(t, kit.OK(`{"errors":[{"code":"made_up","message":"Made up"}]}`))
		require.ErrorContains(t, operation.call(client), "it contains an error: Made up (made_up)", operation.name)
	}
}

// TestE9ErrorsInTheResponseToADelete are no success. Any other text is one.
func TestE9ErrorsInTheResponseToADelete(t *testing.T) {
	for body, failed := range map[string]bool{
		`{"errors":[{"code":"made_up","message":"Made up"}]}`: true,
		"\ufeff" + `{"error":"Made up"}`:                      true,
		"\ufeff<html>":                                        true,
		`{"errors":[]}`:                                       false,
		`{"status":"ok","message":"Deleted"}`:                 false,
		`{}`:                                                  false,
		`"Ok"`:                                                false,
		`Ok`:                                                  false,
		``:                                                    false,
	} {
		client, _ := kit.RespondingClient(t, kit.OK(body))
		assert.Equal(t, failed, client.Customers.Delete(t.Context(), 7) != nil, body)
		assert.Equal(t, failed, client.Agents.Unsubscribe(t.Context(), 7) != nil, body)
	}
}

// TestE9DoNamesWhatItCannotRead in its error, or in the Unreadable of a model.
func TestE9DoNamesWhatItCannotRead(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(`{"id":7,"name":"Nora","lastSeen":"canary","location":{"city":["canary"]}}`))
	var own struct {
		Name     string               `json:"name"`
		LastSeen helpcrunch.Timestamp `json:"lastSeen"`
		Location struct {
			City string `json:"city"`
		} `json:"location"`
	}
	err := client.Do(t.Context(), http.MethodGet, "/customers/7", nil, nil, &own)
	require.ErrorContains(t, err, "unexpected JSON at lastSeen, location.city")
	require.NotContains(t, err.Error(), "canary")
	assert.Equal(t, "Nora", own.Name)

	var customer helpcrunch.Customer
	require.NoError(t, client.Do(t.Context(), http.MethodGet, "/customers/7", nil, nil, &customer))
	assert.Equal(t, []string{"lastSeen", "location.city"}, customer.Unreadable)
}
