package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
// fn is called concurrently, in goroutines of its own. When it returns nil, the response is 200,
// and the deduplicator remembers the event ([WithDeduplicator]). When it fails or panics, the
// response is 500, and the service delivers the event again. The package comment lists all
// responses.
//
// fn's context has the values of the request's. It ends after 10 s ([WithTimeout]). It does not
// end when the sender hangs up or the server shuts down: a sender that gave up delivers again.
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
	return http.HandlerFunc(h.serve), nil // which shows no key when it is printed
}

type handler struct {
	*settings
	runner *runner
}

// result is how a delivery ended.
type result struct {
	status int
	event  *Event // nil when it was refused
	err    error  // nil for a success, a duplicate, and what is no delivery
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

// receive reads and checks a delivery, and has its event handled.
func (h *handler) receive(ctx context.Context, w http.ResponseWriter, r *http.Request) result {
	if r.Method != http.MethodPost {
		return result{status: http.StatusMethodNotAllowed}
	}
	sent := cmp.Or[io.ReadCloser](r.Body, http.NoBody) // requests that no server made may have nil
	body, err := io.ReadAll(http.MaxBytesReader(w, sent, h.maxBodyBytes))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return result{status: http.StatusRequestEntityTooLarge, err: fmt.Errorf("webhook: %w", err)}
	}
	if err != nil {
		return result{status: http.StatusBadRequest, err: fmt.Errorf("webhook: receiving the body: %w", err)}
	}
	if err := h.verify(body, r.Header.Get(SignatureHeader)); err != nil {
		return result{status: http.StatusUnauthorized, err: err}
	}
	event, err := Parse(body)
	if err != nil {
		return result{status: http.StatusBadRequest, err: err}
	}
	return h.handle(ctx, event)
}

// verify tries every key, however the others went.
func (h *handler) verify(body []byte, signature string) error {
	err := error(ErrInvalidSignature)
	for _, key := range h.keys {
		if Verify(key, body, signature) == nil {
			err = nil
		}
	}
	return err
}

// handle has an event handled, unless it is a duplicate, and waits for the end.
func (h *handler) handle(ctx context.Context, event *Event) result {
	claim, err := h.runner.begin(ctx, event)
	switch {
	case errors.Is(err, ErrHandled):
		return result{status: http.StatusOK, event: event}
	case errors.Is(err, ErrRunning):
		return result{status: http.StatusServiceUnavailable, event: event}
	case err != nil:
		return result{status: http.StatusInternalServerError, event: event, err: err}
	}
	started := time.Now()
	done := h.runner.start(ctx, *event, claim)
	patience := time.NewTimer(h.timeout + min(h.timeout/10, math.MaxInt64-h.timeout))
	defer patience.Stop()
	select {
	case err := <-done:
		return ended(event, err)
	case <-patience.C:
	}
	go func() {
		h.report(ctx, "helpcrunch webhook ended late", started, ended(event, <-done))
	}()
	err = fmt.Errorf("webhook: the event was not handled within %s: %w", h.timeout, context.DeadlineExceeded)
	return result{status: http.StatusServiceUnavailable, event: event, err: err}
}

// ended is the result of a function that returned.
func ended(event *Event, err error) result {
	if err != nil {
		return result{status: http.StatusInternalServerError, event: event, err: err}
	}
	return result{status: http.StatusOK, event: event}
}

// report tells the hook and the logger how a delivery ended. Should they panic, or an error
// when its text is asked for, the delivery is answered all the same.
func (h *handler) report(ctx context.Context, message string, started time.Time, res result) {
	if res.err != nil {
		err := protect("the error hook", func() error { h.errorHook(ctx, res.event, res.err); return nil })
		if err != nil {
			res.err = fmt.Errorf("%w; %w", res.err, err)
		}
	}
	_ = protect("the logger", func() error { h.log(ctx, message, time.Since(started), res); return nil })
}

func (h *handler) log(ctx context.Context, message string, duration time.Duration, res result) {
	level := slog.LevelDebug
	if res.status != http.StatusOK {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.Int("status", res.status), slog.Duration("duration", duration)}
	if res.event != nil {
		attrs = append(attrs, slog.String("event", string(res.event.Type)),
			slog.String("id", res.event.ID), slog.Int("attempts", res.event.Attempts))
	}
	if res.err != nil {
		attrs = append(attrs, slog.String("error", res.err.Error()))
	}
	h.logger.LogAttrs(ctx, level, message, attrs...)
}
