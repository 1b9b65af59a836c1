package faults_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	hc "github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/internal/test/kit"
)

// recordInto returns an option that records every attempt.
func recordInto(attempts *[]hc.Response) hc.Option {
	return hc.WithResponseHook(func(_ context.Context, r hc.Response) { *attempts = append(*attempts, r) })
}

func TestAResponseHookSeesEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		transport := transportFunc(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			switch requests++; requests {
			case 1:
				return respond(http.StatusServiceUnavailable, "sorry", "X-Request-Id", "one"), nil
			case 2:
				return nil, kit.ErrReset
			case 3:
				return respond(http.StatusTooManyRequests, "{}"), nil
			}
			return respond(http.StatusOK, "not JSON", "X-Request-Id", "four"), nil
		})
		var attempts []hc.Response
		client := kit.NewClient(t, transport, recordInto(&attempts), hc.WithRateLimit(1))
		_, err := client.Customers.Update(t.Context(), 7, &hc.CustomerPatch{Name: hc.Set("Nora")})
		require.Error(t, err)
		require.Len(t, attempts, 4)
		for i, a := range attempts {
			assert.Equal(t, "Customers.Update", a.Operation)
			assert.Equal(t, "PATCH /customers/7", a.Method+" "+a.Path)
			assert.Equal(t, i+1, a.Attempt)
			assert.Equal(t, time.Second, a.Duration)
			assert.Equal(t, i == 1, a.Err != nil)
			assert.Equal(t, i > 0, a.Queued > 20*time.Second, "one request per minute")
		}
		assert.Equal(t, []int{503, 0, 429, 200}, []int{attempts[0].StatusCode, attempts[1].StatusCode, attempts[2].StatusCode, attempts[3].StatusCode})
		assert.Equal(t, "sorry", string(attempts[0].Body))
		assert.Equal(t, "not JSON", string(attempts[3].Body), "the hook runs before decoding")
		assert.Equal(t, "one", attempts[0].Header.Get("X-Request-Id"))
		assert.Nil(t, attempts[1].Header)
		require.ErrorIs(t, attempts[1].Err, kit.ErrReset)
	})
}

// TestAResponseHookSeesNothingWithoutAPermit: such an attempt is none.
func TestAResponseHookSeesNothingWithoutAPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []hc.Response
		client := kit.NewClient(t, transportFunc(kit.Always(200, `{"id":7}`)), recordInto(&attempts), hc.WithRateLimiter(plainLimiter{}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Error(t, kit.Get(ctx, client))
		assert.Empty(t, attempts)
	})
}

// TestEveryResponseHookRuns also if one panics, which loses neither permit nor body.
func TestEveryResponseHookRuns(t *testing.T) {
	var called []string
	hook := func(name string) hc.Option {
		return hc.WithResponseHook(func(_ context.Context, r hc.Response) {
			if called = append(called, name); name == "panics" && r.Operation == "Do" {
				panic("made up")
			}
		})
	}
	before := kit.OpenBodies.Load()
	limits := new(kit.CountingLimiter)
	client := kit.NewClient(t, transportFunc(kit.Always(200, `{"id":7}`)), hook("first"), hook("panics"), hook("last"), hc.WithRateLimiter(limits))
	require.NoError(t, kit.Get(t.Context(), client))
	assert.Equal(t, []string{"first", "panics", "last"}, called)
	called = nil
	assert.Panics(t, func() { _ = client.Do(t.Context(), http.MethodGet, "/customers/7", nil, nil, nil) })
	assert.Equal(t, []string{"first", "panics", "last"}, called)
	released, _ := limits.Released()
	assert.Len(t, released, 2)
	assert.Equal(t, before, kit.OpenBodies.Load())

	called = nil
	derived, err := client.With(hook("derived"))
	require.NoError(t, err)
	require.NoError(t, kit.Get(t.Context(), derived))
	require.NoError(t, kit.Get(t.Context(), client))
	assert.Equal(t, []string{"first", "panics", "last", "derived", "first", "panics", "last"}, called)

	_, err = hc.New(kit.APIKey, hc.WithResponseHook(nil))
	require.ErrorIs(t, err, hc.ErrInvalidArgument)
}

// TestAnAPIErrorHasTheHeaderOfItsResponse without the key, which a proxy may repeat.
func TestAnAPIErrorHasTheHeaderOfItsResponse(t *testing.T) {
	client := kit.NewClient(t, transportFunc(func(r *http.Request) (*http.Response, error) {
		return respond(http.StatusForbidden, "", "X-Request-Id", "seven", "X-Echo", r.Header.Get("Authorization")), nil
	}))
	err := kit.Get(t.Context(), client)
	var apiError *hc.APIError
	require.ErrorAs(t, err, &apiError)
	assert.Equal(t, "seven", apiError.Header.Get("X-Request-Id"))
	assert.Equal(t, "Bearer [API key]", apiError.Header.Get("X-Echo"))
}

// TestS2ALongWaitForAPermitIsLoggedOnce at info, when it has lasted 10 s. The record of the call has
// the whole wait.
func TestS2ALongWaitForAPermitIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged kit.Buffer
		logger := slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		client := kit.NewClient(t, statuses(200, 503, 200), hc.WithRateLimit(1), hc.WithLogger(logger))
		_ = kit.Get(t.Context(), client)
		assert.NotContains(t, logged.String(), `"msg":"helpcrunch queue"`)
		logged.Reset()
		started := time.Now()
		go func() {
			time.Sleep(10*time.Second - 1)
			synctest.Wait()
			assert.Empty(t, logged.String())
			time.Sleep(1)
			synctest.Wait()
			assert.Contains(t, logged.String(), `"level":"INFO","msg":"helpcrunch queue","method":"GET","path":"/v1/customers/7","queued":10000000000`)
		}()
		_ = kit.Get(t.Context(), client)
		assert.Greater(t, time.Since(started), 100*time.Second, "two permits")
		assert.Equal(t, 1, strings.Count(logged.String(), "helpcrunch queue"))
		assert.Regexp(t, `"msg":"helpcrunch call".*"queued":1[0-9]{11}`, logged.String())
	})
}
