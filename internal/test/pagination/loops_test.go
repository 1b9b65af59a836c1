package pagination_test

import (
	"iter"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestT6HoweverALoopEndsNothingIsInFlight: the bubble fails if a goroutine is left.
func TestT6HoweverALoopEndsNothingIsInFlight(t *testing.T) {
	for name, at250 := range map[string]func(stop func()){
		"panic":  func(func()) { panic("loop") },
		"Goexit": func(func()) { runtime.Goexit() },
		"stop":   func(stop func()) { stop() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := kit.SeededServer(t, 950, kit.Exactly(time.Second))
				all := kit.SimulatedClient(server).Customers.All(t.Context(), nil)
				var loop sync.WaitGroup
				loop.Go(func() {
					defer func() { _ = recover() }()
					next, stop := iter.Pull2(all)
					defer stop()
					for n := 1; ; n++ {
						if _, err, ok := next(); !ok || err != nil {
							return
						}
						if n == 250 {
							at250(stop)
						}
					}
				})
				loop.Go(func() {
					defer func() { _ = recover() }()
					n := 0
					for range all {
						if n++; n == 250 {
							at250(func() {})
						}
					}
				})
				loop.Wait()
				requests := server.Count()
				time.Sleep(time.Minute)
				assert.Equal(t, requests, server.Count())
			})
		})
	}
}

// TestAnIteratorCanBeUsedByManyLoops at once, and within its own loop.
func TestAnIteratorCanBeUsedByManyLoops(t *testing.T) {
	server := kit.SeededServer(t, 450, kit.Exactly(0))
	all := server.Client().Customers.All(t.Context(), nil)
	var loops sync.WaitGroup
	for range 4 {
		loops.Go(func() {
			rows, err := helpcrunch.Collect(all)
			assert.NoError(t, err)
			assert.Len(t, rows, 450)
		})
	}
	loops.Wait()
	for _, err := range all {
		require.NoError(t, err)
		require.Equal(t, 450, kit.Count(t, all))
		break
	}
}
