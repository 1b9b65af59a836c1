package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

func sign(body string) string {
	mac := hmac.New(sha1.New, []byte(testKey))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// brokenListener is a listener that accepts nothing.
type brokenListener struct{}

func (brokenListener) Accept() (net.Conn, error) { return nil, errors.New("out of order") }
func (brokenListener) Close() error              { return nil }
func (brokenListener) Addr() net.Addr            { return &net.TCPAddr{} }

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// program runs with keys, which may be empty.
func program(ctx context.Context, key, signingKey string, args ...string) result {
	environment := map[string]string{keyVariable: key, signingKeyVariable: signingKey}
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, func(name string) string { return environment[name] }, &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "webhook-bridge: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
}

func TestWithoutAKeyTheStoryIsToldInMemory(t *testing.T) {
	got := program(t.Context(), "", "")
	assert.Zero(t, got.status, got.stderr)
	assert.Empty(t, got.stderr)
	first, _, _ := strings.Cut(got.stdout, "\n")
	assert.Contains(t, first, "in memory")
	for _, text := range []string{"answered with 200\n", "answered with 401\n", "the request may have been applied",
		"\n1 event waits in the spool.", "going on with events of before"} {
		assert.Contains(t, got.stdout, text)
	}
	_, chat, _ := strings.Cut(got.stdout, "In the chat there is one note below each message:\n")
	assert.Equal(t, 2, strings.Count(chat, "message from customer: "), chat)
	assert.Equal(t, 2, strings.Count(chat, "private from agent: This customer: name: Marta Silva"), chat)
}

func TestTheStoryCanBeInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, "", ""), exitFailed, "interrupted")
}

func TestBadInput(t *testing.T) {
	full := []string{"-agent", "7"}
	for name, test := range map[string]struct {
		key, signingKey string
		args            []string
		sentence        string
	}{
		"unknown flag":    {"abcdef", testKey, []string{"-spol", "x"}, "-spol (-h lists the flags)"},
		"not a flag":      {"abcdef", testKey, []string{"start"}, `"start" is not a flag`},
		"no key":          {"", testKey, full, "the flags need a key in " + keyVariable},
		"no signing key":  {"abcdef", "", full, signingKeyVariable + " must hold the signing key"},
		"a spaced key":    {"abcdef", " x", full, signingKeyVariable + " must hold the signing key"},
		"no agent":        {"abcdef", testKey, nil, "-agent must be the id of an agent"},
		"no spool":        {"abcdef", testKey, []string{"-agent", "7", "-spool", ""}, "-spool must name a directory"},
		"a file":          {"abcdef", testKey, []string{"-agent", "7", "-spool", os.DevNull}, "-spool must name a directory, which"},
		"no such port":    {"abcdef", testKey, []string{"-agent", "7", "-listen", "127.0.0.1:99999"}, "-listen must be an address and a port"},
		"no port":         {"abcdef", testKey, []string{"-agent", "7", "-listen", "localhost"}, "-listen must be an address and a port"},
		"plain HTTP":      {"abcdef", testKey, []string{"-agent", "7", "-base-url", "http://api.example.com/v1"}, "must be https"},
		"a pasted header": {"Bearer abcdef", testKey, full, `must not start with "Bearer"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			got := program(t.Context(), test.key, test.signingKey, test.args...)
			assertFails(t, got, exitUsage, test.sentence)
			assert.Empty(t, got.stdout)
			left, err := os.ReadDir(".")
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

func TestFailuresToStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	got := program(t.Context(), "abcdef", testKey, "-agent", "7", "-spool", filepath.Join(file, "spool"))
	assertFails(t, got, exitFailed, "the spool can't be used")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	server := helpcrunchtest.NewServer()
	defer server.Close()
	got = program(t.Context(), server.APIKey, testKey, "-base-url", server.URL, "-agent", fmt.Sprint(server.Agents()[0].ID),
		"-spool", dir, "-listen", taken.Addr().String())
	assertFails(t, got, exitFailed, "address already in use")
}

func TestHelp(t *testing.T) {
	got := program(t.Context(), "", "", "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"-listen", "-spool", "-agent", "-base-url", keyVariable, signingKeyVariable, path} {
		assert.Contains(t, got.stdout, text)
	}
}

func TestTheSpoolEndsWhatACrashInterrupted(t *testing.T) {
	dir := t.TempDir()
	s, err := openSpool(dir)
	require.NoError(t, err)
	event := &webhook.Event{Type: webhook.EventTypeMessageChatCustomer, ID: "../../an id/of\x00any kind", Data: []byte(`{}`)}
	name, err := s.put(event)
	require.NoError(t, err)
	require.NotEmpty(t, name)
	require.NoError(t, s.write(doneDir, name, nil)) // and then the program dies

	s, err = openSpool(dir)
	require.NoError(t, err)
	waiting, err := s.waiting()
	require.NoError(t, err)
	assert.Empty(t, waiting)
	again, err := s.put(event)
	require.NoError(t, err)
	assert.Empty(t, again)
}

func TestTheSpoolKeepsOrderAndForgetsInTheEnd(t *testing.T) {
	s, err := openSpool(t.TempDir())
	require.NoError(t, err)
	var names []string
	for i, id := range []string{"c", "a", "b"} {
		name, err := s.put(&webhook.Event{Type: "message.chat.customer", ID: id, Data: []byte(`{"chat_id":1}`)})
		require.NoError(t, err)
		accepted := time.Now().Add(time.Duration(i-10) * time.Minute)
		require.NoError(t, os.Chtimes(s.path(waitingDir, name), accepted, accepted))
		names = append(names, name)
	}
	waiting, err := s.waiting()
	require.NoError(t, err)
	assert.Equal(t, names, waiting)
	event, err := s.get(names[1])
	require.NoError(t, err)
	assert.Equal(t, "a", event.ID)

	require.NoError(t, s.finish(names[1]))
	require.NoError(t, s.forget(time.Now().Add(-time.Hour)))
	assert.FileExists(t, s.path(doneDir, names[1]))
	require.NoError(t, s.forget(time.Now().Add(time.Hour)))
	assert.NoFileExists(t, s.path(doneDir, names[1]))
}

func TestEventsWithoutAnIdAreAllKept(t *testing.T) {
	s, err := openSpool(t.TempDir())
	require.NoError(t, err)
	for range 3 {
		name, err := s.put(&webhook.Event{Type: "message.chat.customer"})
		require.NoError(t, err)
		assert.NotEmpty(t, name)
	}
}

func TestTheQueueIsInTheOrderOfDueTimes(t *testing.T) {
	q := newQueue()
	now := time.Now()
	for i, after := range []time.Duration{3, 1, 2, 1} {
		q.add(job{name: string(rune('a' + i)), due: now.Add(after)})
	}
	_, ok, wait := q.take(now)
	assert.False(t, ok)
	assert.Equal(t, time.Duration(1), wait)
	var order strings.Builder
	for range 4 {
		next, ok, _ := q.take(now.Add(time.Second))
		require.True(t, ok)
		order.WriteString(next.name)
	}
	assert.Equal(t, "bdca", order.String())
}
