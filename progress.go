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

	pace pace
}

// TimeFor is how long so many more rows or items will take, for a total that you know
// and the client doesn't.
func (p Progress) TimeFor(more int) time.Duration {
	if more <= 0 {
		return 0
	}
	return p.pace.timeFor(more)
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

// turned counts turns of the work.
func (g *gauge) turned(turns int) {
	if g != nil {
		g.turns.Add(int64(turns))
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
	p := Progress{Done: done, Total: total, Left: -1, pace: g.pace(done, perCall, underWay)}
	if total >= 0 {
		p.Left = p.TimeFor(total - done)
	}
	g.show(p)
}

// pace is what is known of the speed of the work at one moment.
type pace struct {
	limiter      *limiter.Limiter // nil when it is one of the caller's
	others       float64          // turns a minute that go to other work
	latency      time.Duration    // of a call
	each         time.Duration    // that a call takes where the limit does not hold it back
	perCall      int              // rows or items that it brings
	turnsPerCall float64
	underWay     int           // calls that have their turn already
	late         time.Duration // for each row or item, of late; 0 where the limit decides
}

func (g *gauge) pace(done, perCall, underWay int) pace {
	used := g.used / time.Duration(max(1, g.uses))
	p := pace{
		limiter:      g.limiter,
		latency:      g.latency,
		each:         max(used, g.latency/time.Duration(g.most)),
		perCall:      max(1, perCall),
		turnsPerCall: max(1, float64(g.callTurns)/float64(max(1, g.calls))),
		underWay:     underWay,
	}
	if g.most == 1 {
		p.each = used + g.latency
	}
	var load limiter.Load
	if g.limiter != nil {
		load = g.limiter.Load()
		others := load.Turns - g.before.Turns - int(g.turns.Load())
		p.others = max(0, float64(others)) / max(time.Since(g.began), minSpan).Minutes()
	}
	if g.limiter == nil || load.Pauses > g.before.Pauses {
		since := g.marks[0]
		p.late = time.Since(since.when) / time.Duration(max(1, done-since.done))
	}
	return p
}

// minSpan is over what time other work is counted at least: a few calls in the first second
// say nothing.
const minSpan = 10 * time.Second

// timeFor is the longest of what the limit, the latency with the user's own time, and, where the
// limit is not known, the speed of late ask for.
func (p pace) timeFor(more int) time.Duration {
	perCall := max(1, p.perCall)
	calls := (more + perCall - 1) / perCall
	left := max(time.Duration(calls)*p.each, time.Duration(more)*p.late)
	if p.limiter == nil {
		return left
	}
	turns := int(math.Ceil(float64(calls-p.underWay) * p.turnsPerCall))
	return max(left, p.limiter.Forecast(turns, p.latency, p.others)+p.latency)
}
