package redislimit_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redislimit"
)

func TestInvalidArgumentsOfNew(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "redis.example.com:6379"})
	defer client.Close()
	for want, make := range map[string]func() (*redislimit.Limiter, error){
		"client: must not be nil": func() (*redislimit.Limiter, error) {
			return redislimit.New(nil, "budget", 120)
		},
		"must not be nil": func() (*redislimit.Limiter, error) {
			return redislimit.New((*redis.Client)(nil), "budget", 120)
		},
		"name: 1 to 200 bytes, got 0": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "", 120)
		},
		"name: 1 to 200 bytes, got 201": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, strings.Repeat("a", 201), 120)
		},
		`name: must not contain braces, got "{a}"`: func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "{a}", 120)
		},
		"perMinute: at least 1, got 0": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 0)
		},
		"WithAttemptTimeout: must be positive, got 0s": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 120, redislimit.WithAttemptTimeout(0))
		},
		"WithTimeout: must be positive, got -1s": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 120, redislimit.WithTimeout(-time.Second))
		},
		"WithWindow: 100ms to 1h, got 2h0m0s": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 120, redislimit.WithWindow(2*time.Hour))
		},
		"WithLocalShare: at least 1 process, got 0": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 120, redislimit.WithLocalShare(0))
		},
		"WithLocalShare: at most 3 processes, the limit, got 4": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 3, redislimit.WithLocalShare(4))
		},
		"option 0: must not be nil": func() (*redislimit.Limiter, error) {
			return redislimit.New(client, "budget", 120, nil)
		},
	} {
		_, err := make()
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
		assert.ErrorContains(t, err, "redislimit: New: ")
		assert.ErrorContains(t, err, want)
	}
}

func TestInteractiveOfAllProcessesTakesAnyFreeSlotAtOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 120), r.limiter(t, 120)
		for range 60 {
			require.Zero(t, waited(t, one, false))
			require.Zero(t, waited(t, two, false))
		}
		assert.InDelta(t, 60, waited(t, one, false).Seconds(), 0.01)
	})
}

func TestBackgroundOfAllProcessesIsPaced(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		processes := []*redislimit.Limiter{r.limiter(t, 30), r.limiter(t, 30)}
		next := func() float64 { return waited(t, processes[rand.N(2)], true).Seconds() }
		for range 3 {
			for range 8 {
				require.InDelta(t, 0, next(), 0.01)
			}
			for range 22 {
				require.InDelta(t, 2, next(), 0.01)
			}
			time.Sleep(16 * time.Second) // the first burst comes round again with the window
		}
	})
}

func TestASlotIsHeldUntilAMinuteAfterItSettled(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		permit, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		one.Release(helpcrunch.PermitResult{Permit: permit, CountedAt: time.Now().Add(5 * time.Second)})
		assert.InDelta(t, 65, waited(t, two, false).Seconds(), 0.01)
	})
}

func TestAnUnsentPermitIsAsIfItHadNeverBeen(t *testing.T) {
	for _, background := range []bool{false, true} {
		inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
			one, two := r.limiter(t, 3), r.limiter(t, 3)
			for range 20 {
				permit, err := one.Acquire(t.Context(), helpcrunch.PermitRequest{Background: background})
				require.NoError(t, err)
				one.Release(helpcrunch.PermitResult{Permit: permit})
			}
			synctest.Wait()
			for range 3 {
				assert.Zero(t, waited(t, two, background))
			}
		})
	}
}

func TestWaitAloneNeedsNoFinish(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 2)
		started := time.Now()
		for range 5 {
			require.NoError(t, l.Wait(t.Context()))
		}
		assert.InDelta(t, 120, time.Since(started).Seconds(), 0.1)
	})
}

// TestASlotIsHeldForTheWholeMinute although Redis' clock is read in whole milliseconds.
func TestASlotIsHeldForTheWholeMinute(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		time.Sleep(900 * time.Microsecond)
		granted := time.Now()
		use(t, one, false, 0)
		time.Sleep(time.Minute - 700*time.Microsecond)
		next, err := two.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		assert.GreaterOrEqual(t, next.Granted.Sub(granted), time.Minute)
	})
}

// TestInteractiveThatComesDuringACallNeedNotWaitForBackground: both priorities ask in one call,
// of which each has its own reason to be made again.
func TestInteractiveThatComesDuringACallNeedNotWaitForBackground(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 12)
		for range 8 {
			use(t, l, true, 0)
		}
		go use(t, l, true, 0) // the next token comes in 5 s
		synctest.Wait()
		r.slow.Store(int64(200 * time.Millisecond))
		go use(t, l, false, 0)
		time.Sleep(100 * time.Millisecond)
		assert.Equal(t, 300*time.Millisecond, waited(t, l, false))
	})
}

// TestAProcessWithManyWaitersDoesNotMakeOthersWaitLonger: permits go round the processes.
func TestAProcessWithManyWaitersDoesNotMakeOthersWaitLonger(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		crowded, lonely := r.limiter(t, 2), r.limiter(t, 2)
		use(t, crowded, false, 0)
		time.Sleep(30 * time.Second)
		use(t, crowded, false, 0)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { use(t, crowded, false, 0) })
		}
		synctest.Wait()
		assert.InDelta(t, 60, waited(t, lonely, false).Seconds(), 0.1, "the second permit from now")
		all.Wait()
	})
}

// TestOneCallForAPermit: what is over is reported with the next permit.
func TestOneCallForAPermit(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 120)
		for range 100 {
			use(t, l, false, 100*time.Millisecond)
		}
		assert.LessOrEqual(t, r.calls.Load(), int64(102)) // the script is sent in full once
	})
}

func TestCloseReportsAndEndsAcquire(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		one, two := r.limiter(t, 1), r.limiter(t, 1)
		use(t, one, false, 10*time.Second)
		waiting := make(chan error)
		go func() { waiting <- one.Wait(t.Context()) }()
		synctest.Wait()
		require.NoError(t, one.Close())
		require.ErrorContains(t, <-waiting, "the limiter is closed")
		require.ErrorContains(t, one.Wait(t.Context()), "the limiter is closed")
		assert.InDelta(t, 60, waited(t, two, false).Seconds(), 0.01)
		calls := r.calls.Load()
		require.NoError(t, one.Close())
		assert.Equal(t, calls, r.calls.Load(), "there was nothing to tell")
	})
}

func TestKeysAreInOneSlotAndExpire(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *virtualRedis) {
		l := r.limiter(t, 2)
		use(t, l, false, 0)
		_, err := l.Acquire(t.Context(), helpcrunch.PermitRequest{})
		require.NoError(t, err)
		go func() { _ = l.Wait(t.Context()) }()
		synctest.Wait()
		keys := r.mini.Keys()
		assert.Equal(t, []string{"{budget}:leases", "{budget}:state", "{budget}:used", "{budget}:waiting"},
			slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return strings.HasPrefix(key, "{budget}:met:") }))
		for _, key := range keys {
			assert.Positive(t, r.mini.TTL(key), key)
		}
	})
}
