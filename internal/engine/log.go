package engine

import (
	"context"
	"log/slog"
	"time"
)

// log logs an event of a request, if there is a logger. Records contain the method, the path,
// numbers and error texts: no query, body or header.
func (c *Config) log(ctx context.Context, level slog.Level, message, method, path string, attrs ...slog.Attr) {
	if c.Logger != nil {
		about := []slog.Attr{slog.String("method", method), slog.String("path", path)}
		c.Logger.LogAttrs(ctx, level, message, append(about, attrs...)...)
	}
}

// record logs what happened to the call. err may be nil.
func (c *call) record(level slog.Level, message string, err error, attrs ...slog.Attr) {
	if c.response.Status != 0 {
		attrs = append([]slog.Attr{slog.Int("status", c.response.Status)}, attrs...)
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.config.log(c.ctx, level, message, c.request.Method, c.request.URL.Path, attrs...)
}

// recordEnd logs the end of the call.
func (c *call) recordEnd(started time.Time, err error) {
	if c.config.Logger == nil || !c.config.Logger.Enabled(c.ctx, slog.LevelDebug) {
		return // before anything is allocated
	}
	c.record(slog.LevelDebug, "helpcrunch call", err, slog.Int("attempts", c.permits),
		slog.Duration("queued", c.queued), slog.Duration("duration", time.Since(started)))
}

// longQueue is how long a call waits for a permit before the wait is logged.
const longQueue = 10 * time.Second

// recordLongQueue logs once per call if the wait for a permit exceeds longQueue. The returned
// function ends the wait.
func (c *call) recordLongQueue() (stop func()) {
	if c.config.Logger == nil || c.longQueued {
		return func() {}
	}
	timer := time.AfterFunc(longQueue, func() {
		// Not by record: the call may change its response concurrently.
		c.config.log(c.ctx, slog.LevelInfo, "helpcrunch queue", c.request.Method, c.request.URL.Path, slog.Duration("queued", longQueue))
	})
	return func() { c.longQueued = !timer.Stop() }
}

// LogUnreadable logs the names of unreadable fields of a response, never their values. count is
// their number; fields may contain fewer.
func (e *Engine) LogUnreadable(ctx context.Context, method, path string, fields []string, count int) {
	e.config.log(ctx, slog.LevelWarn, "helpcrunch unreadable fields", method, path, slog.Any("fields", fields), slog.Int("count", count))
}
