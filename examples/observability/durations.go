package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// printDurations prints what was measured, as histograms.
func printDurations(ctx context.Context, to io.Writer, reader sdkmetric.Reader) error {
	var measured metricdata.ResourceMetrics
	if err := reader.Collect(context.WithoutCancel(ctx), &measured); err != nil {
		return err
	}
	for _, scope := range measured.ScopeMetrics {
		for _, m := range scope.Metrics {
			if histogram, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Unit == "s" {
				fmt.Fprintf(to, "\n%s\n", m.Name)
				printHistogram(to, histogram.DataPoints)
			}
		}
	}
	return nil
}

// printHistogram prints one line for each series, and bars for all of them together.
func printHistogram(to io.Writer, series []metricdata.HistogramDataPoint[float64]) {
	slices.SortFunc(series, func(a, b metricdata.HistogramDataPoint[float64]) int {
		return cmp.Compare(label(a.Attributes), label(b.Attributes))
	})
	var together []uint64
	for _, s := range series {
		fmt.Fprintf(to, "  %-42s %3d  %.3f s on average\n", label(s.Attributes), s.Count, s.Sum/float64(s.Count))
		together = append(together, make([]uint64, len(s.BucketCounts)-min(len(together), len(s.BucketCounts)))...)
		for i, count := range s.BucketCounts {
			together[i] += count
		}
	}
	for i, count := range together {
		if count == 0 {
			continue
		}
		bound := "more"
		if bounds := series[0].Bounds; i < len(bounds) {
			bound = fmt.Sprintf("up to %g s", bounds[i])
		}
		fmt.Fprintf(to, "  %14s  %s %d\n", bound, strings.Repeat("#", int(min(count, 60))), count)
	}
}

// label names a series by what its attributes say.
func label(set attribute.Set) string {
	var words []string
	for _, key := range []attribute.Key{
		"helpcrunch.call", "outcome", "http.request.method", templateKey, "http.response.status_code", "error.type",
	} {
		if value := attributeOf(set, key); value != "" {
			words = append(words, value)
		}
	}
	return strings.Join(words, " ")
}
