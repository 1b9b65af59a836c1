package faults_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

func TestT1ASlowAttemptIsTimedOutAndRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.Faults[7], kit.Faults[7]}, Respond: kit.Always(200, kit.CustomerJSON)}
		// The waits are longer than an attempt may take: they are not inside it.
		client := kit.NewClient(t, transport, helpcrunch.WithAttemptTimeout(time.Second),
			helpcrunch.WithRetryWait(time.Minute, time.Minute))
		took, err := kit.Timed(func() error { return kit.Get(t.Context(), client) })
		require.NoError(t, err)
		assert.Equal(t, 3, transport.Count())
		assert.Greater(t, took, 2*time.Second)
	})
}

func TestT1ASlowBodyIsTimedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
			response := kit.NewResponse(r, 200, "")
			response.Body = kit.NewBodyOf(hangingReader{r.Context()})
			return response, nil
		})
		client := kit.NewClient(t, transport, helpcrunch.WithAttemptTimeout(time.Second), helpcrunch.WithMaxRetries(0))
		took, err := kit.Timed(func() error { return kit.Get(t.Context(), client) })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "no complete response within 1s")
		assert.Equal(t, time.Second, took)
	})
}

// hangingReader gives nothing until its context ends.
type hangingReader struct{ ctx context.Context }

func (r hangingReader) Read([]byte) (int, error) {
	<-r.ctx.Done()
	return 0, r.ctx.Err()
}

func TestT2CancellingAnyWaitReturnsAtOnce(t *testing.T) {
	slowBody := func(r *http.Request) (*http.Response, error) {
		response := kit.NewResponse(r, 200, "")
		response.Body = kit.NewBodyOf(hangingReader{r.Context()})
		return response, nil
	}
	waits := map[string]struct {
		transport kit.TransportFunc
		opts      []helpcrunch.Option
		calls     int
	}{
		"limiter": {kit.Always(200, kit.CustomerJSON), []helpcrunch.Option{helpcrunch.WithRateLimit(1)}, 1},
		"pause":   {kit.RateLimited("50").Strike, nil, 0},
		"backoff": {kit.Always(503, ""), []helpcrunch.Option{helpcrunch.WithRetryWait(50*time.Second, 50*time.Second)}, 0},
		"headers": {kit.Faults[7].Strike, nil, 0},
		"body":    {slowBody, nil, 0},
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := kit.NewClient(t, wait.transport, wait.opts...)
				for range wait.calls {
					require.NoError(t, kit.Get(t.Context(), client))
				}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Microsecond, cancel)
				took, err := kit.Timed(func() error { return kit.Get(ctx, client) })
				require.ErrorIs(t, err, context.Canceled)
				assert.Equal(t, time.Microsecond, took)
			})
		})
	}
}

func TestT3AttemptsTimeOutByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kit.NewClient(t, kit.Faults[7].StrikeAlways(), helpcrunch.WithMaxRetries(0))
		took, err := kit.Timed(func() error { return kit.Get(t.Context(), client) })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 30*time.Second, took)
	})
}

func TestT4EveryBodyIsClosed(t *testing.T) {
	before := kit.OpenBodies.Load()
	large := strings.Repeat("x", 2000)
	for _, transport := range []kit.TransportFunc{
		kit.Always(200, kit.CustomerJSON), kit.Always(400, "{}"), kit.Always(400, large), kit.Always(200, large), kit.Always(302, ""), kit.Faults[6].Strike,
	} {
		client := kit.NewClient(t, transport, helpcrunch.WithMaxResponseBytes(1000), helpcrunch.WithMaxRetries(0))
		_ = kit.Get(t.Context(), client)
	}
	assert.Equal(t, before, kit.OpenBodies.Load())
}

func TestT4AResponseBeyondTheBoundIsAnError(t *testing.T) {
	endless := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		response := kit.NewResponse(r, 200, "")
		response.ContentLength = -1
		response.Body = kit.NewBodyOf(endlessReader{})
		return response, nil
	})
	client := kit.NewClient(t, endless, helpcrunch.WithMaxResponseBytes(1000))
	assert.ErrorContains(t, kit.Get(t.Context(), client), "larger than 1000 bytes")
	_, err := client.Messages.SendAsCustomer(t.Context(), 1, "hello")
	require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestT5SmallBodiesLeaveTheConnectionReusable(t *testing.T) {
	var status atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, kit.CustomerJSON)
	}))
	defer server.Close()
	client, err := helpcrunch.New(kit.APIKey, helpcrunch.WithBaseURL(server.URL))
	require.NoError(t, err)
	reused := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if info.Reused {
				reused++
			}
		},
	})
	for _, s := range []int64{200, 400, 404, 200, 401, 200} {
		status.Store(s)
		_ = kit.Get(ctx, client)
	}
	assert.Equal(t, 5, reused)
}

func TestT6NoGoroutineOutlivesACall(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	client := kit.NewClient(t, kit.TransportFunc(kit.Always(200, kit.CustomerJSON)), helpcrunch.WithRateLimit(1))
	require.NoError(t, kit.Get(t.Context(), client))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- kit.Get(ctx, client) }()
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)

	unlimited := kit.NewClient(t, kit.TransportFunc(kit.Always(200, `{"data":[{"id":1}],"total":3}`)))
	for range unlimited.Customers.All(t.Context(), nil) {
		break
	}
}

func TestT7TwoClientsOfOneHTTPClientAreIndependent(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	shared := &http.Client{
		Transport:     kit.TransportFunc(kit.Always(200, kit.CustomerJSON)),
		Jar:           jar,
		Timeout:       time.Hour,
		CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
	}
	before := *shared
	first, err := helpcrunch.New(kit.APIKey, helpcrunch.WithHTTPClient(shared), helpcrunch.WithUserAgent("first"))
	require.NoError(t, err)
	_, err = helpcrunch.New(kit.APIKey, helpcrunch.WithHTTPClient(shared), helpcrunch.WithUserAgent("second"))
	require.NoError(t, err)
	require.NoError(t, kit.Get(t.Context(), first))
	assert.Equal(t, before.Timeout, shared.Timeout)
	assert.Equal(t, before.Jar, shared.Jar)
	assert.NotNil(t, shared.CheckRedirect)
	assert.IsType(t, before.Transport, shared.Transport)
}

// TestT7CookiesAndTimeoutOfTheHTTPClientAreKept: its Jar works, once per attempt, and its Timeout
// bounds attempts.
func TestT7CookiesAndTimeoutOfTheHTTPClientAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		base, err := url.Parse(helpcrunch.DefaultBaseURL)
		require.NoError(t, err)
		jar.SetCookies(base, []*http.Cookie{{Name: "route", Value: "a"}})
		var cookies []string
		transport := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
			cookies = append(cookies, r.Header.Get("Cookie"))
			return kit.Faults[7].Strike(r)
		})
		client, err := helpcrunch.New(kit.APIKey, helpcrunch.WithMaxRetries(2), helpcrunch.WithRateLimit(1),
			helpcrunch.WithHTTPClient(&http.Client{Transport: transport, Jar: jar, Timeout: 2 * time.Second}))
		require.NoError(t, err)
		assert.ErrorContains(t, kit.Get(t.Context(), client), "within 2s")
		assert.Equal(t, []string{"route=a", "route=a", "route=a"}, cookies)
	})
}

func TestT8OptionsWorkInAnyOrder(t *testing.T) {
	transport := &kit.FaultyTransport{Respond: kit.Always(200, kit.CustomerJSON)}
	opts := []helpcrunch.Option{
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport, Timeout: time.Hour}),
		helpcrunch.WithBaseURL("https://help.example.com/api"),
		helpcrunch.WithRateLimit(600),
		helpcrunch.WithMaxRetries(1),
		helpcrunch.WithRetryWait(time.Second, 2*time.Second),
		helpcrunch.WithAttemptTimeout(time.Second),
		helpcrunch.WithMaxResponseBytes(1000),
		helpcrunch.WithUserAgent("example"),
	}
	for shift := range opts {
		order := append(append([]helpcrunch.Option{}, opts[shift:]...), opts[:shift]...)
		client, err := helpcrunch.New(kit.APIKey, order...)
		require.NoError(t, err)
		require.NoError(t, kit.Get(t.Context(), client))
		assert.Equal(t, "/api/customers/7", transport.Requests[shift].Path)
	}
}

func TestT9RedirectsAreNotFollowed(t *testing.T) {
	cases := map[string]struct{ location, names string }{
		"another host":     {"https://elsewhere.example.com/v1/customers/7", "elsewhere.example.com"},
		"plain HTTP":       {"http://api.helpcrunch.com/v1/customers/7", "http://api.helpcrunch.com"},
		"relative":         {"/login", "api.helpcrunch.com"},
		"unreadable":       {"://%zz", "an unreadable address"},
		"without location": {"", "302 Found"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			transport := &kit.FaultyTransport{Respond: func(r *http.Request) (*http.Response, error) {
				assert.Equal(t, "api.helpcrunch.com", r.URL.Host, "the key reaches no other host")
				response := kit.NewResponse(r, http.StatusFound, "")
				if c.location != "" {
					response.Header.Set("Location", c.location)
				}
				return response, nil
			}}
			err := kit.Get(t.Context(), kit.NewClient(t, transport))
			require.ErrorIs(t, err, helpcrunch.ErrUnexpectedStatus)
			assert.ErrorContains(t, err, c.names)
			assert.Equal(t, 1, transport.Count())
		})
	}
}
