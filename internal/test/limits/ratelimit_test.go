package limits_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// flaky puts failures in front of a model server: dial errors, and connections that
// break after the request arrived.
func flaky(server *kit.ModelServer) kit.TransportFunc {
	return func(r *http.Request) (*http.Response, error) {
		switch rand.N(20) {
		case 0:
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		case 1:
			if response, err := server.RoundTrip(r); err != nil {
				return response, err
			}
			return nil, kit.ErrReset
		}
		return server.RoundTrip(r)
	}
}

// TestL1NoWindowExceedsTheLimit tries random limits, arrivals, latencies, failures,
// timeouts and cancellations.
func TestL1NoWindowExceedsTheLimit(t *testing.T) {
	for round := range kit.Rounds(60) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limit := 1 + rand.N(40)
				attemptTimeout := time.Duration(1+rand.N(30)) * time.Second
				server := kit.NewModelServer(limit, kit.UpTo(time.Duration(1+rand.N(40))*time.Second))
				server.CountsWithin = attemptTimeout
				client := kit.NewClient(t, flaky(server), helpcrunch.WithRateLimit(limit), helpcrunch.WithAttemptTimeout(attemptTimeout))
				arrivals(t, client, time.Now().Add(10*time.Minute))
				synctest.Wait()
				assert.LessOrEqual(t, server.MostInAMinute(), limit)
				assert.Zero(t, server.RateLimited)
				assert.NotEmpty(t, server.Counted)
			})
		})
	}
}

// arrivals makes calls in bursts and alone, of both priorities, and cancels some.
func arrivals(t *testing.T, client *helpcrunch.Client, until time.Time) {
	var all sync.WaitGroup
	for time.Now().Before(until) {
		for range 1 + rand.N(1+rand.N(30)) {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(3*time.Minute))
				defer cancel()
				if rand.N(4) == 0 {
					time.AfterFunc(rand.N(20*time.Second), cancel)
				}
				caller := client
				if rand.N(2) == 0 {
					caller = client.InBackground()
				}
				_ = kit.Get(ctx, caller) // the server counts
			})
		}
		time.Sleep(rand.N(40 * time.Second))
	}
	all.Wait()
	time.Sleep(2 * time.Minute) // the requests in flight arrive
}

// countingLimiter counts the permits that it passes on.
type countingLimiter struct {
	helpcrunch.PermitLimiter
	permits atomic.Int64
}

func (l *countingLimiter) Acquire(ctx context.Context, request helpcrunch.PermitRequest) (helpcrunch.Permit, error) {
	l.permits.Add(1)
	return l.PermitLimiter.Acquire(ctx, request)
}

func TestL2OnePermitPerAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter, err := helpcrunch.NewRateLimiter(1000)
		require.NoError(t, err)
		counting := &countingLimiter{PermitLimiter: limiter}
		transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.Faults[0], kit.RateLimited(""), kit.Faults[5], kit.Faults[7]}, Respond: kit.Always(200, kit.PageJSON)}
		client := kit.NewClient(t, transport, helpcrunch.WithRateLimiter(counting))
		require.NoError(t, kit.Drain(client.Customers.All(t.Context(), nil)))
		assert.Equal(t, 5, transport.Count())
		assert.EqualValues(t, 5, counting.permits.Load())
	})
}

// TestL2RequestsThatNetHTTPResendsTakeAPermit: when a kept connection breaks, net/http
// sends a GET again by itself.
func TestL2RequestsThatNetHTTPResendsTakeAPermit(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 2 {
			panic(http.ErrAbortHandler) // closes the connection without a response
		}
		fmt.Fprint(w, kit.CustomerJSON)
	}))
	defer server.Close()
	limiter, err := helpcrunch.NewRateLimiter(1000)
	require.NoError(t, err)
	counting := &countingLimiter{PermitLimiter: limiter}
	client, err := helpcrunch.New(kit.APIKey, helpcrunch.WithBaseURL(server.URL),
		helpcrunch.WithRateLimiter(counting), helpcrunch.WithMaxRetries(0))
	require.NoError(t, err)
	require.NoError(t, kit.Get(t.Context(), client))
	require.NoError(t, kit.Get(t.Context(), client), "repeated by net/http, as retries are off")
	assert.EqualValues(t, 3, requests.Load())
	assert.EqualValues(t, 3, counting.permits.Load())
}

func TestL4FirstUseFromManyGoroutinesHasNoRaces(t *testing.T) {
	client := kit.NewClient(t, kit.TransportFunc(kit.Always(200, kit.CustomerJSON)))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { assert.NoError(t, kit.Get(t.Context(), client)) })
	}
	all.Wait()
}

func TestL6AnyPositiveLimitWorks(t *testing.T) {
	for _, limit := range []int{1, 2, 60, 120, 100_000} {
		synctest.Test(t, func(t *testing.T) {
			server := kit.NewModelServer(limit, func() time.Duration { return time.Millisecond })
			client := kit.NewClient(t, server, helpcrunch.WithRateLimit(limit))
			calls := min(3*limit, 400)
			took := kit.CallAtOnce(t, client, calls)
			assert.Zero(t, server.RateLimited)
			fullMinutes := time.Duration((calls-1)/limit) * time.Minute
			assert.InDelta(t, fullMinutes.Seconds(), took.Seconds(), 1)
		})
	}
	for _, limit := range []int{0, -1} {
		_, err := helpcrunch.New(kit.APIKey, helpcrunch.WithRateLimit(limit))
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	}
}

// TestL6BackgroundWorkProceedsWithATinyLimit: the slot that background leaves to others must
// not be the only one.
func TestL6BackgroundWorkProceedsWithATinyLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.NewModelServer(1, func() time.Duration { return time.Millisecond })
		client := kit.NewClient(t, server, helpcrunch.WithRateLimit(1))
		require.NoError(t, kit.Get(t.Context(), client))
		took, err := kit.Timed(func() error { return kit.Get(t.Context(), client.InBackground()) })
		require.NoError(t, err)
		assert.InDelta(t, 60, took.Seconds(), 1)
	})
}

func TestL7APermitAfterTheDeadlineIsAnError(t *testing.T) {
	plain := func() helpcrunch.Limiter { return rate.NewLimiter(rate.Every(time.Minute), 1) }
	ours := func() helpcrunch.Limiter {
		limiter, err := helpcrunch.NewRateLimiter(1)
		require.NoError(t, err)
		return limiter
	}
	for name, limiter := range map[string]func() helpcrunch.Limiter{"ours": ours, "foreign": plain} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := kit.NewClient(t, kit.TransportFunc(kit.Always(200, kit.CustomerJSON)), helpcrunch.WithRateLimiter(limiter()))
				require.NoError(t, kit.Get(t.Context(), client))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				took, err := kit.Timed(func() error { return kit.Get(ctx, client) })
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorContains(t, err, "rate limit")
				assert.Zero(t, took, "it is known at once")
			})
		})
	}
}

func TestL8Cancelling500WaitersDelaysNobody(t *testing.T) {
	for _, background := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			client := kit.NewClient(t, kit.TransportFunc(kit.Always(200, kit.CustomerJSON)))
			if background {
				client = client.InBackground()
			}
			nextTurn := func(crowd int) time.Duration {
				require.Less(t, kit.CallAtOnce(t, client, 120), 61*time.Second)
				ctx, cancel := context.WithCancel(t.Context())
				var all sync.WaitGroup
				for range crowd {
					all.Go(func() { assert.ErrorIs(t, kit.Get(ctx, client), context.Canceled) })
				}
				synctest.Wait()
				cancel()
				all.Wait()
				took, err := kit.Timed(func() error { return kit.Get(t.Context(), client) })
				require.NoError(t, err)
				time.Sleep(2 * time.Minute)
				return took
			}
			alone := nextTurn(0)
			assert.InDelta(t, alone.Seconds(), nextTurn(500).Seconds(), 0.01)
		})
	}
}

func TestL9WaitingForAPermitIsOutsideTheAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := kit.NewModelServer(10, func() time.Duration { return 900 * time.Millisecond })
		client := kit.NewClient(t, server, helpcrunch.WithRateLimit(10), helpcrunch.WithAttemptTimeout(time.Second))
		kit.CallAtOnce(t, client, 60)
		assert.Len(t, server.Taken, 60)
	})
}

// TestL11NothingIsSentDuringAPause: with our limiter and with a foreign one, whose waiters
// are held too.
func TestL11NothingIsSentDuringAPause(t *testing.T) {
	for name, opt := range map[string]helpcrunch.Option{
		"ours":    helpcrunch.WithRateLimit(600),
		"foreign": helpcrunch.WithRateLimiter(rate.NewLimiter(rate.Every(100*time.Millisecond), 1)),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const pause = 20 * time.Second
				var mu sync.Mutex
				var limitedAt time.Time
				sent := make(map[time.Time]int)
				transport := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					now := time.Now()
					sent[now]++
					if limitedAt.IsZero() {
						limitedAt = now
					}
					if now.Equal(limitedAt) { // however many were sent in that instant
						return kit.RetryAfter(r, http.StatusTooManyRequests, "20"), nil
					}
					return kit.NewResponse(r, 200, kit.CustomerJSON), nil
				})
				client := kit.NewClient(t, transport, opt)
				kit.CallAtOnce(t, client, 50)
				for moment, requests := range sent {
					if moment.After(limitedAt) {
						assert.False(t, moment.Before(limitedAt.Add(pause)), "sent %s after the 429", moment.Sub(limitedAt))
						assert.LessOrEqual(t, requests, 3, "at most 3 in the same instant")
					}
				}
				assert.Greater(t, len(sent), 10)
			})
		})
	}
}

// TestL12NewSendsNoRequest: making a client sends nothing.
func TestL12NewSendsNoRequest(t *testing.T) {
	transport := kit.TransportFunc(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, kit.ErrReset
	})
	client := kit.NewClient(t, transport)
	_ = client.InBackground()
	_ = client.Customers.All(t.Context(), nil)
}

// TestL13CallsSucceedBesideAnotherConsumerOfTheLimit: every call succeeds although others take most of
// the limit, in 24 scenarios.
func TestL13CallsSucceedBesideAnotherConsumerOfTheLimit(t *testing.T) {
	t.Parallel()
	for _, taken := range []int{60, 90, 110} {
		for _, bursts := range []int{1, 6} {
			for _, callers := range []int{1, 5} {
				for _, fixed := range []bool{false, true} {
					name := fmt.Sprintf("taken=%d bursts=%d callers=%d fixed=%t", taken, bursts, callers, fixed)
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							const lasts = kit.Simulated / 5
							server := kit.SimulatedServer(t, kit.UpTo(600*time.Millisecond), fixed)
							until := time.Now().Add(lasts)
							go consume(t, server, taken, bursts, until)
							client := kit.SimulatedClient(server)
							var succeeded atomic.Int64
							kit.Saturate(t.Context(), callers, until, func(ctx context.Context) error {
								err := kit.Get(ctx, client)
								assert.NoError(t, err)
								succeeded.Add(1)
								return err
							})
							assert.Greater(t, succeeded.Load(), int64(lasts.Minutes())*int64(kit.Budget-taken)/2)
						})
					})
				}
			}
		}
	}
}

// consume makes requests in bursts and ignores the limit.
func consume(t *testing.T, server *helpcrunchtest.Server, perMinute, bursts int, until time.Time) {
	client := server.Client(helpcrunch.WithMaxRetries(0))
	for time.Now().Before(until) {
		for range perMinute / bursts {
			go func() { _ = kit.Get(t.Context(), client) }() // rate-limited or not
		}
		time.Sleep(time.Minute / time.Duration(bursts))
	}
}
