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

// chain is an attempt: an [http.RoundTripper] that runs the steps. It has no
// CloseIdleConnections, so that a failed call never reaches the caller's transport.
type chain struct {
	first step
}

// newChain assembles the steps from the wire upward.
func newChain(config *Config) *chain {
	// Sends the request over the caller's transport, and notes what was sent when.
	var next step = newSend(config)
	// Reads the body to its end or its bound, so that a body cut off is a failed attempt.
	next = &read{next: next, limit: config.MaxResponseBytes}
	// Decides what became of the attempt, and records it in the call.
	next = &classify{next: next, key: config.APIKey}
	// Bounds the time of all of the above.
	next = &timeout{next: next, after: config.AttemptTimeout}
	// Waits for a turn first, and tells the limiter afterwards how it was used.
	next = &turn{next: next, config: config}
	// Waits between attempts.
	next = &delay{next: next}
	return &chain{first: next}
}

// RoundTrip makes one attempt of the call that the request's context carries.
func (ch *chain) RoundTrip(r *http.Request) (*http.Response, error) {
	a := callOf(r.Context()).begin()
	response, err := ch.first.do(r.Context(), a, r)
	if err != nil {
		a.err = withoutKey(withoutURL(err), a.call.config.APIKey())
		if r.Body != nil {
			r.Body.Close()
		}
	}
	return response, err
}
