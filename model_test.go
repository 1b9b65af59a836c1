package helpcrunch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// testKey is a key that New accepts.
const testKey = "canary0123456789KEY+/=-"

// modelServer is a service with a rolling limit and a latency, for virtual time. It counts
// a request at a random moment between its sending and its answer, also one whose sender
// has given up, which is what the test server can't do.
type modelServer struct {
	limit   int
	latency func() time.Duration // of one request
	// countsWithin bounds when a request is counted, even one that nobody waits for.
	countsWithin time.Duration

	mu      sync.Mutex
	counted []time.Time // every request seen, in order
	taken   []time.Time // those not answered with 429
	refused int
}

func newModelServer(limit int, latency func() time.Duration) *modelServer {
	return &modelServer{limit: limit, latency: latency, countsWithin: 30 * time.Second}
}

// upTo is a latency of any length up to the longest, the mean being half of it.
func upTo(longest time.Duration) func() time.Duration {
	return func() time.Duration { return rand.N(longest) + 1 }
}

func (s *modelServer) RoundTrip(r *http.Request) (*http.Response, error) {
	latency := s.latency()
	before := min(time.Duration(rand.Float64()*float64(latency)), s.countsWithin)
	status := make(chan int, 1)
	go func() { // a request that is under way arrives, whether its sender waits or not
		time.Sleep(before)
		status <- s.count()
		time.Sleep(max(0, min(latency, s.countsWithin)-before))
	}()
	select {
	case <-time.After(latency):
		return answer(r, <-status, `{"id":7,"data":[]}`), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// count takes note of a request and returns the status to answer with.
func (s *modelServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.counted = append(s.counted, now)
	if s.inWindow(now) >= s.limit {
		s.refused++
		return http.StatusTooManyRequests
	}
	s.taken = append(s.taken, now)
	return http.StatusOK
}

// inWindow is how many requests the last minute has taken.
func (s *modelServer) inWindow(now time.Time) int {
	begin := now.Add(-time.Minute)
	n := 0
	for i := len(s.taken) - 1; i >= 0 && s.taken[i].After(begin); i-- {
		n++
	}
	return n
}

// most is the largest number of requests seen in any rolling minute, which no fixed
// window can exceed.
func (s *modelServer) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.counted, time.Time.Compare)
	most, first := 0, 0
	for i, now := range s.counted {
		for !s.counted[first].After(now.Add(-time.Minute)) {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// answer makes a response with a JSON body.
func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode:    status,
		Status:        fmt.Sprint(status),
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          newBody(body),
		ContentLength: int64(len(body)),
		Request:       r,
	}
}

// newClient makes a client over a transport.
func newClient(t testing.TB, transport http.RoundTripper, opts ...helpcrunch.Option) *helpcrunch.Client {
	t.Helper()
	opts = append([]helpcrunch.Option{
		helpcrunch.WithHTTPClient(&http.Client{Transport: transport}),
	}, opts...)
	client, err := helpcrunch.New(testKey, opts...)
	require.NoError(t, err)
	return client
}

// saturate keeps so many callers busy until the deadline, and returns when all are done.
func saturate(ctx context.Context, callers int, until time.Time, call func(context.Context) error) {
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for time.Now().Before(until) && ctx.Err() == nil {
				_ = call(ctx) // the model server counts
			}
		})
	}
	all.Wait()
}
