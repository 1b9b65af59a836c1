package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// leaks are the canaries that a text holds.
func leaks(text string) []string {
	var found []string
	for _, canary := range []string{kit.APIKey, kit.CanaryEmail, kit.CanaryText} {
		if strings.Contains(text, canary) {
			found = append(found, canary)
		}
	}
	return found
}

// TestS1SecretsAppearInNoErrorsAndLogs makes every kind of call fail in every way, and looks for the
// key, an e-mail address and a message text in errors and logs.
func TestS1SecretsAppearInNoErrorsAndLogs(t *testing.T) {
	echo := kit.Fault{Name: "echo of the request", Effect: true, Strike: func(r *http.Request) (*http.Response, error) {
		var sent []byte
		if r.Body != nil {
			sent, _ = io.ReadAll(r.Body)
		}
		query, _ := url.QueryUnescape(r.URL.RawQuery)
		return kit.NewResponse(r, 200, "<p>"+string(sent)+query+r.Header.Get("Authorization")), nil
	}}
	errorEcho := kit.Fault{Name: "echo in an error", Effect: true, Strike: func(r *http.Request) (*http.Response, error) {
		return kit.NewResponse(r, 400, `{"errors":[{"code":"bad","message":"`+r.Header.Get("Authorization")+`"}]}`), nil
	}}
	for _, f := range append([]kit.Fault{echo, errorEcho, kit.RateLimited("90"), kit.StatusFault(401, false)}, kit.Faults...) {
		t.Run(f.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				logger := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.Level(-100)}))
				client := kit.NewClient(t, kit.TransportFunc(f.Strike), helpcrunch.WithLogger(logger), helpcrunch.WithMaxRetries(1))
				for _, err := range callsWithCanaries(t.Context(), client) {
					require.Error(t, err)
					apiError, _ := errors.AsType[*helpcrunch.APIError](err)
					dump := fmt.Sprintf("%v %+v %#v %s %q %v %s", err, err, err, err, err, apiError, bodyOf(apiError))
					assert.Empty(t, leaks(dump))
				}
				assert.NotEmpty(t, logged.String())
				assert.Empty(t, leaks(logged.String()))
			})
		})
	}
}

func bodyOf(e *helpcrunch.APIError) []byte {
	if e == nil {
		return nil
	}
	return e.Body
}

// callsWithCanaries makes a call of each kind and returns the errors.
func callsWithCanaries(ctx context.Context, client *helpcrunch.Client) []error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	search := &helpcrunch.CustomerSearch{Filters: []helpcrunch.CustomerFilter{helpcrunch.CustomerFieldEmail.Equals(kit.CanaryEmail)}}
	query := map[string][]string{"email": {kit.CanaryEmail}}
	return []error{
		kit.Get(ctx, client),
		kit.Err(client.Customers.Create(ctx, &helpcrunch.CustomerInput{Email: kit.CanaryEmail})),
		kit.Err(client.Customers.Search(ctx, search)),
		kit.Err(client.Messages.SendAsCustomer(ctx, 1, kit.CanaryText)),
		client.Do(ctx, http.MethodGet, "/customers", query, nil, new(any)),
	}
}

func TestS1PrintingAClientShowsNoKey(t *testing.T) {
	client := kit.NewClient(t, kit.TransportFunc(kit.Always(200, kit.CustomerJSON)))
	for _, value := range []any{client, *client, client.Customers, *client.Customers, []any{client}, struct{ C *helpcrunch.Client }{client}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			assert.Empty(t, leaks(fmt.Sprintf(verb, value)))
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		assert.Empty(t, leaks(string(encoded)))
	}
	assert.Equal(t, "helpcrunch.Client(https://api.helpcrunch.com/v1)", fmt.Sprint(client))
}

// TestS1BadKeysAreNotRepeated: the error says what is wrong with a key, not the key.
func TestS1BadKeysAreNotRepeated(t *testing.T) {
	for _, key := range []string{"Bearer " + kit.APIKey, "<" + kit.APIKey + ">", kit.APIKey + "\n", kit.APIKey + "é", " " + kit.APIKey} {
		_, err := helpcrunch.New(key)
		require.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
		assert.Empty(t, leaks(err.Error()))
	}
}

// record is a log record as JSON.
type record struct {
	Level, Msg, Method, Path string
	Status, Attempts         int
}

func TestS2LogsAreSilentByDefaultAndOneRecordPerCallOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged, standard bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&standard, nil)))
		defer slog.SetDefault(before)
		logger := slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))

		failures := []kit.Fault{kit.Faults[0], kit.RateLimited("")}
		run := func(opts ...helpcrunch.Option) {
			transport := &kit.FaultyTransport{Faults: failures, Respond: kit.Always(200, kit.CustomerJSON)}
			require.NoError(t, kit.Get(t.Context(), kit.NewClient(t, transport, opts...)))
		}
		run()
		run(helpcrunch.WithLogger(logger))

		assert.Empty(t, standard.String())
		var got []record
		for decoder := json.NewDecoder(&logged); decoder.More(); {
			var r record
			require.NoError(t, decoder.Decode(&r))
			got = append(got, r)
		}
		const path = "/v1/customers/7"
		assert.Equal(t, []record{
			{"WARN", "helpcrunch retry", "GET", path, 500, 0},
			{"WARN", "helpcrunch pause", "GET", path, 429, 0},
			{"DEBUG", "helpcrunch call", "GET", path, 200, 3},
		}, got)
	})
}

// wrapping is a transport around another, as tracing libraries make them.
type wrapping struct {
	next  http.RoundTripper
	check func(before, after *http.Request)
}

func (w wrapping) RoundTrip(r *http.Request) (*http.Response, error) {
	before := r.Clone(r.Context())
	clone := r.Clone(context.WithValue(r.Context(), spanKey{}, "span"))
	clone.Header.Set("Traceparent", "made-up")
	response, err := w.next.RoundTrip(clone)
	w.check(before, r)
	return response, err
}

type spanKey struct{}

func TestO1WrappingTransportsWork(t *testing.T) {
	seen := 0
	inner := kit.TransportFunc(func(r *http.Request) (*http.Response, error) {
		assert.Equal(t, "span", r.Context().Value(spanKey{}), "the span's context goes through")
		assert.Equal(t, "caller", r.Context().Value(callerKey{}), "and so does the caller's")
		assert.Equal(t, "Bearer "+kit.APIKey, r.Header.Get("Authorization"))
		return kit.NewResponse(r, 200, kit.CustomerJSON), nil
	})
	outer := wrapping{inner, func(before, after *http.Request) {
		seen++
		assert.Equal(t, before.Header, after.Header)
		assert.Equal(t, before.URL, after.URL)
	}}
	client := kit.NewClient(t, outer)
	require.NoError(t, kit.Get(context.WithValue(t.Context(), callerKey{}, "caller"), client))
	assert.Equal(t, 1, seen)
}

type callerKey struct{}

// TestS6WhatNetHTTPQuotesOfAResponseIsNotShown: it quotes what it can't parse, such as the rest of
// a body after a wrong length.
func TestS6WhatNetHTTPQuotesOfAResponseIsNotShown(t *testing.T) {
	for kept, response := range map[string]string{
		"malformed HTTP response":       `{"id":7,"email":"` + kit.CanaryEmail + `"}` + "\r\n\r\n",
		"malformed HTTP status code":    "HTTP/1.1 " + kit.CanaryText + " OK\r\n\r\n",
		"malformed HTTP version":        "HTTP/" + kit.CanaryText + " 200 OK\r\n\r\n",
		"malformed MIME header":         "HTTP/1.1 200 OK\r\n" + kit.CanaryEmail + "\r\n\r\n",
		"bad Content-Length":            "HTTP/1.1 200 OK\r\nContent-Length: " + kit.CanaryText + "\r\n\r\n",
		"unsupported transfer encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + kit.CanaryText + "\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			network := kit.NewNetwork(t, func(conn net.Conn) {
				kit.ServeHTTP1(conn, func(w io.Writer, _ *http.Request, _ int) bool {
					_, _ = io.WriteString(w, response)
					return false
				})
			})
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			client := kit.NewClient(t, network.Transport(t, "http/1.1"), helpcrunch.WithMaxRetries(1), helpcrunch.WithLogger(logger))
			err := kit.Get(t.Context(), client)
			require.ErrorContains(t, err, kept)
			assert.Empty(t, leaks(err.Error()+log.String()))
		})
	}
}
