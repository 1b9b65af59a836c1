package pipeline

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// minSpan is the shortest time over which other work is averaged: a few calls in the first
// second say nothing.
const minSpan = 10 * time.Second

// meter measures the calls of a pipeline. A nil meter measures nothing.
type meter struct {
	config  Config
	began   time.Time
	before  limiter.Load // at that time
	permits atomic.Int64 // of this pipeline

	calls       int           // returned
	callPermits int           // of those
	latency     time.Duration // moving average
	used        time.Duration // by the consumer
	uses        int           // results in that time
	idle        time.Time     // since when the consumer has the latest result
	marks       [2]mark
}

// mark is a time and how many items were done then.
type mark struct {
	when time.Time
	done int
}

func newMeter(config Config) *meter {
	if config.Progress == nil {
		return nil
	}
	m := &meter{config: config, began: time.Now()}
	if config.Limiter != nil {
		m.before = config.Limiter.Load()
	}
	m.marks[0].when, m.marks[1].when = m.began, m.began
	return m
}

// permit counts a permit of the pipeline.
func (m *meter) permit() {
	if m != nil {
		m.permits.Add(1)
	}
}

// asked records that the consumer wants the next result.
func (m *meter) asked() {
	if m != nil && !m.idle.IsZero() {
		m.used += time.Since(m.idle)
		m.uses++
	}
}

// returned records that the consumer gets the result of a call.
func (m *meter) returned(permits int, latency time.Duration) {
	if m == nil {
		return
	}
	const weight = 8 // of earlier latencies
	if m.latency == 0 {
		m.latency = latency
	}
	if permits > 0 {
		m.latency += (latency - m.latency) / weight
	}
	m.calls++
	m.callPermits += permits
	m.idle = time.Now()
}

// report reports the progress.
func (m *meter) report(done, total, perCall int) {
	if m == nil {
		return
	}
	if done >= 2*m.marks[1].done {
		m.marks = [2]mark{m.marks[1], {time.Now(), done}}
	}
	m.config.Progress(done, total, m.pace(done, max(1, perCall)))
}

// Pace is the speed of a pipeline at one moment. The zero Pace takes no time.
type Pace struct {
	limiter        *limiter.Limiter
	others         float64       // permits per minute for other work
	latency        time.Duration // of a call
	each           time.Duration // that a call takes if the limit does not matter
	perCall        float64       // items
	permitsPerCall float64
	ahead          float64       // permits of calls that were not returned
	late           time.Duration // per item, measured lately; 0 where the limit decides
}

func (m *meter) pace(done, perCall int) Pace {
	used := m.used / time.Duration(max(1, m.uses))
	p := Pace{
		limiter:        m.config.Limiter,
		latency:        m.latency,
		each:           max(used, m.latency/time.Duration(m.config.Width)),
		perCall:        float64(perCall),
		permitsPerCall: 1,
		ahead:          float64(int(m.permits.Load()) - m.callPermits),
	}
	if m.calls > 0 {
		p.permitsPerCall = float64(m.callPermits) / float64(m.calls)
	}
	if m.config.Width == 1 {
		p.each = used + m.latency
	}
	var load limiter.Load
	if p.limiter != nil {
		load = p.limiter.Load()
		others := load.Permits - m.before.Permits - int(m.permits.Load())
		p.others = max(0, float64(others)) / max(time.Since(m.began), minSpan).Minutes()
	}
	if p.limiter == nil || load.Pauses > m.before.Pauses {
		since := m.marks[0]
		p.late = time.Since(since.when) / time.Duration(max(1, done-since.done))
	}
	return p
}

// Estimate returns how long more items take: the longest of what the limit, the latency, the
// consumer and, where the limit is unknown, the recent speed ask for.
func (p Pace) Estimate(more int) time.Duration {
	if more <= 0 || p.perCall == 0 {
		return 0
	}
	calls := math.Ceil(float64(more) / p.perCall)
	nanoseconds := max(calls*float64(p.each), float64(more)*float64(p.late))
	if p.limiter != nil {
		permits := math.Ceil(calls*p.permitsPerCall - p.ahead)
		nanoseconds = max(nanoseconds, p.forecast(permits)+float64(p.latency))
	}
	if nanoseconds >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(nanoseconds)
}

// forecast returns when the limiter has granted so many permits, in nanoseconds. Beyond a
// million, time grows in proportion: neither an int nor a Duration overflows.
func (p Pace) forecast(permits float64) float64 {
	scale := max(1, permits/1e6)
	return scale * float64(p.limiter.Forecast(int(permits/scale), p.latency, p.others))
}
