package engine

import (
	"context"
	"net/http"
)

// step is one step of an attempt. It passes the attempt on to the next one, and may
// add something on the way back.
type step interface {
	do(ctx context.Context, a *attempt, r *http.Request) (*http.Response, error)
}

// newChain assembles the steps of an attempt from the wire upward. The retry loop in retry.go
// decides whether another attempt follows.
//
// The rule for 429 has its parts in four places: classify recognises the status and reads
// Retry-After, permit starts the pause, the limiter holds every permit back until its end
// (internal/limiter/pause.go), and retryRateLimited in retry.go decides whether to retry.
func newChain(config *Config, closeIdle func()) step {
	// Sends the request over the transport, and records what was sent when.
	var next step = newSend(config)
	// Reads the body to its end or its bound, so that a truncated body is a failed attempt.
	next = &read{next: next, limit: config.MaxResponseBytes}
	// Decides the outcome of the attempt, and records it in the call.
	next = &classify{next: next, key: config.APIKey}
	// Bounds the time of all of the above.
	next = &timeout{next: next, after: config.AttemptTimeout, closeIdle: closeIdle}
	// Waits for a permit first, and tells the limiter afterwards how it was used.
	return &permit{next: next, config: config}
}
