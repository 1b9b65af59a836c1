package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// check runs the command with a key, which may be empty.
func check(ctx context.Context, key string, args ...string) result {
	var stdout, stderr bytes.Buffer
	status := runTo(ctx, &cli.Env{Stdout: &stdout, Stderr: &stderr}, key, args...)
	return result{status, stdout.String(), stderr.String()}
}

func runTo(ctx context.Context, env *cli.Env, key string, args ...string) int {
	env.Stdin, env.Getenv = strings.NewReader(""), func(string) string { return key }
	return cli.Run(ctx, env, append([]string{"check"}, args...), cli.Group{Title: "Account:", Commands: []cli.Command{Command}})
}

// fails checks that a run ended with a status and one line.
func (r result) fails(t *testing.T, status int, text string) {
	t.Helper()
	assert.Equal(t, status, r.status)
	assert.Equal(t, 1, strings.Count(r.stderr, "\n"), "more than one line: %s", r.stderr)
	assert.True(t, strings.HasPrefix(r.stderr, "helpcrunch check: "), r.stderr)
	assert.Contains(t, r.stderr, text)
	assert.Empty(t, r.stdout)
}

// lines returns the lines with single spaces.
func (r result) lines() string {
	var lines []string
	for line := range strings.Lines(r.stdout) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

// newTestSurvey makes a survey of a server over a transport.
func newTestSurvey(t *testing.T, server *helpcrunchtest.Server, next http.RoundTripper, perMinute int) *survey {
	t.Helper()
	transport := &readOnly{next: next}
	limiter, err := helpcrunch.NewRateLimiter(perMinute)
	require.NoError(t, err)
	client := server.ProductionClient(append(clientOptions(transport), helpcrunch.WithRateLimiter(limiter))...)
	s, err := newSurvey(&cli.Account{Client: client, BaseURL: server.URL, Limiter: limiter}, transport)
	require.NoError(t, err)
	return s
}

const unlimited = 1_000_000

func noProgress(helpcrunch.Progress) {}

// surveyed asks a server everything.
func surveyed(t *testing.T, server *helpcrunchtest.Server) *report {
	t.Helper()
	s := newTestSurvey(t, server, server.Transport(), unlimited)
	r, err := s.run(t.Context(), s.sections(), noProgress)
	require.NoError(t, err)
	return r
}

// on returns the finding about a point.
func (r *report) on(t *testing.T, point string) string {
	t.Helper()
	for _, f := range r.Findings {
		if f.Point == point {
			return f.Finding
		}
	}
	require.Fail(t, "no finding about "+point)
	return ""
}

func TestTheAccountTakesSixRequests(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	server.AddAgent(helpcrunchtest.MakeAgent(func(a *helpcrunch.Agent) { a.Name, a.Email = "Eve\x1b[2J\tX", "eve@example.com" }))
	for _, address := range []string{server.URL, server.URL + "/"} {
		server.ForgetRequests()
		got := check(t.Context(), server.APIKey, "--base-url", address)
		assert.Zero(t, got.status, got.stderr)
		assert.Empty(t, got.stderr)
		assert.Len(t, server.Requests(), 6)
		for _, line := range []string{
			"organization acme-demo", "team online true", "agents 4", "departments 2", "applications 2",
			"customers 5", "chats 6", "rate limit headers none", "clock of this machine right",
			"101 Ada Ramos ada@example.com admin", "201 Helpdesk 2", "301 shop-widget Shop widget true web",
			`104 Eve\x1b[2J\tX eve@example.com agent`,
		} {
			assert.Contains(t, got.lines(), "\n"+line+"\n", line)
		}
		assert.NotContains(t, got.stdout, "\x1b")
		assert.NotContains(t, got.stdout, "HINTS")
	}
}

func TestJSON(t *testing.T) {
	got := check(t.Context(), "", "--demo", "--json")
	var r report
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &r))
	assert.Equal(t, "105", r.on(t, "customers"))
	assert.Equal(t, "Ada Ramos", r.Team["agents"][0].text("name"))
	assert.Equal(t, 6, r.Requests)

	got = check(t.Context(), "", "--demo", "--json", "--full")
	r = report{}
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &r))
	assert.Equal(t, "as without it: 100 rows", r.on(t, "limit=101"))
	assert.Nil(t, r.Team)
}

func TestTotalsThatAreNotSentAreUnknown(t *testing.T) {
	got := check(t.Context(), "", "--demo", "--dialect", "totals=nowhere").lines()
	assert.Contains(t, got, "\ncustomers unknown: the API sends no total\n")
	assert.Contains(t, got, "\nagents 3\n")
}

// TestListsThatCannotBeRead: a key may have fewer rights.
func TestListsThatCannotBeRead(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	server.Inject(helpcrunchtest.Status(http.StatusForbidden).On(helpcrunchtest.ListAgents))
	got := check(t.Context(), server.APIKey, "--base-url", server.URL)
	assert.Zero(t, got.status)
	assert.Contains(t, got.lines(), "\nagents unknown: 403, ")
	assert.Contains(t, got.lines(), "\n- agents: is the key allowed to read them?\n")
	assert.Contains(t, got.lines(), "\n201 Helpdesk 2\n")
}

func TestFullInADialect(t *testing.T) {
	got := check(t.Context(), "", "--demo", "--full", "--dialect", "messages-key,errors=generic")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, line := range []string{
		"MESSAGES FINDING", "messages of a chat in messages, total, descending id, descending createdAt (7)",
		"a chat that does not exist 404, invalid_request, not_found", "HINTS",
		"- e-mails in another case: search by e-mail ignores case: two spellings of an address are one customer",
	} {
		assert.Contains(t, got.lines(), "\n"+line+"\n", line)
	}
}

func TestColoursOnATerminalAlone(t *testing.T) {
	var stdout bytes.Buffer
	assert.Zero(t, runTo(t.Context(), &cli.Env{Stdout: &stdout, Stderr: t.Output(), Colour: true}, "", "--demo"))
	assert.Contains(t, stdout.String(), "\x1b[1mACCOUNT")
	assert.NotContains(t, check(t.Context(), "", "--demo").stdout, "\x1b")
}

func TestAnEmptyAccount(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutTeam())
	defer server.Close()
	for _, f := range surveyed(t, server).Findings {
		if strings.HasSuffix(f.Point, "At of chats") {
			assert.Equal(t, unknown+"there is no chat", f.Finding, f.Point)
		}
	}
	got := check(t.Context(), server.APIKey, "--base-url", server.URL)
	assert.Zero(t, got.status)
	assert.Contains(t, got.lines(), "\nagents none\n")
	assert.Contains(t, got.lines(), "\n- applications: create one in HelpCrunch before you name one in a call\n")
}

// TestHintsAboutRateLimitAndClock has a proxy with headers of its own.
func TestHintsAboutRateLimitAndClock(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	address.Path = ""
	date := time.Now()
	proxy := httputil.NewSingleHostReverseProxy(address)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("X-RateLimit-Limit", "60")
		r.Header.Set("Date", date.UTC().Format(http.TimeFormat))
		return nil
	}
	front := httptest.NewServer(proxy)
	defer front.Close()
	for finding, at := range map[string]time.Duration{
		"right": 10 * time.Second, "4m0s behind the API's": 4*time.Minute + 500*time.Millisecond, "1h0m0s ahead of the API's": -time.Hour - 500*time.Millisecond,
	} {
		date = time.Now().Add(at)
		got := check(t.Context(), server.APIKey, "--base-url", front.URL+"/v1").lines()
		assert.Contains(t, got, "\nrate limit headers X-Ratelimit-Limit: 60 (below the default of 120 requests per minute)\n")
		assert.Contains(t, got, "\n- rate limit headers: set --per-minute, and WithRateLimit in your own programs\n")
		assert.Regexp(t, `\nclock of this machine `+strings.NewReplacer("m0s", `m[01]s`, "4m", "[34]m", "[01]s b", `(59|0)s b`).Replace(finding), got)
		assert.Equal(t, finding != "right", strings.Contains(got, "- clock of this machine: set the clock"))
	}
}

func TestHeadersAboutTheRateLimit(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 1000, Headers: true}))
	defer server.Close()
	r := surveyed(t, server)
	for _, status := range []string{"200", "404"} {
		assert.Equal(t, "X-Ratelimit-Limit, X-Ratelimit-Remaining", r.on(t, "rate limit headers of a "+status))
	}
	for _, name := range []string{
		"Ratelimit", "Ratelimit-Policy", "Retry-After", "X-Rate-Limit-Reset", "X-Ratelimit-Remaining-Minute", "X-Ratelimit-Retry-After", "Quota-Used",
	} {
		assert.Equal(t, []string{name}, limitHeaders(http.Header{name: {"7"}}))
	}
	for _, name := range []string{"X-Ratelimit-Acme", "X-Ratelimit-Limit-Acme", "Quotation", "Retry-Afternoon"} {
		assert.Empty(t, limitHeaders(http.Header{name: {"7"}}))
	}
}

// inVirtualTime asks a server everything with the limiter of production.
func inVirtualTime(t *testing.T, perMinute int, opts ...helpcrunchtest.Option) (*report, *helpcrunchtest.Server) {
	server := helpcrunchtest.NewServer(opts...)
	s := newTestSurvey(t, server, server.Transport(), perMinute)
	s.client = s.client.InBackground()
	r, err := s.run(t.Context(), s.sections(), noProgress)
	require.NoError(t, err)
	return r, server
}

func TestItKeepsWithinItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r, server := inVirtualTime(t, defaultPerMinute, helpcrunchtest.WithDemoAccount(),
			helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 100, Chats: 20, Messages: 80}, 1))
		assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), defaultPerMinute)
		assert.InDelta(t, 70, time.Since(began).Seconds(), 5, "the help text says 70 s")
		assert.InDelta(t, 75, r.Requests, 5, "the help text says 75 requests")
		assert.Equal(t, "none", r.on(t, "responses of 429"))
	})
}

func TestResponsesOf429AreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, server := inVirtualTime(t, 120, helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 50, RetryAfter: true}))
		assert.Positive(t, server.CountStatus(http.StatusTooManyRequests))
		assert.Contains(t, r.on(t, "responses of 429"), "Retry-After in whole seconds (")
		assert.NotEmpty(t, r.Findings[len(r.Findings)-1].Hint)
	})
}

// TestWithRedisTheUsualLimitIsShared: processes that share a limit must agree on it.
func TestWithRedisTheUsualLimitIsShared(t *testing.T) {
	store := miniredis.RunT(t)
	server := helpcrunchtest.NewServer()
	defer server.Close()
	shared := func(args ...string) result {
		return check(t.Context(), server.APIKey, append(args, "--base-url", server.URL, "--redis", "redis://"+store.Addr())...)
	}
	assert.Zero(t, shared().status)
	assert.Zero(t, shared("--per-minute", "120").status)
	shared("--per-minute", "60").fails(t, cli.ExitUsage, "120")
}

func TestALostResponseLeavesItsPointOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		server.Inject(helpcrunchtest.ResetConnection().On(helpcrunchtest.GetChat))
		r := surveyed(t, server)
		assert.Equal(t, unknown+"no response", r.on(t, "a chat that does not exist"))
		assert.Contains(t, r.on(t, "a customer that does not exist"), "404")
	})
}

func TestFailures(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + listener.Addr().String() + "/v1"
	require.NoError(t, listener.Close())
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved/organization":
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		case "/down/organization":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/closed/organization":
			w.WriteHeader(http.StatusForbidden)
		case "/empty/organization":
			_, _ = w.Write([]byte("{}"))
		case "/text/organization":
			_, _ = w.Write([]byte("<html>\x1b[2J</html>"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer page.Close()

	for _, full := range []string{"--full=false", "--full"} {
		at := func(key, address string) result { return check(t.Context(), key, "--base-url", address, full) }
		at("0123456789abcdef", server.URL).fails(t, cli.ExitFailed, "the API key is not accepted (401): copy it whole from HelpCrunch")
		at(server.APIKey, closed).fails(t, cli.ExitFailed, "the API can't be reached: GET /organization: dial tcp")
		for _, path := range []string{"/moved", "/empty", "/text", "/other"} {
			at(server.APIKey, page.URL+path).fails(t, cli.ExitFailed, page.URL+path+" does not respond as the HelpCrunch API does")
		}
		at(server.APIKey, page.URL+"/closed").fails(t, cli.ExitFailed, "may not read the organization (403)")
		at(server.APIKey, page.URL+"/down").fails(t, cli.ExitFailed, "the API fails (status 503): try again later")
		ctx, interrupt := context.WithCancel(t.Context())
		interrupt()
		check(ctx, server.APIKey, "--base-url", server.URL, full).fails(t, cli.ExitInterrupted, "interrupted; nothing was changed")
	}
}

// fullDisk is an output that fails.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAFullDiskIsAFailure(t *testing.T) {
	for _, args := range [][]string{{"--demo"}, {"--demo", "--json"}} {
		var stderr bytes.Buffer
		assert.Equal(t, cli.ExitFailed, runTo(t.Context(), &cli.Env{Stdout: fullDisk{}, Stderr: &stderr}, "", args...))
		assert.Equal(t, "helpcrunch check: no space left on device\n", stderr.String())
	}
}

func TestBadInput(t *testing.T) {
	for name, test := range map[string]struct {
		key  string
		args []string
		text string
	}{
		"unknown flag":         {"", []string{"--dialct", "oldest"}, "unknown flag: --dialct"},
		"not a flag":           {"", []string{"oldest"}, `unexpected argument "oldest"`},
		"unknown dialect":      {"", []string{"--demo", "--dialect", "klingon"}, `--dialect: unknown dialect "klingon"`},
		"dialect with a key":   {"abcdef", []string{"--dialect", "oldest"}, "--dialect needs --demo"},
		"no key":               {"", []string{"--per-minute", "10"}, "no API key"},
		"no requests":          {"abcdef", []string{"--per-minute", "0"}, "--per-minute must be positive"},
		"plain HTTP":           {"abcdef", []string{"--base-url", "http://api.example.com/v1"}, "--base-url must be https"},
		"no URL":               {"abcdef", []string{"--base-url", "v1"}, "--base-url"},
		"a URL of odd bytes":   {"abcdef", []string{"--base-url", "https://exa mple.com\x7f"}, "--base-url"},
		"a pasted header":      {"Bearer abcdef", nil, `must not start with "Bearer"`},
		"a number of no digit": {"abcdef", []string{"--per-minute", "many"}, "many"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t.Context(), test.key, test.args...).fails(t, cli.ExitUsage, test.text)
		})
	}
}

func TestHelp(t *testing.T) {
	got := check(t.Context(), "", "--help")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	for _, text := range []string{"--dialect", "--base-url", "--per-minute N", "(default 60)", "--full", "--json"} {
		assert.Contains(t, got.stdout, text)
	}
}

func TestOrderOfRows(t *testing.T) {
	for order, want := range map[string]string{
		`null "1" "2"`: "ascending lastSeen (unset first)", `"2" "1" null`: "descending lastSeen (unset last)",
		`"1" null "2"`: "ascending lastSeen (unset among the others)", `1 2`: "ascending lastSeen",
		`"1" "1"`: "", `null null`: "", `1 3 2`: "",
	} {
		var rows []object
		for value := range strings.FieldsSeq(order) {
			rows = append(rows, object{"lastSeen": json.RawMessage(value)})
		}
		assert.Equal(t, want, orderOf(rows, "lastSeen"), order)
	}
}
