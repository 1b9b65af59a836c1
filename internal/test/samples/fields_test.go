package samples_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// filler sets every field of a model to a value of its own.
type filler struct {
	t     *testing.T
	count int64
	// known are values of types that must be special ones, such as rows that exist.
	known map[reflect.Type]any
}

func newFiller(t *testing.T) *filler {
	f := &filler{t: t, known: make(map[reflect.Type]any)}
	f.knows(helpcrunch.ChatStatusClosed, helpcrunch.ClosedBy("agent"), helpcrunch.RatingGreat, helpcrunch.CreatedWithBroadcastReply,
		helpcrunch.MessageTypePrivate, helpcrunch.MessageFromAgent, helpcrunch.BroadcastTypeTrigger, helpcrunch.RoleSuperviser,
		helpcrunch.CustomData{"plan": "gold"})
	return f
}

func (f *filler) knows(values ...any) {
	for _, value := range values {
		f.known[reflect.TypeOf(value)] = value
	}
}

// fill returns a model with every field set.
func fill[T any](f *filler) T {
	f.t.Helper()
	var model T
	f.set(reflect.ValueOf(&model).Elem(), reflect.TypeFor[T]().Name())
	return model
}

func (f *filler) set(v reflect.Value, name string) {
	f.t.Helper()
	f.count++
	if value, ok := f.known[v.Type()]; ok {
		v.Set(reflect.ValueOf(value))
		return
	}
	switch {
	case v.Type() == reflect.TypeFor[helpcrunch.Timestamp]():
		v.Set(reflect.ValueOf(helpcrunch.Timestamp{Time: time.Unix(4_102_444_800+f.count, 0).UTC()}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Name != "Unreadable" { // which reading sets
				f.set(v.Field(i), name+"."+field.Name)
			}
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.set(v.Elem(), name)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.set(v.Index(0), name)
	case v.Type() == reflect.TypeFor[string]():
		v.SetString(fmt.Sprintf("%s %d", name, f.count))
	case v.Kind() == reflect.Int64:
		v.SetInt(f.count)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		f.t.Fatalf("%s: no value for a %s", name, v.Type())
	}
}

// assertFields compares two models field by field.
func assertFields[T any](t *testing.T, want, got T) {
	t.Helper()
	for i := range reflect.TypeFor[T]().NumField() {
		field := reflect.TypeFor[T]().Field(i)
		assert.Equal(t, reflect.ValueOf(want).Field(i).Interface(), reflect.ValueOf(got).Field(i).Interface(),
			"%s.%s", reflect.TypeFor[T]().Name(), field.Name)
	}
}

// TestEveryFieldOfEveryModelIsReadFromTheFakeServer adds models with every field set to the fake
// server and reads them through the API, so that neither side forgets a field.
func TestEveryFieldOfEveryModelIsReadFromTheFakeServer(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutTeam(),
		helpcrunchtest.WithDialect(helpcrunchtest.Dialect{ChatNotes: true}))
	defer server.Close()
	client := server.Client()
	f := newFiller(t)

	agent := fill[helpcrunch.Agent](f)
	f.knows(agent)
	department := fill[helpcrunch.Department](f)
	f.knows(department)
	application := fill[helpcrunch.Application](f)
	organization := fill[helpcrunch.Organization](f)
	customer := fill[helpcrunch.Customer](f)
	server.AddAgent(agent)
	server.AddDepartment(department)
	server.AddApplication(application)
	server.SetOrganization(organization)
	server.AddCustomer(customer)

	agents, err := client.Agents.List(t.Context(), nil)
	require.NoError(t, err)
	assertFields(t, agent, agents.Items[0])
	departments, err := client.Departments.List(t.Context(), nil)
	require.NoError(t, err)
	assertFields(t, department, departments.Items[0])
	applications, err := client.Applications.List(t.Context())
	require.NoError(t, err)
	assertFields(t, application, applications.Items[0])
	gotOrganization, err := client.Organization.Get(t.Context())
	require.NoError(t, err)
	assertFields(t, organization, *gotOrganization)
	gotCustomer, err := client.Customers.Get(t.Context(), customer.ID)
	require.NoError(t, err)
	assertFields(t, customer, *gotCustomer)

	chat := fill[helpcrunch.Chat](f)
	server.AddChat(chat)
	gotChat, err := client.Chats.Get(t.Context(), chat.ID)
	require.NoError(t, err)
	chat.Department.Agents = nil // those of a department are in its list alone
	assertFields(t, chat, *gotChat)
	message := fill[helpcrunch.Message](f)
	message.Chat = chat.ID
	server.AddMessage(message)
	messages, err := client.Messages.List(t.Context(), chat.ID, nil)
	require.NoError(t, err)
	assertFields(t, message, messages.Items[0])
}
