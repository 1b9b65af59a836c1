// Command tracing shows the requests of the SDK as OpenTelemetry spans. Each call is a span,
// and each attempt is a span below it. The spans are printed; a service exports them.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server, whose first response
// is 503.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func main() {
	log.SetFlags(0)
	key, transport, baseURL := os.Getenv("HELPCRUNCH_API_KEY"), http.DefaultTransport, helpcrunch.DefaultBaseURL
	if key == "" {
		fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
		defer server.Close()
		server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable).Once())
		key, transport, baseURL = server.APIKey, server.Transport(), server.URL
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(printer{}))
	client, err := helpcrunch.New(key, helpcrunch.WithBaseURL(baseURL), withTracing(provider, transport))
	if err == nil {
		err = run(context.Background(), provider, client)
	}
	if err != nil {
		log.Fatalf("tracing: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// withTracing makes a span for each attempt. The span has the path, but not the query, which
// may contain data of customers.
func withTracing(provider *sdktrace.TracerProvider, transport http.RoundTripper) helpcrunch.Option {
	return helpcrunch.WithHTTPClient(&http.Client{Transport: otelhttp.NewTransport(transport,
		otelhttp.WithTracerProvider(provider),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method + " " + r.URL.Path }),
	)})
}

// run makes a call below a span of its own.
func run(ctx context.Context, provider *sdktrace.TracerProvider, client *helpcrunch.Client) error {
	ctx, span := provider.Tracer("example.com/tracing").Start(ctx, "Customers.List")
	defer span.End()
	page, err := client.Customers.List(ctx, &helpcrunch.CustomerListOptions{Limit: 5})
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return err
	}
	fmt.Printf("%d customers\n", len(page.Items))
	return nil
}

// printer prints each span as it ends. A service uses an exporter of
// go.opentelemetry.io/otel/exporters with sdktrace.WithBatcher.
type printer struct{}

func (printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		took := span.EndTime().Sub(span.StartTime()).Round(time.Microsecond)
		fmt.Printf("trace %s: %s took %s", span.SpanContext().TraceID().String()[:8], span.Name(), took)
		for _, attribute := range span.Attributes() {
			if attribute.Key == "http.response.status_code" {
				fmt.Printf(", status %s", attribute.Value.String())
			}
		}
		fmt.Println()
	}
	return nil
}

func (printer) Shutdown(context.Context) error { return nil }
