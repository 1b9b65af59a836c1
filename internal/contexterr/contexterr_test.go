package contexterr

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestT11WrapMatchesTheErrorAndTheCause(t *testing.T) {
	shutdown, other := errors.New("shutting down"), errors.New("connection reset")
	ctx, cancel := context.WithCancelCause(t.Context())
	assert.Equal(t, other, Wrap(ctx, other), "the context has not ended")
	cancel(shutdown)
	for err, text := range map[error]string{
		shutdown:         "context canceled: shutting down",
		context.Canceled: "context canceled: shutting down",
		other:            "connection reset: context canceled: shutting down",
	} {
		err := Wrap(ctx, err)
		assert.EqualError(t, err, text)
		require.ErrorIs(t, err, shutdown)
		require.ErrorIs(t, err, context.Canceled)
	}
	plain, cancelPlain := context.WithCancel(t.Context())
	cancelPlain()
	assert.EqualError(t, Wrap(plain, fmt.Errorf("waiting: %w", plain.Err())), "waiting: context canceled")
}
