package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// traced starts a fake server with a fault, and makes a client with tracing.
func traced(t *testing.T, fault helpcrunchtest.Fault) (*helpcrunch.Client, *sdktrace.TracerProvider, *tracetest.InMemoryExporter) {
	t.Helper()
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	t.Cleanup(server.Close)
	server.Inject(fault)
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	return server.Client(withTracing(provider, server.Transport())), provider, spans
}

func TestO1EachAttemptIsASpanBelowItsCall(t *testing.T) {
	for name, fault := range map[string]helpcrunchtest.Fault{
		"503":       helpcrunchtest.Status(http.StatusServiceUnavailable).Once(),
		"reset":     helpcrunchtest.ResetConnection().Once(),
		"truncated": helpcrunchtest.CutBody().Once(),
	} {
		t.Run(name, func(t *testing.T) {
			client, provider, spans := traced(t, fault)
			require.NoError(t, run(t.Context(), provider, client))
			ended := spans.GetSpans()
			require.Len(t, ended, 3)
			call := ended[2]
			assert.Equal(t, "Customers.List", call.Name)
			assert.Equal(t, codes.Unset, call.Status.Code, "the call succeeded")
			for i, attempt := range ended[:2] {
				assert.Equal(t, "GET /v1/customers", attempt.Name)
				assert.Equal(t, trace.SpanKindClient, attempt.SpanKind)
				assert.Equal(t, call.SpanContext.SpanID(), attempt.Parent.SpanID())
				assert.Equal(t, i == 0, attempt.Status.Code == codes.Error)
			}
		})
	}
}

func TestACallThatFailsIsASpanThatFailed(t *testing.T) {
	client, provider, spans := traced(t, helpcrunchtest.Status(http.StatusBadRequest))
	require.ErrorIs(t, run(t.Context(), provider, client), helpcrunch.ErrBadRequest)
	ended := spans.GetSpans()
	require.Len(t, ended, 2)
	assert.Equal(t, codes.Error, ended[1].Status.Code)
	assert.Contains(t, ended[1].Status.Description, "GET /customers: 400 Bad Request")
}

// sent is what a transport was given: the request, and copies made at once.
type sent struct {
	request *http.Request
	header  http.Header
	body    string
	span    trace.SpanContext
}

// recorder records the requests that pass it.
type recorder struct {
	next http.RoundTripper
	sent []sent
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.sent = append(r.sent, sent{request, request.Header.Clone(), string(body), trace.SpanContextFromContext(request.Context())})
	request = request.Clone(request.Context())
	request.Body = io.NopCloser(bytes.NewReader(body))
	return r.next.RoundTrip(request)
}

// TestO1TheRequestIsNotChangedBehindTheTransport: attempts are identical, nothing changes a
// request after it was handed over, and the context of the span reaches the wire.
func TestO1TheRequestIsNotChangedBehindTheTransport(t *testing.T) {
	server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	defer server.Close()
	server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable).Once())
	provider := sdktrace.NewTracerProvider()
	inner := &recorder{next: server.Transport()}
	outer := &recorder{next: otelhttp.NewTransport(inner,
		otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{}))}
	client := server.Client(helpcrunch.WithHTTPClient(&http.Client{Transport: outer}))

	ctx, span := provider.Tracer("test").Start(t.Context(), "Chats.Search")
	_, err := client.Chats.Search(ctx, &helpcrunch.ChatSearch{
		Filters: []helpcrunch.ChatFilter{helpcrunch.ChatFieldStatus.Equals(helpcrunch.ChatStatusOpened)},
	})
	span.End()
	require.NoError(t, err)

	require.Len(t, outer.sent, 2)
	require.Len(t, inner.sent, 2)
	for i, got := range outer.sent {
		assert.Equal(t, got.header, got.request.Header, "changed after it was sent")
		assert.Equal(t, outer.sent[0].header, got.header)
		assert.Equal(t, outer.sent[0].body, got.body)
		assert.Contains(t, got.body, "chats.status")
		assert.Equal(t, span.SpanContext().SpanID(), got.span.SpanID())
		assert.Empty(t, got.header.Get("Traceparent"))

		attempt := inner.sent[i].span
		assert.Equal(t, span.SpanContext().TraceID(), attempt.TraceID())
		want := "00-" + attempt.TraceID().String() + "-" + attempt.SpanID().String() + "-01"
		assert.Equal(t, want, server.Requests()[i].Header.Get("Traceparent"))
	}
}

func TestThePrinterTakesAnySpan(t *testing.T) {
	span := tracetest.SpanStub{Name: "GET /v1/customers"}.Snapshot()
	require.NoError(t, printer{}.ExportSpans(context.Background(), []sdktrace.ReadOnlySpan{span}))
}
