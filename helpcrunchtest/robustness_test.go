package helpcrunchtest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// FuzzRequests checks that every response is JSON with a documented status, and that lists still
// work.
func FuzzRequests(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"POST", "/customers", fullCustomer},
		{"PUT", "/customers/100001", `{"customData":[{"property":"a","value":1e400}],"tags":[{"name":"\ud800"}]}`},
		{"PATCH", "/customers/100001", `{"firstSeen":"99999999999999999999.5","notes":null}`},
		{"PUT", "/customers/batch", `[{"customer":"100001","customData":null},null,[]]`},
		{"DELETE", "/customers/100001/tags", `{"tags":[{"name":"Paid"},{}]}`},
		{"POST", "/events", `{"customer":100001,"name":"A","data":{"a":1,"a":[2],"":null}}`},
		{"POST", "/customers/search", `{"filter":[{"field":"customers.id","operator":">=","value":"9223372036854775808"}],"offset":1e3}`},
		{"POST", "/chats/search", `{"filter":[{"field":"chats.status","operator":"!~","value":"-1"}],"limit":"100","order":null}`},
		{"PUT", "/chats/snooze", `{"id":20000001,"snoozedUntil":"253402300799.999"}`},
		{"POST", "/messages", `{"chat":20000001,"text":"\u0000","type":"private","agent":"101","markdownText":"\u2028"}`},
		{"GET", "/chats/20000001/messages?offset=9223372036854775807&limit=100", ""},
		{"GET", "/customers?limit=%zz&sort=customers.lastSeen&order=DESC", ""},
		{"GET", "/%2e%2e/v1/customers/00000100001/", ""},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		server := helpcrunchtest.NewServer(helpcrunchtest.WithoutListener(), helpcrunchtest.WithDemoAccount())
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil || request.Method == http.MethodHead {
			return
		}
		request.Header.Set("Authorization", "Bearer "+server.APIKey)
		for _, again := range []*http.Request{request, get(t, server, "/customers"), get(t, server, "/chats")} {
			response, err := server.Transport().RoundTrip(again)
			require.NoError(t, err)
			data, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Contains(t, []int{200, 201, 400, 404, 405}, response.StatusCode)
			assert.True(t, json.Valid(data), "%s", data)
		}
	})
}

func get(t *testing.T, server *helpcrunchtest.Server, path string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+server.APIKey)
	return request
}

func TestConcurrentUse(t *testing.T) {
	server := newServer(t, helpcrunchtest.WithRateLimit(helpcrunchtest.RateLimit{Requests: 1_000_000}))
	const writers, each = 8, 12
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			client := server.Client()
			for range each {
				customer, err := client.Customers.Create(t.Context(), &helpcrunch.CustomerInput{Name: "Marta"})
				assert.NoError(t, err)
				_, err = client.Customers.Tag(t.Context(), customer.ID, helpcrunch.Tag{Name: "Lead"})
				assert.NoError(t, err)
				_, err = client.Customers.List(t.Context(), &helpcrunch.CustomerListOptions{Sort: helpcrunch.CustomerSortFirstSeen})
				assert.NoError(t, err)
				server.Inject(helpcrunchtest.Status(503).On(helpcrunchtest.GetOrganization).Once())
				_ = server.Customers()
				_ = server.MostRequestsIn(1)
				_ = server.Requests()
			}
		})
	}
	wait.Wait()
	assert.Len(t, server.Customers(), writers*each)
	assert.Equal(t, 3*writers*each, server.Count())
	assert.Zero(t, server.OpenBodies())
	for _, customer := range server.Customers() {
		assert.Len(t, customer.Tags, 1)
	}
}

func TestCloseAbortsStalledConnections(t *testing.T) {
	rows := []struct {
		name, request, response string
	}{
		{"the client does not send", "POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n{", "HTTP/1.1 100 Continue\r\n"},
		{"the client does not read", "GET /v1/customers HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 401 Unauthorized\r\n"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server := helpcrunchtest.NewServer()
			server.Inject(helpcrunchtest.EndlessBody())
			var dialer net.Dialer
			connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(server.URL, "http://"), "/v1"))
			require.NoError(t, err)
			_, err = io.WriteString(connection, row.request)
			require.NoError(t, err)
			line, err := bufio.NewReader(connection).ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, row.response, line)
			time.Sleep(200 * time.Millisecond) // until what lies between them is full

			closed := make(chan struct{})
			go func() { server.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(3 * time.Second):
				t.Error("Close hangs")
			}
			_ = connection.Close()
			<-closed
		})
	}
}
