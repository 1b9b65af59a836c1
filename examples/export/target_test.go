package main

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOneRunAtATime(t *testing.T) {
	c := newConfig(t, whatCustomers, formatCSV)
	release, err := newTarget(t, c).lock()
	require.NoError(t, err)
	defer release()
	err = c.export(t.Context(), newServer(t).Client(), streams{stdout: &bytes.Buffer{}})
	assert.ErrorContains(t, err, "another export to "+c.out+" is under way")
}

// TestTheLockIsHeldByOne lets many take and give it back at once: whoever locks the file that
// the one before is about to remove does not hold it.
func TestTheLockIsHeldByOne(t *testing.T) {
	target := newTarget(t, newConfig(t, whatCustomers, formatCSV))
	var holders, taken atomic.Int32
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 2000 {
				release, err := target.lock()
				if err != nil {
					assert.ErrorContains(t, err, "is under way")
					continue
				}
				taken.Add(1)
				assert.Equal(t, int32(1), holders.Add(1), "it is held twice")
				runtime.Gosched()
				holders.Add(-1)
				release()
			}
		})
	}
	running.Wait()
	assert.Positive(t, taken.Load())
}
