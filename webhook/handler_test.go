package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// TestMain shows that no test leaves a goroutine behind, however its function ended.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

func TestAGenuineDeliveryReachesTheFunction(t *testing.T) {
	var got *webhook.Event
	server := httptest.NewServer(newHandler(t, func(_ context.Context, event *webhook.Event) error {
		got = event
		return nil
	}))
	defer server.Close()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(deliveryBody(t)))
	require.NoError(t, err)
	request.Header.Set("X-HelpCrunch-Signature", deliverySignature)
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close()

	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, parse(t, string(deliveryBody(t))), got)
}

// TestEveryEventReachesTheFunction, the 20 known ones and an unknown one.
func TestEveryEventReachesTheFunction(t *testing.T) {
	seen := make(map[webhook.EventType]bool)
	h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
		seen[event.Type] = true
		return nil
	})
	for name, payload := range events {
		body := strings.Replace(bodyOf(name, payload), "5d1f5b0e", string(name), 1)
		assert.Equal(t, http.StatusOK, serve(h, signed(body)).Code)
		assert.True(t, seen[name], name)
	}
	assert.Equal(t, http.StatusOK, serve(h, signed(`{"event":"agent.online","eventData":[1]}`)).Code)
	assert.True(t, seen["agent.online"])
}

// TestS4EveryInvalidSignatureGetsTheSameResponse, and the function is not called.
func TestS4EveryInvalidSignatureGetsTheSameResponse(t *testing.T) {
	var hooked errorList
	h := newHandler(t, notCalled(t), webhook.WithErrorHook(hooked.add))
	body := delivery("forged")
	wrong := wrongSignatures(sign(testKey, body))
	wrong["of another key"] = sign("another-key", body)
	wrong["of another body"] = sign(testKey, delivery("genuine"))
	wrong["of an empty key"] = sign("", body)
	delete(wrong, "white space around it") // is taken off by HTTP
	for name, signature := range wrong {
		for _, sent := range []string{body, "", "not JSON", "{}"} {
			r := httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(sent))
			r.Header.Set(webhook.SignatureHeader, signature)
			response := serve(h, r)
			assert.Equal(t, http.StatusUnauthorized, response.Code, name)
			assert.Equal(t, "Unauthorized\n", response.Body.String(), name)
			assert.Equal(t, http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}},
				response.Header(), name)
		}
	}
	r := signed(body)
	r.Header.Del(webhook.SignatureHeader)
	assert.Equal(t, "Unauthorized\n", serve(h, r).Body.String())
	for i, err := range hooked.errors {
		assert.ErrorIs(t, err, webhook.ErrInvalidSignature)
		assert.NotContains(t, err.Error(), sign(testKey, body))
		assert.Nil(t, hooked.events[i])
	}
}

func TestOnlyPOSTIsAllowed(t *testing.T) {
	h := newHandler(t, notCalled(t))
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post"} {
		r := signed(delivery("x"))
		r.Method = method
		response := serve(h, r)
		assert.Equal(t, http.StatusMethodNotAllowed, response.Code, method)
		assert.Equal(t, "POST", response.Header().Get("Allow"), method)
	}
}

func TestUnreadableGenuineBodiesAre400(t *testing.T) {
	var hooked errorList
	h := newHandler(t, notCalled(t), webhook.WithErrorHook(hooked.add))
	for _, body := range []string{"", "{", "[]", "null", "{}", `{"event":5,`} {
		response := serve(h, signed(body))
		assert.Equal(t, http.StatusBadRequest, response.Code, body)
		assert.Equal(t, "Bad Request\n", response.Body.String(), body)
	}
	assert.Len(t, hooked.errors, 6)
}

// TestARequestWithoutABodyIs401: requests that no server made may have none.
func TestARequestWithoutABodyIs401(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/hooks", nil)
	require.NoError(t, err)
	require.Nil(t, r.Body)
	assert.Equal(t, http.StatusUnauthorized, serve(newHandler(t, notCalled(t)), r).Code)
}

// TestS4BodiesAreBounded: one byte more than 1 MiB is 413, signed or not, and no more
// than that is read.
func TestS4BodiesAreBounded(t *testing.T) {
	called := 0
	var hooked errorList
	h := newHandler(t, func(context.Context, *webhook.Event) error { called++; return nil },
		webhook.WithErrorHook(hooked.add))
	whole := delivery("large")
	whole += strings.Repeat(" ", 1<<20-len(whole))
	assert.Equal(t, http.StatusOK, serve(h, signed(whole)).Code)
	assert.Equal(t, http.StatusRequestEntityTooLarge, serve(h, signed(whole+" ")).Code)
	assert.Equal(t, 1, called)
	large, ok := errors.AsType[*http.MaxBytesError](hooked.only(t))
	require.True(t, ok)
	assert.EqualValues(t, 1<<20, large.Limit)

	endless := &countingReader{}
	r := httptest.NewRequest(http.MethodPost, "/hooks", endless)
	assert.Equal(t, http.StatusRequestEntityTooLarge, serve(h, r).Code)
	assert.Less(t, endless.read, 2<<20)
}

// countingReader is a body without an end.
type countingReader struct{ read int }

func (r *countingReader) Read(p []byte) (int, error) {
	r.read += len(p)
	return len(p), nil
}

func TestATruncatedBodyIs400(t *testing.T) {
	var hooked errorList
	h := newHandler(t, notCalled(t), webhook.WithErrorHook(hooked.add))
	r := httptest.NewRequest(http.MethodPost, "/hooks", io.MultiReader(strings.NewReader("{"), brokenReader{}))
	assert.Equal(t, http.StatusBadRequest, serve(h, r).Code)
	assert.ErrorIs(t, hooked.only(t), io.ErrUnexpectedEOF)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestFailuresOfTheFunctionAre500 and the event is delivered again, whichever way it failed.
func TestFailuresOfTheFunctionAre500(t *testing.T) {
	failed := errors.New("the database is down")
	for name, fail := range map[string]func() error{
		"error":         func() error { return failed },
		"panic":         func() error { panic("made up") },
		"panic of nil":  func() error { panic(nil) },
		"panic of HTTP": func() error { panic(http.ErrAbortHandler) },
		"runtime panic": func() error { var value any = "text"; return value.(error) },
		"exit":          func() error { runtime.Goexit(); return nil },
		"nil pointer":   func() error { var err *typedError; return err },
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			h := newHandler(t, func(context.Context, *webhook.Event) error {
				if calls++; calls < 3 {
					return fail()
				}
				return nil
			})
			response := serve(h, signed(delivery("x")))
			assert.Equal(t, http.StatusInternalServerError, response.Code)
			assert.Equal(t, "Internal Server Error\n", response.Body.String())
			assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
			assert.Equal(t, http.StatusOK, deliver(h, "x"))
			assert.Equal(t, http.StatusOK, deliver(h, "x"))
			assert.Equal(t, 3, calls)
		})
	}
}

// typedError panics when it is nil.
type typedError struct{ text string }

func (e *typedError) Error() string { return e.text }

func TestTheHookGetsEventAndError(t *testing.T) {
	failed := errors.New("the database is down")
	var hooked errorList
	h := newHandler(t, func(context.Context, *webhook.Event) error { return failed },
		webhook.WithErrorHook(hooked.add))
	deliver(h, "x")
	assert.ErrorIs(t, hooked.only(t), failed)
	assert.Equal(t, "x", hooked.events[0].ID)
}

func TestTheHookGetsThePanic(t *testing.T) {
	var hooked errorList
	h := newHandler(t, func(context.Context, *webhook.Event) error { panic(http.ErrAbortHandler) },
		webhook.WithErrorHook(hooked.add))
	deliver(h, "x")
	err := hooked.only(t)
	assert.EqualError(t, err, "webhook: the function panicked: net/http: abort Handler")
	assert.ErrorIs(t, err, http.ErrAbortHandler)
	panicked, ok := errors.AsType[*webhook.PanicError](err)
	require.True(t, ok)
	assert.Equal(t, http.ErrAbortHandler, panicked.Value)
	assert.Contains(t, string(panicked.Stack), "TestTheHookGetsThePanic")
}

// TestAHookThatPanicsChangesNothing in the response.
func TestAHookThatPanicsChangesNothing(t *testing.T) {
	h := newHandler(t, func(context.Context, *webhook.Event) error { return errors.New("no") },
		webhook.WithErrorHook(func(context.Context, *webhook.Event, error) { panic("in the hook") }))
	assert.Equal(t, http.StatusInternalServerError, deliver(h, "x"))
}

// TestTheFunctionMayChangeItsEvent while the hook reads its own.
func TestTheFunctionMayChangeItsEvent(t *testing.T) {
	var hooked errorList
	h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
		event.ID = "changed"
		return errors.New("no")
	}, webhook.WithErrorHook(hooked.add))
	deliver(h, "x")
	hooked.only(t)
	assert.Equal(t, "x", hooked.events[0].ID)
}

// TestTheContextHasTheValuesOfTheRequest and does not end with it.
func TestTheContextHasTheValuesOfTheRequest(t *testing.T) {
	type contextKey struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "trace-7"))
	var value any
	var ended error
	h := newHandler(t, func(ctx context.Context, _ *webhook.Event) error {
		cancel() // the sender hangs up
		value, ended = ctx.Value(contextKey{}), ctx.Err()
		return nil
	})
	assert.Equal(t, http.StatusOK, serve(h, signed(delivery("x")).WithContext(ctx)).Code)
	assert.Equal(t, "trace-7", value)
	assert.NoError(t, ended)
}

// TestAdditionalKeysAreAcceptedToo, and no others.
func TestAdditionalKeysAreAcceptedToo(t *testing.T) {
	h, err := webhook.NewHandler("new-key", func(context.Context, *webhook.Event) error { return nil },
		webhook.WithAdditionalKeys("old-key", "older-key"), webhook.WithAdditionalKeys("oldest-key"))
	require.NoError(t, err)
	for key, want := range map[string]int{
		"new-key": 200, "old-key": 200, "older-key": 200, "oldest-key": 200, "unknown-key": 401, "": 401, "new-keyold-key": 401,
	} {
		r := signed(delivery(key))
		r.Header.Set(webhook.SignatureHeader, sign(key, delivery(key)))
		assert.Equal(t, want, serve(h, r).Code, key)
	}
}
