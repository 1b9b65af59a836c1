package main

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// scope names who made the spans and metrics of this program.
const scope = "example.com/observability"

// telemetry observes a client. Its providers belong to it; a program that has global ones
// uses those.
type telemetry struct {
	traces  *sdktrace.TracerProvider
	metrics *sdkmetric.MeterProvider
	tracer  trace.Tracer
	calls   metric.Float64Histogram
}

// newTelemetry exports spans as they end, and metrics when they are read. A service would
// export both in batches: see sdktrace.WithBatcher and sdkmetric.NewPeriodicReader.
func newTelemetry(exporter sdktrace.SpanExporter, reader sdkmetric.Reader) (*telemetry, error) {
	t := &telemetry{
		traces:  sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)),
		metrics: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	}
	t.tracer = t.traces.Tracer(scope)
	var err error
	t.calls, err = t.metrics.Meter(scope).Float64Histogram("helpcrunch.call.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of calls, with all their attempts and waits."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60))
	return t, err
}

// transport makes a span and a measurement of every attempt that goes over next. No trace
// header is sent to the service, unless a propagator is set globally or by an option.
func (t *telemetry) transport(next http.RoundTripper, opts ...otelhttp.Option) http.RoundTripper {
	return otelhttp.NewTransport(labelled{next}, append([]otelhttp.Option{
		otelhttp.WithTracerProvider(t.traces),
		otelhttp.WithMeterProvider(t.metrics),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method + " " + template(r) }),
	}, opts...)...)
}

// labelled adds the template of the path to what otelhttp measures.
type labelled struct {
	next http.RoundTripper
}

func (t labelled) RoundTrip(r *http.Request) (*http.Response, error) {
	if labeler, ok := otelhttp.ClientLabelerFromContext(r.Context()); ok {
		labeler.Add(attribute.String(templateKey, template(r)))
	}
	return t.next.RoundTrip(r)
}

// templateKey is the standard name of the attribute for a path without its ids.
const templateKey = "url.template"

var ids = regexp.MustCompile(`/[0-9]+`)

// template is the path of a request without its ids, of which there are few.
func template(r *http.Request) string {
	return ids.ReplaceAllString(r.URL.Path, "/{id}")
}

// observed makes a call below a span of its own, so that its attempts have something in
// common, and measures how long it takes in all.
func observed[T any](ctx context.Context, t *telemetry, name string, call func(context.Context) (T, error)) (T, error) {
	ctx, span := t.tracer.Start(ctx, name)
	defer span.End()
	began := time.Now()
	result, err := call(ctx)
	outcome := "ok"
	if err != nil {
		outcome = "error"
		span.SetStatus(codes.Error, err.Error())
	}
	t.calls.Record(ctx, time.Since(began).Seconds(),
		metric.WithAttributes(attribute.String("helpcrunch.call", name), attribute.String("outcome", outcome)))
	return result, err
}

// shutdown exports what is left.
func (t *telemetry) shutdown(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // it must be done after an interrupt too
	return errors.Join(t.traces.Shutdown(ctx), t.metrics.Shutdown(ctx))
}
