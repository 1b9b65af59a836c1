package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// treePrinter is an exporter that prints each trace when its first span ends, as a tree.
// A service sends its spans to a collector instead.
type treePrinter struct {
	mu      sync.Mutex
	to      io.Writer
	waiting map[trace.TraceID][]sdktrace.ReadOnlySpan // ended before their parents
}

// ExportSpans prints the traces that are complete.
func (p *treePrinter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		p.waiting = map[trace.TraceID][]sdktrace.ReadOnlySpan{}
	}
	for _, span := range spans {
		id := span.SpanContext().TraceID()
		if span.Parent().IsValid() {
			p.waiting[id] = append(p.waiting[id], span)
			continue
		}
		if err := p.print(span, p.waiting[id]); err != nil {
			return err
		}
		delete(p.waiting, id)
	}
	return nil
}

// Shutdown does nothing.
func (p *treePrinter) Shutdown(context.Context) error { return nil }

// print prints a call and the attempts below it.
func (p *treePrinter) print(call sdktrace.ReadOnlySpan, attempts []sdktrace.ReadOnlySpan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\ntrace %s  %s\n", shortID(call.SpanContext()), line(call))
	slices.SortFunc(attempts, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	for i, attempt := range attempts {
		after := attempt.StartTime().Sub(call.StartTime())
		fmt.Fprintf(&b, "  attempt %d, after %s: %s\n", i+1, rounded(after), line(attempt))
	}
	_, err := io.WriteString(p.to, b.String())
	return err
}

// line describes a span.
func line(span sdktrace.ReadOnlySpan) string {
	parts := []string{span.Name(), "took " + rounded(span.EndTime().Sub(span.StartTime()))}
	for _, a := range span.Attributes() {
		if a.Key == "http.response.status_code" || a.Key == urlKey {
			parts = append(parts, a.Value.String())
		}
	}
	if status := span.Status(); status.Code == codes.Error && status.Description != "" {
		parts = append(parts, "failed: "+status.Description)
	}
	return strings.Join(parts, "  ")
}

func rounded(d time.Duration) string {
	return d.Round(100 * time.Microsecond).String()
}

// shortID is enough of a trace's id to tell it from the others on a terminal.
func shortID(span trace.SpanContext) string {
	return span.TraceID().String()[:8]
}

// attributeOf is a value of a set, or "".
func attributeOf(set attribute.Set, key attribute.Key) string {
	value, ok := set.Value(key)
	if !ok {
		return ""
	}
	return value.String()
}

// logHandler adds to each record the trace to which it belongs: the SDK logs with the
// context of the call.
type logHandler struct {
	slog.Handler
}

// newLogHandler prints records of all levels without their time.
func newLogHandler(to io.Writer) slog.Handler {
	return logHandler{slog.NewTextHandler(to, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && groups == nil {
				return slog.Attr{}
			}
			return a
		},
	})}
}

// Handle passes the record on with its trace.
func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record.AddAttrs(slog.String("trace", shortID(span)))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs keeps the handler around the new one.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the handler around the new one.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name)}
}
