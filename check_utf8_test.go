package helpcrunch_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// bad is text in Latin-1, which is invalid UTF-8.
const bad = "Ren\xe9"

// TestE11TextThatIsNotUTF8IsNeverSent has every place that takes text, by the error.
func TestE11TextThatIsNotUTF8IsNeverSent(t *testing.T) {
	for want, call := range map[string]func(context.Context, *hc.Client) error{
		"Customers.Create: input.UserID": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Create(ctx, &hc.CustomerInput{UserID: bad}))
		},
		"Customers.Replace: input.Tags[1].Name": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Replace(ctx, 1, &hc.CustomerInput{Name: "a", Tags: []hc.Tag{{Name: "a"}, {Name: bad}}}))
		},
		"Customers.Update: patch.Name": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Update(ctx, 1, &hc.CustomerPatch{Name: hc.Set(bad)}))
		},
		`Customers.Update: patch.CustomData["plan"]`: func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Update(ctx, 1, &hc.CustomerPatch{CustomData: hc.Set(hc.CustomData{"plan": bad})}))
		},
		`Customers.Update: patch.CustomData["Ren\xe9"]`: func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Update(ctx, 1, &hc.CustomerPatch{CustomData: hc.Set(hc.CustomData{bad: 1})}))
		},
		"Customers.BatchUpdate: items[1].Patch.Email": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.BatchUpdate(ctx, []hc.CustomerBatchItem{
				{ID: 1, Patch: hc.CustomerPatch{Name: hc.Set("a")}}, {ID: 2, Patch: hc.CustomerPatch{Email: hc.Set(bad)}},
			}))
		},
		"Customers.Upsert: input.Name": func(ctx context.Context, c *hc.Client) error {
			_, _, err := c.Customers.Upsert(ctx, &hc.CustomerInput{UserID: "a", Name: bad})
			return err
		},
		"Customers.FindByUserID: userID": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.FindByUserID(ctx, bad))
		},
		"Customers.FindByEmail: email": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.FindByEmail(ctx, bad))
		},
		"Customers.Tag: tags[0].Color": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Tag(ctx, 1, hc.Tag{Name: "a", Color: bad}))
		},
		"Customers.Untag: tags[1].Name": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Untag(ctx, 1, "a", bad))
		},
		"Customers.AddEvent: input.Name": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, 1, &hc.EventInput{Name: bad}))
		},
		`Customers.AddEvent: input.Data["a"]`: func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.AddEvent(ctx, 1, &hc.EventInput{Name: "a", Data: map[string]any{"a": bad}}))
		},
		"Customers.List: opts.Sort": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.List(ctx, &hc.CustomerListOptions{Sort: bad}))
		},
		"Customers.Search: search.Filters[0].Value": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Search(ctx, &hc.CustomerSearch{Filters: []hc.CustomerFilter{hc.CustomerFieldName.Contains(bad)}}))
		},
		"Customers.Search: search.Filters[0].Value[1].Name": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Customers.Search(ctx, &hc.CustomerSearch{Filters: []hc.CustomerFilter{hc.CustomerFieldTags.HasAll("a", bad)}}))
		},
		"Customers.SearchAll: search.Filters[0].Value": func(ctx context.Context, c *hc.Client) error {
			return kit.Drain(c.Customers.SearchAll(ctx, &hc.CustomerSearch{Filters: []hc.CustomerFilter{hc.CustomerFieldName.Contains(bad)}}))
		},
		"Chats.Search: search.Filters[0].Value": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Chats.Search(ctx, &hc.ChatSearch{Filters: []hc.ChatFilter{hc.ChatFieldStatus.Equals(bad)}}))
		},
		"Chats.SetStatus: status": func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.SetStatus(ctx, 1, bad)) },
		"Chats.Rate: rating":      func(ctx context.Context, c *hc.Client) error { return kit.Err(c.Chats.Rate(ctx, 1, bad)) },
		"Messages.Create: input.MarkdownText": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Messages.Create(ctx, &hc.MessageInput{Chat: 1, Agent: 1, Text: "a", MarkdownText: bad}))
		},
		"Messages.SendAsAgent: text": func(ctx context.Context, c *hc.Client) error {
			return kit.Err(c.Messages.SendAsAgent(ctx, 1, 1, bad))
		},
		`Do: body["a"][0]`: func(ctx context.Context, c *hc.Client) error {
			return c.Do(ctx, http.MethodPost, "/x", nil, map[string][]string{"a": {bad}}, nil)
		},
		"Do: body": func(ctx context.Context, c *hc.Client) error {
			return c.Do(ctx, http.MethodPost, "/x", nil, rawJSON("{\"a\":\""+bad+"\"}"), nil)
		},
		"Do: body.A": func(ctx context.Context, c *hc.Client) error {
			return c.Do(ctx, http.MethodPost, "/x", nil, struct{ A rawText }{rawText(bad)}, nil)
		},
		`Do: query["a"][0]`: func(ctx context.Context, c *hc.Client) error {
			return c.Do(ctx, http.MethodGet, "/x", url.Values{"a": {bad}}, nil, nil)
		},
		"Do: path": func(ctx context.Context, c *hc.Client) error {
			return c.Do(ctx, http.MethodGet, "/x%e9", nil, nil, nil)
		},
	} {
		t.Run(want, func(t *testing.T) {
			client, transport := kit.RespondingClient(t, kit.OK(kit.PageJSON))
			err := call(t.Context(), client)
			require.ErrorIs(t, err, hc.ErrInvalidArgument)
			require.EqualError(t, err, "helpcrunch: "+want+": must be valid UTF-8")
			assert.Empty(t, transport.Requests())
		})
	}
}

// TestE11ABaseURLThatIsNotUTF8IsInvalid as any other text is.
func TestE11ABaseURLThatIsNotUTF8IsInvalid(t *testing.T) {
	_, err := hc.New(kit.APIKey, hc.WithBaseURL("https://example.com/"+bad))
	require.ErrorIs(t, err, hc.ErrInvalidArgument)
}

// rawText is text that writes itself.
type rawText []byte

func (r rawText) MarshalText() ([]byte, error) { return r, nil }

// rawJSON is JSON that writes itself.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// TestE11ReplacementCharactersOfTheCallerAreSent has U+FFFD as text, and as an escape.
func TestE11ReplacementCharactersOfTheCallerAreSent(t *testing.T) {
	type node struct {
		Name string `json:"name"`
		Next *node  `json:"-"`
	}
	loop := &node{Name: "a\uFFFDb"}
	loop.Next = loop
	for _, body := range []any{
		loop, map[string]any{"name": loop, "other": rawJSON(`"\ufffd"`)},
		&hc.CustomerInput{Name: "a\uFFFDb"}, &hc.CustomerInput{Name: `a\ufffdb`}, rawJSON(`{"name":"a\ufffdb"}`),
		map[string]any{"name": []byte(bad)},
	} {
		client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
		require.NoError(t, client.Do(t.Context(), http.MethodPost, "/customers", nil, body, nil))
		transport.Only(t)
	}
}

// TestE11WhiteSpaceAroundAUserIDIsInvalid: the service would make a second customer of it.
func TestE11WhiteSpaceAroundAUserIDIsInvalid(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.PageJSON))
	ctx, customers := t.Context(), client.Customers
	for _, id := range []string{" crm-17", "crm-17\n", "\tcrm-17", "crm-17\u00a0", " "} {
		input := hc.CustomerInput{UserID: id}
		_, _, upsertErr := customers.Upsert(ctx, &input)
		for name, err := range map[string]error{
			"Create: input.UserID":        kit.Err(customers.Create(ctx, &input)),
			"Replace: input.UserID":       kit.Err(customers.Replace(ctx, 1, &input)),
			"Update: patch.UserID":        kit.Err(customers.Update(ctx, 1, &hc.CustomerPatch{UserID: hc.Set(id)})),
			"Upsert: input.UserID":        upsertErr,
			"FindByUserID: userID":        kit.Err(customers.FindByUserID(ctx, id)),
			"BatchUpdate: items[0].Patch": kit.Err(customers.BatchUpdate(ctx, []hc.CustomerBatchItem{{ID: 1, Patch: hc.CustomerPatch{UserID: hc.Set(id)}}})),
		} {
			require.ErrorIs(t, err, hc.ErrInvalidArgument, "%q", id)
			require.ErrorContains(t, err, "helpcrunch: Customers."+name)
			require.ErrorContains(t, err, "must not begin or end with white space")
		}
	}
	require.Error(t, kit.FirstError(customers.UpdateEach(ctx, slices.Values([]hc.CustomerBatchItem{{ID: 1, Patch: hc.CustomerPatch{UserID: hc.Set(" a")}}}))))
	assert.Empty(t, transport.Requests())
}
