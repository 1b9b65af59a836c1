package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// sandbox is the program at work inside the test.
type sandbox struct {
	url, key, try string
	lines         *bufio.Scanner
	stop          func() int // ends it and returns its exit status
	status        chan int
}

// startSandbox runs the program on a free port until the test ends.
func startSandbox(t *testing.T, args ...string) sandbox {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), writer, t.Output())
		_ = writer.Close()
	}()
	s := sandbox{lines: bufio.NewScanner(reader), status: status}
	s.stop = func() int {
		cancel()
		go func() { _, _ = io.Copy(io.Discard, reader) }()
		code := <-status
		status <- code
		return code
	}
	t.Cleanup(func() { s.stop() })
	s.url = strings.TrimPrefix(s.line(t), "url: ")
	s.key = strings.TrimPrefix(s.line(t), "key: ")
	s.try = s.line(t)
	return s
}

func (s *sandbox) line(t *testing.T) string {
	t.Helper()
	require.True(t, s.lines.Scan(), "the program ended")
	return s.lines.Text()
}

func TestFirstLines(t *testing.T) {
	s := startSandbox(t)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/v1$`, s.url)
	assert.Regexp(t, `^[A-Za-z0-9+/=-]{16,}$`, s.key)
	assert.Equal(t, "try: curl -s -H 'Authorization: Bearer "+s.key+"' "+s.url+"/customers", s.try)
	assert.Zero(t, s.stop())
}

func TestHoldsTheDemoAccountAndNoLimit(t *testing.T) {
	s := startSandbox(t, "-quiet")
	client, err := helpcrunch.New(s.key, helpcrunch.WithBaseURL(s.url), helpcrunch.WithRateLimit(1_000_000))
	require.NoError(t, err)
	agents, err := client.Agents.List(t.Context(), nil)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(agents.Items), 2)
	departments, err := client.Departments.List(t.Context(), nil)
	require.NoError(t, err)
	assert.NotEmpty(t, departments.Items)
	applications, err := client.Applications.List(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, applications.Items)
	for range 150 {
		_, err := client.Organization.Get(t.Context())
		require.NoError(t, err)
	}
}

func TestALineForEachRequest(t *testing.T) {
	s := startSandbox(t, "-now", "2026-03-06T09:00:00Z", "-fault", "reset on chats.get once", "-fault", "status 503 on chats.get once")
	get := func(path string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+s.key)
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
	}
	var lines []string
	for _, path := range []string{"/customers?limit=1", "/chats/1", "/chats/1", "/nothing"} {
		done := make(chan struct{})
		go func() { get(path); close(done) }()
		line := s.line(t)
		assert.Regexp(t, `^09:0\d:\d\d\.\d{3} `, line, "the clock runs from the time given")
		lines = append(lines, line[len("09:00:00.000 "):])
		<-done
	}
	assert.Equal(t, []string{
		"GET /v1/customers?limit=1 200",
		"GET /v1/chats/1 no response (reset connection)",
		"GET /v1/chats/1 503 (status 503)",
		"GET /v1/nothing 404",
	}, lines)
}

func TestFlagsChangeTheServer(t *testing.T) {
	s := startSandbox(t, "-quiet", "-key", "my-own-key-0123456789", "-demo=false", "-customers", "30", "-chats", "3",
		"-messages", "9", "-seed", "5", "-rate-limit", "4", "-rate-window", "1h", "-rate-fixed", "-retry-after",
		"-dialect", "totals=meta", "-latency", "1ms")
	assert.Equal(t, "my-own-key-0123456789", s.key)
	get := func(path string) (int, http.Header, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+s.key)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, response.Header, string(body)
	}
	for path, total := range map[string]string{"/customers": "30", "/chats": "3", "/agents": "2"} {
		_, _, body := get(path)
		assert.Contains(t, body, `"meta":{"total":`+total+`}`)
	}
	_, _, _ = get("/organization")
	status, header, _ := get("/organization")
	assert.Equal(t, http.StatusTooManyRequests, status)
	assert.Regexp(t, `^\d+$`, header.Get("Retry-After"))
}

func TestWebhooksAreSentAndALineForEach(t *testing.T) {
	answers := make(chan int, 2)
	answers <- http.StatusInternalServerError
	answers <- http.StatusNoContent
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		mac := hmac.New(sha1.New, []byte("helpcrunchtest-signing-key"))
		mac.Write(body)
		assert.Equal(t, hex.EncodeToString(mac.Sum(nil)), r.Header.Get("X-HelpCrunch-Signature"))
		w.WriteHeader(<-answers)
	}))
	defer receiver.Close()
	s := startSandbox(t, "-webhook-url", receiver.URL, "-webhook-schedule", "1ms, 1ms")
	assert.Equal(t, "webhooks: "+receiver.URL+", signed with helpcrunchtest-signing-key", s.line(t))
	client, err := helpcrunch.New(s.key, helpcrunch.WithBaseURL(s.url))
	require.NoError(t, err)
	go func() { _ = client.Customers.Delete(t.Context(), 100001) }()
	var lines []string
	for range 3 {
		lines = append(lines, s.line(t)[len("09:00:00.000 "):])
	}
	slices.Sort(lines)
	assert.Equal(t, []string{
		"DELETE /v1/customers/100001 200",
		"webhook customer.deleted to " + receiver.URL + ", attempt 1: 500",
		"webhook customer.deleted to " + receiver.URL + ", attempt 2: 204",
	}, lines)
}

func TestAWebhookToNobodyHasALine(t *testing.T) {
	nobody := httptest.NewServer(nil)
	nobody.Close()
	s := startSandbox(t, "-webhook-url", nobody.URL, "-webhook-schedule", "")
	s.line(t)
	client, err := helpcrunch.New(s.key, helpcrunch.WithBaseURL(s.url))
	require.NoError(t, err)
	go func() { _ = client.Customers.Delete(t.Context(), 100001) }()
	lines := s.line(t) + "\n" + s.line(t)
	assert.Regexp(t, `(?m), attempt 1: no response \(Post .*connection refused\)$`, lines)
}

func TestTheRateLimitRecoversFromATimeGiven(t *testing.T) {
	s := startSandbox(t, "-quiet", "-now", "2026-03-06T09:00:00Z", "-rate-limit", "1", "-rate-window", "300ms")
	status := func() int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/organization", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+s.key)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusOK, status())
	recovered := func() bool { return status() == http.StatusOK }
	assert.Eventually(t, recovered, 10*time.Second, 20*time.Millisecond, "a window later")
}

func TestBadFlagsAreOneSentence(t *testing.T) {
	rows := map[string][]string{
		`flag provided but not defined: -bogus`:                                   {"-bogus"},
		`unexpected argument "serve": all settings are flags`:                     {"serve"},
		`-addr must be host:port, not "localhost"`:                                {"-addr", "localhost"},
		`-addr must be host:port, not "localhost:http"`:                           {"-addr", "localhost:http"},
		`-key must have 16 characters or more of A-Z a-z 0-9 + / = -`:             {"-key", "short"},
		`-latency must be 0 or more, not -1s`:                                     {"-latency", "-1s"},
		`-rate-window must be more than 0, not 0s`:                                {"-rate-window", "0"},
		`-customers, -chats, -messages and -rate-limit must be 0 or more, not -5`: {"-chats", "-5"},
		`unknown dialect "klingon": known are errors=generic`:                     {"-dialect", "klingon"},
		`fault "explode": "explode" is not a fault`:                               {"-fault", "explode"},
		`invalid value "noon" for flag -now`:                                      {"-now", "noon"},

		`-webhook-url must begin with http:// or https:// and name a host, not "localhost:9000"`: {"-webhook-url", "localhost:9000"},
		`-webhook-key must not be empty, nor have spaces around it`:                              {"-webhook-key", ""},
		`-webhook-key needs -webhook-url: without it no webhooks are sent`:                       {"-webhook-key", "k"},
		`-webhook-schedule needs -webhook-url: without it no webhooks are sent`:                  {"-webhook-schedule", "10s,1m"},
		`-webhook-schedule must be times such as 10s,1m, not "soon"`:                             {"-webhook-schedule", "soon"},
		`-webhook-schedule must be times such as 10s,1m, not "1s,-1s"`:                           {"-webhook-schedule", "1s,-1s"},
	}
	for sentence, args := range rows {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 2, run(t.Context(), args, &stdout, &stderr), args)
		assert.Contains(t, stderr.String(), sentence)
		assert.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
		assert.Empty(t, stdout.String())
	}
}

func TestAnAddressInUseIsAFailure(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"-addr", taken.Addr().String()}, &stdout, &stderr))
	assert.Regexp(t, regexp.MustCompile(`^helpcrunch-sandbox: listen tcp .*address already in use\n$`), stderr.String())
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"-h"}, &stdout, &stderr))
	assert.Contains(t, stdout.String(), "-rate-limit requests")
	assert.Empty(t, stderr.String())
}

func TestSignalsEndTheProgramCleanly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no signals to send")
	}
	program := buildSandbox(t)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		command := exec.CommandContext(t.Context(), program, "-addr", "127.0.0.1:0")
		stdout, err := command.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, command.Start())
		lines := bufio.NewScanner(stdout)
		require.True(t, lines.Scan())
		assert.True(t, strings.HasPrefix(lines.Text(), "url: http://127.0.0.1:"), lines.Text())
		require.NoError(t, command.Process.Signal(signal))
		assert.NoError(t, command.Wait(), "exit status 0 after %v", signal)
	}
}

// buildSandbox builds the program and returns its path. It does without version control, which
// fails in a checkout that another user owns.
func buildSandbox(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "helpcrunch-sandbox")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, ".")
	build.Stderr = os.Stderr
	require.NoError(t, build.Run())
	return program
}
