package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// stepFunc is a step made of a function, to stand in for the next one.
type stepFunc func(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error)

func (f stepFunc) do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error) {
	return f(ctx, a, r)
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// recordingLimiter grants every permit at once and records what it is told.
type recordingLimiter struct {
	mu       sync.Mutex
	acquired int
	released []limiter.PermitResult
	paused   []time.Duration
	err      error
}

func (l *recordingLimiter) Acquire(_ context.Context, request limiter.PermitRequest) (limiter.Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acquired++
	return limiter.Permit{Background: request.Background, Granted: time.Now()}, l.err
}

func (l *recordingLimiter) Release(result limiter.PermitResult) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.released = append(l.released, result)
}

func (l *recordingLimiter) Pause(request limiter.PauseRequest) time.Time {
	l.paused = append(l.paused, request.RetryAfter)
	return time.Now().Add(request.RetryAfter)
}

// testConfig is a configuration with round numbers.
func testConfig(transport http.RoundTripper) *Config {
	return &Config{
		APIKey:           func() string { return "made-up-key" },
		UserAgent:        "example",
		HTTPClient:       &http.Client{Transport: transport},
		Limiter:          &recordingLimiter{},
		MaxRetries:       4,
		MinWait:          time.Second,
		MaxWait:          time.Minute,
		AttemptTimeout:   10 * time.Second,
		MaxResponseBytes: 1000,
	}
}

// newAttempt starts the first attempt of a GET.
func newAttempt(ctx context.Context, config *Config) (*attempt, *http.Request) {
	return newAttemptOf(ctx, config, Request{Method: http.MethodGet, URL: url.URL{Scheme: "https", Host: "api.example.com", Path: "/v1/customers/7"}})
}

// newAttemptOf starts the first attempt of a request.
func newAttemptOf(ctx context.Context, config *Config, request Request) (*attempt, *http.Request) {
	c := newCall(ctx, &Engine{config: *config}, request)
	a := c.begin()
	a.cancel = func() {}
	return a, c.loopRequest()
}

func respond(status int, body string, header ...string) *http.Response {
	response := &http.Response{
		StatusCode:    status,
		Header:        http.Header{},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
	for i := 0; i+1 < len(header); i += 2 {
		response.Header.Set(header[i], header[i+1])
	}
	return response
}

func TestL14ThePermitStepReportsWhenTheAttemptWasCounted(t *testing.T) {
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	cases := []struct {
		name      string
		responded time.Duration // when the headers arrived, 0 for never
		took      time.Duration
		timeout   time.Duration // of an attempt
		outcome   outcome
		err       error
		counted   time.Duration // after the permit was granted, -1 for never
	}{
		{"complete", time.Second, 3 * time.Second, 10 * time.Second, outcomeResponded, nil, time.Second},
		{"truncated", time.Second, 3 * time.Second, 10 * time.Second, outcomeLost, reset, 10 * time.Second},
		{"truncated, after a long time", time.Second, 3 * time.Second, time.Hour, outcomeLost, reset, 33 * time.Second},
		{"reset", 0, 3 * time.Second, 10 * time.Second, outcomeLost, reset, 10 * time.Second},
		{"reset, with a long timeout", 0, 3 * time.Second, time.Hour, outcomeLost, reset, 33 * time.Second},
		{"reset, without a timeout", 0, 3 * time.Second, math.MaxInt64, outcomeLost, reset, 33 * time.Second},
		{"timed out", 0, 10 * time.Second, 10 * time.Second, outcomeLost, &TimeoutError{}, 10 * time.Second},
		{"cancelled", 0, 3 * time.Second, 10 * time.Second, outcomeEnded, context.Canceled, 10 * time.Second},
		{"cancelled, with a long timeout", 0, 3 * time.Second, time.Hour, outcomeEnded, context.Canceled, 33 * time.Second},
		{"cancelled, without a timeout", 0, 3 * time.Second, math.MaxInt64, outcomeEnded, context.Canceled, 33 * time.Second},
		{"too large", time.Second, 3 * time.Second, 10 * time.Second, outcomePermanent, &TooLargeError{}, 10 * time.Second},
		{"no outcome", 0, 3 * time.Second, 10 * time.Second, outcomeNone, nil, 10 * time.Second},
		{"no connection", 0, 3 * time.Second, 10 * time.Second, outcomeUnsent, refused, -1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := testConfig(nil)
				config.AttemptTimeout = c.timeout
				granted := time.Now()
				step := &permit{config: config, next: stepFunc(func(_ context.Context, a *attempt, _ *http.Request) (*http.Response, error) {
					time.Sleep(c.took)
					a.outcome = c.outcome
					a.wire.complete = c.outcome == outcomeResponded
					if c.responded > 0 {
						a.wire.responded = granted.Add(c.responded)
					}
					return nil, c.err
				})}
				a, r := newAttempt(t.Context(), config)
				_, _ = step.do(t.Context(), a, r)
				told := config.Limiter.(*recordingLimiter).released
				require.Len(t, told, 1)
				assert.Equal(t, granted, told[0].Permit.Granted)
				assert.Equal(t, c.outcome == outcomeResponded, told[0].Responded)
				if c.counted < 0 {
					assert.True(t, told[0].CountedAt.IsZero())
				} else {
					assert.Equal(t, c.counted, told[0].CountedAt.Sub(granted))
				}
			})
		})
	}
}

// TestL16ARequestSentAgainWithinTheAttemptMayBeCountedLate: only the last one got a response.
func TestL16ARequestSentAgainWithinTheAttemptMayBeCountedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(nil)
		granted := time.Now()
		step := &permit{config: config, next: stepFunc(func(_ context.Context, a *attempt, _ *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			a.wire.watch.extra = []limiter.Permit{{Granted: time.Now()}}
			a.outcome, a.wire.complete, a.wire.responded = outcomeResponded, true, time.Now()
			return nil, nil //nolint:nilnil // not looked at
		})}
		a, r := newAttempt(t.Context(), config)
		_, _ = step.do(t.Context(), a, r)
		released := config.Limiter.(*recordingLimiter).released
		require.Len(t, released, 2)
		assert.Equal(t, time.Second, released[0].CountedAt.Sub(granted))
		assert.Equal(t, 10*time.Second, released[1].CountedAt.Sub(granted))
	})
}

func TestPermitPausesAfterA429(t *testing.T) {
	for _, retryAfter := range []time.Duration{0, time.Minute, time.Hour} {
		config := testConfig(nil)
		step := &permit{config: config, next: stepFunc(func(_ context.Context, a *attempt, _ *http.Request) (*http.Response, error) {
			a.outcome = outcomeResponded
			a.call.response = Response{Status: http.StatusTooManyRequests, RetryAfter: retryAfter}
			return respond(429, ""), nil
		})}
		a, r := newAttempt(t.Context(), config)
		_, err := step.do(t.Context(), a, r)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{retryAfter}, config.Limiter.(*recordingLimiter).paused)
	}
}

func TestNothingIsSentWithoutAPermit(t *testing.T) {
	config := testConfig(nil)
	config.Limiter = &recordingLimiter{err: context.DeadlineExceeded}
	a, r := newAttempt(t.Context(), config)
	_, err := (&permit{config: config}).do(t.Context(), a, r) // there is no next step
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Zero(t, a.call.permits)
}

func TestClassifySortsAttempts(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cases := []struct {
		name string
		ctx  context.Context
		err  error
		want outcome
	}{
		{"response", t.Context(), nil, outcomeResponded},
		{"context ended", ended, context.Canceled, outcomeEnded},
		{"reset", t.Context(), &net.OpError{Op: "read", Err: syscall.ECONNRESET}, outcomeLost},
		{"dial", t.Context(), &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, outcomeUnsent},
		{"proxy", t.Context(), &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, outcomeUnsent},
		{"name", t.Context(), &net.DNSError{Err: "no such host"}, outcomeUnsent},
		{"too large", t.Context(), &TooLargeError{Limit: 10}, outcomePermanent},
		{"anything else", t.Context(), errors.New("made up"), outcomeLost},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			step := &classify{key: func() string { return "made-up-key" }, next: stepFunc(func(context.Context, *attempt, *http.Request) (*http.Response, error) {
				return respond(404, "", "Retry-After", "5"), c.err
			})}
			a, r := newAttempt(c.ctx, testConfig(nil))
			a.wire.body = []byte("no made-up-key here")
			_, _ = step.do(c.ctx, a, r)
			assert.Equal(t, c.want, a.outcome)
			if c.err == nil {
				assert.Equal(t, Response{Status: 404, Header: http.Header{"Retry-After": {"5"}}, Body: []byte("no [API key] here"), RetryAfter: 5 * time.Second}, a.call.response)
			}
		})
	}
}

func TestReadKeepsTheStatusOfABrokenErrorResponse(t *testing.T) {
	for status, fails := range map[int]bool{200: true, 500: false} {
		step := &read{limit: 100, next: stepFunc(func(context.Context, *attempt, *http.Request) (*http.Response, error) {
			response := respond(status, "")
			response.Body = io.NopCloser(io.MultiReader(strings.NewReader("half"), iotestError{}))
			return response, nil
		})}
		a, r := newAttempt(t.Context(), testConfig(nil))
		_, err := step.do(t.Context(), a, r)
		assert.Equal(t, fails, err != nil)
		assert.Equal(t, "half", string(a.wire.body))
	}
}

type iotestError struct{}

func (iotestError) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadAllIsBounded(t *testing.T) {
	for _, c := range []struct {
		body            string
		expected, limit int64
		fails           bool
	}{
		{"", 0, 10, false},
		{"", -1, 10, false},
		{"0123456789", 10, 10, false},
		{"0123456789", -1, 10, false},
		{"0123456789", 3, 10, false}, // a wrong length costs time, not data
		{"0123456789x", -1, 10, true},
		{"0123456789x", 11, 10, true},
		{strings.Repeat("x", 100_000), -1, 100_000, false},
	} {
		data, err := readAll(strings.NewReader(c.body), c.expected, c.limit)
		assert.Equal(t, c.fails, err != nil)
		assert.Equal(t, c.body[:min(len(c.body), int(c.limit))], string(data))
	}
}

func TestSendPutsTheHeadersOn(t *testing.T) {
	var got http.Header
	config := testConfig(transportFunc(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Clone()
		r.Header["Authorization"][0] = "overwritten in place"
		r.Header["User-Agent"] = nil
		return respond(200, ""), nil
	}))
	step := newSend(config)
	for range 2 {
		a, r := newAttempt(t.Context(), config)
		_, err := step.do(t.Context(), a, r)
		require.NoError(t, err)
		assert.False(t, a.wire.responded.IsZero())
		assert.Equal(t, http.Header{"Authorization": {"Bearer made-up-key"}, "Accept": {"application/json"}, "User-Agent": {"example"}}, got)
		assert.Empty(t, r.Header)
	}
}

func TestSendAfterTheEndSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	config := testConfig(nil) // there is no transport
	a, r := newAttempt(ctx, config)
	_, err := newSend(config).do(ctx, a, r)
	require.ErrorIs(t, err, context.Canceled)
	assert.True(t, a.wire.provesUnsent(err))
}

func TestSendBearsCarelessTransports(t *testing.T) {
	for body, response := range map[string]*http.Response{"none": nil, "without a body": {StatusCode: 200}} {
		config := testConfig(transportFunc(func(*http.Request) (*http.Response, error) { return response, nil }))
		a, r := newAttempt(t.Context(), config)
		got, err := newSend(config).do(t.Context(), a, r)
		assert.Equal(t, response == nil, err != nil, body)
		assert.Equal(t, response != nil, got != nil && got.Body != nil, body)
	}
}

func TestPermitIsReleasedWhenATransportPanics(t *testing.T) {
	config := testConfig(nil)
	step := &permit{config: config, next: stepFunc(func(context.Context, *attempt, *http.Request) (*http.Response, error) {
		panic("made up")
	})}
	a, r := newAttempt(t.Context(), config)
	assert.Panics(t, func() { _, _ = step.do(t.Context(), a, r) })
	released := config.Limiter.(*recordingLimiter).released
	require.Len(t, released, 1)
	assert.WithinDuration(t, time.Now().Add(config.AttemptTimeout), released[0].CountedAt, time.Second, "it may have been sent")
}

// TestReadBoundsTheBodyOfAnError: its status counts, and the beginning is enough.
func TestReadBoundsTheBodyOfAnError(t *testing.T) {
	step := &read{limit: 16 << 20, next: stepFunc(func(context.Context, *attempt, *http.Request) (*http.Response, error) {
		return respond(http.StatusBadRequest, strings.Repeat("x", 2<<20)), nil
	})}
	a, r := newAttempt(t.Context(), testConfig(nil))
	_, err := step.do(t.Context(), a, r)
	require.NoError(t, err)
	assert.Len(t, a.wire.body, errorBodyLimit)
}

func TestReadDoesNotWaitForAResponseThatNeverEnds(t *testing.T) {
	closed := make(chan struct{})
	step := &read{limit: 100, next: stepFunc(func(context.Context, *attempt, *http.Request) (*http.Response, error) {
		response := respond(http.StatusSwitchingProtocols, "")
		response.Body = endless{closed}
		return response, nil
	})}
	a, r := newAttempt(t.Context(), testConfig(nil))
	_, err := step.do(t.Context(), a, r)
	require.ErrorIs(t, err, errInformational)
	<-closed
}

type endless struct{ closed chan struct{} }

func (e endless) Read([]byte) (int, error) { <-e.closed; return 0, io.EOF }

func (e endless) Close() error { close(e.closed); return nil }

func TestWaitsDoNotOverflow(t *testing.T) {
	config := testConfig(nil)
	config.MinWait, config.MaxWait = time.Minute, 10*time.Minute
	for failures := 1; failures < 200; failures++ {
		assert.LessOrEqual(t, config.jitter(failures), config.MaxWait+1)
	}
	c := newCall(t.Context(), &Engine{config: *config}, Request{})
	c.config.MaxWait = math.MaxInt64
	assert.Equal(t, maxRateLimitedTime, c.rateLimitedBudget())
	c.config.MaxWait = time.Second
	assert.Equal(t, 25*time.Second, c.rateLimitedBudget())
}

func TestTheKeyIsTakenOutOfErrors(t *testing.T) {
	assert.Equal(t, "no [API key], no [API key]", string(redact([]byte(`no a/b+c, no a\/b+c`), "a/b+c")))
	cause := &net.OpError{Op: "dial", Err: errors.New("Bearer a/b+c")}
	err := withoutKey(cause, "a/b+c")
	assert.NotContains(t, fmt.Sprintf("%v %+v %s", err, err, err), "a/b+c")
	require.ErrorIs(t, err, cause)
	assert.Equal(t, io.EOF, withoutKey(io.EOF, "a/b+c"))
}
