package helpcrunchtest

import "time"

// RateLimit is how many requests the server takes in any window of time. A request that
// it answers with 429 is not counted, nor is one with a wrong key.
type RateLimit struct {
	// Requests is how many requests a window takes, 1 or more. The service's
	// documented limit is 120.
	Requests int
	// Window is how long a window is; 0 means a minute.
	Window time.Duration
	// Fixed makes windows follow each other, beginning with each full minute for the
	// default Window, in place of a rolling window that ends now.
	Fixed bool
	// RetryAfter sends with a 429 the whole seconds until such a request will be taken,
	// or until the window is empty when it never will.
	RetryAfter bool
	// Headers sends X-RateLimit-Limit and X-RateLimit-Remaining with every answer but a
	// 401, which is not counted, and those that a fault gives.
	Headers bool
}
