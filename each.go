package helpcrunch

import (
	"cmp"
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
	if opts == nil {
		opts = new(EachOptions[In])
	}
	b := bulk[In, Out]{method: "Each", argument: "seq", total: opts.Total}
	b.call = func(ctx context.Context, c *Client, r *row[In, Out]) (Out, error) {
		return call(ctx, c, r.Input)
	}
	if opts.Key != nil {
		b.keys = func(input In) []any { return []any{opts.Key(input)} }
	}
	switch {
	case call == nil:
		b.err = invalid("call: must not be nil")
	case opts.Total < 0:
		b.err = invalid("opts.Total: at least 0, got %d", opts.Total)
	}
	return b.run(ctx, client, seq)
}

// maxGroups is how many groups of inputs are without all their outcomes at most.
const maxGroups = 8

// bulk runs a call for each input of a sequence. Calls with a key in common run one after another.
type bulk[In, Out any] struct {
	method   string         // for errors
	argument string         // the name of the sequence, for errors
	err      error          // of another argument
	keys     func(In) []any // of an input, each once, one for each of its items; nil for none
	total    int            // of items, for the progress; 0 if unknown
	call     call[In, Out]
	// group is how many inputs whose keys are not in flight form a group; 0 means that there are no
	// groups. A group is smaller if the sequence stalls. begin returns the call for its inputs.
	group int
	begin func(c *Client, rows []*row[In, Out]) call[In, Out]
}

// call makes the call for one input.
type call[In, Out any] func(ctx context.Context, c *Client, r *row[In, Out]) (Out, error)

// row is an input in flight, and then its outcome.
type row[In, Out any] struct {
	Outcome[In, Out]

	keys   []any
	before []*row[In, Out] // earlier ones that have a key in common with it
	over   chan struct{}   // closed when its call is over
	isLast bool            // of its group
}

// run yields the outcomes in the order of the inputs.
func (b *bulk[In, Out]) run(ctx context.Context, c *Client, seq iter.Seq[In]) iter.Seq[Outcome[In, Out]] {
	return func(yield func(Outcome[In, Out]) bool) {
		err := cmp.Or(c.usable(ctx), b.err)
		if err == nil && seq == nil {
			err = invalid("%s: must not be nil", b.argument)
		}
		if err != nil {
			yield(Outcome[In, Out]{Err: inMethod(b.method, err)})
			return
		}
		source := pipeline.NewSource(seq)
		defer source.Stop()
		calls := pipeline.New[*row[In, Out]](ctx, c.pipelineConfig(b.group*maxGroups))
		defer calls.Stop()
		latest, groups, done, perCall := make(map[any]*row[In, Out]), 0, 0, 1
		more := func() (pipeline.Call[*row[In, Out]], <-chan struct{}) {
			if b.group > 0 && groups == maxGroups {
				return nil, nil
			}
			rows, later := b.read(source, latest)
			if len(rows) == 0 {
				return nil, later
			}
			call := b.call
			if b.begin != nil {
				call = b.begin(c, rows)
			}
			last := len(rows) - 1
			for _, r := range rows[:last] {
				calls.Start(b.job(c, r, call))
			}
			groups++
			rows[last].isLast = true
			return b.job(c, rows[last], call), nil
		}
		for r, ok := calls.Next(more); ok; r, ok = calls.Next(more) {
			for _, key := range r.keys {
				if latest[key] == r {
					delete(latest, key)
				}
			}
			if r.isLast {
				groups--
			}
			if !yield(r.Outcome) {
				return
			}
			size := max(1, len(r.keys))
			done, perCall = done+size, max(perCall, size)
			calls.Report(done, cmp.Or(b.total, -1), perCall)
		}
	}
}

// read returns the rows of the next inputs: one, or a group. Without rows, later says when to read
// again, nil for never. latest holds the latest row in flight of each key.
func (b *bulk[In, Out]) read(source *pipeline.Source[In], latest map[any]*row[In, Out]) (rows []*row[In, Out], later <-chan struct{}) {
	for fresh := 0; len(rows) == 0 || fresh < b.group && len(rows) < b.group*maxGroups; {
		input, ok, later := source.Next()
		if !ok {
			return rows, later
		}
		r := &row[In, Out]{Outcome: Outcome[In, Out]{Input: input}, over: make(chan struct{})}
		if b.keys != nil {
			r.keys = b.keys(input)
		}
		for _, key := range r.keys {
			if earlier := latest[key]; earlier != nil {
				r.before = append(r.before, earlier)
			}
			latest[key] = r
		}
		if rows = append(rows, r); r.before == nil {
			fresh++
		}
	}
	return rows, nil
}

// job makes the call for one row when those before it are over. They end when ctx does.
func (b *bulk[In, Out]) job(c *Client, r *row[In, Out], call call[In, Out]) pipeline.Call[*row[In, Out]] {
	return func(ctx context.Context, job *pipeline.Job) *row[In, Out] {
		defer close(r.over)
		if b.group > 0 || r.before != nil {
			job.Detach() // it waits for other rows, and holds up no others meanwhile
		}
		for _, earlier := range r.before {
			<-earlier.over
		}
		c := c.derive(func(m *mode) { m.background, m.progress, m.onPermit = true, nil, job.OnPermit })
		r.Value, r.Err = call(ctx, c, r)
		r.before = nil // so that a chain of rows does not stay in memory
		return r
	}
}
