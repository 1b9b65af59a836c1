package helpcrunch

import (
	"context"
	"iter"

	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// bulk makes the changes that the items of a source ask for: side by side in the background,
// as wide as the rate limit allows, but those of the same thing one after another.
type bulk[I any, K comparable, O any] struct {
	// keys are the things that an item changes.
	keys func(I) []K
	// most is how many things an item changes at most.
	most int
	// change makes the change, and tells what became of it.
	change func(ctx context.Context, c *Client, item I) O
	// failed is the one outcome of a run that can't begin.
	failed func(error) O
}

// changed is an item that is over.
type changed[K comparable, O any] struct {
	position *position[K]
	outcome  O
}

// run yields the outcomes in the order of the items. total is how many things these change, -1
// if that is unknown. method and what name
// the caller and the source in errors.
func (b bulk[I, K, O]) run(ctx context.Context, c *Client, method, what string, source iter.Seq[I], total int) iter.Seq[O] {
	return func(yield func(O) bool) {
		err := c.usable(ctx)
		if err == nil && source == nil {
			err = invalid("%s: must not be nil", what)
		}
		if err != nil {
			yield(b.failed(inMethod(method, err)))
			return
		}
		next, stop := iter.Pull(source)
		defer stop()
		calls := pipeline.New[changed[K, O]](ctx, c.pipelineConfig(0))
		defer calls.Stop()
		queues, done := make(queues[K]), 0
		for {
			over, ok := calls.Next(func() pipeline.Call[changed[K, O]] {
				item, ok := next()
				if !ok {
					return nil
				}
				return b.job(c, queues.join(b.keys(item)), item)
			})
			if !ok {
				return
			}
			queues.leave(over.position)
			if !yield(over.outcome) {
				return
			}
			done += len(over.position.keys)
			calls.Report(done, total, b.most)
		}
	}
}

// job makes the change of one item, when those before it in its queues are over. While it waits
// for them it holds up no other.
func (b bulk[I, K, O]) job(c *Client, p *position[K], item I) pipeline.Call[changed[K, O]] {
	return func(ctx context.Context, job *pipeline.Job) changed[K, O] {
		defer close(p.over)
		if len(p.before) > 0 {
			job.Detach()
			p.wait(ctx)
		}
		c := c.derive(func(m *mode) { m.background, m.onPermit = true, job.OnPermit })
		return changed[K, O]{p, b.change(ctx, c, item)}
	}
}

// queues are, for each thing that is being changed, the end of the latest item that
// changes it.
type queues[K comparable] map[K]chan struct{}

// position is where an item stands in the queues of all that it changes.
type position[K comparable] struct {
	keys   []K
	before []chan struct{} // those of the items before it
	over   chan struct{}   // closed when the change is over
}

// join takes the last place of each queue.
func (q queues[K]) join(keys []K) *position[K] {
	p := &position[K]{keys: keys, over: make(chan struct{})}
	for _, key := range keys {
		if last, ok := q[key]; ok {
			p.before = append(p.before, last)
		}
		q[key] = p.over
	}
	return p
}

// leave ends the queues in which nobody came after it.
func (q queues[K]) leave(p *position[K]) {
	for _, key := range p.keys {
		if q[key] == p.over {
			delete(q, key)
		}
	}
}

// wait waits until it is the first in all its queues, or ctx ends.
func (p *position[K]) wait(ctx context.Context) {
	for _, before := range p.before {
		select {
		case <-before:
		case <-ctx.Done():
			return
		}
	}
}
