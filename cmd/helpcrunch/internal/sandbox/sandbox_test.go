package sandbox

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
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/clitest"
)

// sandbox is the command at work inside the test.
type sandbox struct {
	url, key, try string
	lines         *bufio.Scanner
	stop          func() int // ends it and returns its exit status
	status        chan int
}

// run runs the program until ctx or the program itself ends it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr, Getenv: func(string) string { return "" }}
	return cli.Run(ctx, env, append([]string{"sandbox"}, args...), cli.Group{Title: "Tests:", Commands: []cli.Command{Command}})
}

// startSandbox runs the command on a free port until the test ends.
func startSandbox(t *testing.T, args ...string) sandbox {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append([]string{"--addr", "127.0.0.1:0"}, args...), writer, t.Output())
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
	s := startSandbox(t, "--quiet")
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
	s := startSandbox(t, "--now", "2026-03-06T09:00:00Z", "--fault", "reset on chats.get once", "--fault", "status 503 on chats.get once")
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
	for _, path := range []string{"/customers?limit=1", "/chats/1", "/chats/1", "/nothing%1b[2J"} {
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
		`GET /v1/nothing\x1b[2J 404`,
	}, lines)
}

func TestFlagsChangeTheServer(t *testing.T) {
	s := startSandbox(t, "--quiet", "--key", "my-own-key-0123456789", "--empty", "--customers", "30", "--chats", "3",
		"--messages", "9", "--seed", "5", "--rate-limit", "4", "--rate-window", "1h", "--rate-fixed", "--retry-after",
		"--dialect", "totals=meta", "--latency", "1ms")
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
	statuses := make(chan int, 2)
	statuses <- http.StatusInternalServerError
	statuses <- http.StatusNoContent
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		mac := hmac.New(sha1.New, []byte("helpcrunchtest-signing-key"))
		mac.Write(body)
		assert.Equal(t, hex.EncodeToString(mac.Sum(nil)), r.Header.Get("X-HelpCrunch-Signature"))
		w.WriteHeader(<-statuses)
	}))
	defer receiver.Close()
	s := startSandbox(t, "--webhook-url", receiver.URL, "--webhook-schedule", "1ms, 1ms")
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
	s := startSandbox(t, "--webhook-url", nobody.URL, "--webhook-schedule", "")
	s.line(t)
	client, err := helpcrunch.New(s.key, helpcrunch.WithBaseURL(s.url))
	require.NoError(t, err)
	go func() { _ = client.Customers.Delete(t.Context(), 100001) }()
	lines := s.line(t) + "\n" + s.line(t)
	assert.Regexp(t, `(?m), attempt 1: no response \(Post .*connection refused\)$`, lines)
}

func TestTheRateLimitRecoversFromATimeGiven(t *testing.T) {
	s := startSandbox(t, "--quiet", "--now", "2026-03-06T09:00:00Z", "--rate-limit", "1", "--rate-window", "300ms")
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
	folder := t.TempDir()
	notes := filepath.Join(folder, "notes.txt")
	require.NoError(t, os.WriteFile(notes, []byte("notes\n"), 0o600))
	for sentence, args := range map[string][]string{
		`unknown flag: --bogus`:                                        {"--bogus"},
		`unexpected argument "serve"`:                                  {"serve"},
		`--addr must be host:port, got "localhost"`:                    {"--addr", "localhost"},
		`--addr must be host:port, got "localhost:http"`:               {"--addr", "localhost:http"},
		`--key must have 16 characters or more of A-Z a-z 0-9 + / = -`: {"--key", "short"},
		`--latency must be 0 or more, got -1s`:                         {"--latency", "-1s"},
		`--rate-window must be more than 0, got 0s`:                    {"--rate-window", "0"},
		`--customers must be at most 1000000, got 1000001`:             {"--customers", "1000001"},
		`--key must not be empty`:                                      {"--key", ""},
		`--latency must be a time with a unit, such as 30s or 5m, got`: {"--latency", "5"},
		`--chats must be 0 or more, got -5`:                            {"--chats", "-5"},
		`--rate-limit must be 0 or more, got -1`:                       {"--rate-limit", "-1"},
		`--agent: ids must be 1 or more, got 0`:                        {"--agent", "7,0"},
		`--dialect: unknown dialect "klingon": known are errors=gen`:   {"--dialect", "klingon"},
		`--fault: fault "explode": "explode" is not a fault`:           {"--fault", "explode"},
		`invalid argument "noon" for "--now" flag: it must be a time`:  {"--now", "noon"},
		`--tls-ca needs --tls: without it there is no certificate`:     {"--tls-ca", "ca.pem"},
		`--tls-hosts needs --tls: without it there is no certificate`:  {"--tls-hosts", "example.com"},

		`--webhook-url must begin with http:// or https:// and name a host, got "localhost:9000"`: {"--webhook-url", "localhost:9000"},
		`--webhook-url: unknown event "chat.sung": known are `:                                    {"--webhook-url", "http://127.0.0.1/#chat.sung"},
		`--webhook-key must not be empty, nor have spaces around it`:                              {"--webhook-key", ""},
		`--webhook-key needs --webhook-url: without it no webhooks are sent`:                      {"--webhook-key", "k"},
		`--webhook-schedule needs --webhook-url: without it no webhooks are sent`:                 {"--webhook-schedule", "10s,1m"},
		`--webhook-schedule must be times such as 10s,1m, got "soon"`:                             {"--webhook-schedule", "soon"},
		`--webhook-schedule must be times such as 10s,1m, got "1s,-1s"`:                           {"--webhook-schedule", "1s,-1s"},
	} {
		status, stdout, stderr := runSandbox(t, args...)
		assert.Equal(t, cli.ExitUsage, status, args)
		assert.Contains(t, stderr, "helpcrunch sandbox: "+sentence)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		assert.Empty(t, stdout)
	}
	for _, path := range []string{folder, notes, filepath.Join(notes, "ca.pem")} {
		status, stdout, stderr := runSandbox(t, "--addr", "127.0.0.1:0", "--tls", "--tls-ca", path)
		assert.Equal(t, cli.ExitUsage, status)
		assert.Regexp(t, `^helpcrunch sandbox: --tls-ca: .*`+path+`.*\n$`, stderr)
		assert.Empty(t, stdout)
	}
	kept, err := os.ReadFile(notes)
	require.NoError(t, err)
	assert.Equal(t, "notes\n", string(kept))
}

// runSandbox runs the command to its end.
func runSandbox(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestAnAddressInUseIsAFailure(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	status, _, stderr := runSandbox(t, "--addr", taken.Addr().String())
	assert.Equal(t, cli.ExitFailed, status)
	assert.Regexp(t, `^helpcrunch sandbox: listen tcp .*address already in use\n$`, stderr)
}

func TestHelp(t *testing.T) {
	status, stdout, stderr := runSandbox(t, "--help")
	assert.Zero(t, status)
	assert.Contains(t, stdout, "--rate-limit requests")
	assert.NotContains(t, stdout, "[]")
	assert.Empty(t, stderr)

	status, stdout, _ = runSandbox(t, "--dialect", "help")
	assert.Zero(t, status)
	assert.Contains(t, stdout, "\noldest: uses the form of the oldest documentation")
}

func TestSignalsEndTheProgramCleanly(t *testing.T) {
	program := clitest.Program(t)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		command := exec.CommandContext(t.Context(), program, "sandbox", "--addr", "127.0.0.1:0")
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
