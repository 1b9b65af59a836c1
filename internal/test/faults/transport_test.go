package faults_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// TestR13ATransportThatEditsARequestChangesNoOther: some change the URL and the values of headers
// in place.
func TestR13ATransportThatEditsARequestChangesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		client := kit.NewClient(t, transportFunc(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+r.Header.Get("Content-Type")+r.Header.Get("X-Tenant"))
			r.Method = "BREW"
			r.URL.Host, r.URL.Path, r.URL.RawQuery = "gateway.example.com", "/gateway"+r.URL.Path, "edited"
			for _, values := range r.Header {
				values[0] = "edited"
			}
			r.Header.Set("X-Edited", "yes")
			if len(seen)%3 != 0 {
				return respond(http.StatusServiceUnavailable, ""), nil
			}
			return respond(http.StatusOK, `{"id":7}`), nil
		}), hc.WithHeader("X-Tenant", "seven"))
		for range 2 {
			_, err := client.Customers.Update(t.Context(), 7, &hc.CustomerPatch{Name: hc.Set("Nora")})
			require.NoError(t, err)
		}
		require.Len(t, seen, 6)
		for _, request := range seen {
			assert.Equal(t, seen[0], request)
		}
	})
}

// TestR13EveryAttemptHasItsOwnCookies: a jar gives and takes cookies in every attempt, and they
// don't add up.
func TestR13EveryAttemptHasItsOwnCookies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		var seen []string
		client, err := hc.New(kit.APIKey, hc.WithHTTPClient(&http.Client{Jar: jar, Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, strings.Join(r.Header.Values("Cookie"), "|"))
			status := http.StatusServiceUnavailable
			if len(seen) >= 3 {
				status = http.StatusOK
			}
			return respond(status, `{"id":7}`, "Set-Cookie", "session="+string(rune('0'+len(seen)))), nil
		})}))
		require.NoError(t, err)
		require.NoError(t, kit.Get(t.Context(), client))
		require.NoError(t, kit.Get(t.Context(), client))
		assert.Equal(t, []string{"", "session=1", "session=2", "session=3"}, seen)
	})
}

// TestAProxyThatWantsCredentialsIsNotAskedAgain: a 407 on CONNECT stays one, and nothing was sent.
func TestAProxyThatWantsCredentialsIsNotAskedAgain(t *testing.T) {
	for status, attempts := range map[int]int64{407: 1, 403: 1, 502: 2} {
		var connects atomic.Int64
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			connects.Add(1)
			http.Error(w, "no", status)
		}))
		defer proxy.Close()
		address, err := url.Parse(proxy.URL)
		require.NoError(t, err)
		client := kit.NewClient(t, &http.Transport{Proxy: http.ProxyURL(address)}, hc.WithMaxRetries(1), hc.WithRetryWait(1, 1))
		_, err = client.Messages.SendAsCustomer(t.Context(), 1, "Hello")
		require.ErrorContains(t, err, fmt.Sprintf("CONNECT is %d ", status))
		assert.ErrorContains(t, err, http.StatusText(status))
		assert.NotErrorIs(t, err, hc.ErrMaybeApplied)
		assert.Equal(t, attempts, connects.Load(), status)
	}
}

// TestTheClassOfACallOfDoIsThatOfItsPathAsWritten: an escaped slash ends no segment.
func TestTheClassOfACallOfDoIsThatOfItsPathAsWritten(t *testing.T) {
	for path, retried := range map[string]bool{
		"/orders/search": true, "search": true, "/orders%2Fsearch": false, "/orders/s%65arch": false, "/orders/search/7": false, "/research": false,
	} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := kit.NewClient(t, transportFunc(func(*http.Request) (*http.Response, error) {
				if requests++; requests == 1 {
					return respond(http.StatusServiceUnavailable, ""), nil
				}
				return respond(http.StatusOK, ""), nil
			}))
			err := client.Do(t.Context(), http.MethodPost, path, nil, nil, nil)
			assert.Equal(t, retried, err == nil, path)
		})
	}
}
