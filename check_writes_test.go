package helpcrunch_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// customerWriters are all methods that write the fields of a customer, by the name that
// they give their argument in errors. A patch sets the same fields as the input.
func customerWriters() map[string]func(context.Context, *helpcrunch.Client, helpcrunch.CustomerInput) error {
	patchOf := func(in helpcrunch.CustomerInput) helpcrunch.CustomerPatch {
		return helpcrunch.CustomerPatch{
			Notes: helpcrunch.Set(in.Notes), Tags: helpcrunch.Set(in.Tags), CustomData: helpcrunch.Set(in.CustomData),
		}
	}
	return map[string]func(context.Context, *helpcrunch.Client, helpcrunch.CustomerInput) error{
		"Create input.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			return kit.Err(c.Customers.Create(ctx, &in))
		},
		"Replace input.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			return kit.Err(c.Customers.Replace(ctx, 1, &in))
		},
		"Upsert input.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			in.UserID = "crm-17"
			_, _, err := c.Customers.Upsert(ctx, &in)
			return err
		},
		"Update patch.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			patch := patchOf(in)
			return kit.Err(c.Customers.Update(ctx, 1, &patch))
		},
		"UpdateEach patch.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			return kit.FirstError(c.Customers.UpdateEach(ctx, slices.Values([]helpcrunch.CustomerBatchItem{{ID: 1, Patch: patchOf(in)}})))
		},
		"UpsertEach input.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			in.UserID = "crm-17"
			return kit.FirstError(c.Customers.UpsertEach(ctx, slices.Values([]helpcrunch.CustomerInput{in})))
		},
		"BatchUpdate items[0].Patch.": func(ctx context.Context, c *helpcrunch.Client, in helpcrunch.CustomerInput) error {
			return kit.Err(c.Customers.BatchUpdate(ctx, []helpcrunch.CustomerBatchItem{{ID: 1, Patch: patchOf(in)}}))
		},
	}
}

// TestInvalidCustomerFieldsAreErrors has notes, tags and custom data that the service rejects, through every method that writes a customer.
func TestInvalidCustomerFieldsAreErrors(t *testing.T) {
	tooLong := strings.Repeat("ї", 256)
	custom := func(value any) helpcrunch.CustomerInput {
		return helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"plan": value}}
	}
	inputs := map[string]helpcrunch.CustomerInput{
		"Notes: at most 255 characters, got 256":                {Notes: tooLong},
		`CustomData["plan"]: at most 255 characters, got 256`:   custom(tooLong),
		"Tags[1].Name: must not be empty":                       {Tags: []helpcrunch.Tag{{Name: "a"}, {Color: "red"}}},
		"CustomData: must not have an attribute without a name": {CustomData: helpcrunch.CustomData{"": 1}},
		`CustomData["plan"]: must be a string, a number`:        custom([]string{"gold"}),
		`CustomData["plan"]: must be a string, a number, a`:     custom(map[string]any{"a": 1}),
		`CustomData["plan"]: must be a finite number`:           custom(math.NaN()),
		`CustomData["plan"]: must be a finite`:                  custom(math.Inf(1)),
		`CustomData["plan"]: must not be the zero time`:         custom(time.Time{}),
	}
	for writer, write := range customerWriters() {
		var rows []invalidCall
		_, argument, _ := strings.Cut(writer, " ")
		for want, input := range inputs {
			rows = append(rows, invalidCall{writer + want, func(ctx context.Context, c *helpcrunch.Client) error {
				return write(ctx, c, input)
			}, []string{argument + want}})
		}
		assertInvalid(t, rows)
	}
}

// TestTextsOf255CharactersAreSent counts characters, not bytes.
func TestTextsOf255CharactersAreSent(t *testing.T) {
	atMost := strings.Repeat("ї", 255)
	for writer, write := range customerWriters() {
		client, transport := kit.RespondingClientFunc(t, func(r kit.RecordedRequest) kit.Response {
			if strings.HasSuffix(r.Path, "/search") {
				return kit.OK(kit.EmptyPageJSON)
			}
			return kit.OK(`{"data":[` + kit.CustomerJSON + `],"id":7001}`)
		})
		err := write(t.Context(), client, helpcrunch.CustomerInput{
			Notes: atMost, CustomData: helpcrunch.CustomData{"plan": atMost, "empty": "", "nothing": nil},
		})
		require.NoError(t, err, writer)
		sent := transport.Requests()
		assert.Equal(t, 2, strings.Count(string(sent[len(sent)-1].Body), atMost), writer)
	}
}

// batchOf returns a batch of the given length.
func batchOf(length int) []helpcrunch.CustomerBatchItem {
	items := make([]helpcrunch.CustomerBatchItem, length)
	for i := range items {
		items[i] = helpcrunch.CustomerBatchItem{ID: int64(i + 1), Patch: namePatch}
	}
	return items
}

// TestInvalidBatchesAreErrors has empty batches, and an item that changes nothing.
func TestInvalidBatchesAreErrors(t *testing.T) {
	batch := func(items []helpcrunch.CustomerBatchItem) func(context.Context, *helpcrunch.Client) error {
		return func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.BatchUpdate(ctx, items))
		}
	}
	empty := batchOf(12)
	empty[11].Patch = helpcrunch.CustomerPatch{}
	assertInvalid(t, []invalidCall{
		{"nil", batch(nil), []string{"items: at least 1, got 0"}},
		{"none", batch([]helpcrunch.CustomerBatchItem{}), []string{"items: at least 1, got 0"}},
		{"empty patch", batch(empty), []string{"items[11].Patch: must have", "at least one field"}},
	})
	for _, length := range []int{1, 10} {
		client, transport := kit.RespondingClient(t, kit.OK(`[]`))
		outcomes, err := client.Customers.BatchUpdate(t.Context(), batchOf(length))
		require.NoError(t, err)
		assert.Len(t, outcomes, length)
		assert.Equal(t, length, strings.Count(string(transport.Only(t).Body), `"customer":`))
	}
}

// TestNilAndEmptyInputsOfCustomersAreErrors has every method that needs an input about customers.
func TestNilAndEmptyInputsOfCustomersAreErrors(t *testing.T) {
	const empty, atLeast = ": must have", "at least one field"
	third := func(_, _ any, err error) error { return err }
	assertInvalid(t, []invalidCall{
		{"Create nil", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Create(ctx, nil)) }, []string{"input: must not be nil"}},
		{"Create empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Create(ctx, &helpcrunch.CustomerInput{}))
		}, []string{"input" + empty, atLeast}},
		{"Replace nil", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Replace(ctx, 1, nil))
		}, []string{"input: must not be nil"}},
		{"Replace empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Replace(ctx, 1, &helpcrunch.CustomerInput{}))
		}, []string{"input" + empty, atLeast}},
		{"Update nil", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Update(ctx, 1, nil)) }, []string{"patch: must not be nil"}},
		{"Update empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Update(ctx, 1, &helpcrunch.CustomerPatch{}))
		}, []string{"patch" + empty, atLeast}},
		{"Upsert nil", func(ctx context.Context, c *helpcrunch.Client) error { return third(c.Customers.Upsert(ctx, nil)) }, []string{"input: must not be nil"}},
		{"Upsert without UserID and Email", func(ctx context.Context, c *helpcrunch.Client) error {
			return third(c.Customers.Upsert(ctx, &helpcrunch.CustomerInput{Name: "Marta"}))
		}, []string{"input: needs a UserID or an Email"}},
		{"UpsertEach empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.FirstError(c.Customers.UpsertEach(ctx, slices.Values([]helpcrunch.CustomerInput{{}})))
		}, []string{"input: must have at least one field"}},
		{"UpsertEach without UserID and Email", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.FirstError(c.Customers.UpsertEach(ctx, slices.Values([]helpcrunch.CustomerInput{{Name: "Marta"}})))
		}, []string{"input: needs a UserID or an Email"}},
		{"UpsertEach of nothing", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.FirstError(c.Customers.UpsertEach(ctx, nil))
		}, []string{"inputs: must not be nil"}},
		{"UpdateEach of nothing", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.FirstError(c.Customers.UpdateEach(ctx, nil))
		}, []string{"items: must not be nil"}},
		{"UpdateEach empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.FirstError(c.Customers.UpdateEach(ctx, slices.Values([]helpcrunch.CustomerBatchItem{{ID: 1}})))
		}, []string{"patch" + empty, atLeast}},
		{"FindByUserID empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.FindByUserID(ctx, ""))
		}, []string{"userID: must not be empty"}},
		{"Tag none", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Tag(ctx, 1)) }, []string{"tags: at least 1, got 0"}},
		{"Tag unnamed", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.Tag(ctx, 1, helpcrunch.Tag{Name: "a"}, helpcrunch.Tag{}))
		}, []string{"tags[1].Name: must not be empty"}},
		{"Untag none", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Untag(ctx, 1)) }, []string{"tags: at least 1, got 0"}},
		{"Untag unnamed", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Customers.Untag(ctx, 1, "")) }, []string{"tags[0].Name: must not be empty"}},
		{"AddEvent nil", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, 1, nil))
		}, []string{"input: must not be nil"}},
		{"AddEvent nil, for nobody", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, 0, nil))
		}, []string{" id: at least 1"}},
		{"AddEvent unnamed", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, 1, &helpcrunch.EventInput{}))
		}, []string{"input.Name: must not be empty"}},
		{"AddEvent with nested data", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, 1, &helpcrunch.EventInput{Name: "a", Data: map[string]any{"b": []int{1}}}))
		}, []string{`input.Data["b"]: must be a string, a number`}},
	})
}

// TestNilAndEmptyInputsOfChatsAreErrors has every method that needs an input about chats.
func TestNilAndEmptyInputsOfChatsAreErrors(t *testing.T) {
	assertInvalid(t, []invalidCall{
		{"Chats.Create nil", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.Create(ctx, nil)) }, []string{"input: must not be nil"}},
		{"FindOrCreate nil", func(ctx context.Context, c *helpcrunch.Client) error {
			_, _, err := c.Chats.FindOrCreate(ctx, nil)
			return err
		}, []string{"input: must not be nil"}},
		{"Messages.Create nil", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Messages.Create(ctx, nil)) }, []string{"input: must not be nil"}},
		{"Messages.Create without text", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 1, MarkdownText: "**Hi**", From: helpcrunch.MessageFromCustomer}))
		}, []string{"input.Text: must not be empty"}},
		{"Messages.Create of a type that can't be written", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 1, Text: "Hi", Type: helpcrunch.MessageTypeEmail}))
		}, []string{`input.Type: must be "message" or "private"`}},
		{"Snooze until the zero time", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Snooze(ctx, 1, time.Time{}))
		}, []string{"until: must not be the zero time"}},
		{"SetStatus empty", func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.SetStatus(ctx, 1, helpcrunch.ChatStatusEmpty))
		}, []string{"status: must be one that can be set", "empty"}},
		{"SetStatus without", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.SetStatus(ctx, 1, "")) }, []string{"status: must be"}},
		{"Rate without", func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(c.Chats.Rate(ctx, 1, "")) }, []string{"rating: must not be empty"}},
	})
}

// TestANilContextIsAnError calls every method with a nil context.
func TestANilContextIsAnError(t *testing.T) {
	var rows []invalidCall
	for _, c := range kit.OperationCases() {
		rows = append(rows, invalidCall{c.Golden(), func(_ context.Context, client *helpcrunch.Client) error {
			return c.Call(nil, client)
		}, []string{"helpcrunch: " + c.Method + ": ctx: must not be nil"}})
	}
	assertInvalid(t, rows)
}

// TestArgumentErrorsShowNoTexts: an error about a text does not quote it.
func TestArgumentErrorsShowNoTexts(t *testing.T) {
	client, _ := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	canary := strings.Repeat("canary", 50)
	for i, err := range []error{
		kit.Err(client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Notes: canary})),
		kit.Err(client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"a": canary}})),
		kit.Err(client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{CustomData: helpcrunch.CustomData{"a": []string{canary}}})),
		kit.Err(client.Messages.Create(t.Context(), &helpcrunch.MessageInput{Chat: -1, Text: canary, From: helpcrunch.MessageFromCustomer})),
	} {
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, fmt.Sprint(i))
		assert.NotContains(t, err.Error(), "canary")
	}
}
