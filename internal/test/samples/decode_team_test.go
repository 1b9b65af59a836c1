package samples_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE8EventReadsEveryShape has events with and without id, customer and data.
func TestE8EventReadsEveryShape(t *testing.T) {
	data := helpcrunch.CustomData{"form": "Contact", "tries": int64(2)}
	for _, c := range []struct {
		name, body string
		want       helpcrunch.Event
	}{
		{"older", `{"id":5,"name":"Form sent","data":{"form":"Contact","tries":2},"createdAt":1700000000,"customer":810001}`,
			helpcrunch.Event{ID: 5, Name: "Form sent", Data: data, CreatedAt: timestamp(1700000000000), Customer: 810001}},
		{"newer", `{"id":5,"name":"Form sent","data":{"form":"Contact","tries":2},"createdAt":"1700000000"}`,
			helpcrunch.Event{ID: 5, Name: "Form sent", Data: data, CreatedAt: timestamp(1700000000000)}},
		{"without id", `{"name":"Form sent","data":{}}`, helpcrunch.Event{Name: "Form sent", Data: helpcrunch.CustomData{}}},
		{"empty data as an array", `{"name":"Form sent","data":[]}`, helpcrunch.Event{Name: "Form sent", Data: helpcrunch.CustomData{}}},
		{"data null", `{"name":"Form sent","data":null}`, helpcrunch.Event{Name: "Form sent"}},
		{"data absent", `{"name":"Form sent"}`, helpcrunch.Event{Name: "Form sent"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := kit.RespondingClient(t, kit.OK(c.body))
			got, err := client.Customers.AddEvent(t.Context(), 810001, &helpcrunch.EventInput{Name: "Form sent"})
			require.NoError(t, err)
			assert.Equal(t, c.want, *got)
		})
	}
}

// TestE8OrganizationReadsEveryShape has it in its envelope, and without.
func TestE8OrganizationReadsEveryShape(t *testing.T) {
	want := helpcrunch.Organization{ID: 90210, Domain: "acme-demo", TeamOnline: true}
	for name, body := range map[string]string{
		"in its envelope":               `{"data":{"id":90210,"domain":"acme-demo","teamOnline":true,"chatEnabled":false}}`,
		"with a meta":                   `{"data":{"id":90210,"domain":"acme-demo","teamOnline":true},"meta":[]}`,
		"bare":                          `{"id":90210,"domain":"acme-demo","teamOnline":true,"chatEnabled":false}`,
		"other types in the envelope":   `{"data":{"id":"90210","domain":"acme-demo","teamOnline":1,"chatEnabled":"0"}}`,
		"other types, without envelope": `{"id":"90210","domain":"acme-demo","teamOnline":1,"chatEnabled":""}`,
	} {
		client, _ := kit.RespondingClient(t, kit.OK(body))
		got, err := client.Organization.Get(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, want, *got, name)
	}
}

// TestE8TeamReadsEveryShape has departments, applications and agents with open sets.
func TestE8TeamReadsEveryShape(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(`{"data":[{"id":1,"name":"Sales","agents":null},{"id":2,"agents":{"id":7,"role":"office dog"}},{"id":3,"agents":[]}]}`))
	departments, err := client.Departments.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, []helpcrunch.Department{
		{ID: 1, Name: "Sales"}, {ID: 2, Agents: []helpcrunch.Agent{{ID: 7, Role: "office dog"}}}, {ID: 3, Agents: []helpcrunch.Agent{}},
	}, departments.Items)

	client, _ = kit.RespondingClient(t, kit.OK(`{"data":[{"id":41,"name":"shop","displayName":null,"active":"1","type":"fax"}]}`))
	applications, err := client.Applications.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []helpcrunch.Application{{ID: 41, Name: "shop", Active: true, Type: "fax"}}, applications.Items)
}

// TestApplicationsWithoutATotalAreAll has as many as a page of other lists may hold: no
// call could ask for a next page.
func TestApplicationsWithoutATotalAreAll(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(`{"data":[`+strings.Repeat(`{"id":41},`, 99)+`{"id":42}]}`))
	applications, err := client.Applications.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 100, applications.Total)
	assert.False(t, applications.HasMore())
}

// TestE8BatchResponsesDecode reads a response as an array and in an envelope, in any order,
// and tells which items it leaves out.
func TestE8BatchResponsesDecode(t *testing.T) {
	patch := helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta")}
	items := []helpcrunch.CustomerBatchItem{{ID: 1, Patch: patch}, {ID: 2, Patch: patch}, {ID: 3, Patch: patch}}
	for name, body := range map[string]string{
		"array":          `[{"id":2,"name":"Two"},{"id":1,"name":"One"}]`,
		"envelope":       `{"data":[{"id":1,"name":"One"},{"id":2,"name":"Two"}],"total":2}`,
		"ids as strings": `{"data":[{"id":"1","name":"One"},{"id":"2","name":"Two"}]}`,
	} {
		client, _ := kit.RespondingClient(t, kit.OK(body))
		outcomes, err := client.Customers.BatchUpdate(t.Context(), items)
		require.NoError(t, err, name)
		require.Len(t, outcomes, 3)
		for i, want := range []string{"One", "Two"} {
			assert.Equal(t, int64(i+1), outcomes[i].Input.ID)
			assert.NoError(t, outcomes[i].Err)
			assert.Equal(t, want, outcomes[i].Value.Name, name)
		}
		assert.Equal(t, int64(3), outcomes[2].Input.ID)
		assert.Nil(t, outcomes[2].Value)
		assert.ErrorContains(t, outcomes[2].Err, "customer 3")
		assert.ErrorIs(t, outcomes[2].Err, helpcrunch.ErrMaybeApplied)
	}
}

// TestE8DoDecodesAsMethodsDo reads odd types into the caller's own struct, too.
func TestE8DoDecodesAsMethodsDo(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(`{"id":"7001","name":17,"tags":{"name":"new"},"seen":"1603885746.769","custom":[{"property":"a","value":1}]}`))
	var out struct {
		ID     int64                 `json:"id"`
		Name   string                `json:"name"`
		Tags   []helpcrunch.Tag      `json:"tags"`
		Seen   helpcrunch.Timestamp  `json:"seen"`
		Custom helpcrunch.CustomData `json:"custom"`
	}
	require.NoError(t, client.Do(t.Context(), "GET", "customers/7001", nil, nil, &out))
	assert.Equal(t, int64(7001), out.ID)
	assert.Equal(t, "17", out.Name)
	assert.Equal(t, []helpcrunch.Tag{{Name: "new"}}, out.Tags)
	assert.Equal(t, timestamp(1603885746769), out.Seen)
	assert.Equal(t, helpcrunch.CustomData{"a": int64(1)}, out.Custom)

	var anything any
	require.NoError(t, client.Do(t.Context(), "GET", "/customers/7001", nil, nil, &anything))
	assert.Equal(t, "7001", anything.(map[string]any)["id"])
	require.NoError(t, client.Do(t.Context(), "GET", "/customers/7001", nil, nil, nil))
}
