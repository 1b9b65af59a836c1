package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// bench is an account in memory and a client of it that is observed.
type bench struct {
	*telemetry

	server       *helpcrunchtest.Server
	client       *helpcrunch.Client
	spans        *tracetest.InMemoryExporter
	reader       *sdkmetric.ManualReader
	outer, inner *witness // around otelhttp
}

func newBench(t *testing.T, faults ...helpcrunchtest.Fault) *bench {
	t.Helper()
	b := &bench{
		server: helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(),
			helpcrunchtest.WithLatency(20*time.Millisecond)),
		spans:  tracetest.NewInMemoryExporter(),
		reader: sdkmetric.NewManualReader(),
	}
	t.Cleanup(b.server.Close)
	for _, fault := range faults {
		b.server.Inject(fault)
	}
	var err error
	b.telemetry, err = newTelemetry(withoutQueries{b.spans}, b.reader)
	require.NoError(t, err)
	b.inner = &witness{next: b.server.Transport()}
	b.outer = &witness{next: b.transport(b.inner, otelhttp.WithPropagators(propagation.TraceContext{}))}
	b.client = b.server.Client(helpcrunch.WithHTTPClient(&http.Client{Transport: b.outer}))
	return b
}

// witness is a transport that remembers requests, and what they looked like.
type witness struct {
	next http.RoundTripper
	seen []sighting
}

type sighting struct {
	request     *http.Request
	header      http.Header
	method, url string
	body        string
	span        trace.SpanContext
}

func sight(r *http.Request) sighting {
	s := sighting{request: r, header: r.Header.Clone(), method: r.Method, url: r.URL.String(), span: trace.SpanContextFromContext(r.Context())}
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		s.body, r.Body = string(data), io.NopCloser(bytes.NewReader(data))
	}
	return s
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	w.seen = append(w.seen, sight(r))
	return w.next.RoundTrip(r)
}

// search makes a call whose body is worth looking at.
func (b *bench) search(ctx context.Context) error {
	_, err := observed(ctx, b.telemetry, "Chats.Search", func(ctx context.Context) (*helpcrunch.Page[helpcrunch.Chat], error) {
		return b.client.Chats.Search(ctx, &helpcrunch.ChatSearch{
			Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusNew)},
		})
	})
	return err
}

func unavailable() helpcrunchtest.Fault {
	return helpcrunchtest.Status(http.StatusServiceUnavailable)
}

// O1: a retry shows as two attempts below one call, which follow each other.
func TestO1EachAttemptIsASpanBelowItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, unavailable().Once())
		require.NoError(t, b.search(t.Context()))
		spans := b.spans.GetSpans()
		require.Len(t, spans, 3)
		call := spans[2]
		assert.Equal(t, "Chats.Search", call.Name)
		assert.False(t, call.Parent.IsValid())
		for i, status := range []string{"503", "200"} {
			attempt := spans[i]
			assert.Equal(t, "POST /v1/chats/search", attempt.Name)
			assert.Equal(t, trace.SpanKindClient, attempt.SpanKind)
			assert.Equal(t, call.SpanContext.SpanID(), attempt.Parent.SpanID())
			assert.Equal(t, call.SpanContext.TraceID(), attempt.SpanContext.TraceID())
			assert.Contains(t, attributesOf(attempt), "http.response.status_code="+status)
			assert.Equal(t, 20*time.Millisecond, attempt.EndTime.Sub(attempt.StartTime))
		}
		assert.True(t, spans[1].StartTime.After(spans[0].EndTime), "the wait belongs to no attempt")
	})
}

// attributesOf are the attributes of a span as texts.
func attributesOf(span tracetest.SpanStub) []string {
	var all []string
	for _, a := range span.Attributes {
		all = append(all, string(a.Key)+"="+a.Value.String())
	}
	return all
}

// O1: the request is not changed once it was handed over, and attempts are alike.
func TestO1TheRequestIsNotChangedBehindTheTransport(t *testing.T) {
	b := newBench(t, unavailable().Once())
	require.NoError(t, b.search(t.Context()))
	require.Len(t, b.outer.seen, 2)
	require.Len(t, b.inner.seen, 2)
	first := b.outer.seen[0]
	assert.Contains(t, first.body, "chats.status")
	for i, outer := range b.outer.seen {
		assert.Equal(t, outer.header, outer.request.Header, "changed after it was sent")
		assert.Equal(t, outer.url, outer.request.URL.String())
		assert.Equal(t, first.header, outer.header)
		assert.Equal(t, first.body, outer.body)

		inner := b.inner.seen[i]
		assert.NotSame(t, outer.request, inner.request)
		assert.Equal(t, outer.method, inner.method)
		assert.Equal(t, outer.url, inner.url)
		assert.Equal(t, outer.body, inner.body)
		added := inner.header.Clone()
		added.Del("Traceparent")
		assert.Equal(t, outer.header, added)
		assert.Empty(t, outer.header.Get("Traceparent"))
	}
}

// O1: the span's context goes through: the caller's to the transport, and the attempt's to
// the wire.
func TestO1TheSpanContextGoesThrough(t *testing.T) {
	b := newBench(t, unavailable().Once())
	require.NoError(t, b.search(t.Context()))
	spans := b.spans.GetSpans()
	require.Len(t, spans, 3)
	requests := b.server.Requests()
	require.Len(t, requests, 2)
	for i, request := range requests {
		assert.Equal(t, spans[2].SpanContext.SpanID(), b.outer.seen[i].span.SpanID())
		attempt := spans[i].SpanContext
		assert.Equal(t, attempt.SpanID(), b.inner.seen[i].span.SpanID())
		assert.Equal(t, "00-"+attempt.TraceID().String()+"-"+attempt.SpanID().String()+"-01", request.Header.Get("Traceparent"))
	}
}

// O1: a wrapped transport that breaks is an attempt like any other.
func TestO1ALostAttemptIsASpanThatFailed(t *testing.T) {
	b := newBench(t, helpcrunchtest.ResetConnection().Once(), helpcrunchtest.CutBody().Once())
	require.NoError(t, b.search(t.Context()))
	spans := b.spans.GetSpans()
	require.Len(t, spans, 4)
	for _, lost := range spans[:2] {
		assert.Equal(t, codes.Error, lost.Status.Code)
		assert.NotEmpty(t, lost.Status.Description)
	}
	assert.Equal(t, codes.Unset, spans[2].Status.Code)
	assert.Equal(t, codes.Unset, spans[3].Status.Code, "the call succeeded")
	assert.Zero(t, b.server.OpenBodies())
}

func TestACallThatFailsIsASpanThatFailed(t *testing.T) {
	b := newBench(t, helpcrunchtest.Status(http.StatusBadRequest))
	require.ErrorIs(t, b.search(t.Context()), helpcrunch.ErrBadRequest)
	spans := b.spans.GetSpans()
	require.Len(t, spans, 2)
	assert.Equal(t, codes.Error, spans[1].Status.Code)
	assert.Contains(t, spans[1].Status.Description, "POST /chats/search: 400 Bad Request")
}

func TestDurationsOfCallsAndOfAttemptsAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, unavailable().Once())
		require.NoError(t, b.search(t.Context()))
		series := map[string][]metricdata.HistogramDataPoint[float64]{}
		var measured metricdata.ResourceMetrics
		require.NoError(t, b.reader.Collect(t.Context(), &measured))
		for _, scope := range measured.ScopeMetrics {
			for _, m := range scope.Metrics {
				if histogram, ok := m.Data.(metricdata.Histogram[float64]); ok {
					series[m.Name] = histogram.DataPoints
				}
			}
		}
		attempts := map[string]float64{}
		for _, s := range series["http.client.request.duration"] {
			attempts[label(s.Attributes)] = s.Sum
		}
		assert.Equal(t, map[string]float64{"POST /v1/chats/search 200": 0.02, "POST /v1/chats/search 503": 0.02}, attempts)
		calls := series["helpcrunch.call.duration"]
		require.Len(t, calls, 1)
		assert.Equal(t, "Chats.Search ok", label(calls[0].Attributes))
		assert.Equal(t, uint64(1), calls[0].Count)
		assert.Greater(t, calls[0].Sum, 0.04, "both attempts, and the wait between them")
	})
}

func TestQueriesAreNotExported(t *testing.T) {
	b := newBench(t)
	_, err := observed(t.Context(), b.telemetry, "Customers.List", func(ctx context.Context) (any, error) {
		return b.client.Customers.List(ctx, &helpcrunch.CustomerListOptions{Limit: 2})
	})
	require.NoError(t, err)
	assert.Contains(t, b.inner.seen[0].url, "?limit=2")
	attributes := attributesOf(b.spans.GetSpans()[0])
	assert.Contains(t, attributes, "url.full="+b.server.URL+"/customers")
	assert.NotContains(t, strings.Join(attributes, " "), "limit")
}

func TestCuttingTheQueryLeavesTheSpanAlone(t *testing.T) {
	const url = "https://example.com/v1/customers"
	full := tracetest.SpanStub{Attributes: []attribute.KeyValue{urlKey.String(url + "?limit=2")}}.Snapshot()
	kept := tracetest.NewInMemoryExporter()
	require.NoError(t, withoutQueries{kept}.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{full}))
	assert.Equal(t, url, kept.GetSpans()[0].Attributes[0].Value.AsString())
	assert.Equal(t, url+"?limit=2", full.Attributes()[0].Value.AsString())
}

func TestLogRecordsCarryTheirTrace(t *testing.T) {
	var lines strings.Builder
	b := newBench(t, unavailable().Once())
	b.client = b.server.Client(helpcrunch.WithHTTPClient(&http.Client{Transport: b.outer}),
		helpcrunch.WithLogger(slog.New(newLogHandler(&lines)).With("service", "desk")))
	require.NoError(t, b.search(t.Context()))
	spans := b.spans.GetSpans()
	require.Len(t, spans, 3)
	assert.Equal(t, 2, strings.Count(lines.String(), "trace="+shortID(spans[2].SpanContext)), lines.String())
	assert.Equal(t, 2, strings.Count(lines.String(), "service=desk"))
	assert.Contains(t, lines.String(), `level=WARN msg="helpcrunch retry"`)
	assert.Contains(t, lines.String(), `level=DEBUG msg="helpcrunch call"`)
}
