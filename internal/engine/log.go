package engine

import (
	"context"
	"log/slog"
	"time"
)

// Records contain the method, the path, numbers and error texts: no query, body or header.
// Calls are logged at debug level, retries and pauses at warn, long waits for a permit at info.

// log records the end of the call.
func (c *call) log(err error) {
	if c.config.Logger == nil || !c.config.Logger.Enabled(c.ctx, slog.LevelDebug) {
		return // before anything is allocated
	}
	c.record(slog.LevelDebug, "helpcrunch call", err, slog.Int("attempts", c.permits),
		slog.Duration("queued", c.queued), slog.Duration("duration", time.Since(c.started)))
}

// record logs what happened to the call. err may be nil.
func (c *call) record(level slog.Level, message string, err error, attrs ...slog.Attr) {
	if c.config.Logger == nil {
		return
	}
	about := []slog.Attr{slog.String("method", c.request.Method), slog.String("path", c.request.URL.Path)}
	if c.response.Status != 0 {
		about = append(about, slog.Int("status", c.response.Status))
	}
	about = append(about, attrs...)
	if err != nil {
		about = append(about, slog.String("error", err.Error()))
	}
	c.config.Logger.LogAttrs(c.ctx, level, message, about...)
}

// longQueue is how long a call waits for a permit before the wait is logged.
const longQueue = 10 * time.Second

// logLongQueue logs once per call if the wait for a permit exceeds longQueue. The returned
// function ends the wait.
func (c *call) logLongQueue() (stop func()) {
	if c.config.Logger == nil || c.longQueued {
		return func() {}
	}
	timer := time.AfterFunc(longQueue, func() {
		// Not by record: the call may change its response concurrently.
		c.config.Logger.LogAttrs(c.ctx, slog.LevelInfo, "helpcrunch queue", slog.String("method", c.request.Method),
			slog.String("path", c.request.URL.Path), slog.Duration("queued", longQueue))
	})
	return func() { c.longQueued = !timer.Stop() }
}

// LogUnreadable logs the names of unreadable fields of a response, never their values. count is
// the number of unreadable fields; fields may contain fewer.
func (e *Engine) LogUnreadable(ctx context.Context, method, path string, fields []string, count int) {
	if e.config.Logger == nil {
		return
	}
	e.config.Logger.LogAttrs(ctx, slog.LevelWarn, "helpcrunch unreadable fields",
		slog.String("method", method), slog.String("path", path), slog.Any("fields", fields), slog.Int("count", count))
}
