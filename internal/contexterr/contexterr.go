// Package contexterr makes errors of contexts that ended match what callers look for.
package contexterr

import (
	"context"
	"errors"
	"fmt"
)

// Wrap makes the error of something that a context ended match the context's error and its
// cause. It returns err as it is while the context has not ended.
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
