package samples_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// sample is a line of testdata/samples.jsonl: a request or a response as the service's
// documentation or a program against it shows it, with invented values.
type sample struct {
	Operation string
	Direction string
	Status    int
	Variant   string
	Query     json.RawMessage
	Body      json.RawMessage
}

// loadSamples reads the samples of a direction. Deliveries of webhooks have a direction
// of their own: they are no part of this package.
func loadSamples(t testing.TB, direction string) []sample {
	t.Helper()
	file, err := os.Open("testdata/samples.jsonl")
	require.NoError(t, err)
	defer file.Close()
	var samples []sample
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var s sample
		require.NoError(t, json.Unmarshal(lines.Bytes(), &s))
		if s.Direction == direction {
			samples = append(samples, s)
		}
	}
	require.NotEmpty(t, samples)
	return samples
}

// sampleReaders calls the method that gets the response of each operation of the samples.
var sampleReaders = map[string]func(context.Context, *helpcrunch.Client) (any, error){
	"customers.list":   func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Customers.List(ctx, nil) },
	"customers.get":    func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Customers.Get(ctx, 1) },
	"customers.search": func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Customers.Search(ctx, nil) },
	"customers.create": createSampleCustomer,
	"customers.patch":  updateSampleCustomer,
	"customers.delete": func(ctx context.Context, c *helpcrunch.Client) (any, error) { return "Ok", c.Customers.Delete(ctx, 1) },
	"customers.tag":    tagSampleCustomer,
	"events.create":    addSampleEvent,
	"chats.list":       func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.List(ctx, nil) },
	"chats.get":        func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.Get(ctx, 1) },
	"chats.search":     func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.Search(ctx, nil) },
	"chats.create":     createSampleChat,
	"chats.status":     setSampleStatus,
	"chats.assignee":   func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.Assign(ctx, 1, 2) },
	"chats.department": func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.SetDepartment(ctx, 1, 2) },
	"chats.snooze":     func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.Snooze(ctx, 1, kit.Time) },
	"chats.rate":       func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Chats.Rate(ctx, 1, "poor") },
	"chats.readByAgent": func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		return c.Chats.SetReadByAgent(ctx, 1, true)
	},
	"chats.messages":  func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Messages.List(ctx, 1, nil) },
	"messages.create": createSampleMessage,
	"agents.list":     func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Agents.List(ctx, nil) },
	"agents.unsubscribe": func(ctx context.Context, c *helpcrunch.Client) (any, error) {
		return "Ok", c.Agents.Unsubscribe(ctx, 1)
	},
	"departments.list":  func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Departments.List(ctx, nil) },
	"applications.list": func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Applications.List(ctx) },
	"organization.get":  func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Organization.Get(ctx) },
	"error":             func(ctx context.Context, c *helpcrunch.Client) (any, error) { return c.Organization.Get(ctx) },
}

func createSampleCustomer(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Customers.Create(ctx, &helpcrunch.CustomerInput{Name: "Marta"})
}

func updateSampleCustomer(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Customers.Update(ctx, 1, &helpcrunch.CustomerPatch{Name: helpcrunch.Set("Marta")})
}

func tagSampleCustomer(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Customers.Tag(ctx, 1, helpcrunch.Tag{Name: "reader"})
}

func addSampleEvent(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Customers.AddEvent(ctx, 1, &helpcrunch.EventInput{Name: "Form sent"})
}

func createSampleChat(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Chats.Create(ctx, &helpcrunch.ChatInput{Customer: 1, Application: 2})
}

func setSampleStatus(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Chats.SetStatus(ctx, 1, helpcrunch.ChatStatusClosed)
}

func createSampleMessage(ctx context.Context, c *helpcrunch.Client) (any, error) {
	return c.Messages.Create(ctx, &helpcrunch.MessageInput{Chat: 1, Text: "Hi", From: helpcrunch.MessageFromCustomer})
}

// TestE8EverySampleResponseKeepsEveryValue decodes every response below 300 through
// its method, and finds every leaf of the JSON again in the result.
func TestE8EverySampleResponseKeepsEveryValue(t *testing.T) {
	for _, s := range loadSamples(t, "response") {
		if s.Status >= 300 {
			continue
		}
		t.Run(s.Operation+"/"+s.Variant, func(t *testing.T) {
			decoded := readSample(t, s)
			assert.Empty(t, differences(kit.DecodeJSON(t, s.Body), decoded))
		})
	}
}

// TestComparisonOfSamplesSeesEveryLeaf changes one leaf after the other in every sample,
// and checks that the comparison with the decoded original finds it.
func TestComparisonOfSamplesSeesEveryLeaf(t *testing.T) {
	leaves := 0
	for _, s := range loadSamples(t, "response") {
		if s.Status >= 300 || s.Operation == "agents.unsubscribe" || s.Operation == "customers.delete" {
			continue // errors and the text Ok have no values
		}
		decoded := readSample(t, s)
		for _, change := range changedLeaves(kit.DecodeJSON(t, s.Body)) {
			leaves++
			assert.Len(t, differences(change.document, decoded), 1, "%s: %s: %s", s.Operation, s.Variant, change.path)
		}
	}
	assert.Greater(t, leaves, 500)
}

// readSample serves a sample to its method and returns what that makes of it.
func readSample(t *testing.T, s sample) any {
	t.Helper()
	client, _ := kit.RespondingClient(t, kit.Response{Status: s.Status, Body: string(s.Body)})
	read, ok := sampleReaders[s.Operation]
	require.True(t, ok, "no method for %s", s.Operation)
	decoded, err := read(context.Background(), client)
	require.NoError(t, err)
	return decoded
}

// TestE1E4EverySampleErrorKeepsStatusAndDetails reads every error response through its
// method, and compares status, kind, codes and messages.
func TestE1E4EverySampleErrorKeepsStatusAndDetails(t *testing.T) {
	kinds := map[int]helpcrunch.ErrorKind{
		400: helpcrunch.ErrBadRequest, 401: helpcrunch.ErrUnauthorized, 404: helpcrunch.ErrNotFound, 429: helpcrunch.ErrRateLimited,
	}
	for _, s := range loadSamples(t, "response") {
		if s.Status < 300 {
			continue
		}
		t.Run(s.Operation+"/"+s.Variant, func(t *testing.T) {
			client, _ := kit.RespondingClient(t, kit.Response{Status: s.Status, Body: string(s.Body)})
			result, err := sampleReaders[s.Operation](context.Background(), client)
			if strings.HasSuffix(s.Operation, ".search") && s.Status == http.StatusNotFound {
				require.NoError(t, err, "a search without a match")
				assert.Empty(t, result.(*helpcrunch.Page[helpcrunch.Customer]).Items)
				return
			}
			require.ErrorIs(t, err, kinds[s.Status])
			failure, ok := errors.AsType[*helpcrunch.APIError](err)
			require.True(t, ok)
			assert.Equal(t, s.Status, failure.StatusCode)
			assertSampleDetails(t, s.Body, failure)
		})
	}
}

// assertSampleDetails compares the details of an error with those of its body.
func assertSampleDetails(t *testing.T, body []byte, failure *helpcrunch.APIError) {
	t.Helper()
	var response struct {
		Errors []struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal(body, &response))
	require.Len(t, failure.Errors, len(response.Errors))
	for i, want := range response.Errors {
		assert.Equal(t, helpcrunch.ErrorDetail{Code: want.Code, Message: want.Message}, failure.Errors[i])
		assert.True(t, failure.HasCode(want.Code))
		if want.Code == "invalid_request" {
			continue
		}
		assert.Contains(t, failure.Error(), want.Message)
		if generic := response.Errors[0].Code == "invalid_request"; generic && failure.StatusCode == http.StatusBadRequest {
			assert.Equal(t, want.Message, failure.FieldErrors()[want.Code])
		}
	}
	assert.False(t, failure.HasCode("no_such_code"))
	assert.True(t, bytes.Equal(body, failure.Body))
}
