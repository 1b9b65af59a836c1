package helpcrunch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestL2AResendWithoutAPermitIsStopped: net/http, bare or wrapped, may not send a GET again
// by itself when no permit is free.
func TestL2AResendWithoutAPermitIsStopped(t *testing.T) {
	for name, wrap := range map[string]func(http.RoundTripper) http.RoundTripper{
		"bare":    func(rt http.RoundTripper) http.RoundTripper { return rt },
		"wrapped": func(rt http.RoundTripper) http.RoundTripper { return kit.TransportFunc(rt.RoundTrip) },
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) == 2 {
					panic(http.ErrAbortHandler) // closes the connection without a response
				}
				fmt.Fprint(w, kit.CustomerJSON)
			}))
			defer server.Close()
			client := kit.NewClient(t, wrap(&http.Transport{}), helpcrunch.WithBaseURL(server.URL), helpcrunch.WithRateLimit(2))
			require.NoError(t, kit.Get(t.Context(), client))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := kit.Get(ctx, client)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "rate limit")
			assert.EqualValues(t, 2, requests.Load())
		})
	}
}

func TestEscapedBasePathIsKept(t *testing.T) {
	var paths []string
	client := kit.NewClient(t, kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		paths = append(paths, r.URL.EscapedPath())
		return kit.NewResponse(r, 200, kit.CustomerJSON), nil
	}), helpcrunch.WithBaseURL("https://proxy.example.com/a%2Fb/v1"))
	require.NoError(t, kit.Get(t.Context(), client))
	require.NoError(t, client.Do(t.Context(), http.MethodGet, "/new things/7", nil, nil, nil))
	require.NoError(t, client.Do(t.Context(), http.MethodGet, "/x%2Fy", nil, nil, nil))
	assert.Equal(t, []string{"/a%2Fb/v1/customers/7", "/a%2Fb/v1/new%20things/7", "/a%2Fb/v1/x%2Fy"}, paths)
}

// TestDoTakesInputsByValueToo: a value is checked and written as its pointer is.
func TestDoTakesInputsByValueToo(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	input := helpcrunch.CustomerInput{Name: "Nora", FirstSeen: time.Unix(1700000000, 0)}
	require.NoError(t, client.Do(t.Context(), http.MethodPost, "/customers", nil, input, nil))
	require.NoError(t, client.Do(t.Context(), http.MethodPost, "/customers", nil, &input, nil))
	for _, r := range transport.Requests() {
		assert.JSONEq(t, `{"name":"Nora","firstSeen":"1700000000"}`, string(r.Body))
	}
	err := client.Do(t.Context(), http.MethodPost, "/messages", nil, helpcrunch.MessageInput{Chat: 1}, nil)
	require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
}

func TestAZeroClientReturnsAClearError(t *testing.T) {
	client := new(helpcrunch.Client).InBackground()
	require.ErrorIs(t, kit.Get(t.Context(), client), helpcrunch.ErrInvalidArgument)
	for _, err := range client.Messages.All(t.Context(), 1, nil) {
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	}
	require.ErrorIs(t, kit.Get(t.Context(), (*helpcrunch.Client)(nil).InBackground()), helpcrunch.ErrInvalidArgument)
	require.ErrorIs(t, kit.Err(new(helpcrunch.AgentsService).List(t.Context(), nil)), helpcrunch.ErrInvalidArgument)
}

// TestS1EchoesAreRemovedInEveryEncoding: what a proxy repeats of the request is in no error, however
// it is escaped and wherever an excerpt would be cut.
func TestS1EchoesAreRemovedInEveryEncoding(t *testing.T) {
	text := "first line\n<b>" + kit.CanaryText + "</b> & more"
	for name, body := range map[string]string{
		"escaped as HTML": "<p>first line &lt;b&gt;" + kit.CanaryText,
		"escaped as JSON": `<p>{"text":"first line\n\u003cb\u003e` + kit.CanaryText,
		"truncated":       "<" + strings.Repeat("x", 110) + kit.CanaryText,
	} {
		client, _ := kit.RespondingClient(t, kit.OK(body))
		_, err := client.Messages.SendAsCustomer(t.Context(), 1, text)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "canary", name)
		err = client.Do(t.Context(), "GET", "/customers", url.Values{"q": {text}}, nil, new(struct{}))
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "canary", name)
	}
}

// TestS1TheKeyIsRemovedInEveryEncoding: as PHP escapes it, at the edge of an excerpt, and in the error
// of a transport.
func TestS1TheKeyIsRemovedInEveryEncoding(t *testing.T) {
	escaped := strings.ReplaceAll(kit.APIKey, "/", `\/`)
	for name, transport := range map[string]kit.TransportFunc{
		"escaped":         kit.Always(401, `{"errors":[{"code":"invalid_token","message":"Invalid token `+escaped+`"}]}`),
		"at the edge":     kit.Always(200, strings.Repeat("x", 110)+kit.APIKey),
		"in an exception": func(*http.Request) (*http.Response, error) { return nil, errors.New("sent " + kit.APIKey) },
	} {
		err := kit.Get(t.Context(), kit.NewClient(t, transport, helpcrunch.WithMaxRetries(0)))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), kit.APIKey[:6], name)
	}
}

// TestAnEndedContextIsNotReportedAsTheRateLimit: a call whose context has ended sends nothing
// and says so.
func TestAnEndedContextIsNotReportedAsTheRateLimit(t *testing.T) {
	client, transport := kit.RespondingClient(t, kit.OK(kit.CustomerJSON))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := kit.Get(ctx, client)
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "helpcrunch: GET /customers/7: nothing was sent: context canceled")
	assert.Empty(t, transport.Requests())
}
