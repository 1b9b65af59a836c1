package limits_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// lateServer counts each request as late as it may: that of an attempt without a complete
// response at the end of the attempt timeout, or 30 s after the attempt ended.
type lateServer struct {
	attemptTimeout time.Duration
	respond        func(r *http.Request) (*http.Response, error)

	mu      sync.Mutex
	counted []time.Time
}

func (s *lateServer) count(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counted = append(s.counted, at)
}

func (s *lateServer) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := time.Now()
	response, err := s.respond(r)
	if err == nil {
		body, readErr := io.ReadAll(response.Body)
		if readErr == nil {
			s.count(time.Now())
			response.Body = kit.NewBody(string(body))
			return response, nil
		}
		response.Body = kit.NewBodyOf(iotest.ErrReader(readErr))
	}
	late := min(s.attemptTimeout-time.Since(sent), 30*time.Second)
	s.count(time.Now().Add(time.Duration(rand.Float64() * float64(late))))
	return response, err
}

// mostInAMinute is the largest number of requests counted in any rolling minute.
func (s *lateServer) mostInAMinute() (most int) {
	slices.SortFunc(s.counted, time.Time.Compare)
	for first, last := 0, 0; last < len(s.counted); last++ {
		for s.counted[last].Sub(s.counted[first]) >= time.Minute {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// faulty takes up to 20 s, and then fails in one of many ways or responds.
func faulty(r *http.Request) (*http.Response, error) {
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-time.After(rand.N(rand.N(20*time.Second) + 1)):
	}
	status := []int{200, 200, 200, 503, 429}[rand.N(5)]
	body := kit.NewBodyOf(strings.NewReader(kit.CustomerJSON))
	switch rand.N(4) {
	case 0:
		return nil, kit.ErrReset
	case 1:
		body = kit.NewBodyOf(io.MultiReader(strings.NewReader(`{"id":`), iotest.ErrReader(kit.ErrReset)))
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: body, ContentLength: -1, Request: r}, nil
}

// TestL16RequestsCountedLateStayWithinTheLimit: those of attempts that were reset, truncated,
// timed out or cancelled, with any attempt timeout.
func TestL16RequestsCountedLateStayWithinTheLimit(t *testing.T) {
	timeouts := []time.Duration{time.Second, 10 * time.Second, 30 * time.Second, time.Hour, math.MaxInt64}
	for round := range kit.Rounds(40) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limit := 1 + rand.N(40)
				server := &lateServer{attemptTimeout: timeouts[round%len(timeouts)], respond: faulty}
				client := kit.NewClient(t, server, helpcrunch.WithRateLimit(limit), helpcrunch.WithAttemptTimeout(server.attemptTimeout))
				arrivals(t, client, time.Now().Add(10*time.Minute))
				assert.LessOrEqual(t, server.mostInAMinute(), limit)
				assert.NotEmpty(t, server.counted)
			})
		})
	}
}

// TestL14CancelledCallsBlockNobodyForLongerThan90Seconds: whatever the attempt timeout.
func TestL14CancelledCallsBlockNobodyForLongerThan90Seconds(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		10 * time.Second: 70 * time.Second, 30 * time.Second: 90 * time.Second,
		time.Hour: 91 * time.Second, 24 * time.Hour: 91 * time.Second, math.MaxInt64: 91 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			var mu sync.Mutex
			client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				requests++
				hangs := requests <= 120
				mu.Unlock()
				if hangs {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
				return kit.NewResponse(r, 200, kit.CustomerJSON), nil
			}), helpcrunch.WithAttemptTimeout(timeout))
			var all sync.WaitGroup
			began := time.Now()
			for range 120 {
				all.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					assert.Error(t, kit.Get(ctx, client))
				})
			}
			all.Wait()
			require.NoError(t, kit.Get(t.Context(), client))
			assert.InDelta(t, want.Seconds(), time.Since(began).Seconds(), 0.01, "attempt timeout %s", timeout)
		})
	}
}

// TestL14AttemptsThatWereNeverSentBlockNobody: they give their slots back at once.
func TestL14AttemptsThatWereNeverSentBlockNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noConnection := kit.Faults[4]
		transport := &kit.FaultyTransport{Faults: slices.Repeat([]kit.Fault{noConnection}, 50), Respond: kit.Always(200, kit.CustomerJSON)}
		client := kit.NewClient(t, transport, helpcrunch.WithRateLimit(10), helpcrunch.WithMaxRetries(0))
		took, err := kit.Timed(func() error {
			for range 50 {
				require.Error(t, kit.Get(t.Context(), client))
			}
			return kit.Get(t.Context(), client)
		})
		require.NoError(t, err)
		assert.Zero(t, took)
	})
}

// TestL14AStormOfResetsRunsAtTwoThirdsOfTheBudget: with the default attempt timeout each lost
// attempt holds its slot for 90 s.
func TestL14AStormOfResetsRunsAtTwoThirdsOfTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		var mu sync.Mutex
		client := kit.NewClient(t, kit.TransportFunc(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			requests++
			return nil, kit.ErrReset
		}), helpcrunch.WithMaxRetries(0))
		until := time.Now().Add(30 * time.Minute)
		kit.Saturate(t.Context(), 8, until, func(ctx context.Context) error {
			_ = kit.Get(ctx, client) // always fails
			return nil
		})
		assert.InEpsilon(t, 30*120*2/3, requests, 0.04)
	})
}
