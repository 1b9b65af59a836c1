package helpcrunch

import (
	"context"
	"iter"

	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// Outcome is what became of one input of [Each] or of a bulk write.
type Outcome[In, Out any] struct {
	// Input is the input.
	Input In
	// Value is the result. It is zero if Err is set.
	Value Out
	// Err says why the call failed. If it matches [ErrMaybeApplied], the service may have
	// carried it out all the same.
	Err error
}

// EachOptions are the options of [Each]. Nil means the defaults.
type EachOptions[In any] struct {
	// Key returns what an input is about. Calls for inputs with the same key run one after
	// another, in the order of the inputs. By default all run concurrently.
	Key func(In) string
	// Total is the number of inputs, for [Progress]. 0 means unknown.
	Total int
}

// Each does nothing until the returned sequence is ranged over. It then runs call for each input
// of seq, concurrently and in the background, as wide as the rate limit allows.
//
// call must use the client that it is given: the next call starts when that client's request
// has a permit. The outcomes come in the order of the inputs, one for each, and no failure
// stops the others. [Client.WithProgress] reports the progress.
//
// When ctx ends, seq is read to its end, and calls that were not made have an Err that matches
// ctx.Err(). Breaking off starts no more calls, cancels those in flight and returns when they are
// over: inputs after the last outcome may have been carried out.
//
// seq is read in a goroutine of its own, and ahead: at 120 requests per minute at most 64 inputs
// are without an outcome. It is read while the loop waits for an outcome. If it does not yield
// for 100 ms, outcomes of earlier inputs are yielded meanwhile. Slices, maps and pointers of
// an input must not change before its outcome. Ranging over the outcomes again starts again.
//
// A nil client, seq or call, and a negative total, are one outcome with [ErrInvalidArgument].
func Each[In, Out any](ctx context.Context, client *Client, seq iter.Seq[In], call func(context.Context, *Client, In) (Out, error), opts *EachOptions[In]) iter.Seq[Outcome[In, Out]] {
	b := bulk[In, Out]{method: "Each", argument: "seq", total: -1}
	b.call = func(ctx context.Context, c *Client, _ *pipeline.Job, input In) (Out, error) {
		return call(ctx, c, input)
	}
	if opts != nil && opts.Key != nil {
		b.keys = func(input In) []any { return []any{opts.Key(input)} }
	}
	switch {
	case call == nil:
		b.err = invalid("call: must not be nil")
	case opts != nil && opts.Total < 0:
		b.err = invalid("opts.Total: at least 0, got %d", opts.Total)
	case opts != nil && opts.Total > 0:
		b.total = opts.Total
	}
	return b.run(ctx, client, seq)
}

// bulk runs a call for each input of a sequence. Calls with a key in common run one after another.
type bulk[In, Out any] struct {
	method   string // for errors
	argument string // the name of the sequence, for errors
	err      error  // of another argument
	call     func(ctx context.Context, c *Client, job *pipeline.Job, input In) (Out, error)
	keys     func(In) []any // nil for none
	size     func(In) int   // how many items of the progress an input is; nil for 1
	perCall  int            // how many items a call brings at most; 0 means 1
	width    int            // how many inputs are without an outcome at most; 0 means as many as help
	total    int            // of items, -1 if unknown
}

// result is the outcome of a call.
type result[In, Out any] struct {
	Outcome[In, Out]

	position *position
}

// run yields the outcomes in the order of the inputs.
func (b *bulk[In, Out]) run(ctx context.Context, c *Client, seq iter.Seq[In]) iter.Seq[Outcome[In, Out]] {
	return func(yield func(Outcome[In, Out]) bool) {
		err := c.usable(ctx)
		switch {
		case err == nil && seq == nil:
			err = invalid("%s: must not be nil", b.argument)
		case err == nil:
			err = b.err
		}
		if err != nil {
			yield(Outcome[In, Out]{Err: inMethod(b.method, err)})
			return
		}
		source := pipeline.NewSource(seq)
		defer source.Stop()
		calls := pipeline.New[result[In, Out]](ctx, c.pipelineConfig(b.width))
		defer calls.Stop()
		queues, done := make(queues), 0
		more := func() pipeline.Call[result[In, Out]] {
			input, ok, later := source.Next()
			if !ok {
				calls.Await(later)
				return nil
			}
			return b.job(c, queues, input)
		}
		for {
			result, ok := calls.Next(more)
			if !ok {
				return
			}
			queues.leave(result.position)
			if !yield(result.Outcome) {
				return
			}
			size := 1
			if b.size != nil {
				size = b.size(result.Input)
			}
			if done += size; size > 0 {
				calls.Report(done, b.total, b.perCall)
			}
		}
	}
}

// job makes the call for one input when those before it in its queues are over. While it waits
// for them it holds up no other.
func (b *bulk[In, Out]) job(c *Client, queues queues, input In) pipeline.Call[result[In, Out]] {
	var keys []any
	if b.keys != nil {
		keys = b.keys(input)
	}
	p := queues.join(keys)
	return func(ctx context.Context, job *pipeline.Job) result[In, Out] {
		defer close(p.over)
		if len(p.before) > 0 {
			job.Detach()
			wait(ctx, p.before...)
		}
		c := c.derive(func(m *mode) { m.background, m.progress, m.onPermit = true, nil, job.OnPermit })
		value, err := b.call(ctx, c, job, input)
		return result[In, Out]{Outcome[In, Out]{input, value, err}, p}
	}
}

// queues holds, for each key of the inputs in flight, the end of the latest one.
type queues map[any]chan struct{}

// position is the place of an input in the queues of its keys.
type position struct {
	keys   []any
	before []chan struct{} // the ends of the inputs before it
	over   chan struct{}   // closed when its call is over
}

// join takes the last place of each queue.
func (q queues) join(keys []any) *position {
	p := &position{keys: keys, over: make(chan struct{})}
	for _, key := range keys {
		if last, ok := q[key]; ok {
			p.before = append(p.before, last)
		}
		q[key] = p.over
	}
	return p
}

// leave ends the queues in which nobody came after it.
func (q queues) leave(p *position) {
	for _, key := range p.keys {
		if q[key] == p.over {
			delete(q, key)
		}
	}
}

// wait waits until all channels are closed, or ctx ends.
func wait(ctx context.Context, channels ...chan struct{}) {
	for _, c := range channels {
		select {
		case <-c:
		case <-ctx.Done():
			return
		}
	}
}
