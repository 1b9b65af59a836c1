package engine

import (
	"context"
	"net/http"
)

// step is one step of an attempt. It calls the next step and may change its result.
type step interface {
	do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error)
}

// newChain assembles the steps of an attempt, innermost first. The retry loop (loop.go) makes the
// attempts.
//
// Four places handle a 429. classify reads Retry-After, and permit starts the pause. The limiter
// grants no permit until the pause ends (internal/limiter/pause.go). retryRateLimited in retry.go
// decides whether to retry.
func newChain(config *Config) step {
	// Sends the request over the transport, and records when the response came.
	var next step = newSend(config)
	// Reads the body up to a limit. Below status 300, a truncated body fails the attempt.
	next = &read{next: next, limit: config.MaxResponseBytes}
	// Decides and records the outcome of the attempt.
	next = &classify{next: next, key: config.APIKey}
	// Bounds the time of all of the above.
	next = newTimeout(next, config)
	// Waits for a permit first, and releases it afterwards.
	return &permit{next: next, config: config}
}
