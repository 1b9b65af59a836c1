package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
)

func TestTLSIsTrustedByItsCAAlone(t *testing.T) {
	s := startSandbox(t, "--tls", "--tls-hosts", "fake.example.com")
	assert.Regexp(t, `^https://127\.0\.0\.1:\d+/v1$`, s.url)
	path, found := strings.CutPrefix(s.line(t), "ca: ")
	require.True(t, found)
	assert.Contains(t, s.try, "--cacert "+path)
	authority, err := os.ReadFile(path)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(authority))
	for _, name := range []string{"127.0.0.1", "localhost", "fake.example.com"} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}}
		client, err := helpcrunch.New(s.key, helpcrunch.WithBaseURL(s.url), helpcrunch.WithHTTPClient(&http.Client{Transport: transport}))
		require.NoError(t, err)
		_, err = client.Organization.Get(t.Context())
		require.NoError(t, err, name)
		transport.CloseIdleConnections()
	}
	stranger, err := helpcrunch.New(s.key, helpcrunch.WithBaseURL(s.url), helpcrunch.WithMaxRetries(0))
	require.NoError(t, err)
	_, err = stranger.Organization.Get(t.Context())
	require.Error(t, err)
	s.stop()
	assert.NoFileExists(t, path, "a temporary file is removed")
}

func TestTeamByIDs(t *testing.T) {
	s := startSandbox(t, "--quiet", "--application", "35", "--application", "36", "--agent", "7", "--department", "9")
	get := func(path string) string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+s.key)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return string(body)
	}
	assert.Contains(t, get("/applications"), `{"id":35,`)
	assert.Contains(t, get("/applications"), `{"id":36,`)
	assert.Contains(t, get("/agents"), `{"id":7,`)
	assert.Contains(t, get("/departments"), `{"id":9,`)
}

func TestWebhookURLsGetTheEventsTheyName(t *testing.T) {
	got := make(chan string, 10)
	receiver := func(name string) string {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got <- name + " " + string(body)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	s := startSandbox(t, "--quiet", "--webhook-url", receiver("all"), "--webhook-url", receiver("some")+"#customer.deleted,customer.blocked")
	send := func(method, path, body string) {
		request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+s.key)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	send(http.MethodPost, "/customers", `{"name":"Ada"}`)
	assert.Contains(t, <-got, `all {"event":"customer.new"`)
	send(http.MethodPatch, "/customers/100006", `{"blocked":true}`)
	events := []string{<-got, <-got}
	assert.Contains(t, strings.Join(events, "\n"), `all {"event":"customer.blocked"`)
	assert.Contains(t, strings.Join(events, "\n"), `some {"event":"customer.blocked"`)
}

func TestEndOverHTTP(t *testing.T) {
	s := startSandbox(t, "--quiet")
	response, err := http.Post(strings.TrimSuffix(s.url, "/v1")+"/_fake/end", "", nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusNoContent, response.StatusCode)
	assert.Zero(t, <-s.status)
	s.status <- 0
}
