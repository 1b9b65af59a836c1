package helpcrunch_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestInvalidAPIKeysAreErrors has malformed keys. The error says what is wrong, and
// does not contain the key.
func TestInvalidAPIKeysAreErrors(t *testing.T) {
	const secret = "0123456789abcdef"
	for key, want := range map[string]string{
		"":                            "apiKey: must not be empty",
		" " + secret:                  "apiKey: must not contain spaces",
		secret + " ":                  "apiKey: must not contain spaces",
		secret + "\n":                 "apiKey: must not contain spaces or line breaks",
		"0123 " + secret:              "apiKey: must not contain spaces",
		"\t":                          "apiKey: must not contain spaces",
		"Bearer":                      `apiKey: must not start with "Bearer"`,
		"Bearer " + secret:            `apiKey: must not start with "Bearer"`,
		"bearer " + secret:            `apiKey: must not start with "Bearer"`,
		"<" + secret + ">":            "apiKey: must not contain brackets",
		secret + ">":                  "apiKey: must not contain brackets",
		"[" + secret + "]":            "apiKey: must not contain brackets",
		`"` + secret + `"`:            "apiKey: must not contain brackets or quotes",
		secret + "é":                  "apiKey: must be printable ASCII",
		secret + "\u200b":             "apiKey: must be printable ASCII",
		secret + "\x00":               "apiKey: must be printable ASCII",
		secret + "\x7f":               "apiKey: must be printable ASCII",
		"\ufeff" + secret:             "apiKey: must be printable ASCII",
		"Bearer <" + secret + ">":     `apiKey: must not start with "Bearer"`,
		strings.Repeat(secret+" ", 9): "apiKey: must not contain spaces",
	} {
		client, err := helpcrunch.New(key)
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, "%q", key)
		assert.Nil(t, client)
		assert.ErrorContains(t, err, want, "%q", key)
		assert.NotContains(t, err.Error(), secret)
	}
	for _, key := range []string{secret, strings.Repeat("aZ0+/=-x", 41), "a"} {
		_, err := helpcrunch.New(key)
		assert.NoError(t, err, "%q", key)
	}
}

// TestInvalidBaseURLsAreErrors has addresses to which the key must not be sent.
func TestInvalidBaseURLsAreErrors(t *testing.T) {
	for address, want := range map[string]string{
		"":                                 "must contain a host",
		"/v1":                              "must contain a host",
		"https://":                         "must contain a host",
		"https://:443/v1":                  "must contain a host",
		"https:api.example.com":            "must contain a host",
		"api.example.com/v1":               "must contain a host",
		"http://api.example.com/v1":        "must be https",
		"HTTP://api.example.com/v1":        "must be https",
		"ftp://api.example.com/v1":         "must be https",
		"http://localhost.example.com/v1":  "must be https",
		"http://127.0.0.1.example.com/v1":  "must be https",
		"http://10.0.0.1/v1":               "must be https",
		"https://api.example.com/v1 ":      "must not contain spaces",
		"https://api.example.com/v1/../x":  "must not contain spaces or",
		"https://api.example.com:99999/v1": "must have a port of 1 to 65535",
		"https://api.example.com:0/v1":     "must have a port of 1 to 65535",
		"https://api.example.com/v1?a=b":   "must not contain a query",
		"https://api.example.com/v1?":      "must not contain a query",
		"https://api.example.com/v1#a":     "must not contain a query or a fragment",
		"https://api.example.com/v1#":      "must not contain a query or a fragment",
		"https://ada:pw@api.example.com":   "must not contain user info",
		"https://ada@api.example.com/v1":   "must not contain user info",
		"https://exa mple.com/v1":          "must be a valid URL",
		"https://[::1/v1":                  "must be a valid URL",
		"https://api.example.com/\x00":     "must be a valid URL",
		"https://api.example.com:port/v1":  "must be a valid URL",
		"https://api.example.com/v1/%zz/x": "must be a valid URL",
	} {
		_, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithBaseURL(address))
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, address)
		assert.ErrorContains(t, err, want, address)
		assert.NotContains(t, err.Error(), "pw")
	}
}

// TestValidBaseURLsAreUsed has valid URLs, and the address of a request.
func TestValidBaseURLsAreUsed(t *testing.T) {
	for address, want := range map[string]string{
		"https://api.example.com/v1":   "https://api.example.com/v1/chats/7",
		"https://api.example.com/v1//": "https://api.example.com/v1/chats/7",
		"https://api.example.com":      "https://api.example.com/chats/7",
		"https://api.example.com:8443": "https://api.example.com:8443/chats/7",
		"http://localhost:8080/v1":     "http://localhost:8080/v1/chats/7",
		"http://127.0.0.1:8080/v1":     "http://127.0.0.1:8080/v1/chats/7",
		"http://[::1]:8080/v1":         "http://[::1]:8080/v1/chats/7",
	} {
		var got string
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return nil, errors.New("enough")
		})
		client, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithBaseURL(address),
			helpcrunch.WithHTTPClient(&http.Client{Transport: transport}), helpcrunch.WithMaxRetries(0))
		require.NoError(t, err, address)
		_, err = client.Chats.Get(t.Context(), 7)
		require.ErrorContains(t, err, "enough")
		assert.Equal(t, want, got)
	}
}

// roundTrip is a function as a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestInvalidOptionsAreErrors has a bad value for every option, before and after good ones.
func TestInvalidOptionsAreErrors(t *testing.T) {
	var noLimiter *nilLimiter
	var noTransport *http.Transport
	var noRoundTrip roundTrip
	var noJar *cookiejar.Jar
	for want, option := range map[string]helpcrunch.Option{
		"opts[1]: must not be nil":                                         nil,
		"WithHTTPClient: must not be nil":                                  helpcrunch.WithHTTPClient(nil),
		"WithHTTPClient: Transport: must not be a nil *http.Transport":     helpcrunch.WithHTTPClient(&http.Client{Transport: noTransport}),
		"WithHTTPClient: Transport: must not be a nil helpcrunch_test.rou": helpcrunch.WithHTTPClient(&http.Client{Transport: noRoundTrip}),
		"WithHTTPClient: Jar: must not be a nil *cookiejar.Jar":            helpcrunch.WithHTTPClient(&http.Client{Jar: noJar}),
		"WithRateLimit: at least 1 request per minute":                     helpcrunch.WithRateLimit(0),
		"WithRateLimit: at least 1 request per minute, got -5":             helpcrunch.WithRateLimit(-5),
		"WithRateLimiter: must not be nil":                                 helpcrunch.WithRateLimiter(nil),
		"WithRateLimiter: must not be nil, and":                            helpcrunch.WithRateLimiter(noLimiter),
		"must come from NewRateLimiter":                                    helpcrunch.WithRateLimiter(&helpcrunch.RateLimiter{}),
		"WithMaxRetries: at least 0":                                       helpcrunch.WithMaxRetries(-1),
		"WithRetryWait: must be positive":                                  helpcrunch.WithRetryWait(0, time.Second),
		"maximum not below the":                                            helpcrunch.WithRetryWait(2*time.Second, time.Second),
		"positive and the maximum":                                         helpcrunch.WithRetryWait(-1, 1),
		"WithAttemptTimeout: must be":                                      helpcrunch.WithAttemptTimeout(0),
		"must be positive, got -1s":                                        helpcrunch.WithAttemptTimeout(-time.Second),
		"WithMaxResponseBytes: at least 1":                                 helpcrunch.WithMaxResponseBytes(0),
		"WithMaxResponseBytes: at least 1, got":                            helpcrunch.WithMaxResponseBytes(-1),
		"WithLogger: must not be nil":                                      helpcrunch.WithLogger(nil),
		"WithUserAgent: must be":                                           helpcrunch.WithUserAgent(""),
		"printable ASCII and not":                                          helpcrunch.WithUserAgent(" "),
		"WithUserAgent: must be printabl":                                  helpcrunch.WithUserAgent("agent\r\nX-Other: 1"),
	} {
		client, err := helpcrunch.New("0123456789abcdef", helpcrunch.WithMaxRetries(1), option, helpcrunch.WithMaxRetries(2))
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument, want)
		assert.ErrorContains(t, err, want)
		assert.Nil(t, client)
	}
	_, err := helpcrunch.NewRateLimiter(0)
	assert.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
}

// nilLimiter is a limiter for a typed nil pointer.
type nilLimiter struct{}

func (*nilLimiter) Wait(context.Context) error { return nil }

// TestInvalidArgumentsOfDoAreErrors has calls that send nothing.
// TestALimiterThatWasNotMadeGrantsNoPermit and does not panic.
func TestALimiterThatWasNotMadeGrantsNoPermit(t *testing.T) {
	var missing *helpcrunch.RateLimiter
	for _, limiter := range []*helpcrunch.RateLimiter{missing, {}} {
		require.EqualError(t, limiter.Wait(t.Context()), "helpcrunch: RateLimiter.Wait: the limiter was not made by NewRateLimiter")
		_, err := limiter.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
		assert.Zero(t, limiter.Stats())
	}
	limiter, err := helpcrunch.NewRateLimiter(1)
	require.NoError(t, err)
	require.ErrorIs(t, limiter.Wait(nil), helpcrunch.ErrInvalidArgument) //nolint:staticcheck // nil on purpose
}

func TestInvalidArgumentsOfDoAreErrors(t *testing.T) {
	do := func(method, path string, body, out any) func(context.Context, *helpcrunch.Client) error {
		return func(ctx context.Context, c *helpcrunch.Client) error { return c.Do(ctx, method, path, nil, body, out) }
	}
	var nilOut *struct{}
	assertInvalid(t, []invalidCall{
		{"no method", do("", "/chats", nil, nil), []string{"method"}},
		{"no method at all", do("GE T", "/chats", nil, nil), []string{"method"}},
		{"header in the method", do("GET\r\nX: y", "/chats", nil, nil), []string{"method"}},
		{"out that is no pointer", do("GET", "/chats", nil, struct{}{}), []string{"out: must be nil or a pointer"}},
		{"out that is a nil pointer", do("GET", "/chats", nil, nilOut), []string{"out: must be nil or a pointer"}},
		{"body that can't be JSON", do("POST", "/chats", make(chan int), nil), []string{"body: must encode as JSON"}},
		{"nil context", func(_ context.Context, c *helpcrunch.Client) error {
			return c.Do(nil, "GET", "/chats", nil, nil, nil) //nolint:staticcheck // the invalid argument
		}, []string{"ctx: must not be nil"}},
		{"zero client", func(ctx context.Context, _ *helpcrunch.Client) error {
			return new(helpcrunch.Client).Do(ctx, "GET", "/chats", nil, nil, nil)
		}, []string{"not made by New"}},
		{"nil client", func(ctx context.Context, _ *helpcrunch.Client) error {
			return (*helpcrunch.Client)(nil).Do(ctx, "GET", "/chats", nil, nil, nil)
		}, []string{"not made by New"}},
	})
}

// hostilePaths try to leave the base path, or its host.
var hostilePaths = []string{
	"", "..", "/..", "../x", "/../x", "/customers/..", "/customers/../../x", "/./x", ".", "/customers/.",
	"/%2e%2e/x", "/%2E%2E", "/.%2e/x", "/customers/%2e%2e/%2e%2e/x", "/customers%2f..%2f..%2fx", "/%2e/x",
	"//evil.example.com", "//evil.example.com/v1", "https://evil.example.com/v1", "http://evil.example.com", "HTTPS://evil.example.com",
	"/https://evil.example.com", "/chats?x=1", "/chats#x", "?x", "#x", "/chats%3fx=1", "/chats%23x", `\\evil.example.com`, `/..\x`, `/%5c..%5cx`,
	"/a\r\nHost: evil.example.com", "/a\x00", "/%zz", "/a\x7f",
}

// TestS5NoPathLeavesTheBasePath has hostile paths, which are rejected, and odd ones, which
// stay below the base path.
func TestS5NoPathLeavesTheBasePath(t *testing.T) {
	var rows []invalidCall
	for _, path := range hostilePaths {
		rows = append(rows, invalidCall{path, func(ctx context.Context, c *helpcrunch.Client) error {
			return c.Do(ctx, "GET", path, nil, nil, nil)
		}, []string{"path"}})
	}
	assertInvalid(t, rows)

	for given, want := range map[string]string{
		"customers/42": "/v1/customers/42", "/customers/42": "/v1/customers/42", "/customers/42/": "/v1/customers/42/",
		"/a b": "/v1/a%20b", "/a%20b": "/v1/a%20b", "/a%2Fb": "/v1/a%2Fb", "/é": "/v1/%C3%A9", "/a:b@c": "/v1/a:b@c",
		"/...": "/v1/...", "/..a": "/v1/..a", "/%252e%252e": "/v1/%252e%252e", "a:b/c": "/v1/a:b/c",
	} {
		client, transport := kit.RespondingClient(t, kit.OK(`{}`))
		require.NoError(t, client.Do(t.Context(), "get", given, url.Values{"q": {"a&b"}}, nil, nil), given)
		assert.Equal(t, want, transport.Only(t).Path)
		assert.Equal(t, "q=a%26b", transport.Only(t).Query)
		assert.Equal(t, "api.helpcrunch.com", transport.Only(t).Host)
		assert.Equal(t, "GET", transport.Only(t).Method)
	}
}

// FuzzS5DoPath gives Do any path: it is rejected, or the request stays below the base path.
func FuzzS5DoPath(f *testing.F) {
	for _, path := range append(hostilePaths, "/customers/42", "a:b/c", "/%252e%252e/x", "/;/..;/x") {
		f.Add(path)
	}
	client, transport := kit.RespondingClient(f, kit.OK(`{}`))
	f.Fuzz(func(t *testing.T, given string) {
		before := len(transport.Requests())
		err := client.Do(context.Background(), "GET", given, nil, nil, nil)
		sent := transport.Requests()[before:]
		if errors.Is(err, helpcrunch.ErrInvalidArgument) {
			assert.Empty(t, sent)
			return
		}
		require.NoError(t, err)
		require.Len(t, sent, 1)
		decoded, err := url.PathUnescape(sent[0].Path)
		require.NoError(t, err)
		cleaned := path.Clean(strings.ReplaceAll(decoded, `\`, "/"))
		assert.True(t, cleaned == "/v1" || strings.HasPrefix(cleaned, "/v1/"), "%q became %q", given, sent[0].Path)
		assert.Equal(t, "api.helpcrunch.com", sent[0].Host)
		assert.Empty(t, sent[0].Query)
	})
}
