package main

import (
	"context"
	"iter"
	"sync"
)

// margin is how far in front of its end a journal is joined. So many rows may have been
// deleted since, and the first try still succeeds.
const margin = 100

// rest walks over the rows that the journal does not hold yet. The list keeps its order, but
// rows that were deleted have moved the others up. So it starts a little before
// the end of the journal, and a known row at the start shows that nothing lies between;
// without one it steps back.
func rest(ctx context.Context, s source, j *journal) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		held := j.rows()
		for back := margin; ; back *= 2 {
			offset := max(0, held-back)
			joined := offset == 0
			for r, err := range s.walk(ctx, offset) {
				if err != nil {
					yield(row{}, err)
					return
				}
				if joined = joined || j.has(r.id); !joined {
					break
				}
				if j.claim(r.id) && !yield(r, nil) {
					return
				}
			}
			if joined {
				return
			}
		}
	}
}

// loaded is what became of loading a row.
type loaded struct {
	value any
	err   error
}

// load loads rows side by side, and yields them in their order. A failure is yielded once,
// after all rows before it.
func load(ctx context.Context, rows iter.Seq2[row, error], width int) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		var queue []chan loaded
		next := func() bool {
			first := <-queue[0]
			queue = queue[1:]
			return yield(first.value, first.err) && first.err == nil
		}
		var failure error
		for r, err := range rows {
			if err != nil {
				failure = err
				break
			}
			if len(queue) == width && !next() {
				return
			}
			result := make(chan loaded, 1)
			queue = append(queue, result)
			running.Go(func() {
				value, err := r.load(ctx)
				result <- loaded{value, err}
			})
		}
		for len(queue) > 0 {
			if !next() {
				return
			}
		}
		if failure != nil {
			yield(nil, failure)
		}
	}
}
