package trigger

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const testKey = "a signing key of the tests"

// run runs the program.
func run(ctx context.Context, signingKey, stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Getenv: func(name string) string {
		if name == cli.SigningKeyVariable {
			return signingKey
		}
		return ""
	}}
	status = cli.Run(ctx, env, append([]string{"trigger"}, args...), cli.Group{Title: "Webhooks and tests:", Commands: []cli.Command{Command}})
	return status, out.String(), errs.String()
}

// receiver is a handler of package webhook behind a server. It records the events.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	bodies []string
	events []*webhook.Event
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	handler, err := webhook.NewHandler(testKey, func(_ context.Context, event *webhook.Event) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, event)
		return nil
	})
	require.NoError(t, err)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		assert.NoError(t, err)
		r.mu.Lock()
		r.bodies = append(r.bodies, string(body))
		r.mu.Unlock()
		request.Body = io.NopCloser(bytes.NewReader(body))
		handler.ServeHTTP(w, request)
	}))
	t.Cleanup(r.Close)
	return r
}

func TestEachEventTypeIsSentSigned(t *testing.T) {
	r := newReceiver(t)
	for _, event := range helpcrunchtest.WebhookEvents() {
		status, stdout, stderr := run(t.Context(), testKey, "", string(event), r.URL)
		require.Zero(t, status, stderr)
		assert.Regexp(t, "^"+string(event)+" [0-9a-f-]{36}: 200 OK in .+s\n$", stdout)
	}
	require.Len(t, r.events, len(helpcrunchtest.WebhookEvents()))
	ids := map[string]bool{}
	for _, event := range r.events {
		ids[event.ID] = true
		assert.WithinDuration(t, time.Now(), event.CreatedAt.Time, time.Minute)
		chat, isChat := event.Chat()
		customer, isCustomer := event.Customer()
		message, isMessage := event.Message()
		assert.True(t, isChat || isCustomer || isMessage, event.Type)
		switch event.Type {
		case webhook.EventTypeChatNew:
			assert.Equal(t, helpcrunch.ChatStatusNew, chat.Status)
		case webhook.EventTypeChatSnoozed:
			assert.True(t, chat.SnoozedUntil.After(time.Now()))
		case webhook.EventTypeChatClosed:
			assert.Equal(t, helpcrunch.ClosedByAgent, chat.ClosedBy)
		case webhook.EventTypeChatRated:
			assert.Equal(t, helpcrunch.RatingPerfect, chat.Rating)
		case webhook.EventTypeChatAssigned:
			assert.NotNil(t, chat.Assignee)
		case webhook.EventTypeCustomerUnsubscribed:
			assert.True(t, customer.Unsubscribed)
		case webhook.EventTypeMessageChatCustomer, webhook.EventTypeMessageEmailCustomer:
			assert.Nil(t, message.Agent)
		case webhook.EventTypeMessageChatAgent, webhook.EventTypeMessageEmailAgent, webhook.EventTypeMessagePrivate:
			assert.NotNil(t, message.Agent)
		}
		if isMessage {
			assert.NotEmpty(t, message.Message.Text)
		}
	}
	assert.Len(t, ids, len(r.events), "each has an id of its own")
}

func TestRepeatsAreTheSameDelivery(t *testing.T) {
	r := newReceiver(t)
	status, stdout, _ := run(t.Context(), testKey, "", "chat.new", r.URL, "--repeat", "3", "--id", `an "id" é`)
	assert.Zero(t, status)
	assert.Equal(t, 3, strings.Count(stdout, `chat.new an "id" é: 200 OK in `))
	require.Len(t, r.bodies, 3)
	assert.Equal(t, r.bodies[0], r.bodies[2])
	require.Len(t, r.events, 1, "duplicates reach the function once")
	assert.Equal(t, `an "id" é`, r.events[0].ID)
}

func TestABadSignatureIsTheReceiversTest(t *testing.T) {
	r := newReceiver(t)
	status, stdout, stderr := run(t.Context(), testKey, "", "chat.new", r.URL, "--bad-signature")
	assert.Equal(t, 1, status)
	assert.Contains(t, stdout, ": 401 Unauthorized in ")
	assert.Empty(t, stderr)
	assert.Empty(t, r.events)
}

func TestAnOwnBodyIsSentByteForByte(t *testing.T) {
	r := newReceiver(t)
	body := "{ \"event\":\"chat.merged\", \"id\" : 7 }\n"
	file := filepath.Join(t.TempDir(), "body.json")
	require.NoError(t, os.WriteFile(file, []byte(body), 0o600))
	status, stdout, stderr := run(t.Context(), testKey, "", "--data", file, r.URL)
	assert.Zero(t, status, stderr)
	assert.Contains(t, stdout, "chat.merged 7: 200 OK in ")
	status, stdout, _ = run(t.Context(), testKey, "no JSON", r.URL, "--data", "-")
	assert.Equal(t, 1, status)
	assert.Contains(t, stdout, "delivery: 400 Bad Request in ")
	assert.Equal(t, []string{body, "no JSON"}, r.bodies)
}

func TestTheStatusTellsWhetherTheReceiverAccepts(t *testing.T) {
	for _, code := range []int{200, 204, 299, 300, 302, 400, 404, 500, 503} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "/", r.URL.Path, "redirects are not followed")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		}))
		status, stdout, _ := run(t.Context(), testKey, "", "chat.new", server.URL)
		server.Close()
		assert.Equal(t, code > 299, status == 1, code)
		assert.Contains(t, stdout, fmt.Sprintf(": %d ", code))
	}
}

func TestAReceiverThatIsGoneOrHangs(t *testing.T) {
	status, stdout, stderr := run(t.Context(), testKey, "", "chat.new", "http://user:secret@127.0.0.1:1/")
	assert.Equal(t, 1, status)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "connection refused")
	assert.NotContains(t, stderr, "secret")
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer server.Close()
	defer close(hang)
	status, _, stderr = run(t.Context(), testKey, "", "chat.new", server.URL, "--timeout", "50ms")
	assert.Equal(t, 1, status)
	assert.Equal(t, "helpcrunch trigger: no response within 50ms\n", stderr)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, _, _ = run(ctx, testKey, "", "chat.new", server.URL)
	assert.Equal(t, 130, status)
}

func TestInvalidInput(t *testing.T) {
	const to = "http://127.0.0.1:1/"
	for name, test := range map[string]struct {
		key  string
		args []string
		text string
	}{
		"nothing":           {testKey, nil, "EVENT is missing: helpcrunch trigger EVENT URL"},
		"no URL":            {testKey, []string{"chat.new"}, "URL is missing"},
		"too much":          {testKey, []string{"chat.new", to, "x"}, `unexpected argument "x"`},
		"unknown event":     {testKey, []string{"chat.neww", to}, `unknown event type "chat.neww": known are chat.new, chat.status_updated, `},
		"no signing key":    {"", []string{"chat.new", to}, "no signing key: set HELPCRUNCH_SIGNING_KEY"},
		"not a URL":         {testKey, []string{"chat.new", "localhost:3000"}, "URL must begin with http:// or https://"},
		"no repeats":        {testKey, []string{"chat.new", to, "--repeat", "0"}, "--repeat must be from 1 to 10000, got 0"},
		"no time":           {testKey, []string{"chat.new", to, "--timeout", "0s"}, "--timeout must be positive, got 0s"},
		"no file":           {testKey, []string{"--data", "none", to}, "--data: open none"},
		"a folder":          {testKey, []string{"--data", ".", to}, "--data: "},
		"an event and data": {testKey, []string{"--data", "-", "chat.new", to}, `unexpected argument`},
		"an id and data":    {testKey, []string{"--data", "-", "--id", "x", to}, "--id and --data exclude each other"},
		"no data":           {testKey, []string{to, "--data", ""}, "--data must name a file, or be - for standard input"},
		"no id":             {testKey, []string{"chat.new", to, "--id", ""}, "--id must not be empty"},
		"unknown flag":      {testKey, []string{"chat.new", to, "--no"}, "unknown flag: --no"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := run(t.Context(), test.key, "", test.args...)
			assert.Equal(t, 2, status)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.text)
			assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		})
	}
}

func TestHelpListsTheEventTypes(t *testing.T) {
	status, stdout, _ := run(t.Context(), "", "", "--help")
	assert.Zero(t, status)
	for _, event := range helpcrunchtest.WebhookEvents() {
		assert.Contains(t, stdout, string(event))
	}
}
