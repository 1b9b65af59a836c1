package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// result is what a run printed and returned.
type result struct {
	status         int
	stdout, stderr string
}

// program runs with a key, which may be empty.
func program(ctx context.Context, key string, args ...string) result {
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

// assertFails checks that a run ended with a status and one sentence.
func assertFails(t *testing.T, got result, status int, sentence string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, 1, strings.Count(got.stderr, "\n"), "more than one line: %s", got.stderr)
	assert.True(t, strings.HasPrefix(got.stderr, "probe: "), got.stderr)
	assert.Contains(t, got.stderr, sentence)
	assert.NotContains(t, got.stdout, "| point |")
}

func TestWithoutAKeyAnAccountInMemoryIsProbed(t *testing.T) {
	got := program(t.Context(), "", "-dialect", "messages-key,errors=generic")
	assert.Zero(t, got.status)
	assert.Empty(t, got.stderr)
	first, _, _ := strings.Cut(got.stdout, "\n")
	assert.Contains(t, first, "in memory")
	assert.Contains(t, first, "messages-key,errors=generic")
	assert.Contains(t, got.stdout, "\n| point | finding | looked at |\n| --- | --- | ---: |\n")
	assert.Contains(t, got.stdout, "\n| envelope of messages | rows in `messages`, the total in `total` | 8 |\n")
	assert.Contains(t, got.stdout, "\n| a wrong key | 401, generic first: `invalid_request`, then `unauthorized` | 1 |\n")
	for _, line := range strings.Split(got.stdout, "\n") {
		if strings.HasPrefix(line, "|") {
			assert.Equal(t, 4, strings.Count(line, "|"), line)
		}
	}
}

func TestWithAKeyTheAccountIsProbed(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
	defer server.Close()
	for _, address := range []string{server.URL, server.URL + "/"} {
		got := program(t.Context(), server.APIKey, "-base-url", address, "-per-minute", "100000")
		assert.Zero(t, got.status, got.stderr)
		assert.Contains(t, got.stdout, "Reading the account of "+keyVariable)
		assert.Contains(t, got.stdout, "| `limit=101` | cannot tell: accepted, but there are too few rows | 1 |")
	}
}

func TestAnEmptyAccountIsProbed(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithoutTeam())
	defer server.Close()
	for _, f := range probed(t, server).findings {
		if strings.Contains(f.point, " of chats") && !strings.HasPrefix(f.point, "envelope") && !strings.HasPrefix(f.point, "a search") {
			assert.Contains(t, f.text, cannotTell, f.point)
		}
	}
}

// findingOn is the finding about a point.
func findingOn(t *testing.T, p *probe, point string) string {
	t.Helper()
	for _, f := range p.findings {
		if f.point == point {
			return f.text
		}
	}
	require.Fail(t, "no finding about "+point)
	return ""
}

func TestHeadersAboutTheRateLimitAreFound(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 1000, Headers: true}))
	defer server.Close()
	p := probed(t, server)
	for _, status := range []string{"200", "404"} {
		assert.Equal(t, "`X-Ratelimit-Limit` (integer), `X-Ratelimit-Remaining` (integer)",
			findingOn(t, p, "headers about the rate limit with a "+status))
	}
}

// TestNamesOfHeadersAboutTheRateLimit are told as far as all of their words are usual ones.
func TestNamesOfHeadersAboutTheRateLimit(t *testing.T) {
	for _, name := range []string{
		"Ratelimit", "Ratelimit-Policy", "Retry-After", "X-Rate-Limit-Reset", "X-Ratelimit-Remaining-Minute", "X-Ratelimit-Retry-After", "Quota-Used",
	} {
		header := http.Header{name: {"7"}}
		assert.Equal(t, "`"+name+"` (integer)", limitHeaders(header))
		assert.Equal(t, "none that is common", otherHeaders(header))
	}
	for _, name := range []string{"X-Ratelimit-Acme", "X-Ratelimit-Limit-Acme", "Quotation", "Retry-Afternoon"} {
		header := http.Header{name: {"7"}}
		assert.Equal(t, "none", limitHeaders(header))
		assert.Equal(t, "none that is common and 1 more", otherHeaders(header))
	}
}

// inVirtualTime probes a server with a real client's limiter.
func inVirtualTime(t *testing.T, perMinute int, opts ...helpcrunchtest.Option) (*probe, *helpcrunchtest.Server) {
	server := helpcrunchtest.NewServer(opts...)
	limiter, err := helpcrunch.NewRateLimiter(perMinute)
	require.NoError(t, err)
	a, err := newAsker(server.APIKey, server.URL, server.Transport(), limiter)
	require.NoError(t, err)
	p := &probe{asker: a}
	require.NoError(t, p.run(t.Context()))
	return p, server
}

func TestItKeepsWithinItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p, server := inVirtualTime(t, 30)
		assert.LessOrEqual(t, server.MostRequestsIn(time.Minute), 30)
		assert.Greater(t, time.Since(began), time.Minute)
		assert.Equal(t, cannotTell+"there was none", findingOn(t, p, "answers of 429 to this program"))
	})
}

func TestAnswersOf429AreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, server := inVirtualTime(t, 120, helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 50, RetryAfter: true}))
		assert.Positive(t, server.CountStatus(http.StatusTooManyRequests))
		assert.Equal(t, "`Retry-After` in whole seconds", findingOn(t, p, "answers of 429 to this program"))
	})
}

func TestAnAnswerThatNeverComesLeavesItsPointOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := helpcrunchtest.NewServer()
		server.Inject(helpcrunchtest.ResetConnection().On(helpcrunchtest.GetChat))
		p := probed(t, server)
		assert.Equal(t, cannotTell+"no answer came", findingOn(t, p, "a chat that does not exist"))
		assert.Contains(t, findingOn(t, p, "a customer that does not exist"), "404")
	})
}

func TestFailures(t *testing.T) {
	server := helpcrunchtest.NewServer()
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + listener.Addr().String() + "/v1"
	require.NoError(t, listener.Close())

	got := program(t.Context(), "0123456789abcdef", "-base-url", server.URL)
	assertFails(t, got, exitFailed, "does not accept the key in "+keyVariable)
	assertFails(t, program(t.Context(), server.APIKey, "-base-url", closed), exitFailed, "the service can't be reached")
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assertFails(t, program(ctx, server.APIKey, "-base-url", server.URL), exitFailed, "interrupted")
}

func TestBadInput(t *testing.T) {
	for name, test := range map[string]struct {
		key      string
		args     []string
		sentence string
	}{
		"unknown flag":         {"", []string{"-dialct", "oldest"}, "-dialct (-h lists the flags)"},
		"not a flag":           {"", []string{"oldest"}, `"oldest" is not a flag`},
		"unknown dialect":      {"", []string{"-dialect", "klingon"}, `unknown dialect "klingon"`},
		"dialect with a key":   {"abcdef", []string{"-dialect", "oldest"}, "-dialect is for the account in memory"},
		"no key":               {"", []string{"-per-minute", "10"}, "-per-minute needs a key in " + keyVariable},
		"no requests":          {"abcdef", []string{"-per-minute", "0"}, "at least 1"},
		"plain HTTP":           {"abcdef", []string{"-base-url", "http://api.example.com/v1"}, "must be https"},
		"no URL":               {"abcdef", []string{"-base-url", "v1"}, "WithBaseURL"},
		"a URL of odd bytes":   {"abcdef", []string{"-base-url", "https://exa mple.com\x7f"}, "base URL"},
		"a pasted header":      {"Bearer abcdef", nil, `must not start with "Bearer"`},
		"a number of no digit": {"abcdef", []string{"-per-minute", "many"}, "many"},
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
	for _, text := range []string{"-dialect", "-base-url", "-per-minute", keyVariable} {
		assert.Contains(t, got.stdout, text)
	}
}

// TestMissingValuesStandSomewhere tells what the account in memory can't be made to do, as
// its rows without a value always come first.
func TestMissingValuesStandSomewhere(t *testing.T) {
	for order, want := range map[string]string{
		`null "1" "2"`: "first", `"1" "2" null`: "last", `null "1" null`: "among the others", `"1" null "2"`: "among the others",
		`"1" "2"`: cannotTell + "none in the page", `null null`: cannotTell + "nothing else in the page",
	} {
		var p page
		for value := range strings.FieldsSeq(order) {
			p.rows = append(p.rows, object{"lastSeen": json.RawMessage(value)})
		}
		assert.Equal(t, want, nullsIn(p, "lastSeen"), order)
	}
}
