package pipeline

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

// minSpan is the shortest time over which other work is averaged: a shorter one is not
// representative.
const minSpan = 10 * time.Second

// meter measures the calls of a pipeline.
type meter struct {
	config  Config
	began   time.Time
	before  limiter.Load // the load at began
	permits atomic.Int64 // of this pipeline's calls

	calls       int           // returned calls
	callPermits int           // permits of returned calls
	timed       int           // returned calls that had a permit
	latency     time.Duration // sum over the timed calls
	handling    time.Duration // total time that the consumer took for results
	handled     int           // results that it handled in that time
	handedOver  time.Time     // when the consumer got the latest result
}

func newMeter(config Config) *meter {
	m := &meter{config: config, began: time.Now()}
	if config.Limiter != nil {
		m.before = config.Limiter.Load()
	}
	return m
}

// asked records that the consumer wants the next result.
func (m *meter) asked() {
	if !m.handedOver.IsZero() {
		m.handling += time.Since(m.handedOver)
		m.handled++
	}
}

// returned records that the consumer gets the result of a call.
func (m *meter) returned(j *Job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	m.calls++
	if m.callPermits += j.permits; j.permits > 0 {
		m.timed++
		m.latency += j.ended.Sub(j.began)
	}
	m.handedOver = time.Now()
}

// Pace is the speed of a pipeline at one moment. The zero Pace estimates 0.
type Pace struct {
	limiter         *limiter.Limiter
	others          float64       // permits per minute for other work
	latency         time.Duration // of a call
	timePerCall     time.Duration // ignoring the limit
	perCall         float64       // items per call
	permitsPerCall  float64
	permitsInFlight float64       // of calls not yet returned
	timePerItem     time.Duration // so far; 0 if the limit is known
}

func (m *meter) pace(done, perCall int) Pace {
	elapsed := time.Since(m.began)
	handling := m.handling / time.Duration(max(1, m.handled))
	p := Pace{
		limiter:         m.config.Limiter,
		latency:         m.latency / time.Duration(max(1, m.timed)),
		perCall:         float64(perCall),
		permitsPerCall:  1,
		permitsInFlight: float64(int(m.permits.Load()) - m.callPermits),
	}
	if m.calls > 0 {
		p.permitsPerCall = float64(m.callPermits) / float64(m.calls)
	}
	if p.timePerCall = max(handling, p.latency/time.Duration(m.config.Width)); m.config.Width == 1 {
		p.timePerCall = handling + p.latency
	}
	var load limiter.Load
	if p.limiter != nil {
		load = p.limiter.Load()
		others := load.Permits - m.before.Permits - int(m.permits.Load())
		p.others = max(0, float64(others)) / max(elapsed, minSpan).Minutes()
	}
	if p.limiter == nil || load.Pauses > m.before.Pauses {
		p.timePerItem = elapsed / time.Duration(max(1, done)) // the service's real limit is unknown
	}
	return p
}

// Estimate returns how long the given number of further items takes. It is the longest of estimates
// from the limit, the latency and the consumer. If the limit is unknown, the speed so far counts
// too.
func (p Pace) Estimate(more int) time.Duration {
	if more <= 0 || p.perCall == 0 {
		return 0
	}
	calls := math.Ceil(float64(more) / p.perCall)
	nanoseconds := max(calls*float64(p.timePerCall), float64(more)*float64(p.timePerItem))
	if p.limiter != nil {
		permits := math.Ceil(calls*p.permitsPerCall - p.permitsInFlight)
		nanoseconds = max(nanoseconds, p.forecast(permits)+float64(p.latency))
	}
	if nanoseconds >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(nanoseconds)
}

// forecast returns how long the limiter takes to grant the permits, in nanoseconds. Above a
// million permits it extrapolates, so that neither an int nor a Duration overflows.
func (p Pace) forecast(permits float64) float64 {
	scale := max(1, permits/1e6)
	return scale * float64(p.limiter.Forecast(int(permits/scale), p.latency, p.others))
}
