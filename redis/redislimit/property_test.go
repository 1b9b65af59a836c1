package redislimit_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

const attemptTimeout = 30 * time.Second

// model is the service: it counts each request at some moment between its permit and its end.
type model struct {
	mu      sync.Mutex
	counted []time.Time
}

func (m *model) count(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counted = append(m.counted, at)
}

// most is the most requests in any rolling minute.
func (m *model) most() int {
	slices.SortFunc(m.counted, time.Time.Compare)
	return mostIn(m.counted, time.Minute)
}

// mostIn returns the most moments in any window. The moments are in order.
func mostIn(moments []time.Time, window time.Duration) (most int) {
	first := 0
	for last := range moments {
		for moments[last].Sub(moments[first]) >= window {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// worker is a process that makes requests.
type worker struct {
	*redislimit.Limiter
	wire    *wire
	service *model
}

// worker makes a process of its own.
func (r *virtualRedis) worker(t *testing.T, service *model, limit int, opts ...redislimit.Option) *worker {
	t.Helper()
	way := &wire{UniversalClient: r.client, redis: r}
	l, err := redislimit.New(way, "budget", limit, opts...)
	require.NoError(t, err)
	return &worker{Limiter: l, wire: way, service: service}
}

// request takes a permit and makes a request that ends in one of many ways.
func (w *worker) request(ctx context.Context, background bool) {
	permit, err := w.Acquire(ctx, helpcrunch.PermitRequest{Background: background})
	if err != nil || w.wire.dead.Load() {
		return
	}
	granted, result := permit.Granted, helpcrunch.PermitResult{Permit: permit}
	whole := rand.N(1 + rand.N(attemptTimeout))
	switch rand.N(12) {
	case 0: // it was not sent
	case 1: // it was abandoned, and may be counted until its time is up
		result.CountedAt = granted.Add(attemptTimeout)
		w.service.count(granted.Add(rand.N(attemptTimeout)))
	case 2: // it was rate-limited (429)
		result.CountedAt = granted.Add(whole)
		w.service.count(result.CountedAt)
		time.Sleep(whole)
		if !w.wire.dead.Load() {
			w.Pause(helpcrunch.PauseRequest{Granted: granted, RetryAfter: rand.N(5*time.Second) / time.Second * time.Second, Longest: time.Minute})
		}
	default:
		result.CountedAt, result.Responded = granted.Add(whole), true
		w.service.count(granted.Add(rand.N(whole + 1)))
		time.Sleep(whole)
	}
	if !w.wire.dead.Load() {
		w.Release(result)
	}
}

// work makes requests in bursts and alone, in both priorities, some of which are cancelled.
func (w *worker) work(t *testing.T, until time.Time) {
	var all sync.WaitGroup
	for time.Now().Before(until) {
		for range 1 + rand.N(1+rand.N(20)) {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(3*time.Minute))
				defer cancel()
				if rand.N(4) == 0 {
					time.AfterFunc(rand.N(20*time.Second), cancel)
				}
				w.request(ctx, rand.N(2) == 0)
			})
		}
		time.Sleep(rand.N(40 * time.Second))
	}
	all.Wait()
}

// TestL1NoWindowEverExceedsTheLimit tries random limits, arrivals, latencies, cancellations,
// replies that are late or lost, and processes that die and come.
func TestL1NoWindowEverExceedsTheLimit(t *testing.T) {
	for round := range int(4 * effort) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				limit, service := 1+rand.N(20), &model{}
				r.unreliable.Store(round%2 == 0)
				r.jitter.Store(int64(rand.N(1 + rand.N(2*time.Second))))
				until := time.Now().Add(6 * effort * time.Minute)
				var all sync.WaitGroup
				for range 4 {
					all.Go(func() {
						for time.Now().Before(until) {
							w := r.worker(t, service, limit)
							life := time.Now().Add(time.Minute + rand.N(10*time.Minute))
							if life.Before(until) {
								time.AfterFunc(time.Until(life), func() { w.wire.dead.Store(true) })
							}
							w.work(t, slices.MinFunc([]time.Time{life, until}, time.Time.Compare))
						}
					})
				}
				all.Wait()
				synctest.Wait()
				assert.LessOrEqual(t, service.most(), limit)
				assert.NotEmpty(t, service.counted)
			})
		})
	}
}
