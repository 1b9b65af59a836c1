package kit

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ModelServer is a service with a rolling limit and a latency, for virtual time. It counts
// a request at a random time between its start and its response. Unlike the fake server, it
// counts cancelled requests too.
type ModelServer struct {
	limit   int
	latency func() time.Duration // of one request
	// CountsWithin bounds when a request is counted, even one that nobody waits for.
	CountsWithin time.Duration

	mu          sync.Mutex
	Counted     []time.Time // every request seen, in order
	Taken       []time.Time // those not rate-limited
	RateLimited int         // how many were rejected with 429
}

// NewModelServer returns a server that counts every request within 30 s.
func NewModelServer(limit int, latency func() time.Duration) *ModelServer {
	return &ModelServer{limit: limit, latency: latency, CountsWithin: 30 * time.Second}
}

// UpTo is a latency of any length up to the longest, the mean being half of it.
func UpTo(longest time.Duration) func() time.Duration {
	return func() time.Duration { return rand.N(longest) + 1 }
}

// RoundTrip responds after the latency.
func (s *ModelServer) RoundTrip(r *http.Request) (*http.Response, error) {
	latency := s.latency()
	before := min(time.Duration(rand.Float64()*float64(latency)), s.CountsWithin)
	status := make(chan int, 1)
	go func() { // a request in flight arrives even if its sender gave up
		time.Sleep(before)
		status <- s.count()
		time.Sleep(max(0, min(latency, s.CountsWithin)-before))
	}()
	select {
	case <-time.After(latency):
		return NewResponse(r, <-status, `{"id":7,"data":[]}`), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// count records a request and returns the status of its response.
func (s *ModelServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.Counted = append(s.Counted, now)
	if s.inWindow(now) >= s.limit {
		s.RateLimited++
		return http.StatusTooManyRequests
	}
	s.Taken = append(s.Taken, now)
	return http.StatusOK
}

// inWindow is how many requests the last minute has taken.
func (s *ModelServer) inWindow(now time.Time) int {
	begin := now.Add(-time.Minute)
	n := 0
	for i := len(s.Taken) - 1; i >= 0 && s.Taken[i].After(begin); i-- {
		n++
	}
	return n
}

// MostInAMinute is the largest number of requests seen in any rolling minute, which no fixed
// window can exceed.
func (s *ModelServer) MostInAMinute() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.Counted, time.Time.Compare)
	most, first := 0, 0
	for i, now := range s.Counted {
		for !s.Counted[first].After(now.Add(-time.Minute)) {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// Exactly is a latency that is always the same.
func Exactly(latency time.Duration) func() time.Duration {
	return func() time.Duration { return latency }
}
