package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const testKey = "example-signing-key"

// sign makes the signature that the service would.
func sign(key, body string) string {
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// delivery is the body of an event with an id.
func delivery(id string) string {
	return fmt.Sprintf(`{"event":"chat.new","eventData":{"chat_id":7},"attempts":0,"createdAt":1719200000,"id":%q}`, id)
}

// signed is a genuine request with a body.
func signed(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(body))
	r.Header.Set(webhook.SignatureHeader, sign(testKey, body))
	return r
}

// newHandler returns a handler for deliveries signed with testKey.
func newHandler(t *testing.T, fn func(context.Context, *webhook.Event) error, opts ...webhook.Option) http.Handler {
	t.Helper()
	h, err := webhook.NewHandler(testKey, fn, opts...)
	require.NoError(t, err)
	return h
}

// serve calls a handler with a request.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// deliver calls a handler with a genuine delivery and returns the status.
func deliver(h http.Handler, id string) int {
	return serve(h, signed(delivery(id))).Code
}

// notCalled is a function that must not be reached.
func notCalled(t *testing.T) func(context.Context, *webhook.Event) error {
	return func(context.Context, *webhook.Event) error {
		t.Error("the function was called")
		return nil
	}
}

// parse reads a body that can be read.
func parse(t *testing.T, body string) *webhook.Event {
	t.Helper()
	event, err := webhook.Parse([]byte(body))
	require.NoError(t, err)
	return event
}

// errorList is an error hook that remembers.
type errorList struct {
	mutex  sync.Mutex
	errors []error
	events []*webhook.Event
}

func (l *errorList) add(_ context.Context, event *webhook.Event, err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.errors = append(l.errors, err)
	l.events = append(l.events, event)
}

// only returns the one error that there was.
func (l *errorList) only(t *testing.T) error {
	t.Helper()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	require.Len(t, l.errors, 1)
	return l.errors[0]
}
