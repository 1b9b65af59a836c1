package redisdedup_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/redis/redisdedup"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const key = "chat.new 5d1f5b0e"

// pair returns the deduplicators of two processes with one Redis.
func pair(t *testing.T, opts ...redisdedup.Option) (one, two *redisdedup.Deduplicator, server *miniredis.Miniredis) {
	t.Helper()
	server = miniredis.RunT(t)
	return open(t, server.Addr(), opts...), open(t, server.Addr(), opts...), server
}

// open returns the deduplicator of a process.
func open(t *testing.T, address string, opts ...redisdedup.Option) *redisdedup.Deduplicator {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	d, err := redisdedup.New(client, "test", opts...)
	require.NoError(t, err)
	return d
}

// begin claims the event.
func begin(t *testing.T, d webhook.Deduplicator) webhook.Claim {
	t.Helper()
	claim, err := d.Begin(t.Context(), key)
	require.NoError(t, err)
	return claim
}

// state is the error of Begin for the event.
func state(t *testing.T, d webhook.Deduplicator) error {
	t.Helper()
	claim, err := d.Begin(t.Context(), key)
	if err == nil {
		require.NoError(t, claim.Abandon(t.Context()))
	}
	return err
}

func TestAClaimedEventIsRunningEverywhere(t *testing.T) {
	one, two, _ := pair(t)
	claim := begin(t, one)
	assert.Equal(t, webhook.ErrRunning, state(t, one))
	assert.Equal(t, webhook.ErrRunning, state(t, two))
	require.NoError(t, claim.Abandon(t.Context()))
	assert.NoError(t, state(t, two))
}

func TestAHandledEventIsHandledEverywhereForADay(t *testing.T) {
	one, two, server := pair(t)
	require.NoError(t, begin(t, one).Commit(t.Context()))
	assert.Equal(t, webhook.ErrHandled, state(t, one))
	server.FastForward(24*time.Hour - time.Second)
	assert.Equal(t, webhook.ErrHandled, state(t, two))
	server.FastForward(time.Second)
	assert.NoError(t, state(t, two))
}

func TestALeaseEndsTheClaimOfADeadProcess(t *testing.T) {
	one, two, server := pair(t)
	begin(t, one)
	server.FastForward(time.Minute - time.Millisecond)
	assert.Equal(t, webhook.ErrRunning, state(t, two))
	server.FastForward(time.Millisecond)
	assert.NoError(t, state(t, two))
}

func TestLeaseAndMaxAgeAreOptions(t *testing.T) {
	one, two, server := pair(t, redisdedup.WithLease(time.Hour), redisdedup.WithMaxAge(time.Minute))
	claim := begin(t, one)
	server.FastForward(59 * time.Minute)
	assert.Equal(t, webhook.ErrRunning, state(t, two))
	require.NoError(t, claim.Commit(t.Context()))
	server.FastForward(time.Minute)
	assert.NoError(t, state(t, two))
}

func TestALateFailureLeavesAnothersClaim(t *testing.T) {
	one, two, server := pair(t)
	late := begin(t, one)
	server.FastForward(time.Minute)
	claim := begin(t, two)
	require.NoError(t, late.Abandon(t.Context()))
	assert.Equal(t, webhook.ErrRunning, state(t, one))
	require.NoError(t, claim.Commit(t.Context()))
	require.NoError(t, late.Abandon(t.Context()))
	assert.Equal(t, webhook.ErrHandled, state(t, one))
}

// TestALateSuccessCounts, also when another process has the event meanwhile and fails.
func TestALateSuccessCounts(t *testing.T) {
	one, two, server := pair(t)
	late := begin(t, one)
	server.FastForward(time.Minute)
	claim := begin(t, two)
	require.NoError(t, late.Commit(t.Context()))
	require.NoError(t, claim.Abandon(t.Context()))
	assert.Equal(t, webhook.ErrHandled, state(t, two))
}

func TestNamesShareNothing(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	for _, name := range []string{"a", "b"} {
		d, err := redisdedup.New(client, name)
		require.NoError(t, err)
		require.NoError(t, begin(t, d).Commit(t.Context()))
	}
}

func TestAScriptThatRedisForgotIsSentAgain(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	d := open(t, server.Addr())
	for range 2 {
		assert.NoError(t, state(t, d))
		require.NoError(t, client.ScriptFlush(t.Context()).Err())
	}
}

// TestWithoutRedisNothingIsHandled, and the service delivers again.
func TestWithoutRedisNothingIsHandled(t *testing.T) {
	d, _, server := pair(t)
	server.Close()
	called := 0
	handler, err := webhook.NewHandler("key", func(context.Context, *webhook.Event) error { called++; return nil },
		webhook.WithDeduplicator(d), webhook.WithErrorHook(func(_ context.Context, _ *webhook.Event, err error) {
			assert.ErrorContains(t, err, "redisdedup: claiming an event: ")
		}))
	require.NoError(t, err)
	assert.Equal(t, http.StatusInternalServerError, post(handler))
	assert.Zero(t, called)
	require.NoError(t, server.Restart())
	assert.Equal(t, http.StatusOK, post(handler))
	assert.Equal(t, http.StatusOK, post(handler))
	assert.Equal(t, 1, called)
}

// post delivers an event.
func post(handler http.Handler) int {
	const body = `{"event":"chat.new","id":"1"}`
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set(webhook.SignatureHeader, webhook.Sign("key", []byte(body)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

// TestAClaimEndsOnceRedisIsBack: the function has succeeded, so the event must not come again.
func TestAClaimEndsOnceRedisIsBack(t *testing.T) {
	one, two, server := pair(t)
	claim := begin(t, one)
	server.Close()
	done := make(chan error, 1)
	go func() { done <- claim.Commit(t.Context()) }()
	select {
	case err := <-done:
		t.Fatalf("without Redis: %v", err)
	case <-time.After(50 * time.Millisecond): // a first attempt has failed
	}
	require.NoError(t, server.Restart())
	require.NoError(t, <-done)
	assert.Equal(t, webhook.ErrHandled, state(t, two))
}

func TestEndingAClaimEndsWithTheContext(t *testing.T) {
	one, _, server := pair(t)
	claim := begin(t, one)
	server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorContains(t, claim.Commit(ctx), "redisdedup: recording an event as handled: ")
	assert.ErrorContains(t, claim.Abandon(ctx), "redisdedup: abandoning an event: ")
}

func TestInvalidArgumentsOfNew(t *testing.T) {
	client := redis.NewClient(&redis.Options{})
	defer client.Close()
	for want, call := range map[string]func() (*redisdedup.Deduplicator, error){
		"client: must not be nil":         func() (*redisdedup.Deduplicator, error) { return redisdedup.New((*redis.Client)(nil), "a") },
		"name: 1 to 200 bytes, got 0":     func() (*redisdedup.Deduplicator, error) { return redisdedup.New(client, "") },
		"name: 1 to 200 bytes, got 201":   func() (*redisdedup.Deduplicator, error) { return redisdedup.New(client, strings.Repeat("a", 201)) },
		"option 0: must not be nil":       func() (*redisdedup.Deduplicator, error) { return redisdedup.New(client, "a", nil) },
		"WithLease: at least 1ms, got 0s": func() (*redisdedup.Deduplicator, error) { return redisdedup.New(client, "a", redisdedup.WithLease(0)) },
		"WithMaxAge: at least 1ms, got -1s": func() (*redisdedup.Deduplicator, error) {
			return redisdedup.New(client, "a", redisdedup.WithMaxAge(-time.Second))
		},
	} {
		d, err := call()
		assert.Nil(t, d)
		assert.EqualError(t, err, "redisdedup: New: "+want)
		assert.True(t, errors.Is(err, helpcrunch.ErrInvalidArgument))
	}
	_, err := redisdedup.New(nil, "a")
	assert.EqualError(t, err, "redisdedup: New: client: must not be nil")
}
