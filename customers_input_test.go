package helpcrunch_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// patchStates are the four states of a field of a patch.
type patchStates struct {
	Absent json.RawMessage `json:"absent"`
	Null   json.RawMessage `json:"null"`
	Zero   json.RawMessage `json:"zero value"`
	Value  json.RawMessage `json:"value"`
}

// onTheWire is the JSON of each state of a field.
type onTheWire struct {
	value      any // that optionalOf sets
	wire, zero string
}

// patchValues has a value for every type that a field of a patch may have.
func patchValues(name string) map[reflect.Type]onTheWire {
	return map[reflect.Type]onTheWire{
		reflect.TypeFor[string](): {"some " + name, `"some ` + name + `"`, `""`},
		reflect.TypeFor[bool]():   {true, `true`, `false`},
		reflect.TypeFor[time.Time](): {kit.Time.Add(999 * time.Millisecond).In(time.FixedZone("", 3600)),
			`"1704110400"`, `null`},
		reflect.TypeFor[[]helpcrunch.Tag](): {[]helpcrunch.Tag{{Name: "reader", Color: "#1188cc"}, {Name: "new"}},
			`[{"name":"reader","color":"#1188cc"},{"name":"new"}]`, `[]`},
		reflect.TypeFor[helpcrunch.CustomData](): {helpcrunch.CustomData{"plan": "gold", "due": kit.Time, "boss": nil},
			`[{"property":"boss","value":null},{"property":"due","value":"1704110400"},{"property":"plan","value":"gold"}]`, `[]`},
	}
}

// setOptional puts a field of a patch into a state: a value, the zero value (a nil
// value), or null.
func setOptional(t *testing.T, field reflect.Value, value any, null bool) {
	t.Helper()
	switch field := field.Addr().Interface().(type) {
	case *helpcrunch.Optional[string]:
		assignOptional(field, value, null)
	case *helpcrunch.Optional[bool]:
		assignOptional(field, value, null)
	case *helpcrunch.Optional[time.Time]:
		assignOptional(field, value, null)
	case *helpcrunch.Optional[[]helpcrunch.Tag]:
		assignOptional(field, value, null)
	case *helpcrunch.Optional[helpcrunch.CustomData]:
		assignOptional(field, value, null)
	default:
		require.Failf(t, "a type of field that this test does not know", "%T", field)
	}
}

func assignOptional[T any](field *helpcrunch.Optional[T], value any, null bool) {
	if null {
		*field = helpcrunch.Null[T]()
		return
	}
	set, _ := value.(T)
	*field = helpcrunch.Set(set)
}

// TestE5PatchFieldsHaveFourStates sends every field of a patch, found by reflection, as
// absent, null, zero value and value, alone and in a batch. It compares the bodies with
// golden files and with onTheWire.
func TestE5PatchFieldsHaveFourStates(t *testing.T) {
	var names []string
	for field := range reflect.TypeFor[helpcrunch.CustomerPatch]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
		t.Run(name, func(t *testing.T) {
			_, isOptional := field.Type.MethodByName("IsNull")
			require.True(t, isOptional, "every field of a patch has three states")
			get, _ := field.Type.MethodByName("Get")
			want := patchValues(name)[get.Type.Out(0)]
			require.NotNil(t, want.value, "no value for a field of type %s", get.Type.Out(0))

			states := statesOf(t, field, want.value)
			assertStates(t, name, want, states)
			kit.AssertGolden(t, "patch/"+name+".json", states)
		})
	}
	assert.Len(t, names, 21, "the writable fields that the service documents")
	kit.AssertNoStrayGolden(t, "patch", names)
}

// statesOf sends a field in its four states. Where it is absent another field is set,
// since an empty patch is rejected.
func statesOf(t *testing.T, field reflect.StructField, value any) map[string]patchStates {
	t.Helper()
	states := make(map[string]patchStates)
	for _, call := range []string{"update", "batch"} {
		send := func(prepare func(reflect.Value)) json.RawMessage {
			var patch helpcrunch.CustomerPatch
			prepare(reflect.ValueOf(&patch).Elem())
			return sendPatch(t, call, patch)
		}
		other := "Name"
		if field.Name == other {
			other = "Email"
		}
		states[call] = patchStates{
			Absent: send(func(patch reflect.Value) { setOptional(t, patch.FieldByName(other), "other", false) }),
			Null:   send(func(patch reflect.Value) { setOptional(t, patch.FieldByIndex(field.Index), nil, true) }),
			Zero:   send(func(patch reflect.Value) { setOptional(t, patch.FieldByIndex(field.Index), nil, false) }),
			Value:  send(func(patch reflect.Value) { setOptional(t, patch.FieldByIndex(field.Index), value, false) }),
		}
	}
	return states
}

// sendPatch returns the body of a patch, or of the one item of a batch.
func sendPatch(t *testing.T, call string, patch helpcrunch.CustomerPatch) json.RawMessage {
	t.Helper()
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	if call == "update" {
		_, err := client.Customers.Update(t.Context(), 7001, &patch)
		require.NoError(t, err)
		return transport.Only(t).Body
	}
	client, transport = kit.RespondingClient(t, kit.OK("["+kit.CustomerJSON+"]"))
	_, err := client.Customers.BatchUpdate(t.Context(), []helpcrunch.CustomerBatchItem{{ID: 7001, Patch: patch}})
	require.NoError(t, err)
	return transport.Only(t).Body
}

// assertStates compares the bodies with onTheWire, independently of the golden file.
func assertStates(t *testing.T, name string, want onTheWire, states map[string]patchStates) {
	t.Helper()
	for call, begin := range map[string]string{"update": `{`, "batch": `[{"customer":7001,`} {
		end := strings.Repeat("]", strings.Count(begin, "["))
		body := func(wire string) string { return begin + `"` + name + `":` + wire + "}" + end }
		assert.Equal(t, body(`null`), string(states[call].Null), "%s: null", call)
		assert.Equal(t, body(want.zero), string(states[call].Zero), "%s: zero value", call)
		assert.Equal(t, body(want.wire), string(states[call].Value), "%s: value", call)
		assert.NotContains(t, string(states[call].Absent), `"`+name+`"`, "%s: absent", call)
	}
}

// TestE5InputFieldsAreWrittenOrLeftOut sets every field of a CustomerInput, found by
// reflection, alone: it is written under the name and in the form that the patch's field
// of the same name has, and every other field is left out.
func TestE5InputFieldsAreWrittenOrLeftOut(t *testing.T) {
	patchType := reflect.TypeFor[helpcrunch.CustomerPatch]()
	inputType := reflect.TypeFor[helpcrunch.CustomerInput]()
	require.Equal(t, patchType.NumField(), inputType.NumField())
	for field := range inputType.Fields() {
		patchField, ok := patchType.FieldByName(field.Name)
		require.True(t, ok, "%s is not a field of the patch", field.Name)
		name, _, _ := strings.Cut(patchField.Tag.Get("json"), ",")
		want := patchValues(name)[field.Type]
		require.NotNil(t, want.value, "no value for %s of type %s", field.Name, field.Type)

		var input helpcrunch.CustomerInput
		reflect.ValueOf(&input).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(want.value))
		client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
		_, err := client.Customers.Create(t.Context(), &input)
		require.NoError(t, err)
		_, err = client.Customers.Replace(t.Context(), 7001, &input)
		require.NoError(t, err)
		for _, request := range transport.Requests() {
			assert.Equal(t, `{"`+name+`":`+want.wire+`}`, string(request.Body), "%s: %s", request.Method, field.Name)
		}
	}
}

// TestE5InputsAreNotChanged calls the writing methods, and finds the inputs as they were.
func TestE5InputsAreNotChanged(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	tags := []helpcrunch.Tag{{Name: "b"}, {Name: "a"}}
	input, untouched := kit.Marta(), kit.Marta()
	message := helpcrunch.MessageInput{Chat: 1, Text: "Hi", From: helpcrunch.MessageFromCustomer}
	opts := helpcrunch.CustomerListOptions{}

	_, err := client.Customers.Create(t.Context(), &input)
	require.NoError(t, err)
	_, err = client.Customers.Tag(t.Context(), 1, tags...)
	require.NoError(t, err)
	_, err = client.Messages.Create(t.Context(), &message)
	require.NoError(t, err)
	for range client.Customers.All(t.Context(), &opts) {
		break
	}
	assert.Equal(t, untouched, input)
	assert.Equal(t, []helpcrunch.Tag{{Name: "b"}, {Name: "a"}}, tags)
	assert.Equal(t, helpcrunch.MessageInput{Chat: 1, Text: "Hi", From: helpcrunch.MessageFromCustomer}, message)
	assert.Zero(t, opts)
}

// TestInputReplacesACustomerByItself, with every field that can be written.
func TestInputReplacesACustomerByItself(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(`{"id":7,"name":"Nora","email":"nora@example.com","userId":"crm-1","company":"Example Books",
		"phone":"+351000000001","firstSeen":"1700000000","lastSeen":"1700000001.5","unsubscribed":true,"blocked":true,"source":"a","referer":"b",
		"lastPage":"c","locale":"pt","notes":"d","tags":[{"name":"reader","color":"#1188cc"}],"customData":{"plan":"gold","seats":7},
		"createdFrom":"telegram","integrationId":"9","location":{"city":"Lisbon","regionCode":"Lisboa","countryCode":"PT"},"device":{"id":"x"}}`))
	customer, err := client.Customers.Get(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, []string{"device.id"}, customer.Unreadable)
	input, err := customer.Input()
	require.NoError(t, err)
	for field, value := range reflect.ValueOf(*input).Fields() {
		assert.False(t, value.IsZero(), field.Name)
	}
	_, err = client.Customers.Replace(t.Context(), 7, input)
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"Nora","email":"nora@example.com","userId":"crm-1","company":"Example Books","phone":"+351000000001",
		"firstSeen":"1700000000","lastSeen":"1700000001","unsubscribed":true,"blocked":true,"source":"a","referer":"b","lastPage":"c","locale":"pt",
		"notes":"d","tags":[{"name":"reader","color":"#1188cc"}],"customData":[{"property":"plan","value":"gold"},{"property":"seats","value":7}],
		"createdFrom":"telegram","integrationId":"9","city":"Lisbon","regionCode":"Lisboa","countryCode":"PT"}`, string(transport.Requests()[1].Body))
	input.Tags[0].Name, input.CustomData["plan"] = "writer", "silver"
	assert.Equal(t, "reader", customer.Tags[0].Name)
	assert.Equal(t, "gold", customer.CustomData["plan"])
}

// TestInputRejectsACustomerThatReplaceWouldDamage, by each field that could not be read.
func TestInputRejectsACustomerThatReplaceWouldDamage(t *testing.T) {
	for path, field := range map[string]string{
		"name": "Name", "userId": "UserID", "integrationId": "IntegrationID", "lastSeen": "LastSeen", "blocked": "Blocked", "customData": "CustomData",
		"tags": "Tags", "tags[1]": "Tags", "tags[0].color": "Tags", "location": "City", "location.city": "City", "location.countryCode": "CountryCode",
		"device": "", "device.id": "", "location.novelty": "",
	} {
		_, err := (&helpcrunch.Customer{ID: 7, Name: "Nora", Unreadable: []string{"device.ip", path}}).Input()
		if field == "" {
			assert.NoError(t, err, path)
			continue
		}
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, path)
		assert.ErrorContains(t, err, "helpcrunch: Customer.Input: customer."+field+": ")
	}
	_, err := (*helpcrunch.Customer)(nil).Input()
	assert.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
}

// TestE9UpsertTakesAnUnreadableFieldAsDifferent, as its value is unknown.
func TestE9UpsertTakesAnUnreadableFieldAsDifferent(t *testing.T) {
	client, transport := kit.RespondingClient(t,
		kit.OK(`{"data":[{"id":7,"userId":"crm-1","name":"Nora","tags":[{"name":"reader"},["x"]],"lastSeen":"never"}],"total":1}`),
		kit.OK(`{"id":7,"userId":"crm-1"}`))
	_, result, err := client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-1", Name: "Nora", Tags: []helpcrunch.Tag{{Name: "reader"}}})
	require.NoError(t, err)
	assert.Equal(t, helpcrunch.UpsertUpdated, result)
	assert.JSONEq(t, `{"tags":[{"name":"reader"}]}`, string(transport.Requests()[1].Body))
}
