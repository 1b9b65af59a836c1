package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// program runs with a key, which may be empty.
func program(ctx context.Context, key string, args ...string) result {
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, key, &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "observability: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
}

// assertSilent checks that nothing is told of a key, of queries, or of what an account holds.
func assertSilent(t *testing.T, printed, key string) {
	t.Helper()
	for _, secret := range []string{key, key[:20], "?", "limit", "offset", "authorization", "bearer", "marta", "invoice"} {
		assert.NotContains(t, strings.ToLower(printed), strings.ToLower(secret))
	}
}

func TestWithoutAKeyRetriesAreSeenInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := program(t.Context(), "")
		assert.Zero(t, got.status)
		assert.Empty(t, got.stderr)
		first, _, _ := strings.Cut(got.stdout, "\n")
		assert.Contains(t, first, "in memory")
		assert.Equal(t, 4, strings.Count(got.stdout, "\ntrace "))
		assert.Equal(t, 8, strings.Count(got.stdout, "\n  attempt "))
		assert.Equal(t, 1, strings.Count(got.stdout, "\n  attempt 3, after "))
		for _, text := range []string{
			"  Customers.Get  took ", "GET /v1/customers/{id}  took 15ms  https://helpcrunchtest.invalid/v1/customers/100001  503\n",
			"failed: read tcp: read: connection reset by peer", `level=WARN msg="helpcrunch pause"`, `level=WARN msg="helpcrunch retry"`,
			"\nhelpcrunch.call.duration\n", "\nhttp.client.request.duration\n",
			"  GET /v1/customers/{id} 503                   2  0.015 s on average\n",
			"  up to 0.025 s  ######## 8\n",
		} {
			assert.Contains(t, got.stdout, text)
		}
		server := newAccount()
		defer server.Close()
		assertSilent(t, got.stdout, server.APIKey)
	})
}

func TestNeitherKeyNorQueryIsPrinted(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	got := program(t.Context(), server.APIKey, "-base-url", server.URL)
	require.Zero(t, got.status, got.stderr)
	assert.Equal(t, 4, strings.Count(got.stdout, "\ntrace "))
	assert.Equal(t, "limit=5&offset=0", server.RequestsFor(helpcrunchtest.ListCustomers)[0].RawQuery)
	assertSilent(t, got.stdout, server.APIKey)
	for _, request := range server.Requests() {
		assert.Empty(t, request.Header.Get("Traceparent"), "the service is told nothing of the program's traces")
	}
}

func TestAFailureIsShownAndEndsIt(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	server.Inject(helpcrunchtest.Status(400).On(helpcrunchtest.GetCustomer))
	got := program(t.Context(), server.APIKey, "-base-url", server.URL)
	assertFails(t, got, exitFailed, "GET /customers/100001: 400 Bad Request")
	assert.Equal(t, 2, strings.Count(got.stdout, "\ntrace "))
	assert.Contains(t, got.stdout, "Customers.Get error")
}

func TestInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, ""), exitFailed, "interrupted")
}

func TestBadInput(t *testing.T) {
	for name, test := range map[string]struct {
		key      string
		args     []string
		sentence string
	}{
		"unknown flag":    {"", []string{"-otlp"}, "-otlp (-h lists the flags)"},
		"not a flag":      {"", []string{"traces"}, `"traces" is not a flag`},
		"no key":          {"", []string{"-base-url", "https://example.com/v1"}, "-base-url needs a key in " + keyVariable},
		"plain HTTP":      {"abcdef", []string{"-base-url", "http://api.example.com/v1"}, "must be https"},
		"a pasted header": {"Bearer abcdef", nil, `must not start with "Bearer"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t.Context(), test.key, test.args...)
			assertFails(t, got, exitUsage, test.sentence)
			assert.Empty(t, got.stdout)
		})
	}
}

func TestHelp(t *testing.T) {
	got := program(t.Context(), "", "-h")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"-base-url", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}
