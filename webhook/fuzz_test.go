package webhook_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// seeds are bodies to begin with.
func seeds(f *testing.F) [][]byte {
	all := [][]byte{deliveryBody(f)}
	for name, payload := range events {
		encoded, err := json.Marshal(payload)
		require.NoError(f, err)
		all = append(all, []byte(bodyOf(name, payload)), []byte(bodyOf(name, string(encoded))))
	}
	for _, odd := range []string{
		``, `null`, `[]`, `{}`, `{"event":"chat.new"}`, `{"event":"chat.new","eventData":"[]","id":5,"attempts":"7"}`,
		`{"event":"chat.x","eventData":[{"id":"1e3","assignee":[7],"communicatedAgents":{"0":1,"5":{"id":2}}}]}`,
		`{"event":"customer.new","eventData":"{\"id\":7,\"customData\":[{\"property\":\"a\",\"value\":1}]}"}`,
		`{"event":"message.private","eventData":{"chat_id":1.0,"agent":"3","message":[{"id":1,"read":"1"}]}}`, "{\"event\":\"\xff\"}",
	} {
		all = append(all, []byte(odd))
	}
	return all
}

// FuzzParse never panics. What was read can be marshalled and read again, and is the same.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		require.Equal(t, err == nil, event != nil, "an event or an error")
		if err != nil {
			assert.Less(t, len(err.Error()), 200, "a bounded message")
			return
		}
		require.NotEmpty(t, event.Type)
		queued, err := json.Marshal(event)
		require.NoError(t, err)
		again, err := webhook.Parse(queued)
		require.NoError(t, err)
		assert.Equal(t, []any{event.Type, event.ID, event.Attempts, event.CreatedAt, event.LastAttemptAt},
			[]any{again.Type, again.ID, again.Attempts, again.CreatedAt, again.LastAttemptAt})
		for family, payload := range map[string]func(*webhook.Event) (any, bool){
			"chat":     func(e *webhook.Event) (any, bool) { p, ok := e.Chat(); return withoutApplications(p), ok },
			"customer": func(e *webhook.Event) (any, bool) { p, ok := e.Customer(); return p, ok },
			"message":  func(e *webhook.Event) (any, bool) { p, ok := e.Message(); return p, ok },
		} {
			want, ok := payload(event)
			if ok {
				assert.Equal(t, family, strings.SplitN(string(event.Type), ".", 2)[0])
			}
			got, okAgain := payload(again)
			require.Equal(t, ok, okAgain)
			assert.Equal(t, want, got)
		}
	})
}

// withoutApplications drops the raw member, which may be written in another way.
func withoutApplications(chat *webhook.ChatData) *webhook.ChatData {
	if chat != nil {
		chat.Applications = nil
	}
	return chat
}

// FuzzVerify accepts the right signature of a body and no other.
func FuzzVerify(f *testing.F) {
	f.Add(testKey, deliveryBody(f), deliverySignature)
	f.Add("Jefe", []byte("what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
	f.Add("", []byte("{}"), sign("", "{}"))
	f.Add("\x00", []byte{}, "")
	f.Fuzz(func(t *testing.T, key string, body []byte, signature string) {
		right := sign(key, string(body))
		accepted := webhook.Verify(key, body, signature) == nil
		assert.Equal(t, key != "" && signature == right, accepted)
		assert.Equal(t, key != "", webhook.Verify(key, body, right) == nil)
	})
}

// FuzzHandler calls the function with genuine deliveries of events alone, and responses
// everything with one of its statuses.
func FuzzHandler(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add("POST", seed, deliverySignature, false)
		f.Add("POST", seed, "", true)
	}
	f.Add("GET", []byte("{}"), "", true)
	f.Fuzz(func(t *testing.T, method string, body []byte, signature string, genuine bool) {
		if genuine {
			signature = sign(testKey, string(body))
		}
		called := 0
		h := newHandler(t, func(_ context.Context, event *webhook.Event) error {
			called++
			_, _ = event.Chat()
			_, _ = event.Customer()
			_, _ = event.Message()
			return nil
		}, webhook.WithMaxBodyBytes(1<<16))
		r := httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(string(body)))
		r.Method = method
		r.Header.Set(webhook.SignatureHeader, signature)

		_, unreadable := webhook.Parse(body)
		want := http.StatusOK
		switch {
		case method != http.MethodPost:
			want = http.StatusMethodNotAllowed
		case len(body) > 1<<16:
			want = http.StatusRequestEntityTooLarge
		case signature != sign(testKey, string(body)):
			want = http.StatusUnauthorized
		case unreadable != nil:
			want = http.StatusBadRequest
		}
		assert.Equal(t, want, serve(h, r).Code)
		assert.Equal(t, want == http.StatusOK, called == 1)
	})
}
