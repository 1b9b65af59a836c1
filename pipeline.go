package helpcrunch

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// How many calls of a walk or of bulk writes may be begun and not yet used. The rate limit
// and the latency decide how many really are. The bound is what the limit lets through in half
// a minute, which is as long as an attempt takes at most by default.
const (
	minAhead = 64
	maxAhead = 512
)

// ahead is the bound for the client's limit.
func (c *Client) ahead() int {
	if c == nil || c.core == nil || c.core.limiter == nil {
		return minAhead
	}
	return min(max(minAhead, c.core.limiter.Limit()/2), maxAhead)
}

// maxWaiting is how many calls wait for their turn at once: one, and another that gets its
// turn while the user is busy with a result.
const maxWaiting = 2

// pipeline makes calls side by side and hands out their results in order. It begins a
// call when one of those before has got its turn from the rate limiter, so that two calls wait
// for theirs while as many are under way as the limit and the latency allow. It begins
// calls only while its user waits for a result: thus what comes next is decided, and a source of
// the user's own is read, in the user's goroutine.
type pipeline[R any] struct {
	ctx   context.Context
	most  int // calls begun and not yet used
	gauge *gauge

	cancel  context.CancelFunc // ends the calls under way; nil before the first
	calls   context.Context
	begun   []*begun[R]
	running sync.WaitGroup
}

// begun is a call that was begun.
type begun[R any] struct {
	turn   chan struct{} // closed when the call has its turn, or needs none any more
	done   chan struct{} // closed when it is over
	result R

	released bool      // turn is closed
	turns    int       // that the call took
	began    time.Time // when it got the first, or needed none
	latency  time.Duration
	ended    bool // it returned
	panicked any  // with that value, if not nil
}

// job makes a call. It calls turned, in its own goroutine, whenever the call has got turns,
// and with 0 when others need not wait until it has one.
type job[R any] func(ctx context.Context, turned func(turns int)) R

// next returns the next result, in the order in which the calls were begun. more gives
// the next call to begin, or nil for none. Without any call under way there is no result.
func (p *pipeline[R]) next(more func() job[R]) (result R, ok bool) {
	p.gauge.asked()
	for {
		turn := p.fill(more)
		if len(p.begun) == 0 {
			return result, false
		}
		if isClosed(p.begun[0].done) {
			return p.take(), true // before a turn that has come too, which would begin more calls
		}
		select {
		case <-p.begun[0].done:
			return p.take(), true
		case <-turn: // there may be room for another call
		}
	}
}

// fill begins the calls for which it is time. It returns what to wait for before there may
// be another, or nil. While results are ready, the calls that it has started count as ready too:
// how many those are must not depend on how soon they get their turns.
func (p *pipeline[R]) fill(more func() job[R]) (turn chan struct{}) {
	for started := 0; len(p.begun) < p.most; started++ {
		if ready := p.ready(); ready > 0 && ready+started >= p.enough() {
			return nil
		}
		if waiting := p.waiting(); len(waiting) >= maxWaiting {
			return waiting[0].turn
		}
		call := more()
		if call == nil {
			return nil
		}
		p.begin(call)
	}
	return nil
}

func (p *pipeline[R]) begin(call job[R]) {
	if p.cancel == nil {
		p.calls, p.cancel = context.WithCancel(p.ctx) //nolint:gosec // stop calls it
	}
	ctx, b := p.calls, &begun[R]{turn: make(chan struct{}), done: make(chan struct{})}
	p.begun = append(p.begun, b)
	p.running.Go(func() {
		defer close(b.done)
		defer func() {
			b.panicked = recover()
			p.turned(b, 0)
			b.latency = time.Since(b.began)
		}()
		b.result = call(ctx, func(turns int) { p.turned(b, turns) })
		b.ended = true
	})
}

// take hands out the first result, which is there. What ended its call in another way ends the
// user's goroutine in the same way.
func (p *pipeline[R]) take() R {
	first := p.begun[0]
	p.begun[0] = nil
	p.begun = p.begun[1:]
	if first.panicked != nil {
		panic(first.panicked)
	}
	if !first.ended {
		runtime.Goexit()
	}
	p.gauge.handed(first.turns, first.latency)
	return first.result
}

// turned takes note that a call has got turns. Retries take further ones.
func (p *pipeline[R]) turned(b *begun[R], turns int) {
	if !b.released {
		b.released, b.began = true, time.Now()
		close(b.turn)
	}
	b.turns += turns
	p.gauge.turned(turns)
}

// waiting is the calls that have no turn yet. They get them in the order in which they were
// begun.
func (p *pipeline[R]) waiting() []*begun[R] {
	at := len(p.begun)
	for at > 0 && !isClosed(p.begun[at-1].turn) {
		at--
	}
	return p.begun[at:]
}

// underWay is how many calls have their turn and are not handed out.
func (p *pipeline[R]) underWay() int {
	return len(p.begun) - len(p.waiting())
}

// ready is how many results wait for their user.
func (p *pipeline[R]) ready() int {
	for i, b := range p.begun {
		if !isClosed(b.done) {
			return i
		}
	}
	return len(p.begun)
}

// enough is how many results wait for their user before no further calls are begun: about what
// the limit lets through in 3 s, so that a user as fast as the limit has something to do while
// the next calls are under way.
func (p *pipeline[R]) enough() int {
	return max(minAhead, p.most) / 10
}

// stop ends the calls under way, and returns when they are over.
func (p *pipeline[R]) stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.running.Wait()
	p.begun, p.cancel = nil, nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
