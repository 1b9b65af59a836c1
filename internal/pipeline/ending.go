package pipeline

import "runtime"

// ending records how a function in another goroutine ended.
type ending struct {
	returned bool
	panicked any
}

// run calls f and records how it ended.
func (e *ending) run(f func()) {
	defer func() { e.panicked = recover() }()
	f()
	e.returned = true
}

// raise repeats a panic or Goexit of f in the caller's goroutine. It does nothing if f returned,
// or when called again.
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
