package main

import (
	"bytes"
	"context"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// quickstart runs the program with a key, which may be empty.
func quickstart(ctx context.Context, key string, args ...string) result {
	environment := func(name string) string {
		if name == keyVariable {
			return key
		}
		return ""
	}
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, environment, &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// assertGolden compares text with a file of testdata.
func assertGolden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.Contains(t, got.stderr, "quickstart: ")
	assert.Contains(t, got.stderr, sentence)
}

// newServer starts an account with one customer, who wrote one message.
func newServer(t *testing.T, opts ...helpcrunchtest.Option) *helpcrunchtest.Server {
	t.Helper()
	server := helpcrunchtest.NewServer(opts...)
	t.Cleanup(server.Close)
	customer := server.AddCustomer(helpcrunch.Customer{Name: "Jonas Weber", Email: "jonas@example.org"})
	chat := server.AddChat(helpcrunch.Chat{
		Customer:      helpcrunch.ChatCustomer{ID: customer.ID},
		ApplicationID: server.Applications()[0].ID,
	})
	server.CustomerWrites(chat.ID, "Do you ship to islands?")
	return server
}

// contents is all that an account holds and this program might change.
func contents(server *helpcrunchtest.Server) []any {
	all := []any{server.Customers(), server.Chats(), server.Agents(), server.Events()}
	for _, chat := range server.Chats() {
		all = append(all, server.Messages(chat.ID))
	}
	return all
}

func TestWithoutAKeyTheStoryIsToldInMemory(t *testing.T) {
	got := quickstart(t.Context(), "")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	first, _, _ := strings.Cut(got.stdout, "\n")
	assert.Contains(t, first, "in memory")
	assertGolden(t, "story.golden", got.stdout)
}

func TestWithAKeyNothingIsWritten(t *testing.T) {
	server := newServer(t)
	before := contents(server)
	got := quickstart(t.Context(), server.APIKey, "-base-url", server.URL)
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	assertGolden(t, "survey.golden", got.stdout)

	require.NotEmpty(t, server.Requests())
	for _, request := range server.Requests() {
		assert.Equal(t, http.MethodGet, request.Method, request.Path)
	}
	assert.Zero(t, server.Count(helpcrunchtest.UnsubscribeAgent), "a GET that changes something")
	assert.Equal(t, before, contents(server))
}

func TestWriteTellsTheStoryAndTidiesUp(t *testing.T) {
	server := newServer(t)
	before := contents(server)
	got := quickstart(t.Context(), server.APIKey, "-write", "-base-url", server.URL)
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, operation := range []helpcrunchtest.Operation{
		helpcrunchtest.CreateCustomer, helpcrunchtest.TagCustomer, helpcrunchtest.CreateChat,
		helpcrunchtest.SetChatStatus, helpcrunchtest.RateChat, helpcrunchtest.DeleteCustomer,
	} {
		assert.Equal(t, 1, server.Effects(operation), operation)
	}
	assert.Equal(t, 3, server.Effects(helpcrunchtest.CreateMessage))
	assert.Equal(t, before, contents(server))
}

func TestAFailureLeavesNoCustomerBehind(t *testing.T) {
	server := newServer(t)
	server.Inject(helpcrunchtest.Status(http.StatusBadRequest).On(helpcrunchtest.CreateChat))
	got := quickstart(t.Context(), server.APIKey, "-write", "-base-url", server.URL)
	assertFails(t, got, exitFailed, "POST /chats: 400 Bad Request")
	assert.Equal(t, 1, server.Effects(helpcrunchtest.CreateCustomer))
	assert.Len(t, server.Customers(), 1)
}

func TestTwoFailuresAreOneSentence(t *testing.T) {
	server := newServer(t)
	server.Inject(helpcrunchtest.Status(http.StatusBadRequest).On(helpcrunchtest.CreateChat, helpcrunchtest.DeleteCustomer))
	got := quickstart(t.Context(), server.APIKey, "-write", "-base-url", server.URL)
	assertFails(t, got, exitFailed, "POST /chats: 400 Bad Request")
	assert.Contains(t, got.stderr, "; helpcrunch: DELETE /customers/")
}

func TestInterruptedItEndsCleanly(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server := newServer(t, helpcrunchtest.WithObserver(func(r helpcrunchtest.Request) {
		if r.Operation == helpcrunchtest.CreateChat {
			interrupt()
		}
	}))
	got := quickstart(ctx, server.APIKey, "-write", "-base-url", server.URL)
	assertFails(t, got, exitFailed, "interrupted")
	assert.Equal(t, 1, server.Effects(helpcrunchtest.CreateCustomer))
	assert.Len(t, server.Customers(), 1)
}

func TestBadKeys(t *testing.T) {
	server := newServer(t)
	for name, test := range map[string]struct {
		key      string
		status   int
		sentence string
	}{
		"a space":          {"abc def", exitUsage, "apiKey: must not contain spaces"},
		"a pasted header":  {"Bearer abc", exitUsage, `must not start with "Bearer"`},
		"angle brackets":   {"<abc>", exitUsage, "must not contain brackets"},
		"not the server's": {"0123456789abcdef", exitFailed, "does not accept the key in " + keyVariable},
	} {
		t.Run(name, func(t *testing.T) {
			got := quickstart(t.Context(), test.key, "-base-url", server.URL)
			assertFails(t, got, test.status, test.sentence)
			assert.NotContains(t, got.stderr, test.key)
		})
	}
}

func TestNoNetwork(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	got := quickstart(t.Context(), "0123456789abcdef", "-base-url", "http://"+address+"/v1")
	assertFails(t, got, exitFailed, "the service can't be reached")
}

func TestBadFlags(t *testing.T) {
	for name, test := range map[string]struct {
		key      string
		args     []string
		sentence string
	}{
		"unknown":         {"abc", []string{"-wirte"}, "-wirte (-h lists the flags)"},
		"not a flag":      {"abc", []string{"write"}, `"write" is not a flag`},
		"without a key":   {"", []string{"-write"}, "the flags need a key in " + keyVariable},
		"plain HTTP":      {"abc", []string{"-base-url", "http://api.example.com/v1"}, "must be https"},
		"no value":        {"abc", []string{"-base-url"}, "flag needs an argument"},
		"a bad base URL":  {"abc", []string{"-base-url", "v1"}, "WithBaseURL"},
		"a bad bool flag": {"abc", []string{"-write=perhaps"}, "perhaps"},
	} {
		t.Run(name, func(t *testing.T) {
			assertFails(t, quickstart(t.Context(), test.key, test.args...), exitUsage, test.sentence)
		})
	}
}

func TestHelp(t *testing.T) {
	got := quickstart(t.Context(), "", "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"-write", "-base-url", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}
