package helpcrunch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// canned returns the same body for every request, without a network.
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

// getByHand is the same call, written with net/http and encoding/json.
func getByHand(ctx context.Context, client *http.Client, baseURL, key string, id int64) (*helpcrunch.Customer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/customers/%d", baseURL, id), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "example")
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	customer := new(helpcrunch.Customer)
	return customer, json.NewDecoder(response.Body).Decode(customer)
}

func BenchmarkNetHTTP(b *testing.B) {
	client := &http.Client{Transport: canned(benchCustomer)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := getByHand(context.Background(), client, helpcrunch.DefaultBaseURL, "0123456789abcdef", 7); err != nil {
			b.Fatal(err)
		}
	}
}

// TestC1AGetAllocatesLittle locks the allocations of the trivial call that BenchmarkGet
// makes. The transport's own response is part of them.
func TestC1AGetAllocatesLittle(t *testing.T) {
	client := kit.NewClient(t, canned(benchCustomer), helpcrunch.WithRateLimit(1<<30))
	allocations := testing.AllocsPerRun(500, func() {
		_, err := client.Customers.Get(context.Background(), 7)
		require.NoError(t, err)
	})
	most := 28.0
	if kit.RaceDetector {
		most += 4 // it throws pooled decoders away at random
	}
	assert.LessOrEqual(t, allocations, most)
}
