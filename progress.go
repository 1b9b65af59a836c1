package helpcrunch

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// Progress is how far a walk or bulk writes have come.
type Progress struct {
	// Done is how many rows or items are over.
	Done int
	// Total is how many there are at present, -1 while that is unknown. A walk knows what the
	// service said last; bulk writes know it when they are given a slice.
	Total int
	// Left is how long the rest will take, as the rate limit, the latency and your own use of the
	// rows allow. It is negative while Total is unknown.
	Left time.Duration

	estimate func(more int) time.Duration
}

// TimeFor is how long so many more rows or items will take, for a total that you know
// and the client doesn't.
func (p Progress) TimeFor(more int) time.Duration {
	if p.estimate == nil || more <= 0 {
		return 0
	}
	return p.estimate(more)
}

// WithProgress returns a client that shares everything with c, and whose walks (All and
// SearchAll) and bulk writes (BatchUpdate, UpdateEach and UpsertEach) tell show how far
// they have come: after each page and each request's worth of items, in the goroutine that
// uses them. Nil tells nobody.
func (c *Client) WithProgress(show func(Progress)) *Client {
	return c.derive(func(m *mode) { m.progress = show })
}

// gauge measures a walk or bulk writes, to estimate how long the rest takes. A nil gauge
// measures nothing.
type gauge struct {
	show    func(Progress)
	most    int              // calls at once
	limiter *limiter.Limiter // nil when it is one of the caller's
	began   time.Time
	before  limiter.Load // at that time
	turns   atomic.Int64 // of this work

	calls     int           // that are over
	callTurns int           // that those took
	latency   time.Duration // of one, on average lately
	used      time.Duration // by the results' user, in all
	uses      int           // of that many results
	idle      time.Time     // since when the user has the latest result
	marks     [2]mark
}

// mark is a moment at which so many rows or items were over.
type mark struct {
	when time.Time
	done int
}

// newGauge starts to measure, if somebody wants to know.
func newGauge(c *Client, most int) *gauge {
	if c == nil || c.core == nil || c.mode.progress == nil {
		return nil
	}
	g := &gauge{show: c.mode.progress, most: most, limiter: c.core.limiter, began: time.Now()}
	if g.limiter != nil {
		g.before = g.limiter.Load()
	}
	g.marks[0].when, g.marks[1].when = g.began, g.began
	return g
}

// turned counts a turn of the work.
func (g *gauge) turned() {
	if g != nil {
		g.turns.Add(1)
	}
}

// asked says that the user of the results wants the next.
func (g *gauge) asked() {
	if g != nil && !g.idle.IsZero() {
		g.used += time.Since(g.idle)
		g.uses++
	}
}

// handed says that a call is over, which took so many turns, and that its result is handed out.
func (g *gauge) handed(turns int, latency time.Duration) {
	if g == nil {
		return
	}
	const weight = 8 // of what was measured before
	if g.calls == 0 {
		g.latency = latency
	}
	g.latency += (latency - g.latency) / weight
	g.calls++
	g.callTurns += turns
	g.idle = time.Now()
}

// report shows how far the work is. A call brings so many rows or items; so many have
// their turn already and are not handed out.
func (g *gauge) report(done, total, perCall, underWay int) {
	if g == nil {
		return
	}
	if done >= 2*g.marks[1].done {
		g.marks = [2]mark{g.marks[1], {time.Now(), done}}
	}
	p := Progress{Done: done, Total: total, Left: -1}
	p.estimate = func(more int) time.Duration {
		return g.estimate(done, more, (more+perCall-1)/max(1, perCall), underWay)
	}
	if total >= 0 {
		p.Left = p.TimeFor(total - done)
	}
	g.show(p)
}

// estimate is the longest of what the limit, the latency with the user's own time, and, where the
// limit is not known, the speed of late ask for.
func (g *gauge) estimate(done, more, calls, underWay int) time.Duration {
	eachTurns := float64(g.callTurns) / float64(max(1, g.calls))
	turns := int(math.Ceil(float64(calls-underWay) * max(1, eachTurns)))
	used := g.used / time.Duration(max(1, g.uses))
	pace := max(used, g.latency/time.Duration(g.most))
	if g.most == 1 {
		pace = used + g.latency
	}
	left := time.Duration(calls) * pace
	if g.limiter != nil {
		left = max(left, g.limiter.Forecast(turns, g.latency, g.others())+g.latency)
	}
	if g.limiter == nil || g.limiter.Load().Pauses > g.before.Pauses {
		since := g.marks[0]
		left = max(left, time.Duration(float64(time.Since(since.when))*float64(more)/float64(max(1, done-since.done))))
	}
	return left
}

// others is how many turns a minute go to other work of the same limiter.
func (g *gauge) others() float64 {
	turns := g.limiter.Load().Turns - g.before.Turns - int(g.turns.Load())
	elapsed := max(time.Since(g.began), time.Second)
	return max(0, float64(turns)) / elapsed.Minutes()
}
