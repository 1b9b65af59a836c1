package faults_test

import (
	"context"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestR1ARequestThatWasNeverSentIsNotMaybeApplied: a non-idempotent operation
// that was never sent failed for certain, after any number of attempts.
func TestR1ARequestThatWasNeverSentIsNotMaybeApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := kit.Faults[4]
		transport := &kit.FaultyTransport{Faults: []kit.Fault{dial, dial, dial, dial, dial}}
		_, err := kit.NewClient(t, transport).Messages.SendAsCustomer(t.Context(), 1, "hello")
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.NotErrorIs(t, err, helpcrunch.ErrMaybeApplied)
		assert.Equal(t, 5, transport.Count(), "four retries, as nothing was sent")
	})
}

// TestR1AContextThatEndsInFlightIsMaybeApplied: a caller who cancels a
// non-idempotent operation in flight learns that it may have been applied.
func TestR1AContextThatEndsInFlightIsMaybeApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &kit.FaultyTransport{Faults: []kit.Fault{kit.Faults[7]}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			synctest.Wait()
			cancel()
		}()
		_, err := kit.NewClient(t, transport).Messages.SendAsCustomer(ctx, 1, "hello")
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, helpcrunch.ErrMaybeApplied)
	})
}
