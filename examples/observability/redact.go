package main

import (
	"context"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// withoutQueries is an exporter of spans that cuts the query off each URL, and leaves the
// rest to another exporter. otelhttp records whole URLs; the SDK's queries hold no more
// than the window and the order of a list, but those of a call by Client.Do may hold more.
type withoutQueries struct {
	sdktrace.SpanExporter
}

// ExportSpans passes the spans on.
func (e withoutQueries) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	changed := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		changed[i] = spanWithoutQuery{span}
	}
	return e.SpanExporter.ExportSpans(ctx, changed)
}

// spanWithoutQuery is a span in whose URL the query is left out.
type spanWithoutQuery struct {
	sdktrace.ReadOnlySpan
}

// urlKey is the standard name of the attribute that holds the URL.
const urlKey attribute.Key = "url.full"

// Attributes returns the attributes of the span.
func (s spanWithoutQuery) Attributes() []attribute.KeyValue {
	attributes := slices.Clone(s.ReadOnlySpan.Attributes()) // other exporters share them
	for i, a := range attributes {
		if a.Key == urlKey {
			url, _, _ := strings.Cut(a.Value.AsString(), "?")
			attributes[i] = urlKey.String(url)
		}
	}
	return attributes
}
