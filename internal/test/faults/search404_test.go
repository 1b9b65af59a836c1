package faults_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestE12A404OfAProxyIsNoEmptyPage, for searches and their iterators. That of the service is.
func TestE12A404OfAProxyIsNoEmptyPage(t *testing.T) {
	searches := map[string]func(*helpcrunch.Client) error{
		"Search":       func(c *helpcrunch.Client) error { return kit.Err(c.Customers.Search(t.Context(), nil)) },
		"SearchAll":    func(c *helpcrunch.Client) error { return kit.Drain(c.Chats.SearchAll(t.Context(), nil)) },
		"FindByUserID": func(c *helpcrunch.Client) error { return kit.Err(c.Customers.FindByUserID(t.Context(), "crm-1")) },
	}
	for body, isService := range map[string]bool{
		`{"errors":[{"code":"not_found","message":"Customer not found"}]}`:                                                               true,
		"\ufeff" + `{"errors":[{"code":"invalid_request","message":"Invalid request"},{"code":"not_found","message":"Chat not found"}]}`: true,
		`<html>nginx: no such host</html>`:                                       false,
		`{"message":"no Route matched with those values"}`:                       false,
		`{"error":{"code":404,"message":"Not found"}}`:                           false,
		`{"success":false,"errors":[{"code":7003,"message":"Could not route"}]}`: false,
		`{"errors":[]}`:          false,
		`{"errors":["no host"]}`: false,
		`{"errors":"no host"}`:   false,
		`404 page not found`:     false,
		``:                       false,
	} {
		for name, search := range searches {
			client, _ := kit.RespondingClient(t, kit.Response{Status: http.StatusNotFound, Body: body})
			err := search(client)
			if isService && name != "FindByUserID" {
				assert.NoError(t, err, "%s: %s", name, body)
				continue
			}
			require.ErrorIs(t, err, helpcrunch.ErrNotFound, "%s: %s", name, body)
			_, ok := errors.AsType[*helpcrunch.APIError](err)
			assert.Equal(t, !isService, ok, "%s: %s", name, body)
		}
	}
}

// TestE12NothingIsCreatedBecauseOfAProxys404 in place of the search before a creation.
func TestE12NothingIsCreatedBecauseOfAProxys404(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.Response{Status: http.StatusNotFound, Body: `<html>`}, kit.Response{Status: http.StatusNotFound, Body: ``})
	_, created, err := client.Chats.FindOrCreate(t.Context(), &helpcrunch.ChatInput{Customer: 7, Application: 7})
	require.ErrorIs(t, err, helpcrunch.ErrNotFound)
	assert.False(t, created)
	_, _, err = client.Customers.Upsert(t.Context(), &helpcrunch.CustomerInput{UserID: "crm-1"})
	require.Error(t, err)
	for _, r := range transport.Requests() {
		assert.Contains(t, r.Path, "/search")
	}
}
