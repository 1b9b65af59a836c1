package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// defaultLog makes slog.Default write into the text that it returns.
func defaultLog(t *testing.T) *bytes.Buffer {
	logger, text := logged()
	before := slog.Default()
	slog.SetDefault(logger)
	t.Cleanup(func() { slog.SetDefault(before) })
	return text
}

// TestFailuresAreLoggedByDefault, also by a default logger that was set after NewHandler.
func TestFailuresAreLoggedByDefault(t *testing.T) {
	fail := func() error { return errors.New("no room") }
	h := newHandler(t, func(context.Context, *webhook.Event) error { return fail() })
	text := defaultLog(t)
	deliver(h, "x")
	assert.Contains(t, text.String(), `level=WARN msg="helpcrunch webhook" status=500`)
	assert.Contains(t, text.String(), `event=chat.new id=x attempts=0 error="no room"`)

	text.Reset()
	fail = func() error { panic("made up") }
	deliver(h, "y")
	assert.Contains(t, text.String(), `error="webhook: the function panicked: made up" stack=`)
	assert.Contains(t, text.String(), "TestFailuresAreLoggedByDefault", "the stack")
}

func TestStrangersAndSuccessesAreNotLoggedByDefault(t *testing.T) {
	text := defaultLog(t)
	h := newHandler(t, func(context.Context, *webhook.Event) error { return nil }, webhook.WithMaxBodyBytes(200))
	deliver(h, "x")
	deliver(h, "x")
	for _, body := range []string{"", "forged", strings.Repeat("x", 300)} {
		serve(h, httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(body)))
	}
	serve(h, httptest.NewRequest(http.MethodGet, "/hooks", nil))
	assert.Empty(t, text.String())
}

func TestWithLoggerReplacesTheDefault(t *testing.T) {
	byDefault := defaultLog(t)
	logger, text := logged()
	h := newHandler(t, func(context.Context, *webhook.Event) error { return errors.New("no") }, webhook.WithLogger(logger))
	deliver(h, "x")
	assert.Empty(t, byDefault.String())
	assert.NotEmpty(t, text.String())
}

// TestAPanicOfTheHookIsLoggedByDefault, whatever the delivery was.
func TestAPanicOfTheHookIsLoggedByDefault(t *testing.T) {
	text := defaultLog(t)
	h := newHandler(t, notCalled(t), webhook.WithErrorHook(func(context.Context, *webhook.Event, error) { panic("in the hook") }))
	serve(h, httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader("forged")))
	assert.Contains(t, text.String(), "webhook: the error hook panicked: in the hook")
}

// TestABodyThatWasReadBeforeIsNamedInTheLog and not in the response.
func TestABodyThatWasReadBeforeIsNamedInTheLog(t *testing.T) {
	h := newHandler(t, notCalled(t))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // a middleware
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	text := defaultLog(t)
	request, _ := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(delivery("x")))
	request.Header.Set(webhook.SignatureHeader, sign(testKey, delivery("x")))
	response, err := server.Client().Do(request)
	assert.NoError(t, err)
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
	assert.Equal(t, "Unauthorized\n", string(body))
	assert.Contains(t, text.String(), "webhook: invalid signature: the body is empty: something read it before this handler")
}

// TestAnEmptyBodyIsNamedInTheLog where WithLogger asks for every delivery.
func TestAnEmptyBodyIsNamedInTheLog(t *testing.T) {
	logger, text := logged()
	h := newHandler(t, notCalled(t), webhook.WithLogger(logger))
	response := serve(h, httptest.NewRequest(http.MethodPost, "/hooks", nil))
	assert.Equal(t, "Unauthorized\n", response.Body.String())
	assert.Contains(t, text.String(), "the body is empty: something may have read it before this handler")
}

func TestSignMakesWhatVerifyAccepts(t *testing.T) {
	assert.Equal(t, deliverySignature, webhook.Sign(testKey, deliveryBody(t)))
	assert.NoError(t, webhook.Verify(testKey, nil, webhook.Sign(testKey, nil)))
	assert.Error(t, webhook.Verify(testKey, deliveryBody(t), webhook.Sign("another-key", deliveryBody(t))))
}
