// Package pipeline runs calls concurrently, returns their results in order, and estimates
// how long the rest takes. It starts the next call when an earlier one has its permit from
// the rate limiter: two calls wait for permits, and as many are in flight as the limit and
// the latency allow.
package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

const (
	// minWidth and maxWidth bound the default width: half a minute's worth of permits,
	// which is how long an attempt takes at most by default.
	minWidth = 64
	maxWidth = 512
	// maxWaiting is how many calls wait for a permit: one, and another that gets its permit
	// while the consumer is busy with a result.
	maxWaiting = 2
)

// Config holds the settings of a pipeline. All fields are optional.
type Config struct {
	// Limiter is the limiter that grants the permits. Nil means one of the caller's.
	Limiter *limiter.Limiter
	// Width bounds the calls that were started and whose results were not returned yet. 0
	// means as many as help at the limit.
	Width int
	// Progress is called by Report.
	Progress func(done, total int, pace Pace)
}

// Call makes one call. It reports its permits to job.
type Call[R any] func(ctx context.Context, job *Job) R

// Pipeline runs calls concurrently and returns their results in order. It starts calls only
// while its consumer waits for a result. Thus a source of the caller's is read in the
// consumer's goroutine, which is the only one that may use a Pipeline.
type Pipeline[R any] struct {
	ctx     context.Context
	width   int
	meter   *meter
	cancel  context.CancelFunc // ends the calls in flight; nil before the first
	calls   context.Context
	started []*started[R] // and not returned
	running sync.WaitGroup
}

// started is a call that was started.
type started[R any] struct {
	Job

	done   chan struct{} // closed when the call is over
	end    ending
	result R
}

// Job reports the permits of one call.
type Job struct {
	meter   *meter
	ready   chan struct{} // closed when the call has a permit, or waits for none
	detach  sync.Once
	mu      sync.Mutex
	permits int
	began   time.Time // when the call got its first permit
	ended   time.Time
}

// New returns a pipeline without calls. Stop must be called.
func New[R any](ctx context.Context, config Config) *Pipeline[R] {
	if config.Width == 0 {
		config.Width = minWidth
		if config.Limiter != nil {
			config.Width = min(max(minWidth, config.Limiter.Limit()/2), maxWidth)
		}
	}
	return &Pipeline[R]{ctx: ctx, width: config.Width, meter: newMeter(config)}
}

// OnPermit records that the call got a permit. Retries get further ones.
func (j *Job) OnPermit() {
	j.Detach()
	j.meter.permits.Add(1)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.permits == 0 {
		j.began = time.Now()
	}
	j.permits++
}

// Detach says that the next call need not wait until this one has a permit: it needs none, or
// waits for something else first.
func (j *Job) Detach() {
	j.detach.Do(func() { close(j.ready) })
}

// Next returns the next result, in the order in which the calls were started. more returns the
// next call to start. Without one it returns a channel that is closed when there may be one, nil
// for none before the next result. Without any call in flight or to come there is no result.
func (p *Pipeline[R]) Next(more func() (Call[R], <-chan struct{})) (result R, ok bool) {
	p.meter.asked()
	for {
		later := p.fill(more)
		var first <-chan struct{}
		switch {
		case len(p.started) > 0:
			first = p.started[0].done
		case later == nil:
			return result, false
		}
		if isClosed(first) {
			return p.take(), true // before a permit that came too, which would start more calls
		}
		select {
		case <-first:
			return p.take(), true
		case <-later:
		}
	}
}

// Insert starts a call at once, whose result Next returns before all others.
func (p *Pipeline[R]) Insert(call Call[R]) {
	p.Start(call)
	last := len(p.started) - 1
	p.started = slices.Insert(p.started[:last], 0, p.started[last])
}

// Len returns how many calls were started whose results were not returned yet.
func (p *Pipeline[R]) Len() int {
	return len(p.started)
}

// Report calls Config.Progress. A call brings perCall of the items that done and total count.
func (p *Pipeline[R]) Report(done, total, perCall int) {
	if progress := p.meter.config.Progress; progress != nil {
		progress(done, total, p.meter.pace(done, max(1, perCall)))
	}
}

// Stop ends the calls in flight, and returns when they are over.
func (p *Pipeline[R]) Stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.running.Wait()
	p.started, p.cancel = nil, nil
}

// fill starts the calls for which it is time. It returns what to wait for before there may be
// another, or nil.
func (p *Pipeline[R]) fill(more func() (Call[R], <-chan struct{})) <-chan struct{} {
	// enough is how many results wait for the consumer before no further calls are started: about
	// what the limit allows in 3 s, so that a consumer as fast as the limit never waits.
	enough := max(minWidth, p.width) / 10
	for fresh := 0; len(p.started) < p.width; fresh++ {
		// While results are ready, calls that were just started count as ready too: the
		// number must not depend on how soon they get their permits.
		if done := p.done(); done > 0 && done+fresh >= enough {
			return nil
		}
		if waiting := p.waiting(); len(waiting) >= maxWaiting {
			return waiting[0].ready
		}
		call, later := more()
		if call == nil {
			return later
		}
		p.Start(call)
	}
	return nil
}

// Start starts a call at once. Next starts the others when it is time.
func (p *Pipeline[R]) Start(call Call[R]) {
	if p.cancel == nil {
		p.calls, p.cancel = context.WithCancel(p.ctx) //nolint:gosec // Stop calls it
	}
	ctx := p.calls
	s := &started[R]{Job: Job{meter: p.meter, ready: make(chan struct{})}, done: make(chan struct{})}
	p.started = append(p.started, s)
	p.running.Go(func() {
		defer close(s.done)
		defer s.Detach()
		s.end.run(func() {
			s.result = call(ctx, &s.Job)
			s.ended = time.Now()
		})
	})
}

// take returns the first result, which is there. A call that panicked or ended its goroutine
// does the same to the consumer's.
func (p *Pipeline[R]) take() R {
	first := p.started[0]
	p.started[0] = nil
	p.started = p.started[1:]
	first.end.raise()
	p.meter.returned(&first.Job)
	return first.result
}

// waiting returns the calls without a permit. Permits come in the order of the calls.
func (p *Pipeline[R]) waiting() []*started[R] {
	at := len(p.started)
	for at > 0 && !isClosed(p.started[at-1].ready) {
		at--
	}
	return p.started[at:]
}

// done is how many results wait for the consumer.
func (p *Pipeline[R]) done() int {
	for i, s := range p.started {
		if !isClosed(s.done) {
			return i
		}
	}
	return len(p.started)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
