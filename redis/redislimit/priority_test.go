package redislimit_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// order starts a waiter for each queue named, in order and in two processes by permits, and
// returns the order in which they get their permits.
func order(t *testing.T, r *virtualRedis, limit int, priorities []bool) []bool {
	processes := []*redislimit.Limiter{r.limiter(t, limit), r.limiter(t, limit)}
	use(t, processes[0], false, 0)
	var mu sync.Mutex
	var got []bool
	var all sync.WaitGroup
	for i, background := range priorities {
		all.Go(func() {
			use(t, processes[i%2], background, 0)
			mu.Lock()
			defer mu.Unlock()
			got = append(got, background)
		})
		synctest.Wait()
	}
	all.Wait()
	return got
}

func TestInteractiveOfAllProcessesGoesAheadButForEveryNinthPermit(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		priorities := slices.Repeat([]bool{true}, 2)
		priorities = append(priorities, slices.Repeat([]bool{false}, 20)...)
		var background []int
		for i, isBackground := range order(t, r, 1, priorities) {
			if isBackground {
				background = append(background, i+1)
			}
		}
		assert.Equal(t, []int{9, 18}, background)
	})
}

func TestBackgroundLeavesASlotFreeBesideInteractiveCallsOfOthers(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.limiter(t, 10), r.limiter(t, 10)
		use(t, single, false, 0)
		for range 8 {
			use(t, bulk, true, 0)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := bulk.Acquire(ctx, helpcrunch.PermitRequest{Background: true})
		require.ErrorIs(t, err, context.DeadlineExceeded, "the last free slot is not for background")
		assert.Zero(t, waited(t, single, false))
	})
}

// TestL5InteractiveCallsGoAheadOfTheBulkWorkOfOtherProcesses looks at a call every few seconds,
// and at a dozen at once in each minute, beside three processes with bulk work: this makes up for
// what went ahead of it, so that there are free slots for the dozen after 6.75 s at the latest.
func TestL5InteractiveCallsGoAheadOfTheBulkWorkOfOtherProcesses(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		const minutes, latency = 4 * effort, 300 * time.Millisecond
		server := service(t, func() time.Duration { return latency })
		until := time.Now().Add(minutes * time.Minute)
		var all sync.WaitGroup
		for range 3 {
			bulk := server.Client(helpcrunch.WithRateLimiter(r.limiter(t, budget))).InBackground()
			all.Go(func() { saturate(t, bulk, 8, until) })
		}
		single := server.Client(helpcrunch.WithRateLimiter(r.limiter(t, budget)))
		var mu sync.Mutex
		var waits, singles []time.Duration
		for i := 0; time.Now().Before(until); i++ {
			time.Sleep(time.Duration(2+i%4) * time.Second)
			together := 1
			if i%17 == 8 {
				together = 12
			}
			for range together {
				all.Go(func() {
					asked := time.Now()
					_, err := single.Customers.Get(t.Context(), 7)
					assert.NoError(t, err)
					mu.Lock()
					defer mu.Unlock()
					waits = append(waits, time.Since(asked)-latency)
					if together == 1 {
						singles = append(singles, waits[len(waits)-1])
					}
				})
			}
		}
		all.Wait()
		assert.Zero(t, server.CountStatus(http.StatusTooManyRequests))
		slices.Sort(singles)
		assert.LessOrEqual(t, singles[len(singles)*9/10], 300*time.Millisecond)
		assert.LessOrEqual(t, slices.Max(waits), 7500*time.Millisecond)
		assert.GreaterOrEqual(t, float64(server.CountStatus(http.StatusOK)), 0.98*budget*minutes)
		t.Log("nine tenths of the single calls:", singles[len(singles)*9/10], "longest of all:", slices.Max(waits))
	})
}

// TestTheBackgroundGetsItsShareWhateverItHasToMakeUpFor: a flood of interactive calls of another
// process does not starve it.
func TestTheBackgroundGetsItsShareWhateverItHasToMakeUpFor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		const minutes = 4 * effort
		server := service(t, func() time.Duration { return time.Second })
		until := time.Now().Add(minutes * time.Minute)
		flood := server.Client(helpcrunch.WithRateLimiter(r.limiter(t, budget)))
		bulk := server.Client(helpcrunch.WithRateLimiter(r.limiter(t, budget))).InBackground()
		var all sync.WaitGroup
		permits := 0
		all.Go(func() { permits = saturate(t, bulk, 20, until) })
		synctest.Wait()
		saturate(t, flood, 150, until)
		all.Wait()
		assert.GreaterOrEqual(t, float64(permits), 0.98*budget*minutes/9)
	})
}

func TestTheBackgroundMakesUpForNoPermitThatWasUnsent(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.limiter(t, budget), r.limiter(t, budget)
		for range 8 {
			use(t, bulk, true, 0)
		}
		waits := make(chan time.Duration)
		go func() { waits <- waited(t, bulk, true) }()
		synctest.Wait()
		for range 5 {
			permit, err := single.Acquire(t.Context(), helpcrunch.PermitRequest{})
			require.NoError(t, err)
			single.Release(helpcrunch.PermitResult{Permit: permit})
		}
		assert.InDelta(t, 0.5, (<-waits).Seconds(), 0.05)
	})
}

// TestNothingIsToBeMadeUpForAfterAPause: then the interactive is paced too, and must not wait for
// what went ahead of the background before.
func TestNothingIsToBeMadeUpForAfterAPause(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.limiter(t, budget), r.limiter(t, budget)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { use(t, bulk, true, 0) })
		}
		synctest.Wait()
		for range 60 {
			use(t, single, false, 0)
		}
		single.Pause(helpcrunch.PauseRequest{Granted: time.Now(), RetryAfter: 2 * time.Second, Longest: time.Minute})
		assert.Equal(t, 2*time.Second, waited(t, single, false))
		all.Wait()
	})
}

// bulkPermits starts callers that take one background permit each, and counts the permits.
func bulkPermits(ctx context.Context, l *redislimit.Limiter, callers int) *atomic.Int64 {
	got := new(atomic.Int64)
	for range callers {
		go func() {
			permit, err := l.Acquire(ctx, helpcrunch.PermitRequest{Background: true})
			if err != nil {
				return
			}
			got.Add(1)
			l.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now()})
		}()
	}
	synctest.Wait()
	return got
}

// flood takes interactive permits, all at once.
func flood(t *testing.T, l *redislimit.Limiter, permits int) {
	t.Helper()
	var all sync.WaitGroup
	for range permits {
		all.Go(func() { use(t, l, false, 0) })
	}
	all.Wait()
}

// TestTheBackgroundGetsItsShareOfPermitsGrantedTogether: the process that waits asks for it when
// they are granted already.
func TestTheBackgroundGetsItsShareOfPermitsGrantedTogether(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.limiter(t, budget), r.limiter(t, budget)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		got := bulkPermits(ctx, bulk, 28)
		require.EqualValues(t, 8, got.Load(), "as many as may come at once")
		flood(t, single, 60)
		time.Sleep(2 * time.Second)
		assert.EqualValues(t, 8+60/8, got.Load())
	})
}

func TestTheBackgroundHasNoShareOfPermitsFromBeforeItWaited(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.limiter(t, budget), r.limiter(t, budget)
		ctx, cancel := context.WithCancel(t.Context())
		bulkPermits(ctx, bulk, 28)
		flood(t, single, 60)
		cancel()
		synctest.Wait()
		flood(t, single, 1)
		ctx, cancel = context.WithCancel(t.Context())
		defer cancel()
		got := bulkPermits(ctx, bulk, 20)
		time.Sleep(2 * time.Second)
		assert.EqualValues(t, 1, got.Load())
	})
}

// TestNothingIsToBeMadeUpForPermitsThatWereLost: those of a reply that did not come.
func TestNothingIsToBeMadeUpForPermitsThatWereLost(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.worker(t, nil, budget), r.limiter(t, budget)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		bulkPermits(ctx, bulk, 500)
		r.slow.Store(int64(100 * time.Millisecond))
		for range 10 {
			for range 60 { // one is in the first call, all others are in the second
				go func() { _ = single.Wait(ctx) }()
			}
			time.Sleep(150 * time.Millisecond)
			single.wire.loses.Store(true)
			time.Sleep(5 * time.Second)
		}
		cancel()
		r.slow.Store(0)
		time.Sleep(time.Minute)
		later, stop := context.WithCancel(t.Context())
		defer stop()
		got := bulkPermits(later, bulk, 100)
		time.Sleep(30 * time.Second)
		assert.GreaterOrEqual(t, got.Load(), int64(60))
	})
}

// TestAWaiterKnowsOfTheShareThatWaitingInteractiveBringsIt, although a debt of tokens is to be
// paid first otherwise.
func TestAWaiterKnowsOfTheShareThatWaitingInteractiveBringsIt(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		single, bulk := r.limiter(t, budget), r.limiter(t, budget)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range 60 {
			use(t, single, false, 0)
			time.Sleep(time.Second)
		}
		bulkPermits(ctx, bulk, 14)
		for range 300 {
			go func() { _ = single.Wait(ctx) }()
		}
		time.Sleep(12500 * time.Millisecond)
		soon, stop := context.WithTimeout(t.Context(), 15*time.Second)
		defer stop()
		_, err := bulk.Acquire(soon, helpcrunch.PermitRequest{Background: true})
		assert.NoError(t, err)
	})
}
