package pipeline

import "runtime"

// ending is how a function ended that ran in another goroutine.
type ending struct {
	returned bool
	panicked any
}

// run calls f.
func (e *ending) run(f func()) {
	defer func() { e.panicked = recover() }()
	f()
	e.returned = true
}

// raise ends the caller's goroutine as f ended the other: by a panic, by Goexit or not at all. A
// second call does nothing.
func (e *ending) raise() {
	end := *e
	e.returned, e.panicked = true, nil
	switch {
	case end.panicked != nil:
		panic(end.panicked)
	case !end.returned:
		runtime.Goexit()
	}
}
