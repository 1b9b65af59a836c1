package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// report passes the result of a delivery to the error hook and the logger. A panic in one of
// them, or in an Error method, does not change the response.
func (h *handler) report(ctx context.Context, message string, started time.Time, res result) {
	if res.err != nil {
		err := protect("the error hook", func() error { h.errorHook(ctx, res.event, res.err); return nil })
		if err != nil {
			res.err = fmt.Errorf("%w; %w", res.err, err)
		}
	}
	logger := h.logger
	if logger == nil {
		if !res.needsAttention() {
			return
		}
		logger = slog.Default()
	}
	_ = protect("the logger", func() error { res.log(ctx, logger, message, time.Since(started)); return nil })
}

// needsAttention reports whether the program is at fault. A sender alone can't cause
// such a result, so strangers can't fill the default log.
func (r *result) needsAttention() bool {
	_, panicked := errors.AsType[*PanicError](r.err)
	return r.err != nil && r.event != nil || panicked || errors.Is(r.err, errBodyRead)
}

func (r *result) log(ctx context.Context, logger *slog.Logger, message string, duration time.Duration) {
	level := slog.LevelDebug
	if r.status != http.StatusOK {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.Int("status", r.status), slog.Duration("duration", duration)}
	if r.event != nil {
		attrs = append(attrs, slog.String("event", string(r.event.Type)),
			slog.String("id", r.event.ID), slog.Int("attempts", r.event.Attempts))
	}
	if r.err != nil {
		attrs = append(attrs, slog.String("error", r.err.Error()))
	}
	if panicked, ok := errors.AsType[*PanicError](r.err); ok {
		attrs = append(attrs, slog.String("stack", string(panicked.Stack)))
	}
	logger.LogAttrs(ctx, level, message, attrs...)
}
