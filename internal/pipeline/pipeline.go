// Package pipeline runs calls concurrently, returns their results in order, and estimates
// how long the rest takes. It starts the next call when an earlier one has its permit from
// the rate limiter. At most two calls wait for permits; the limit and the latency decide how
// many are in flight.
package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/limiter"
)

const (
	// minWidth and maxWidth bound the default width: the permits of 30 s, the default
	// attempt timeout.
	minWidth = 64
	maxWidth = 512
	// maxWaiting is how many calls may wait for a permit. The second keeps the limit busy while the
	// consumer handles a result.
	maxWaiting = 2
)

// Config holds the settings of a pipeline. All fields are optional.
type Config struct {
	// Limiter grants the permits. It is nil if the caller uses a limiter of another type.
	Limiter *limiter.Limiter
	// Width is the maximum number of calls that are started and not yet returned. 0 means the
	// permits of 30 s, at least 64 and at most 512, or 64 without a Limiter.
	Width int
	// Progress is called by Report.
	Progress func(done, total int, pace Pace)
}

// Call makes one call. It reports its permits to job.
type Call[R any] func(ctx context.Context, job *Job) R

// Pipeline runs calls concurrently and returns their results in order. It starts calls only
// while its consumer waits in Next. Only one goroutine may use a Pipeline.
type Pipeline[R any] struct {
	ctx     context.Context
	width   int
	meter   *meter
	cancel  context.CancelFunc // ends the calls in flight; nil before the first
	calls   context.Context
	started []*started[R] // calls not yet returned
	running sync.WaitGroup
}

// started is a call whose result Next has not returned yet.
type started[R any] struct {
	Job

	done   chan struct{} // closed when the call has returned
	end    ending
	result R
}

// Job counts the permits of one call.
type Job struct {
	meter        *meter
	nextMayStart chan struct{} // closed when this call has a permit or is detached
	detach       sync.Once
	mu           sync.Mutex
	permits      int
	began        time.Time // when the call got its first permit
	ended        time.Time
}

// New returns a pipeline without calls. The caller must call Stop.
func New[R any](ctx context.Context, config Config) *Pipeline[R] {
	if config.Width == 0 {
		config.Width = minWidth
		if config.Limiter != nil {
			config.Width = min(max(minWidth, config.Limiter.Limit()/2), maxWidth)
		}
	}
	return &Pipeline[R]{ctx: ctx, width: config.Width, meter: newMeter(config)}
}

// OnPermit records that the call got a permit. Each retry gets another one.
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

// Detach allows the next call to start before this one has a permit. Use it for a call that needs
// no permit or waits for something else first.
func (j *Job) Detach() {
	j.detach.Do(func() { close(j.nextMayStart) })
}

// Next returns the next result, in the order of the calls. more returns the next call to start. If
// there is none yet, more returns a channel that is closed when it should be called again. With a
// nil channel, more is called again after the next result. ok is false if the channel is nil and no
// call is in flight.
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
			return p.take(), true // before select, which could pick later and start more calls
		}
		select {
		case <-first:
			return p.take(), true
		case <-later:
		}
	}
}

// Insert starts a call at once. Next returns its result before all others.
func (p *Pipeline[R]) Insert(call Call[R]) {
	p.Start(call)
	last := len(p.started) - 1
	p.started = slices.Insert(p.started[:last], 0, p.started[last])
}

// Len returns the number of calls that were started and not yet returned.
func (p *Pipeline[R]) Len() int {
	return len(p.started)
}

// Report calls Config.Progress. done and total count items; one call yields perCall items.
func (p *Pipeline[R]) Report(done, total, perCall int) {
	if progress := p.meter.config.Progress; progress != nil {
		progress(done, total, p.meter.pace(done, max(1, perCall)))
	}
}

// Stop cancels the calls in flight and waits for them.
func (p *Pipeline[R]) Stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.running.Wait()
	p.started, p.cancel = nil, nil
}

// fill starts the calls that may start now. It returns a channel that is closed when another
// may start, or nil if that depends on the next result.
func (p *Pipeline[R]) fill(more func() (Call[R], <-chan struct{})) <-chan struct{} {
	// enough is the number of ready results at which no more calls start. It is about the permits
	// of 3 s, so that a consumer as fast as the limit never waits.
	enough := max(minWidth, p.width) / 10
	for fresh := 0; len(p.started) < p.width; fresh++ {
		// Calls that were just started count as ready. The number then does not depend on how soon
		// they get permits.
		if ready := p.readyResults(); ready > 0 && ready+fresh >= enough {
			return nil
		}
		if waiting := p.waiting(); len(waiting) >= maxWaiting {
			return waiting[0].nextMayStart
		}
		call, later := more()
		if call == nil {
			return later
		}
		p.Start(call)
	}
	return nil
}

// Start starts a call at once, regardless of permits and width.
func (p *Pipeline[R]) Start(call Call[R]) {
	if p.cancel == nil {
		p.calls, p.cancel = context.WithCancel(p.ctx) //nolint:gosec // Stop calls it
	}
	ctx := p.calls
	s := &started[R]{Job: Job{meter: p.meter, nextMayStart: make(chan struct{})}, done: make(chan struct{})}
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

// take returns the first result, which must be ready. If the call panicked or called Goexit,
// take does the same.
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
	for at > 0 && !isClosed(p.started[at-1].nextMayStart) {
		at--
	}
	return p.started[at:]
}

// readyResults returns the number of results that are ready in order.
func (p *Pipeline[R]) readyResults() int {
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
