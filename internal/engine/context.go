package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// waitEnded is the error of a context that ended between two attempts.
func waitEnded(ctx context.Context) error {
	return WithContext(ctx, fmt.Errorf("waiting to retry: %w", ctx.Err()))
}

// WithContext makes the error of something that a context ended match the context's error
// and its cause. It returns other errors as they are.
func WithContext(ctx context.Context, err error) error {
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

// withoutURL strips what net/http wraps around an error: the URL with its query.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
