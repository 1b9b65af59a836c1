package helpcrunch

import (
	"cmp"
	"context"
	"iter"

	"github.com/helpcrunch-go/helpcrunch/internal/pipeline"
)

// Outcome is the result of one input of [Each] or of a bulk write.
type Outcome[In, Out any] struct {
	// Input is the input.
	Input In
	// Value is the result. It is zero if Err is set.
	Value Out
	// Err says why the call failed. If it matches [ErrMaybeApplied], the service may have
	// applied it anyway.
	Err error
}

// EachOptions are the options of [Each]. Nil means the defaults.
type EachOptions[In any] struct {
	// Key returns the key of an input. Calls for inputs with the same key run one after
	// another, in the order of the inputs. By default all calls run concurrently.
	Key func(In) string
	// Total is the number of inputs, for [Progress]. 0 means unknown.
	Total int
}

// Each returns an iterator that runs call for each input of seq. The calls run concurrently, with
// background priority, as fast as the rate limit allows. Nothing happens before the iterator is
// ranged over; ranging over it again starts again.
//
// call must use the client that it receives. The next call starts when a request of that client has
// a permit. Each yields one outcome per input, in the order of the inputs. A failed call does not
// stop the others. [Client.WithProgress] reports the progress.
//
// When ctx ends, seq is read to its end. Calls that were not made have an Err that matches
// ctx.Err(). Breaking out of the loop cancels the calls in flight, waits for them and starts no
// more. Inputs after the last outcome may then have been applied.
//
// seq runs in its own goroutine. While the loop waits for an outcome, up to 64 inputs are read
// ahead at 120 requests per minute. If seq does not yield for 100 ms, outcomes of earlier inputs
// are yielded first. Slices, maps and pointers of an input must not change before its outcome.
//
// With a nil client, seq or call, or a negative total, Each yields one outcome with
// [ErrInvalidArgument].
func Each[In, Out any](ctx context.Context, client *Client, seq iter.Seq[In], call func(context.Context, *Client, In) (Out, error), opts *EachOptions[In]) iter.Seq[Outcome[In, Out]] {
	opts = cmp.Or(opts, new(EachOptions[In]))
	b := bulk[In, Out]{method: "Each", argument: "seq", total: opts.Total}
	b.call = func(ctx context.Context, c *Client, e *entry[In, Out]) (Out, error) {
		return call(ctx, c, e.Input)
	}
	if opts.Key != nil {
		b.keys = func(input In) []any { return []any{opts.Key(input)} }
	}
	b.err = cmp.Or(
		invalidIf(call == nil, "call: must not be nil"),
		invalidIf(opts.Total < 0, "opts.Total: at least 0, got %d", opts.Total))
	return b.run(ctx, client, seq)
}

// maxGroups is the most groups of inputs in flight.
const maxGroups = 8

// bulk runs a call for each input of a sequence. Calls that share a key run one after another.
type bulk[In, Out any] struct {
	method   string         // for errors
	argument string         // the name of the sequence, for errors
	err      error          // about an argument other than the sequence
	keys     func(In) []any // distinct keys of an input, one for each of its items; nil for none
	total    int            // of items, for the progress; 0 if unknown
	call     call[In, Out]
	// group is the number of inputs of a group, not counting inputs whose keys are in flight.
	// 0 means no groups. A group is smaller if the sequence stalls. groupCall returns the call for
	// the inputs of a group.
	group     int
	groupCall func(c *Client, entries []*entry[In, Out]) call[In, Out]
}

// call makes the call for one input.
type call[In, Out any] func(ctx context.Context, c *Client, e *entry[In, Out]) (Out, error)

// entry is an input in flight, and later its outcome.
type entry[In, Out any] struct {
	Outcome[In, Out]

	keys     []any
	waitsFor []*entry[In, Out] // earlier entries in flight that share a key
	returned chan struct{}     // closed when its call has returned
	isLast   bool              // of its group
}

// run yields the outcomes in the order of the inputs.
func (b *bulk[In, Out]) run(ctx context.Context, c *Client, seq iter.Seq[In]) iter.Seq[Outcome[In, Out]] {
	return func(yield func(Outcome[In, Out]) bool) {
		err := cmp.Or(c.usable(ctx), b.err, invalidIf(seq == nil, "%s: must not be nil", b.argument))
		if err != nil {
			yield(Outcome[In, Out]{Err: inMethod(b.method, err)})
			return
		}
		source := pipeline.NewSource(seq)
		defer source.Stop()
		calls := pipeline.New[*entry[In, Out]](ctx, c.pipelineConfig(b.group*maxGroups))
		defer calls.Stop()
		latest, groups, done, perCall := make(map[any]*entry[In, Out]), 0, 0, 1
		more := func() (pipeline.Call[*entry[In, Out]], <-chan struct{}) {
			if b.group > 0 && groups == maxGroups {
				return nil, nil
			}
			entries, later := b.read(source, latest)
			if len(entries) == 0 {
				return nil, later
			}
			call := b.call
			if b.groupCall != nil {
				call = b.groupCall(c, entries)
			}
			last := len(entries) - 1
			for _, e := range entries[:last] {
				calls.Start(b.job(c, e, call))
			}
			groups++
			entries[last].isLast = true
			return b.job(c, entries[last], call), nil
		}
		for e, ok := calls.Next(more); ok; e, ok = calls.Next(more) {
			for _, key := range e.keys {
				if latest[key] == e {
					delete(latest, key)
				}
			}
			if e.isLast {
				groups--
			}
			if !yield(e.Outcome) {
				return
			}
			items := max(1, len(e.keys)) // a batch has one key per item
			done, perCall = done+items, max(perCall, items)
			calls.Report(done, cmp.Or(b.total, -1), perCall)
		}
	}
}

// read returns the entries of the next inputs: one, or a group. If there are no entries yet, later
// is closed when there may be more. later is nil at the end. latest holds the latest entry in
// flight of each key.
func (b *bulk[In, Out]) read(source *pipeline.Source[In], latest map[any]*entry[In, Out]) (entries []*entry[In, Out], later <-chan struct{}) {
	for fresh := 0; len(entries) == 0 || fresh < b.group && len(entries) < b.group*maxGroups; {
		input, ok, later := source.Next()
		if !ok {
			return entries, later
		}
		e := &entry[In, Out]{Outcome: Outcome[In, Out]{Input: input}, returned: make(chan struct{})}
		if b.keys != nil {
			e.keys = b.keys(input)
		}
		for _, key := range e.keys {
			if earlier := latest[key]; earlier != nil {
				e.waitsFor = append(e.waitsFor, earlier)
			}
			latest[key] = e
		}
		if entries = append(entries, e); e.waitsFor == nil {
			fresh++
		}
	}
	return entries, nil
}

// job makes the call for one entry after those in e.waitsFor have returned.
func (b *bulk[In, Out]) job(c *Client, e *entry[In, Out], call call[In, Out]) pipeline.Call[*entry[In, Out]] {
	return func(ctx context.Context, job *pipeline.Job) *entry[In, Out] {
		defer close(e.returned)
		if b.group > 0 || e.waitsFor != nil {
			job.Detach() // it may wait for other entries: let the next call start
		}
		for _, earlier := range e.waitsFor {
			<-earlier.returned
		}
		c := c.derive(func(m *mode) { m.background, m.progress, m.onPermit = true, nil, job.OnPermit })
		e.Value, e.Err = call(ctx, c, e)
		e.waitsFor = nil // so that a chain of entries can be freed
		return e
	}
}
