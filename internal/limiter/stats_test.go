package limiter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStatsReportSlotsWaitersAndThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(3)
		assert.Equal(t, Stats{Limit: 3, Free: 3}, l.Stats())
		use(t, l, false)
		for range 2 {
			_, err := l.Acquire(t.Context(), PermitRequest{})
			require.NoError(t, err)
		}
		assert.Equal(t, Stats{Limit: 3, InFlight: 2}, l.Stats())
		for _, background := range []bool{true, true, false} {
			go func() { _, _ = l.Acquire(t.Context(), PermitRequest{Background: background}) }()
		}
		synctest.Wait()
		until := l.Pause(PauseRequest{Granted: time.Now(), RetryAfter: time.Second, Longest: Period})
		assert.Equal(t, Stats{Limit: 3, InFlight: 2, Waiting: 3, WaitingBackground: 2, PausedUntil: until}, l.Stats())
		time.Sleep(time.Second)
		assert.Zero(t, l.Stats().PausedUntil)
	})
}
