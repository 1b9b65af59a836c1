package helpcrunchtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// heldSince returns the growth of the heap after a garbage collection, in bytes.
func heldSince(before uint64) int64 {
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestX3BoundsWhatItRecords sends large bodies, with and without the key.
func TestX3BoundsWhatItRecords(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	client := server.HTTPClient()
	body := strings.Repeat("y", 1<<20)
	before := heap()
	const requests = 200
	for i := range requests {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/customers/100001", strings.NewReader(body))
		require.NoError(t, err)
		if i%2 == 0 {
			request.Header.Set("Authorization", "Bearer "+server.APIKey)
		}
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	assert.Less(t, heldSince(before), int64(100<<20))
	assert.Equal(t, requests, server.Count(), "what is forgotten still counts")
	assert.Greater(t, len(server.Requests()), 50)
	runtime.KeepAlive(server)
}

// TestX3BoundsAMillionRequests sends requests that differ in all that is recorded.
func TestX3BoundsAMillionRequests(t *testing.T) {
	requests := 1_000_000
	switch {
	case raceDetector:
		requests = 20_000
	case testing.Short():
		requests = 150_000 // more than are recorded
	}
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
	transport := server.Transport()
	before, began := heap(), time.Now()
	authorization := []string{"Bearer " + server.APIKey}
	for i := range requests {
		number := strconv.Itoa(i)
		response, err := transport.RoundTrip(&http.Request{
			Method: http.MethodGet, URL: &url.URL{Path: "/v1/customers/" + number, RawQuery: "page=" + number},
			Header: http.Header{"Authorization": authorization, "X-Request-Id": {number}},
		})
		if err != nil || response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNotFound {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
	}
	held := heldSince(before)
	t.Logf("%d requests in %v hold %d MB", requests, time.Since(began), held>>20)
	assert.Less(t, held, int64(80<<20), "64 MiB of records, and the counts")
	assert.Equal(t, requests, server.Count())
	assert.Zero(t, server.OpenBodies())
	runtime.KeepAlive(server)
}

// TestX3BoundsWebhooksThatWait has a receiver that does not respond.
func TestX3BoundsWebhooksThatWait(t *testing.T) {
	messages := 200_000
	if raceDetector {
		messages = 20_000
	}
	release := make(chan struct{})
	dead := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	defer dead.Close()
	defer close(release)
	server := newServer(t, helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount(), helpcrunchtest.WithWebhook(dead.URL, signingKey))
	before, began := heap(), time.Now()
	for range messages {
		server.CustomerWrites(20000001, "Is anyone there?")
	}
	held := heldSince(before)
	t.Logf("%d messages in %v hold %d MB", messages, time.Since(began), held>>20)
	assert.Less(t, held, int64(200<<20))
	assert.Len(t, server.Messages(20000001), messages+3)
	if messages > 100_000 {
		dropped := server.DeliveriesOf("message.chat.customer")
		require.NotEmpty(t, dropped, "those that are dropped are recorded")
		assert.ErrorContains(t, dropped[0].Err, "dropped")
	}
	runtime.KeepAlive(server)
}
