package keylock

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOneClaimHoldsAKeyAtATime: others wait, those of another key do not.
func TestOneClaimHoldsAKeyAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var locks Locks[string]
		began, ends := time.Now(), make(chan time.Duration, 10)
		for _, key := range []string{"a", "a", "a", "b"} {
			claim := locks.Claim(key)
			go func() {
				defer claim.Release()
				_, err := claim.Lock(t.Context())
				assert.NoError(t, err)
				time.Sleep(time.Second)
				ends <- time.Since(began)
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		close(ends)
		var all []time.Duration
		for end := range ends {
			all = append(all, end)
		}
		assert.Equal(t, []time.Duration{time.Second, time.Second, 2 * time.Second, 3 * time.Second}, all)
		assert.Empty(t, locks.byKey)
	})
}

// TestAClaimKnowsWhetherAnotherHeldTheLock since it was made.
func TestAClaimKnowsWhetherAnotherHeldTheLock(t *testing.T) {
	var locks Locks[int]
	lock := func(claim *Claim[int]) bool {
		first, err := claim.Lock(t.Context())
		require.NoError(t, err)
		claim.Release()
		return first
	}
	one, two := locks.Claim(1), locks.Claim(1)
	assert.True(t, lock(one))
	assert.False(t, lock(two))
	assert.Empty(t, locks.byKey)
	assert.True(t, lock(locks.Claim(1)))

	holder := locks.Claim(1)
	_, err := holder.Lock(t.Context())
	require.NoError(t, err)
	later := locks.Claim(1)
	holder.Release()
	assert.False(t, lock(later), "it was held when the claim was made")
}

// TestAContextEndsTheWait for the lock. The claim is still to be released.
func TestAContextEndsTheWait(t *testing.T) {
	var locks Locks[int]
	holder, waiter := locks.Claim(1), locks.Claim(1)
	_, err := holder.Lock(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = waiter.Lock(ctx)
	require.ErrorIs(t, err, context.Canceled)
	waiter.Release()
	assert.Len(t, locks.byKey, 1)
	holder.Release()
	assert.Empty(t, locks.byKey)
}
