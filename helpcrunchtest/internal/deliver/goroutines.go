package deliver

import "sync"

// goroutines counts goroutines, to wait for their end. A sync.WaitGroup belongs to the
// testing/synctest bubble that used it, and can't be waited for from outside.
type goroutines struct {
	mu    sync.Mutex
	count int
	none  chan struct{} // closed when count becomes 0; nil when nobody waits
}

// start runs f in a goroutine of its own.
func (g *goroutines) start(f func()) {
	g.mu.Lock()
	g.count++
	g.mu.Unlock()
	go func() {
		defer g.end()
		f()
	}()
}

func (g *goroutines) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count--
	if g.count == 0 && g.none != nil {
		close(g.none)
		g.none = nil
	}
}

// ended returns what is closed once none is running, nil when none is.
func (g *goroutines) ended() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count > 0 && g.none == nil {
		g.none = make(chan struct{})
	}
	return g.none
}
