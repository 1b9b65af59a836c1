package helpcrunch

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/helpcrunch-go/helpcrunch/internal/engine"
)

// Response describes one attempt of a call to the hook of [WithResponseHook].
type Response struct {
	// Operation is the method of the client, such as "Customers.Update", or "Do". The requests of
	// Customers.All have Customers.List.
	Operation string
	Method    string
	// Path is the path of the request below the base URL, without its query.
	Path string
	// StatusCode is 0 if no complete response came.
	StatusCode int
	// Header and Body are those of the response. They must not be changed.
	Header http.Header
	Body   []byte
	// Attempt is the number of the attempt within its call, from 1.
	Attempt int
	// Queued is how long the attempt waited for its permit from the rate limiter. Duration is
	// how long it took from then on.
	Queued, Duration time.Duration
	// Err says why no complete response came. It is nil otherwise, whatever the status.
	Err error
}

// WithResponseHook calls a function after every attempt that had a permit, before the response is
// decoded. Use it for metrics, request ids and fields that the models lack. ctx is the context of
// the call. All hooks are called, in the order of the options. A hook runs in the goroutine of its
// call, which waits for it; hooks of concurrent calls run concurrently. A panic in a hook is a
// panic of the call.
func WithResponseHook(hook func(ctx context.Context, r Response)) Option {
	return option(hook != nil, func(s *settings) { s.hooks = append(slices.Clip(s.hooks), hook) }, // With copies the settings
		"WithResponseHook: must not be nil")
}

// onAttempt returns what the engine calls after every attempt of a request, nil without hooks.
func (s *settings) onAttempt(ctx context.Context, r *request) func(engine.Attempt) {
	if len(s.hooks) == 0 {
		return nil
	}
	operation, method, path := r.name, r.method, r.path
	return func(a engine.Attempt) {
		response := Response{
			Operation: operation, Method: method, Path: path,
			StatusCode: a.Status, Header: a.Header, Body: a.Body,
			Attempt: a.Number, Queued: a.Queued, Duration: a.Duration, Err: a.Err,
		}
		for _, hook := range slices.Backward(s.hooks) {
			defer hook(ctx, response) // all of them run, even if one panics
		}
	}
}
