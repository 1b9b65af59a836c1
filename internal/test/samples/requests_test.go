package samples_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// requestSample says how to send a request of the samples with the SDK. Where the SDK
// writes another form, reason says why, and change makes that form of the sample.
type requestSample struct {
	send   func(context.Context, *helpcrunch.Client) error
	reason string
	change func(body map[string]any)
}

// TestEverySampleRequestCanBeSent sends every request of the samples with typed inputs,
// and compares bodies (or queries) as JSON.
func TestEverySampleRequestCanBeSent(t *testing.T) {
	byOperation := make(map[string][]sample)
	for _, s := range loadSamples(t, "request") {
		byOperation[s.Operation] = append(byOperation[s.Operation], s)
	}
	senders := sampleSenders()
	for operation, samples := range byOperation {
		require.Len(t, senders[operation], len(samples), "each request of %s must be sendable", operation)
		for i, s := range samples {
			t.Run(fmt.Sprintf("%s/%d %s", operation, i, s.Variant), func(t *testing.T) {
				assertSends(t, s, senders[operation][i])
			})
		}
	}
	assert.Len(t, senders, len(byOperation), "senders without samples")
}

// assertSends compares what a sender sends with its sample.
func assertSends(t *testing.T, s sample, sender requestSample) {
	t.Helper()
	response := kit.CustomerJSON
	if strings.HasSuffix(s.Operation, ".list") || strings.HasSuffix(s.Operation, ".search") || s.Operation == "customers.batch" {
		response = kit.PageJSON
	}
	client, transport := kit.RespondingClient(t, kit.OK(response))
	require.NoError(t, sender.send(context.Background(), client))
	request := transport.Only(t)
	if s.Body == nil { // a query
		want := kit.DecodeJSON(t, s.Query).(map[string]any)
		sender.apply(t, want)
		got := make(map[string]any)
		for name, values := range kit.Query(t, request) {
			got[name] = values[0]
		}
		assert.Equal(t, texts(want), got)
		return
	}
	want := kit.DecodeJSON(t, s.Body)
	if body, ok := want.(map[string]any); ok {
		sender.apply(t, body)
	}
	assert.Equal(t, sortedPairs(want), sortedPairs(kit.DecodeJSON(t, request.Body)))
}

// sortedPairs sorts custom data by name, wherever it is: its order means nothing.
func sortedPairs(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			sortedPairs(member)
		}
	case []any:
		slices.SortStableFunc(value, func(a, b any) int {
			return strings.Compare(propertyOf(a), propertyOf(b))
		})
		for _, element := range value {
			sortedPairs(element)
		}
	}
	return value
}

// propertyOf is the name in a pair of custom data, and empty for anything else.
func propertyOf(value any) string {
	pair, _ := value.(map[string]any)
	name, _ := pair["property"].(string)
	return name
}

// apply makes the SDK's form of a sample. A change has a reason, and changes something.
func (s requestSample) apply(t *testing.T, body map[string]any) {
	t.Helper()
	require.Equal(t, s.reason == "", s.change == nil, "a reason comes with a change")
	if s.change == nil {
		return
	}
	before, err := json.Marshal(body)
	require.NoError(t, err)
	s.change(body)
	after, err := json.Marshal(body)
	require.NoError(t, err)
	require.NotEqual(t, string(before), string(after), "the change for %q changes nothing", s.reason)
}

// texts turns numbers into their text, as a query has them.
func texts(values map[string]any) map[string]any {
	for name, value := range values {
		if number, ok := value.(json.Number); ok {
			values[name] = number.String()
		}
	}
	return values
}

// Reasons why the SDK writes another form than a sample.
const (
	pageIsExplicit  = "the SDK always says offset and limit, with the documented defaults"
	ordersInLower   = "the SDK writes orders in lower case, as the newest page does"
	timesAsStrings  = "the SDK writes times as decimal strings, as the newest page does"
	datesAsIntegers = "the SDK writes dates of a search as integers, as the newest page does"
	zeroIsLeftOut   = "an input leaves zero fields out; on replace the service takes false for what is left out"
	nullIsLeftOut   = "an input leaves zero fields out, which clears them on replace"
	statusesInWords = "the SDK has the statuses as words alone"
	sortsHavePrefix = "the SDK's sort fields have the prefix that all pages but one sample use"
	onHoldIsSpaced  = "the SDK writes on hold as the newest page does"
	idsAreIntegers  = "the SDK writes ids as integers"
	noAgentLeftOut  = "the SDK leaves the agent out, as documented, to write as the customer"
	oneNeedsNoMatch = "the SDK writes the comparison only where there is something to combine"
)

// adds returns a change that adds or replaces members.
func adds(members map[string]any) func(map[string]any) {
	return func(body map[string]any) {
		for name, value := range members {
			body[name] = value
		}
	}
}

// drops returns a change that removes members.
func drops(names ...string) func(map[string]any) {
	return func(body map[string]any) {
		for _, name := range names {
			delete(body, name)
		}
	}
}

// filterValue returns a change that gives the first filter another value.
func filterValue(value any) func(map[string]any) {
	return func(body map[string]any) {
		body["filter"].([]any)[0].(map[string]any)["value"] = value
	}
}

// both returns a change that makes all of the changes.
func both(changes ...func(map[string]any)) func(map[string]any) {
	return func(body map[string]any) {
		for _, change := range changes {
			change(body)
		}
	}
}

func sampleSenders() map[string][]requestSample {
	all := make(map[string][]requestSample)
	for _, group := range []map[string][]requestSample{
		customerSenders(), customerWriteSenders(), customerSearchSenders(), chatSenders(), chatSearchSenders(), messageSenders(),
	} {
		for operation, senders := range group {
			all[operation] = senders
		}
	}
	return all
}

func chatSenders() map[string][]requestSample {
	create := func(input helpcrunch.ChatInput) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Chats.Create(ctx, &input))
		}}
	}
	change := func(call func(context.Context, *helpcrunch.ChatsService) (*helpcrunch.Chat, error)) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error { return kit.Err(call(ctx, c.Chats)) }}
	}
	status := func(status helpcrunch.ChatStatus) requestSample {
		return change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.SetStatus(ctx, 40001, status)
		})
	}
	snooze := func(seconds int64) requestSample {
		return change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.Snooze(ctx, 40001, time.Unix(seconds, 0))
		})
	}
	rate := func(rating helpcrunch.Rating) requestSample {
		return change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.Rate(ctx, 40001, rating)
		})
	}
	hyphenated, older := status("on-hold"), snooze(1605090000)
	hyphenated.reason, hyphenated.change = onHoldIsSpaced, adds(map[string]any{"status": "on hold"})
	older.reason, older.change = timesAsStrings, adds(map[string]any{"snoozedUntil": "1605090000"})
	return map[string][]requestSample{
		"chats.create": {
			create(helpcrunch.ChatInput{Customer: 90210, Assignee: 7001, Department: 310, Application: 12}),
			create(helpcrunch.ChatInput{Customer: 90210, Application: 12}),
		},
		"chats.status": {status(helpcrunch.ChatStatusClosed), status(helpcrunch.ChatStatusOnHold), hyphenated},
		"chats.assignee": {change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.Assign(ctx, 40001, 7001)
		})},
		"chats.department": {change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.SetDepartment(ctx, 40001, 310)
		})},
		"chats.snooze": {older, snooze(1705090000), change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.Unsnooze(ctx, 40001)
		})},
		"chats.rate": {rate(helpcrunch.RatingPoor), rate(helpcrunch.RatingVeryPoor)},
		"chats.readByAgent": {change(func(ctx context.Context, s *helpcrunch.ChatsService) (*helpcrunch.Chat, error) {
			return s.SetReadByAgent(ctx, 40001, true)
		})},
	}
}

func messageSenders() map[string][]requestSample {
	create := func(input helpcrunch.MessageInput) requestSample {
		return requestSample{send: func(ctx context.Context, c *helpcrunch.Client) error {
			return kit.Err(c.Messages.Create(ctx, &input))
		}}
	}
	note := create(helpcrunch.MessageInput{Chat: 40001, Agent: 7001, Text: "Internal note", Type: helpcrunch.MessageTypePrivate})
	note.reason = idsAreIntegers
	note.change = adds(map[string]any{"chat": json.Number("40001"), "agent": json.Number("7001")})
	customer := create(helpcrunch.MessageInput{Chat: 40001, Text: "Hi", MarkdownText: "Hi", From: helpcrunch.MessageFromCustomer})
	customer.reason, customer.change = noAgentLeftOut, drops("agent")
	return map[string][]requestSample{"messages.create": {
		create(helpcrunch.MessageInput{Chat: 40001, Text: "This is bold", MarkdownText: "This is **bold**", Agent: 7001}),
		create(helpcrunch.MessageInput{Chat: 40001, Text: "Hi there", From: helpcrunch.MessageFromCustomer}),
		note,
		customer,
	}}
}
