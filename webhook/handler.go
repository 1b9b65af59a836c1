package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// NewHandler returns a handler that receives deliveries, verifies them with the account's
// signing key, and calls fn with each event. Find the key in HelpCrunch where webhooks are set
// up. An empty key, a key with white space around it, a nil fn and an invalid option are
// [helpcrunch.ErrInvalidArgument].
//
// fn is called concurrently, each time in a new goroutine. When it returns nil, the response is
// 200, and the deduplicator remembers the event ([WithDeduplicator]). When it fails or panics, the
// response is 500, and the service delivers the event again. The package comment lists all
// responses.
//
// fn's context has the values of the request's context. It ends after 10 s ([WithTimeout]). It
// does not end when the sender hangs up or the server shuts down.
//
// See https://docs.helpcrunch.com/en/webhooks/setting-up-webhooks.
func NewHandler(signingKey string, fn func(context.Context, *Event) error, opts ...Option) (http.Handler, error) {
	if err := checkKey("signingKey", signingKey); err != nil {
		return nil, err
	}
	if fn == nil {
		return nil, invalid("NewHandler: fn: must not be nil")
	}
	s, err := newSettings(signingKey, opts)
	if err != nil {
		return nil, err
	}
	h := &handler{settings: s, runner: &runner{fn: fn, timeout: s.timeout, deduplicator: s.deduplicator}}
	return http.HandlerFunc(h.serve), nil // a func, because printing a struct would show the keys
}

type handler struct {
	*settings
	runner *runner
}

// result is how a delivery ended.
type result struct {
	status int
	event  *Event // nil when the delivery was rejected
	err    error  // nil for a success, a duplicate, and a method other than POST
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	ctx := context.WithoutCancel(r.Context())
	res := h.receive(ctx, w, r)
	h.report(ctx, "helpcrunch webhook", started, res)
	switch res.status {
	case http.StatusOK:
		w.WriteHeader(res.status)
		return
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(h.timeout.Seconds()))))
	}
	http.Error(w, http.StatusText(res.status), res.status)
}

// receive reads and verifies a delivery and handles its event.
func (h *handler) receive(ctx context.Context, w http.ResponseWriter, r *http.Request) result {
	if r.Method != http.MethodPost {
		return result{status: http.StatusMethodNotAllowed}
	}
	reader := cmp.Or[io.ReadCloser](r.Body, http.NoBody) // nil in a request that was not made by a server
	body, err := io.ReadAll(http.MaxBytesReader(w, reader, h.maxBodyBytes))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return result{status: http.StatusRequestEntityTooLarge, err: fmt.Errorf("webhook: %w", err)}
	}
	if err != nil {
		return result{status: http.StatusBadRequest, err: fmt.Errorf("webhook: receiving the body: %w", err)}
	}
	if err := h.verify(body, r.Header.Get(SignatureHeader)); err != nil {
		switch {
		case len(body) == 0 && r.ContentLength > 0:
			err = errBodyRead
		case len(body) == 0:
			err = fmt.Errorf("%w: the body is empty: something may have read it before this handler", err)
		}
		return result{status: http.StatusUnauthorized, err: err}
	}
	event, err := Parse(body)
	if err != nil {
		return result{status: http.StatusBadRequest, err: err}
	}
	return h.handle(ctx, event)
}

// errBodyRead says that the body was read before: it is empty, but Content-Length is not 0.
var errBodyRead = fmt.Errorf("%w: the body is empty: something read it before this handler", ErrInvalidSignature)

// verify accepts a signature with any of the keys. It tries all of them, to take constant time.
func (h *handler) verify(body []byte, signature string) error {
	err := error(ErrInvalidSignature)
	for _, key := range h.keys {
		if Verify(key, body, signature) == nil {
			err = nil
		}
	}
	return err
}

// handle handles an event unless it is a duplicate. It waits at most 1.1 times the timeout for the
// event, and up to 5 s more for Begin.
func (h *handler) handle(ctx context.Context, event *Event) result {
	limit := h.timeout + min(h.timeout/10, math.MaxInt64-h.timeout)
	arrived := time.Now()
	release, err := h.enterSequence(ctx, event, limit)
	if err != nil {
		return resultOf(event, err)
	}
	remaining := limit - time.Since(arrived)
	claim, err := h.runner.begin(ctx, event)
	if err != nil {
		release()
		switch {
		case errors.Is(err, ErrHandled):
			return result{status: http.StatusOK, event: event}
		case errors.Is(err, ErrRunning):
			return result{status: http.StatusServiceUnavailable, event: event}
		}
		return resultOf(event, err)
	}
	started := time.Now()
	done := h.runner.start(ctx, *event, claim, release)
	timer := time.NewTimer(remaining)
	defer timer.Stop()
	select {
	case err := <-done:
		return resultOf(event, err)
	case <-timer.C:
	}
	go func() {
		h.report(ctx, "helpcrunch webhook ended late", started, resultOf(event, <-done))
	}()
	return resultOf(event, &lateError{"the event was not handled", limit})
}

// enterSequence waits up to timeout until the earlier events of the same sequence have ended.
func (h *handler) enterSequence(ctx context.Context, event *Event, timeout time.Duration) (release func(), err error) {
	if h.sequence == nil {
		return func() {}, nil
	}
	var key string
	err = protect("the function of WithSequence", func() error { key = h.sequence(event); return nil })
	if err != nil || key == "" {
		return func() {}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	claim := h.sequences.Claim(key)
	if _, err := claim.Lock(ctx); err != nil {
		claim.Release()
		return nil, &lateError{"the earlier events of the sequence did not end", timeout}
	}
	return claim.Release, nil
}

// resultOf returns the result for an event whose handling returned err.
func resultOf(event *Event, err error) result {
	res := result{status: http.StatusInternalServerError, event: event, err: err}
	_, late := errors.AsType[*lateError](err)
	switch {
	case err == nil:
		res.status = http.StatusOK
	case late:
		res.status = http.StatusServiceUnavailable
	}
	return res
}
