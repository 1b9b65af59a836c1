package pipeline

import (
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestASourceReadsWhenAsked, one item at a time, and says once and again that it has ended.
func TestASourceReadsWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yielded := 0
		source := NewSource(func(yield func(int) bool) {
			for yielded < 3 {
				if yielded++; !yield(yielded) {
					return
				}
			}
		})
		defer source.Stop()
		for want := 1; want <= 3; want++ {
			synctest.Wait()
			assert.Equal(t, want-1, yielded)
			item, ok, later := source.Next()
			assert.True(t, ok)
			assert.Nil(t, later)
			assert.Equal(t, want, item)
		}
		for range 3 {
			_, ok, later := source.Next()
			assert.False(t, ok)
			assert.Nil(t, later)
		}
	})
}

// TestALateItemIsAnnounced after 100 ms; asking again does not wait.
func TestALateItemIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := NewSource(func(yield func(int) bool) { time.Sleep(time.Second); yield(1) })
		defer source.Stop()
		began := time.Now()
		for range 3 {
			_, ok, later := source.Next()
			require.False(t, ok)
			require.NotNil(t, later)
			assert.Equal(t, 100*time.Millisecond, time.Since(began))
		}
		_, _, later := source.Next()
		<-later
		item, ok, _ := source.Next()
		assert.True(t, ok)
		assert.Equal(t, 1, item)
		assert.Equal(t, time.Second, time.Since(began))
	})
}

// TestStopEndsTheSequence: it waits for one that runs, and leaves one that is stalled.
func TestStopEndsTheSequence(t *testing.T) {
	NewSource(slices.Values([]int{1})).Stop()
	synctest.Test(t, func(t *testing.T) {
		ended := false
		sequence := func(stall time.Duration) iter.Seq[int] {
			return func(yield func(int) bool) {
				for yield(1) {
					time.Sleep(stall)
				}
				ended = true
			}
		}
		source := NewSource(sequence(0))
		_, _, _ = source.Next()
		source.Stop()
		assert.True(t, ended)

		ended = false
		source, began := NewSource(sequence(time.Hour)), time.Now()
		_, _, _ = source.Next()
		_, ok, _ := source.Next()
		require.False(t, ok)
		source.Stop()
		assert.Equal(t, 100*time.Millisecond, time.Since(began))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		assert.True(t, ended)
	})
}

// TestAPanicOfASequenceReachesItsConsumer once, from Next and from Stop.
func TestAPanicOfASequenceReachesItsConsumer(t *testing.T) {
	source := NewSource(func(yield func(int) bool) { yield(1); panic("late") })
	_, _, _ = source.Next()
	assert.PanicsWithValue(t, "late", func() { _, _, _ = source.Next() })
	source.Stop()
	source = NewSource(func(yield func(int) bool) { yield(1); panic("late") })
	_, _, _ = source.Next()
	assert.PanicsWithValue(t, "late", source.Stop)
}
