package helpcrunchtest

import "context"

// unlimited is a rate limiter that limits nothing.
type unlimited struct{}

// Wait returns at once, with the error of a context that has ended.
func (unlimited) Wait(ctx context.Context) error { return ctx.Err() }
