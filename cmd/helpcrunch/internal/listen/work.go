package listen

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
)

// Pauses before the next attempt at an event, and at a write to the spool.
const (
	firstPause = time.Second
	lastPause  = 10 * time.Minute
	// forgetInterval is how often events that were done long ago are forgotten.
	forgetInterval = 24 * time.Hour
)

// outputError is a failure to print. It ends the command.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// worker handles the events of a spool one after the other, in the order in which they are due.
type worker struct {
	spool    *spool
	do       func(context.Context, *record) error
	attempts int // after which an event failed; 0 for no limit
	changed  <-chan struct{}
	lines    *cli.LineWriter
}

// run works until stop ends. An event that has begun continues until hard ends.
func (w *worker) run(stop, hard context.Context) error {
	forgotten := time.Time{}
	for stop.Err() == nil {
		if now := time.Now(); now.Sub(forgotten) >= forgetInterval {
			forgotten = now
			if err := w.spool.forget(now.Add(-doneAge)); err != nil {
				w.lines.Printf("can't forget old events: %v", err)
			}
		}
		key, r, wait, err := w.spool.next(time.Now())
		switch {
		case err != nil:
			return err
		case r == nil:
			wait = forgetInterval
		case wait <= 0:
			if err := w.handle(stop, hard, key, r); err != nil {
				return err
			}
			continue
		}
		select {
		case <-stop.Done():
		case <-w.changed:
		case <-time.After(wait):
		}
	}
	return nil
}

// handle makes one attempt at an event.
func (w *worker) handle(stop, hard context.Context, key []byte, r *record) error {
	err := w.do(hard, r)
	now := time.Now()
	if _, fatal := errors.AsType[outputError](err); fatal {
		return err
	}
	if err == nil {
		w.settle(stop, func() error { return w.spool.done(key, r, now) })
		return nil
	}
	if hard.Err() != nil { // it did not fail by itself
		return nil
	}
	r.Failures++
	r.Error = err.Error()
	if w.attempts > 0 && r.Failures >= w.attempts {
		w.lines.Printf("%s %s failed %d times and is set aside: %v", r.Type, r.ID, r.Failures, err)
		w.settle(stop, func() error { return w.spool.move(key, r, failedBucket, now) })
		return nil
	}
	pause := pauseAfter(r.Failures)
	w.lines.Printf("%s %s failed, next attempt in %s: %v", r.Type, r.ID, pause.Round(100*time.Millisecond), err)
	w.settle(stop, func() error { return w.spool.move(key, r, waitingBucket, now.Add(pause)) })
	return nil
}

// settle writes to the spool until that succeeds, so that a full disk repeats no event. It
// gives up when stop ends.
func (w *worker) settle(stop context.Context, write func() error) {
	for failures := 1; ; failures++ {
		err := write()
		if err == nil {
			return
		}
		pause := pauseAfter(min(failures, 4)) // at most 8 s
		w.lines.Printf("the spool can't be written, next attempt in %s: %v", pause.Round(100*time.Millisecond), err)
		select {
		case <-stop.Done():
			return
		case <-time.After(pause):
		}
	}
}

// pauseAfter returns an exponential backoff with jitter: between half and all of 1 s, 2 s, 4 s
// and so on, up to 10 min.
func pauseAfter(failures int) time.Duration {
	pause := min(firstPause<<min(failures-1, 10), lastPause)
	return pause/2 + rand.N(pause/2)
}
