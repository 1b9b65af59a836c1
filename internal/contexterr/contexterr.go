// Package contexterr wraps errors caused by an ended context, so that errors.Is finds the
// context's error and its cause.
package contexterr

import (
	"context"
	"errors"
	"fmt"
)

// Wrap returns an error that matches err, the context's error and the context's cause. It
// returns err unchanged if the context has not ended.
func Wrap(ctx context.Context, err error) error {
	ended, cause := ctx.Err(), context.Cause(ctx)
	if ended == nil {
		return err
	}
	if err == cause { //nolint:errorlint // net/http returns the cause itself
		err = ended
	}
	for _, missing := range []error{ended, cause} {
		if !errors.Is(err, missing) {
			err = fmt.Errorf("%w: %w", err, missing)
		}
	}
	return err
}
