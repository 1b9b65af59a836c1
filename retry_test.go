package helpcrunch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// refusal is a 429 with a Retry-After, if it is not empty.
func refusal(retryAfter string) fault {
	return fault{"429", false, func(r *http.Request) (*http.Response, error) {
		return unavailable(r, http.StatusTooManyRequests, retryAfter), nil
	}}
}

func unavailable(r *http.Request, status int, retryAfter string) *http.Response {
	response := answer(r, status, `{"errors":[{"code":"too_many_requests","message":"Too many requests"}]}`)
	if retryAfter != "" {
		response.Header.Set("Retry-After", retryAfter)
	}
	return response
}

// timed returns how long a call takes, and its error.
func timed(call func() error) (time.Duration, error) {
	started := time.Now()
	err := call()
	return time.Since(started), err
}

func getOnce(ctx context.Context, client *helpcrunch.Client) error {
	return fails(client.Customers.Get(ctx, 7))
}

// TestR2ResetsOverTheNetwork: over real connections a read survives two resets, and a once
// operation is not sent twice.
func TestR2ResetsOverTheNetwork(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) <= 2 {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler) // closes the connection without an answer
		}
		fmt.Fprint(w, `{"id":7}`)
	}))
	defer server.Close()
	client, err := helpcrunch.New(testKey, helpcrunch.WithBaseURL(server.URL+"/v1"),
		helpcrunch.WithRetryWait(time.Millisecond, time.Millisecond))
	require.NoError(t, err)

	require.NoError(t, getOnce(t.Context(), client))
	assert.EqualValues(t, 3, requests.Load())

	requests.Store(0)
	_, err = client.Messages.Create(t.Context(), &helpcrunch.MessageInput{Chat: 1, Text: "hello"})
	require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
	assert.EqualValues(t, 1, requests.Load())
}

func TestR3LongRetryAfterFailsAtOnce(t *testing.T) {
	for _, header := range []string{"86400", "9999999999999", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &faultyTransport{faults: []fault{refusal(header)}, reply: always(200, aCustomer)}
				client := newClient(t, transport)
				took, err := timed(func() error { return getOnce(t.Context(), client) })
				require.ErrorIs(t, err, helpcrunch.ErrRateLimited)
				apiError := requireAPIError(t, err)
				assert.GreaterOrEqual(t, apiError.RetryAfter, 24*time.Hour)
				assert.Zero(t, took)
				took, err = timed(func() error { return getOnce(t.Context(), client) })
				require.NoError(t, err, "no pause was started")
				assert.Zero(t, took)
			})
		})
	}
}

func requireAPIError(t *testing.T, err error) *helpcrunch.APIError {
	t.Helper()
	var apiError *helpcrunch.APIError
	require.ErrorAs(t, err, &apiError)
	return apiError
}

func TestR4RetryAfterInEveryForm(t *testing.T) {
	const date = 10 * time.Second
	cases := []struct {
		name   string
		header func() string
		wait   time.Duration
	}{
		{"seconds", func() string { return "2" }, 2 * time.Second},
		{"fraction", func() string { return "1.5" }, 1500 * time.Millisecond},
		{"RFC 1123", func() string { return time.Now().Add(date).UTC().Format(http.TimeFormat) }, date},
		{"RFC 850", func() string { return time.Now().Add(date).UTC().Format("Monday, 02-Jan-06 15:04:05 GMT") }, date},
		{"asctime", func() string { return time.Now().Add(date).UTC().Format(time.ANSIC) }, date},
		{"absent", func() string { return "" }, time.Second},
		{"zero", func() string { return "0" }, time.Second},
		{"negative", func() string { return "-5" }, time.Second},
		{"past", func() string { return time.Now().Add(-date).UTC().Format(http.TimeFormat) }, time.Second},
		{"not a number", func() string { return "NaN" }, time.Second},
		{"rubbish", func() string { return "soon" }, time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &faultyTransport{faults: []fault{refusal(c.header())}, reply: always(200, aCustomer)}
				took, err := timed(func() error { return getOnce(t.Context(), newClient(t, transport)) })
				require.NoError(t, err)
				assert.InDelta(t, c.wait.Seconds(), took.Seconds(), 0.01)
			})
		})
	}
}

// TestR4RetryAfterOfA503 is the wait of an unavailable service.
func TestR4RetryAfterOfA503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := fault{"503", false, func(r *http.Request) (*http.Response, error) {
			return unavailable(r, http.StatusServiceUnavailable, "7"), nil
		}}
		transport := &faultyTransport{faults: []fault{down}, reply: always(200, aCustomer)}
		took, err := timed(func() error { return getOnce(t.Context(), newClient(t, transport)) })
		require.NoError(t, err)
		assert.Equal(t, 7*time.Second, took)
	})
}

func TestR5BackoffIsRandomGrowsAndIsCapped(t *testing.T) {
	const minimum, maximum, retries, calls = time.Second, 4 * time.Second, 5, 300
	bounds := []time.Duration{minimum, 2 * minimum, maximum, maximum, maximum}
	sums := make([]time.Duration, retries)
	for range calls {
		synctest.Test(t, func(t *testing.T) {
			var sent []time.Time
			transport := transportFunc(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, time.Now())
				return answer(r, http.StatusBadGateway, ""), nil
			})
			client := newClient(t, transport, helpcrunch.WithRetryWait(minimum, maximum), helpcrunch.WithMaxRetries(retries))
			require.ErrorIs(t, getOnce(t.Context(), client), helpcrunch.ErrServer)
			require.Len(t, sent, retries+1)
			for i, bound := range bounds {
				wait := sent[i+1].Sub(sent[i])
				require.LessOrEqual(t, wait, bound)
				sums[i] += wait
			}
		})
	}
	for i, bound := range bounds {
		mean := sums[i] / calls
		assert.InDelta(t, (bound / 2).Seconds(), mean.Seconds(), 0.15*bound.Seconds(), "wait %d is spread evenly from 0 to %s", i, bound)
	}
}

// transportFunc is a transport made of a function.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestR6ContextThatEndsDuringAWait(t *testing.T) {
	down := statusFault(http.StatusServiceUnavailable, false)
	for name, f := range map[string]fault{"backoff": down, "pause": refusal("30")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				transport := &faultyTransport{faults: []fault{f}}
				client := newClient(t, transport, helpcrunch.WithRetryWait(40*time.Second, time.Minute))
				time.AfterFunc(time.Microsecond, cancel)
				took, err := timed(func() error { return getOnce(ctx, client) })
				require.ErrorIs(t, err, context.Canceled)
				requireAPIError(t, err)
				assert.Equal(t, time.Microsecond, took)
			})
		})
	}
}

func TestR7WaitPastTheDeadlineFailsAtOnce(t *testing.T) {
	unavailableFor := fault{"503", false, func(r *http.Request) (*http.Response, error) {
		return unavailable(r, http.StatusServiceUnavailable, "20"), nil
	}}
	for name, f := range map[string]fault{"backoff": unavailableFor, "pause": refusal("20")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				transport := &faultyTransport{faults: []fault{f}}
				took, err := timed(func() error { return getOnce(ctx, newClient(t, transport)) })
				require.ErrorIs(t, err, context.DeadlineExceeded)
				requireAPIError(t, err)
				assert.Zero(t, took)
			})
		})
	}
}

func TestR8UsedUpRetriesTellAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := openBodies.Load()
		transport := transportFunc(always(http.StatusBadGateway, `{"errors":[{"code":"made_up","message":"Made up"}]}`))
		apiError := requireAPIError(t, getOnce(t.Context(), newClient(t, transport)))
		assert.Equal(t, http.StatusBadGateway, apiError.StatusCode)
		assert.Equal(t, 5, apiError.Attempts)
		assert.True(t, apiError.HasCode("made_up"))
		assert.Contains(t, apiError.Error(), "GET /customers/7: 502 Bad Gateway: Made up (made_up) (after 5 attempts)")
		assert.Equal(t, before, openBodies.Load(), "every body was closed")
	})
}

// closingTransport notes whether anybody closed its idle connections.
type closingTransport struct {
	http.RoundTripper
	closed atomic.Bool
}

func (c *closingTransport) CloseIdleConnections() { c.closed.Store(true) }

func TestR10FailedCallsLeaveIdleConnectionsAlone(t *testing.T) {
	for _, f := range faults {
		synctest.Test(t, func(t *testing.T) {
			transport := &closingTransport{RoundTripper: &faultyTransport{faults: []fault{f, f, f, f, f}}}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			require.Error(t, getOnce(ctx, newClient(t, transport, helpcrunch.WithMaxRetries(1))))
			assert.False(t, transport.closed.Load(), f.name)
		})
	}
}

func TestR13EveryAttemptSendsTheSameBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &faultyTransport{faults: []fault{faults[0], faults[5], faults[6]}, reply: always(200, aCustomer)}
		patch := &helpcrunch.CustomerPatch{Name: helpcrunch.Set(strings.Repeat("Ada ", 1000))}
		_, err := newClient(t, transport).Customers.Update(t.Context(), 7, patch)
		require.NoError(t, err)
		require.Len(t, transport.requests, 4)
		for _, r := range transport.requests {
			assert.Equal(t, transport.requests[0], r)
			assert.Contains(t, string(r.Body), "Ada")
		}
	})
}

// TestR14WorstTotalTime checks what the package documentation promises.
func TestR14WorstTotalTime(t *testing.T) {
	slow := func(status int, retryAfter string) transportFunc {
		return func(r *http.Request) (*http.Response, error) {
			time.Sleep(30*time.Second - time.Millisecond)
			return unavailable(r, status, retryAfter), nil
		}
	}
	refusedFirst := 0
	cases := []struct {
		name      string
		transport transportFunc
		atMost    time.Duration
	}{
		{"silence", faults[7].strike, 157500 * time.Millisecond},
		{"slow 503 that asks for waits", slow(http.StatusServiceUnavailable, "60"), 390 * time.Second},
		{"429 at once", transportFunc(always(http.StatusTooManyRequests, "")), 150 * time.Second},
		{"slow 429", slow(http.StatusTooManyRequests, ""), 180 * time.Second},
		{"slow 429, then slow 503", func(r *http.Request) (*http.Response, error) {
			if refusedFirst++; refusedFirst <= 4 {
				return slow(http.StatusTooManyRequests, "")(r)
			}
			return slow(http.StatusServiceUnavailable, "60")(r)
		}, 540 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, err := timed(func() error { return getOnce(t.Context(), newClient(t, c.transport)) })
				require.Error(t, err)
				assert.LessOrEqual(t, took, c.atMost)
				assert.Greater(t, took, c.atMost/2, "the bound is not far away")
			})
		})
	}
}

func TestR15A429IsRetriedForEveryOperation(t *testing.T) {
	for _, c := range singleOperation() {
		t.Run(c.golden(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &faultyTransport{
					faults: []fault{refusal(""), refusal(""), refusal(""), refusal(""), refusal(""), refusal("3")},
					reply:  always(c.replies[0].status, c.replies[0].body),
				}
				took, err := timed(func() error { return c.call(t.Context(), newClient(t, transport)) })
				require.NoError(t, err, "more than the four retries of other failures")
				assert.InDelta(t, 1+2+4+8+16+3, took.Seconds(), 2)
			})
		})
	}
}

func TestR16DeleteWhoseFirstAnswerWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := always(http.StatusNotFound, `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`)
		for _, lost := range []fault{faults[0], faults[5], faults[6], faults[7]} {
			transport := &faultyTransport{faults: []fault{lost}, reply: gone}
			require.NoError(t, newClient(t, transport).Customers.Delete(t.Context(), 7), lost.name)
		}
		for _, nothing := range []fault{faults[3], faults[4]} {
			transport := &faultyTransport{faults: []fault{nothing}, reply: gone}
			require.ErrorIs(t, newClient(t, transport).Customers.Delete(t.Context(), 7), helpcrunch.ErrNotFound, nothing.name)
		}
	})
}
