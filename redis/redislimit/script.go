package redislimit

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed state.lua
	stateSource string
	//go:embed permits.lua
	permitsSource string
)

// newScript returns the script of one budget. Each budget has its own: an unknown script then means
// that Redis was restarted, even if another budget was used since.
func newScript(name string) *redis.Script {
	return redis.NewScript(fmt.Sprintf("-- budget %q\n", name) + stateSource + permitsSource)
}

// ask is the argument of the script. Durations are in milliseconds.
type ask struct {
	Process string `json:"process"`
	Limit   int    `json:"limit"`
	Window  int64  `json:"window"`
	Lease   int64  `json:"lease"`

	Number int64 `json:"number"` // of this exchange, among those of the process
	// Epoch and Replied, the number of an exchange, are of the latest reply; 0 when all that
	// was granted by then is free and nobody has worked without Redis since.
	Epoch   int64 `json:"epoch"`
	Replied int64 `json:"replied"`
	// Expect is what the clock of the script may read at most, as of the latest reply; 0 when
	// that is not known.
	Expect int64 `json:"expect"`
	// Forgot is the epoch that Redis kept at a moment when it did not know the script; 0 when it
	// kept none, or knew the script. A state of this epoch is older than Redis' restart.
	Forgot int64 `json:"forgot"`

	Interactive int   `json:"interactive"` // permits wanted
	Background  int   `json:"background"`
	Next        int64 `json:"next"`   // the number of the first permit granted
	Unsure      int   `json:"unsure"` // how many from there on exchanges without a reply may have granted

	Flight     []int64          `json:"flight"` // permits under way that Redis may not know
	Finished   []finishedPermit `json:"finished"`
	RateLimits []rateLimit      `json:"rateLimits"`
	Probes     []probe          `json:"probes"`

	sent       time.Time
	checking   []*waiter // of the first probes; the others are for newcomers
	tails      []bool    // the priorities of those
	done       []chan struct{}
	rateLimits []rateLimited
}

// finishedPermit is a permit that is over.
type finishedPermit struct {
	ID         int64 `json:"id"`
	Background bool  `json:"background"`
	Unsent     bool  `json:"unsent"`
	Responded  bool  `json:"responded"`
	Free       int64 `json:"free"` // until its slot is free
	Age        int64 `json:"age"`  // since it was granted
}

// rateLimit is a 429.
type rateLimit struct {
	Age     int64 `json:"age"`   // since the permit was granted
	After   int64 `json:"after"` // Retry-After, 0 when there was none
	Longest int64 `json:"longest"`
}

// probe asks for the shortest possible wait at a position of a queue.
type probe struct {
	Background bool `json:"background"`
	Position   int  `json:"position"`
}

// reply is the result of the script.
type reply struct {
	epoch                   int64
	interactive, background int           // permits granted
	askIn                   time.Duration // when to ask again
	pausedFor, holdFor      time.Duration
	clock                   int64           // of the script
	certain                 bool            // no more permits may have been granted than the state shows
	bounds                  []time.Duration // in the order of the probes
}

// granted is how many permits of a queue were granted.
func (r *reply) granted(background bool) int {
	if background {
		return r.background
	}
	return r.interactive
}

// exchange is one script call that has been made, and its reply to come.
type exchange struct {
	ask  *ask
	done chan outcome // has room for the one outcome
	end  time.Time    // when it has failed
	stop context.CancelFunc
}

type outcome struct {
	reply *reply
	err   error
}

// call sends an ask in a goroutine, because a client without timeouts may never return.
func (l *Limiter) call(a *ask) *exchange {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	x := &exchange{ask: a, done: make(chan outcome, 1), end: a.sent.Add(l.timeout), stop: cancel}
	go func() {
		r, err := l.run(ctx, a)
		x.done <- outcome{r, err}
	}()
	return x
}

func (l *Limiter) run(ctx context.Context, a *ask) (*reply, error) {
	numbers, err := l.evaluate(ctx, a)
	if err != nil {
		return nil, err
	}
	const fixed, different = 8, -1
	if len(numbers) == 3 && numbers[0] == different {
		return nil, &mismatchError{
			name: l.name, ours: describe(l.limit, l.window),
			theirs: describe(int(numbers[1]), fromMilliseconds(numbers[2])),
		}
	}
	if len(numbers) != fixed+len(a.Probes) {
		return nil, fmt.Errorf("the script returned %d numbers, not %d", len(numbers), fixed+len(a.Probes))
	}
	r := &reply{
		epoch:       numbers[0],
		interactive: int(numbers[1]), background: int(numbers[2]),
		askIn: fromMilliseconds(numbers[3]), pausedFor: fromMilliseconds(numbers[4]), holdFor: fromMilliseconds(numbers[5]),
		clock: numbers[6], certain: numbers[7] == 1,
	}
	for _, wait := range numbers[fixed:] {
		r.bounds = append(r.bounds, fromMilliseconds(wait))
	}
	return r, nil
}

// evaluate runs the script. If Redis does not have it, evaluate sends it with the current epoch.
// Others may send it in the same moment, so one transaction tests for it and reads the epoch.
func (l *Limiter) evaluate(ctx context.Context, a *ask) ([]int64, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	numbers, err := l.script.EvalSha(ctx, l.client, l.keys, text).Int64Slice()
	if !redis.HasErrorPrefix(err, "NOSCRIPT") {
		return numbers, err
	}
	var epoch *redis.StringCmd
	var again *redis.Cmd
	_, _ = l.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		epoch = pipe.HGet(ctx, l.keys[0], "epoch")
		again = l.script.EvalSha(ctx, pipe, l.keys, text)
		return nil
	}) // each command has its own error
	if numbers, err = again.Int64Slice(); !redis.HasErrorPrefix(err, "NOSCRIPT") {
		return numbers, err
	}
	if a.Forgot, err = epoch.Int64(); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	if text, err = json.Marshal(a); err != nil {
		return nil, err
	}
	return l.script.Eval(ctx, l.client, l.keys, text).Int64Slice()
}

func fromMilliseconds(n int64) time.Duration {
	return time.Duration(min(n, int64(math.MaxInt64/time.Millisecond))) * time.Millisecond
}

// milliseconds rounds up, and saturates.
func milliseconds(d time.Duration) int64 {
	return int64(add(d, time.Millisecond-1) / time.Millisecond)
}

// add returns the sum of two spans, and the longest span there is instead of an overflow.
func add(a, b time.Duration) time.Duration {
	if a > 0 && b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}
