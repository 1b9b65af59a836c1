package faults_test

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
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestR2ReadsSurviveResetsAndCreationsAreNotRetried: over real connections a read survives two resets, and a once
// operation is not sent twice.
func TestR2ReadsSurviveResetsAndCreationsAreNotRetried(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) <= 2 {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler) // closes the connection without a response
		}
		fmt.Fprint(w, `{"id":7}`)
	}))
	defer server.Close()
	client, err := helpcrunch.New(kit.APIKey, helpcrunch.WithBaseURL(server.URL+"/v1"),
		helpcrunch.WithRetryWait(time.Millisecond, time.Millisecond))
	require.NoError(t, err)

	require.NoError(t, kit.Get(t.Context(), client))
	assert.EqualValues(t, 3, requests.Load())

	requests.Store(0)
	_, err = client.Messages.SendAsCustomer(t.Context(), 1, "hello")
	require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
	assert.EqualValues(t, 1, requests.Load())
}

func TestR3LongRetryAfterFailsAtOnce(t *testing.T) {
	for _, header := range []string{"86400", "9999999999999", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.RateLimited(header)}, Respond: kit.Always(200, kit.CustomerJSON)}
				client := kit.NewClient(t, transport)
				took, err := kit.Timed(func() error { return kit.Get(t.Context(), client) })
				require.ErrorIs(t, err, helpcrunch.ErrRateLimited)
				apiError := requireAPIError(t, err)
				assert.GreaterOrEqual(t, apiError.RetryAfter, 24*time.Hour)
				assert.Zero(t, took)
				took, err = kit.Timed(func() error { return kit.Get(t.Context(), client) })
				require.NoError(t, err)
				assert.Equal(t, time.Minute, took, "other calls pause for the maximum wait")
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

func TestR4RetryAfterIsReadInEveryForm(t *testing.T) {
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
				transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.RateLimited(c.header())}, Respond: kit.Always(200, kit.CustomerJSON)}
				took, err := kit.Timed(func() error { return kit.Get(t.Context(), kit.NewClient(t, transport)) })
				require.NoError(t, err)
				assert.InDelta(t, c.wait.Seconds(), took.Seconds(), 0.01)
			})
		})
	}
}

// TestR4RetryAfterOfA503IsHonoured is the wait of an unavailable service.
func TestR4RetryAfterOfA503IsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := kit.Fault{Name: "503", Effect: false, Strike: func(r *http.Request) (*http.Response, error) {
			return kit.RetryAfter(r, http.StatusServiceUnavailable, "7"), nil
		}}
		transport := &kit.FaultyTransport{Faults: []kit.Fault{down}, Respond: kit.Always(200, kit.CustomerJSON)}
		took, err := kit.Timed(func() error { return kit.Get(t.Context(), kit.NewClient(t, transport)) })
		require.NoError(t, err)
		assert.Equal(t, 7*time.Second, took)
	})
}

func TestR5BackoffIsExponentialWithJitterAndCapped(t *testing.T) {
	const minimum, maximum, retries, calls = time.Second, 4 * time.Second, 5, 300
	bounds := []time.Duration{minimum, 2 * minimum, maximum, maximum, maximum}
	sums := make([]time.Duration, retries)
	for range calls {
		synctest.Test(t, func(t *testing.T) {
			var sent []time.Time
			transport := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, time.Now())
				return kit.NewResponse(r, http.StatusBadGateway, ""), nil
			})
			client := kit.NewClient(t, transport, helpcrunch.WithRetryWait(minimum, maximum), helpcrunch.WithMaxRetries(retries))
			require.ErrorIs(t, kit.Get(t.Context(), client), helpcrunch.ErrServer)
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

func TestR6AContextThatEndsDuringAWaitMatchesBothErrors(t *testing.T) {
	down := kit.StatusFault(http.StatusServiceUnavailable, false)
	for name, f := range map[string]kit.Fault{"backoff": down, "pause": kit.RateLimited("30")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				transport := &kit.FaultyTransport{Faults: []kit.Fault{f}}
				client := kit.NewClient(t, transport, helpcrunch.WithRetryWait(40*time.Second, time.Minute))
				time.AfterFunc(time.Microsecond, cancel)
				took, err := kit.Timed(func() error { return kit.Get(ctx, client) })
				require.ErrorIs(t, err, context.Canceled)
				requireAPIError(t, err)
				assert.Equal(t, time.Microsecond, took)
			})
		})
	}
}

func TestR7WaitPastTheDeadlineFailsAtOnce(t *testing.T) {
	unavailableFor := kit.Fault{Name: "503", Effect: false, Strike: func(r *http.Request) (*http.Response, error) {
		return kit.RetryAfter(r, http.StatusServiceUnavailable, "20"), nil
	}}
	for name, f := range map[string]kit.Fault{"backoff": unavailableFor, "pause": kit.RateLimited("20")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				transport := &kit.FaultyTransport{Faults: []kit.Fault{f}}
				took, err := kit.Timed(func() error { return kit.Get(ctx, kit.NewClient(t, transport)) })
				require.ErrorIs(t, err, context.DeadlineExceeded)
				requireAPIError(t, err)
				assert.Zero(t, took)
			})
		})
	}
}

func TestR8UsedUpRetriesReportStatusDetailsAndAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := kit.OpenBodies.Load()
		transport := kit.TransportFunc(kit.Always(http.StatusBadGateway, `{"errors":[{"code":"made_up","message":"Made up"}]}`))
		apiError := requireAPIError(t, kit.Get(t.Context(), kit.NewClient(t, transport)))
		assert.Equal(t, http.StatusBadGateway, apiError.StatusCode)
		assert.Equal(t, 5, apiError.Attempts)
		assert.True(t, apiError.HasCode("made_up"))
		assert.Contains(t, apiError.Error(), "GET /customers/7: 502 Bad Gateway: Made up (made_up) (after 5 attempts)")
		assert.Equal(t, before, kit.OpenBodies.Load(), "every body was closed")
	})
}

// closingTransport notes whether anybody closed its idle connections.
type closingTransport struct {
	http.RoundTripper
	closed atomic.Bool
}

func (c *closingTransport) CloseIdleConnections() { c.closed.Store(true) }

func TestR10FailedCallsLeaveIdleConnectionsAlone(t *testing.T) {
	for _, f := range kit.Faults {
		synctest.Test(t, func(t *testing.T) {
			transport := &closingTransport{RoundTripper: &kit.FaultyTransport{Faults: []kit.Fault{f, f, f, f, f}}}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			require.Error(t, kit.Get(ctx, kit.NewClient(t, transport, helpcrunch.WithMaxRetries(1))))
			assert.False(t, transport.closed.Load(), f.Name)
		})
	}
}

func TestR13EveryAttemptSendsTheSameBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.Faults[0], kit.Faults[5], kit.Faults[6]}, Respond: kit.Always(200, kit.CustomerJSON)}
		patch := &helpcrunch.CustomerPatch{Name: helpcrunch.Set(strings.Repeat("Ada ", 1000))}
		_, err := kit.NewClient(t, transport).Customers.Update(t.Context(), 7, patch)
		require.NoError(t, err)
		require.Len(t, transport.Requests, 4)
		for _, r := range transport.Requests {
			assert.Equal(t, transport.Requests[0], r)
			assert.Contains(t, string(r.Body), "Ada")
		}
	})
}

// TestR14TheWorstTotalTimeIsTheDocumentedOne checks what the package documentation promises.
func TestR14TheWorstTotalTimeIsTheDocumentedOne(t *testing.T) {
	slow := func(status int, retryAfter string) kit.TransportFunc {
		return func(r *http.Request) (*http.Response, error) {
			time.Sleep(30*time.Second - time.Millisecond)
			return kit.RetryAfter(r, status, retryAfter), nil
		}
	}
	rateLimited := 0
	cases := []struct {
		name      string
		transport kit.TransportFunc
		atMost    time.Duration
	}{
		{"silence", kit.Faults[7].Strike, 157500 * time.Millisecond},
		{"slow 503 that asks for waits", slow(http.StatusServiceUnavailable, "60"), 390 * time.Second},
		{"429 at once", kit.TransportFunc(kit.Always(http.StatusTooManyRequests, "")), 150 * time.Second},
		{"slow 429", slow(http.StatusTooManyRequests, ""), 180 * time.Second},
		{"slow 429, then slow 503", func(r *http.Request) (*http.Response, error) {
			if rateLimited++; rateLimited <= 4 {
				return slow(http.StatusTooManyRequests, "")(r)
			}
			return slow(http.StatusServiceUnavailable, "60")(r)
		}, 540 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, err := kit.Timed(func() error { return kit.Get(t.Context(), kit.NewClient(t, c.transport)) })
				require.Error(t, err)
				assert.LessOrEqual(t, took, c.atMost)
				assert.Greater(t, took, c.atMost/2, "the bound is not far away")
			})
		})
	}
}

func TestR15A429IsRetriedForEveryOperation(t *testing.T) {
	for _, c := range kit.SingleOperationCases() {
		t.Run(c.Golden(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &kit.FaultyTransport{
					Faults:  []kit.Fault{kit.RateLimited(""), kit.RateLimited(""), kit.RateLimited(""), kit.RateLimited(""), kit.RateLimited(""), kit.RateLimited("3")},
					Respond: kit.Always(c.Responses[0].Status, c.Responses[0].Body),
				}
				took, err := kit.Timed(func() error { return c.Call(t.Context(), kit.NewClient(t, transport)) })
				require.NoError(t, err, "more than the four retries of other failures")
				assert.InDelta(t, 1+2+4+8+16+3, took.Seconds(), 2)
			})
		})
	}
}

func TestR16ADeletionWhoseFirstResponseWasLostSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notFound := kit.Always(http.StatusNotFound, `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`)
		for _, lost := range []kit.Fault{kit.Faults[0], kit.Faults[5], kit.Faults[6], kit.Faults[7]} {
			transport := &kit.FaultyTransport{Faults: []kit.Fault{lost}, Respond: notFound}
			require.NoError(t, kit.NewClient(t, transport).Customers.Delete(t.Context(), 7), lost.Name)
		}
		for _, nothing := range []kit.Fault{kit.Faults[3], kit.Faults[4]} {
			transport := &kit.FaultyTransport{Faults: []kit.Fault{nothing}, Respond: notFound}
			require.ErrorIs(t, kit.NewClient(t, transport).Customers.Delete(t.Context(), 7), helpcrunch.ErrNotFound, nothing.Name)
		}
	})
}

// TestR16ADeletionWithAResultStaysAnError: a 404 has nothing to decode into the caller's value.
func TestR16ADeletionWithAResultStaysAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notFound := kit.Always(http.StatusNotFound, `{"errors":[{"code":"entity_not_found","message":"Customer not found"}]}`)
		remove := func(out any) error {
			transport := &kit.FaultyTransport{Faults: kit.Faults[5:6], Respond: notFound}
			return kit.NewClient(t, transport).Do(t.Context(), http.MethodDelete, "/customers/7", nil, nil, out)
		}
		require.NoError(t, remove(nil))
		require.ErrorIs(t, remove(new(helpcrunch.Customer)), helpcrunch.ErrNotFound)
	})
}
