package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// TestMain makes the test binary one of the processes where the program starts it as such.
func TestMain(m *testing.M) {
	logging.Disable()
	if text := os.Getenv(workerVariable); text != "" {
		os.Exit(runWorker(text, os.Getenv(keyVariable), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

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

// firstLine is what a run says that it uses.
func (r result) firstLine() string {
	line, _, _ := strings.Cut(r.stdout, "\n")
	return line
}

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "shared-limit: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
}

// requests returns how many each process made, from the last line of a run.
func requests(t *testing.T, got result) []int {
	t.Helper()
	last := regexp.MustCompile(`\n(\d+) requests: ([0-9 +]+)\. The service refused 0 of them \(429\)\.\n$`).FindStringSubmatch(got.stdout)
	require.NotNil(t, last, got.stdout)
	total, err := strconv.Atoi(last[1])
	require.NoError(t, err)
	var each []int
	for text := range strings.SplitSeq(last[2], " + ") {
		one, err := strconv.Atoi(text)
		require.NoError(t, err)
		each = append(each, one)
		total -= one
	}
	assert.Zero(t, total, "the sum")
	return each
}

func TestWithoutAKeyProcessesShareTheLimitOfAnAccountInMemory(t *testing.T) {
	got := program(t.Context(), "", "-for", "2s", "-processes", "3")
	require.Zero(t, got.status, got.stderr)
	t.Log(got.firstLine())
	assert.Contains(t, got.firstLine(), "3 processes share 60 requests in any 3s of an account in memory, as "+keyVariable+" is not set")
	assert.Contains(t, got.stdout, "\n  second  process 1  process 2  process 3  all\n       1 ")
	for _, one := range requests(t, got) {
		assert.Positive(t, one)
	}
}

func TestWithoutRedisServerThereIsARedisInMemory(t *testing.T) {
	t.Setenv("PATH", "")
	got := program(t.Context(), "", "-for", "2s", "-kill")
	require.Zero(t, got.status, got.stderr)
	assert.Contains(t, got.firstLine(), "through a Redis in memory (miniredis), as redis-server is not installed.")
	assert.Contains(t, got.stdout, "(process 1 was killed)\n       2          0 ")
	assert.Len(t, requests(t, got), 4)
}

func TestWithAKeyTheAccountIsOnlyRead(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	shared := miniredis.RunT(t)
	got := program(t.Context(), server.APIKey, "-base-url", server.URL, "-redis", "redis://"+shared.Addr(), "-for", "1s", "-processes", "2")
	require.Zero(t, got.status, got.stderr)
	assert.Equal(t, "2 processes share 120 requests in any 1m0s of the account of "+keyVariable+", which is only read, through the Redis at "+
		shared.Addr()+".", got.firstLine())
	assert.NotContains(t, got.stdout, server.APIKey)
	assert.True(t, shared.Exists("{helpcrunch}:state"), "the budget's name is the same for all")
	requests := server.Requests()
	assert.NotEmpty(t, requests)
	for _, request := range requests {
		assert.Equal(t, http.MethodGet, request.Method)
	}
}

func TestAProcessThatFailsEndsIt(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	const wrong = "another-key-of-the-same-form-0123456789"
	began := time.Now()
	got := program(t.Context(), wrong, "-base-url", server.URL, "-redis", "redis://"+miniredis.RunT(t).Addr(), "-for", "1h")
	assertFails(t, got, exitFailed, "a process failed: GET /organization: 401 Unauthorized")
	assert.NotContains(t, got.stderr, wrong)
	assert.Less(t, time.Since(began), time.Hour)
}

func TestInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, "", "-redis", "redis://"+miniredis.RunT(t).Addr()), exitFailed, "interrupted")
}

func TestNoResponseFromRedis(t *testing.T) {
	got := program(t.Context(), "", "-redis", "redis://:secret@127.0.0.1:1")
	assertFails(t, got, exitFailed, "no response from the Redis at 127.0.0.1:1: ")
	assert.NotContains(t, got.stdout+got.stderr, "secret")
}

func TestARedisWithAPassword(t *testing.T) {
	shared := miniredis.RunT(t)
	shared.RequireAuth("secret")
	got := program(t.Context(), "", "-redis", "redis://:secret@"+shared.Addr()+"/1", "-for", "1s", "-processes", "2")
	require.Zero(t, got.status, got.stderr)
	assert.Contains(t, got.firstLine(), "through the Redis at "+shared.Addr())
	assert.NotContains(t, got.stdout, "secret")
	assert.NotEmpty(t, shared.DB(1).Keys())
}

func TestBadInput(t *testing.T) {
	for name, test := range map[string]struct {
		key      string
		args     []string
		sentence string
	}{
		"unknown flag":    {"", []string{"-machines"}, "-machines (-h lists the flags)"},
		"not a flag":      {"", []string{"redis"}, `"redis" is not a flag`},
		"no processes":    {"", []string{"-processes", "0"}, "-processes must be 1 to 16, not 0"},
		"many processes":  {"", []string{"-processes", "17"}, "-processes must be 1 to 16, not 17"},
		"too short":       {"", []string{"-for", "10ms"}, "-for must be 1s to 1h, not 10ms"},
		"no URL of Redis": {"", []string{"-redis", "nonsense"}, "-redis must be a URL such as redis://localhost:6379"},
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
	for _, text := range []string{"-redis URL", "-processes", "-for", "-kill", "-base-url", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}
