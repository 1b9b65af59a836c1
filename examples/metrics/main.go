// Command metrics counts the requests of the SDK with Prometheus: how many per operation and
// status, how long they took, and how long they waited for the rate limit.
//
// Without HELPCRUNCH_API_KEY it runs against an in-memory fake server, whose first response
// is 503.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

func main() {
	log.SetFlags(0)
	address := flag.String("addr", "", "serve /metrics on this address, in place of printing the metrics once")
	flag.Parse()
	registry := prometheus.NewRegistry()
	hook := helpcrunch.WithResponseHook(observe(registry))
	key := os.Getenv("HELPCRUNCH_API_KEY")
	client, err := helpcrunch.New(key, hook)
	if key == "" {
		fmt.Println("HELPCRUNCH_API_KEY is not set: using an in-memory fake server.")
		server := helpcrunchtest.NewServer(helpcrunchtest.WithDemoAccount())
		defer server.Close()
		server.Inject(helpcrunchtest.Status(http.StatusServiceUnavailable).Once())
		client, err = server.Client(hook), nil
	}
	if err == nil {
		_, err = client.Agents.List(context.Background(), nil)
	}
	if err == nil && *address != "" {
		err = http.ListenAndServe(*address, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})) //nolint:gosec // G114: an example
	}
	if err == nil {
		err = print(registry)
	}
	if err != nil {
		log.Fatalf("metrics: %v", err) //nolint:gocritic // nothing to close on failure
	}
}

// observe registers the metrics and returns the hook that updates them. The labels have few
// values: the operation, and the status.
func observe(registry prometheus.Registerer) func(context.Context, helpcrunch.Response) {
	factory := promauto.With(registry)
	requests := factory.NewCounterVec(prometheus.CounterOpts{
		Name: "helpcrunch_requests_total", Help: "Requests, retries included. The status is 0 without a response.",
	}, []string{"operation", "status"})
	seconds := factory.NewHistogramVec(prometheus.HistogramOpts{
		Name: "helpcrunch_request_duration_seconds", Help: "Duration of a request, from sending it to the end of its response.",
		Buckets: prometheus.ExponentialBuckets(0.05, 2, 10),
	}, []string{"operation"})
	queued := factory.NewHistogram(prometheus.HistogramOpts{
		Name: "helpcrunch_permit_wait_seconds", Help: "Wait of a request for the rate limit.",
		Buckets: prometheus.ExponentialBuckets(0.05, 2, 12),
	})
	return func(_ context.Context, r helpcrunch.Response) {
		requests.WithLabelValues(r.Operation, strconv.Itoa(r.StatusCode)).Inc()
		seconds.WithLabelValues(r.Operation).Observe(r.Duration.Seconds())
		queued.Observe(r.Queued.Seconds())
	}
}

// print prints the metrics as Prometheus reads them.
func print(registry prometheus.Gatherer) error {
	families, err := registry.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(os.Stdout, family); err != nil {
			return err
		}
	}
	return nil
}
