package redislimit_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

// usedPermit is a permit of a test: when it was asked for, granted and used.
type usedPermit struct{ asked, granted, counted time.Time }

// crowd is many processes with two callers each, who ask for permits until the context ends.
type crowd struct {
	mu      sync.Mutex
	permits []usedPermit
	all     sync.WaitGroup
}

// startCrowd starts two callers in each process. Callers that give up cancel every fifth wait after
// 20 s, and hand every fifth permit back unsent.
func startCrowd(ctx context.Context, processes []*redislimit.Limiter, background, givesUp bool) *crowd {
	c := &crowd{}
	for _, l := range processes {
		for range 2 {
			c.all.Go(func() {
				for i := 1; ctx.Err() == nil; i++ {
					impatient, cancel := context.WithCancel(ctx)
					if givesUp && i%5 == 0 {
						time.AfterFunc(20*time.Second, cancel)
					}
					c.use(impatient, l, background, givesUp && i%5 == 3)
					cancel()
				}
			})
		}
	}
	return c
}

// use takes a permit for a request of 20 ms, or to hand it back unsent.
func (c *crowd) use(ctx context.Context, l *redislimit.Limiter, background, unsent bool) {
	asked := time.Now()
	permit, err := l.Acquire(ctx, helpcrunch.PermitRequest{Background: background})
	if err != nil {
		return
	}
	time.Sleep(20 * time.Millisecond)
	now := time.Now()
	c.mu.Lock()
	c.permits = append(c.permits, usedPermit{asked, permit.Granted, now})
	c.mu.Unlock()
	result := helpcrunch.PermitResult{Permit: permit, CountedAt: now, Responded: true}
	if unsent {
		result = helpcrunch.PermitResult{Permit: permit}
	}
	l.Release(result)
}

// TestManyWaitingProcessesAskSeldom checks that 50 processes make at most 1.5 script calls for each
// permit, and that nobody waits more than 2 s longer than necessary.
func TestManyWaitingProcessesAskSeldom(t *testing.T) {
	if effort < 1 {
		t.Skip("the race detector finds nothing here that it does not elsewhere")
	}
	const warmUp, simulated = time.Minute, 2 * time.Minute
	for name, c := range map[string]struct {
		background, givesUp bool
		longest             time.Duration // the wait of the last of 100 callers, and 2 s
	}{
		"interactive":          {longest: 62 * time.Second},
		"background":           {background: true, longest: (50 + 2 + 2) * time.Second},
		"callers that give up": {givesUp: true, longest: 62 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				var processes []*redislimit.Limiter
				for range 50 {
					processes = append(processes, r.limiter(t, budget))
				}
				began := time.Now()
				crowd := startCrowd(ctx, processes, c.background, c.givesUp)
				time.Sleep(warmUp)
				synctest.Wait()
				before := r.calls.Load()
				time.Sleep(simulated)
				synctest.Wait()
				calls := r.calls.Load() - before
				cancel()
				crowd.all.Wait()
				permits, longest := crowd.since(began.Add(warmUp))
				t.Logf("%d calls for %d permits, %.2f each; waits up to %s", calls, permits, float64(calls)/float64(permits), longest)
				assert.LessOrEqual(t, float64(calls), 1.5*float64(permits))
				assert.LessOrEqual(t, longest, c.longest)
				if !c.givesUp {
					assert.LessOrEqual(t, crowd.latest(), 2*time.Second)
					assert.GreaterOrEqual(t, float64(permits), simulated.Minutes()*budget*0.98-8)
				}
			})
		})
	}
}

// since returns how many permits were granted since then, and the longest wait for one.
func (c *crowd) since(moment time.Time) (permits int, longest time.Duration) {
	for _, p := range c.permits {
		if p.granted.After(moment) {
			permits++
			longest = max(longest, p.granted.Sub(p.asked))
		}
	}
	return permits, longest
}

// latest is the longest time from a free slot to the permit that takes it.
func (c *crowd) latest() (latest time.Duration) {
	slices.SortFunc(c.permits, func(a, b usedPermit) int { return a.granted.Compare(b.granted) })
	for i := budget; i < len(c.permits); i++ {
		latest = max(latest, c.permits[i].granted.Sub(c.permits[i-budget].counted)-time.Minute)
	}
	return latest
}
