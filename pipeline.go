package helpcrunch

import (
	"context"
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

// maxReady is how many results may wait for their user before no further calls are begun.
const maxReady = 3

// pipeline makes calls side by side and hands out their results in order. It begins a
// call when the one before has its turn from the rate limiter, so that one call waits for
// its turn while as many are under way as the limit and the latency allow. It begins
// calls only while its user waits for a result, and none that the user has not asked for.
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

	turns   int       // that the call took
	began   time.Time // when it got the first
	latency time.Duration
}

// job makes a call. It calls turned, in its own goroutine, whenever the call has got a turn.
type job[R any] func(ctx context.Context, turned func()) R

// next returns the next result, in the order in which the calls were begun. more gives
// the next call to begin, or nil for none. Without any call under way there is no result.
func (p *pipeline[R]) next(more func() job[R]) (result R, ok bool) {
	p.gauge.asked()
	exhausted := !p.begin(more)
	for len(p.begun) > 0 {
		first, latest := p.begun[0], p.begun[len(p.begun)-1]
		turn := latest.turn
		if exhausted || len(p.begun) >= p.most || isClosed(first.done) {
			turn = nil
		}
		select {
		case <-first.done:
			p.begun = p.begun[1:]
			p.gauge.handed(first.turns, first.latency)
			return first.result, true
		case <-turn:
			exhausted = !p.begin(more)
		}
	}
	return result, false
}

// begin begins another call if it is time for one, and reports whether there may be more.
func (p *pipeline[R]) begin(more func() job[R]) bool {
	n := len(p.begun)
	if n > 0 && !isClosed(p.begun[n-1].turn) || p.ready() >= maxReady {
		return true
	}
	call := more()
	if call == nil {
		return false
	}
	if p.cancel == nil {
		p.calls, p.cancel = context.WithCancel(p.ctx) //nolint:gosec // stop calls it
	}
	ctx, b := p.calls, &begun[R]{turn: make(chan struct{}), done: make(chan struct{})}
	p.begun = append(p.begun, b)
	p.running.Go(func() {
		defer close(b.done)
		b.result = call(ctx, func() { p.turned(b) })
		if b.turns == 0 {
			close(b.turn)
		}
		b.latency = time.Since(b.began)
	})
	return true
}

// turned takes note that a call has got a turn. Retries take further ones.
func (p *pipeline[R]) turned(b *begun[R]) {
	if b.turns++; b.turns == 1 {
		b.began = time.Now()
		close(b.turn)
	}
	p.gauge.turned()
}

// underWay is how many calls have their turn and are not handed out.
func (p *pipeline[R]) underWay() int {
	n := 0
	for _, b := range p.begun {
		if isClosed(b.turn) {
			n++
		}
	}
	return n
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
