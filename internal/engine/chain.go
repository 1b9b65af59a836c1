package engine

import "net/http"

// step is one step of an attempt. It passes the request on to the next one.
type step interface {
	do(c *call, r *http.Request) (*http.Response, error)
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
	// Waits for a turn first, and reports afterwards how it was used.
	next = &turn{next: next, limiter: config.Limiter, config: config}
	return &chain{first: next}
}

// RoundTrip makes one attempt of the call that the request's context carries.
func (ch *chain) RoundTrip(r *http.Request) (*http.Response, error) {
	c := callOf(r)
	c.begin()
	response, err := ch.first.do(c, r)
	if err != nil {
		c.attempt.err = withoutURL(err)
		if r.Body != nil {
			r.Body.Close()
		}
	}
	return response, err
}

// begin starts the record of another attempt.
func (c *call) begin() {
	if c.attempt.outcome != outcomeNone && c.maybeApplied() {
		c.repeated = true
	}
	c.cause = c.attempt.err
	c.attempt = attempt{}
}
