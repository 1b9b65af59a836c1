package helpcrunchtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// load requests path concurrently and reports the rate.
func load(b *testing.B, server *helpcrunchtest.Server, client *http.Client, path string) {
	b.Helper()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+path, nil)
			if err != nil {
				b.Error(err)
				return
			}
			request.Header.Set("Authorization", "Bearer "+server.APIKey)
			response, err := client.Do(request)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				b.Errorf("status %d", response.StatusCode)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// The bar is 5,000 requests a second on two cores, client included.
func BenchmarkGetCustomerOverLoopback(b *testing.B) {
	server := newServer(b, helpcrunchtest.WithDemoAccount())
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	load(b, server, &http.Client{Transport: transport}, "/customers/100001")
}

func BenchmarkGetCustomerInMemory(b *testing.B) {
	server := newServer(b, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	load(b, server, server.HTTPClient(), "/customers/100001")
}

func BenchmarkListCustomers(b *testing.B) {
	server := newServer(b, helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: 10_000}, 1))
	load(b, server, server.HTTPClient(), "/customers?sort=customers.firstSeen&offset=5000")
}

// The bar is 100 ms for a search over 100,000 customers.
func BenchmarkSearch(b *testing.B) {
	const customers = 100_000
	server := newServer(b, helpcrunchtest.WithoutListener(),
		helpcrunchtest.WithGenerated(helpcrunchtest.DataSize{Customers: customers}, 1))
	searches := map[string]string{
		"contains": filterOf("customers.email", "~", `"OLEH.PARK"`),
		"equals":   filterOf("customers.userId", "=", `"crm-150000"`),
		"tags":     filterOf("customers.tagsData", "=", `[{"name":"Lead"},{"name":"Paid"}]`),
		"date":     filterOf("customers.lastSeen", ">", `1735689600`),
	}
	for name, filter := range searches {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/customers/search",
					strings.NewReader(`{"filter":[`+filter+`],"sort":"customers.firstSeen","order":"desc"}`))
				require.NoError(b, err)
				request.Header.Set("Authorization", "Bearer "+server.APIKey)
				response, err := server.HTTPClient().Do(request)
				require.NoError(b, err)
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				require.Equal(b, http.StatusOK, response.StatusCode)
			}
		})
	}
}

func BenchmarkGenerateCustomers(b *testing.B) {
	for b.Loop() {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener())
		server.Generate(helpcrunchtest.DataSize{Customers: 10_000}, 1)
		server.Close()
	}
}
