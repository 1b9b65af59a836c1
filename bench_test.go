package helpcrunch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

// canned answers every request with the same body, without a network.
type canned []byte

func (body canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}

const benchCustomer = `{"id":7,"name":"Ada","email":"ada@example.com"}`

func BenchmarkGet(b *testing.B) {
	client, err := helpcrunch.New("0123456789abcdef",
		helpcrunch.WithHTTPClient(&http.Client{Transport: canned(benchCustomer)}),
		helpcrunch.WithRateLimit(1<<30))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Customers.Get(context.Background(), 7); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNetHTTP(b *testing.B) {
	client := &http.Client{Transport: canned(benchCustomer)}
	b.ReportAllocs()
	for b.Loop() {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://api.helpcrunch.com/v1/customers/7", nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer 0123456789abcdef")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("User-Agent", "example")
		response, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		var customer helpcrunch.Customer
		if err := json.NewDecoder(response.Body).Decode(&customer); err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
	}
}

// TestC1AGetAllocatesLittle locks the allocations of the trivial call that BenchmarkGet
// makes. The transport's own answer is part of them.
func TestC1AGetAllocatesLittle(t *testing.T) {
	client := newClient(t, canned(benchCustomer), helpcrunch.WithRateLimit(1<<30))
	allocations := testing.AllocsPerRun(500, func() {
		_, err := client.Customers.Get(context.Background(), 7)
		require.NoError(t, err)
	})
	most := 22.0
	if raceDetector {
		most += 4 // it throws pooled decoders away at random
	}
	assert.LessOrEqual(t, allocations, most)
}
