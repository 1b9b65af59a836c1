package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// TestInvalidArgumentsOfNewHandler are errors that name the argument and do not contain the key.
func TestInvalidArgumentsOfNewHandler(t *testing.T) {
	fn := func(context.Context, *webhook.Event) error { return nil }
	with := func(opts ...webhook.Option) []webhook.Option { return opts }
	for want, options := range map[string][]webhook.Option{
		"option 1: must not be nil":                                                  with(webhook.WithTimeout(1), nil),
		"WithAdditionalKeys: signingKeys[1]: must not be empty":                      with(webhook.WithAdditionalKeys("a", "")),
		"WithAdditionalKeys: signingKeys[0]: must not begin or end with white space": with(webhook.WithAdditionalKeys(" canary")),
		"WithDeduplicator: must not be nil":                                          with(webhook.WithDeduplicator((*storeFunc)(nil))),
		"WithTimeout: must be positive, got 0s":                                      with(webhook.WithTimeout(0)),
		"WithMaxBodyBytes: at least 1, got -1":                                       with(webhook.WithMaxBodyBytes(-1)),
		"WithLogger: must not be nil":                                                with(webhook.WithLogger(nil)),
		"WithSequence: must not be nil":                                              with(webhook.WithSequence(nil)),
		"WithErrorHook: must not be nil":                                             with(webhook.WithErrorHook(nil)),
	} {
		assertInvalid(t, want, testKey, fn, options...)
	}
	assertInvalid(t, "WithDeduplicator: must not be nil", testKey, fn, webhook.WithDeduplicator(nil))
	assertInvalid(t, "signingKey: must not be empty", "", fn)
	assertInvalid(t, "signingKey: must not begin or end with white space", "canary\n", fn)
	assertInvalid(t, "fn: must not be nil", testKey, nil)
}

func assertInvalid(t *testing.T, want, key string, fn func(context.Context, *webhook.Event) error, opts ...webhook.Option) {
	t.Helper()
	handler, err := webhook.NewHandler(key, fn, opts...)
	assert.Nil(t, handler)
	assert.ErrorIs(t, err, helpcrunch.ErrInvalidArgument)
	assert.EqualError(t, err, "webhook: NewHandler: "+want)
}

func TestMaxBodyBytesIsAnOption(t *testing.T) {
	h := newHandler(t, func(context.Context, *webhook.Event) error { return nil },
		webhook.WithMaxBodyBytes(int64(len(delivery("x")))))
	assert.Equal(t, http.StatusOK, deliver(h, "x"))
	assert.Equal(t, http.StatusRequestEntityTooLarge, deliver(h, "xy"))
}

func TestPrintingAHandlerShowsNoKey(t *testing.T) {
	option := webhook.WithAdditionalKeys("canary-key")
	h, err := webhook.NewHandler("canary-key", func(context.Context, *webhook.Event) error { return nil }, option)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		assert.NotContains(t, fmt.Sprintf(verb+verb, h, option), "canary")
	}
}

// logged returns a logger of every level, and what it wrote.
func logged() (*slog.Logger, *bytes.Buffer) {
	text := new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{
		Level: slog.Level(-100),
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		},
	})), text
}

// TestEveryDeliveryIsOneRecord, in virtual time.
func TestEveryDeliveryIsOneRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, text := logged()
		result := error(nil)
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			time.Sleep(time.Second)
			return result
		}, webhook.WithLogger(logger))
		deliver(h, "x")
		result = errors.New("no room")
		deliver(h, "y")
		serve(h, httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader("forged")))
		serve(h, httptest.NewRequest(http.MethodGet, "/hooks", nil))
		assert.Equal(t, `level=DEBUG msg="helpcrunch webhook" status=200 duration=1s event=chat.new id=x attempts=0
level=WARN msg="helpcrunch webhook" status=500 duration=1s event=chat.new id=y attempts=0 error="no room"
level=WARN msg="helpcrunch webhook" status=401 duration=0s error="webhook: invalid signature"
level=WARN msg="helpcrunch webhook" status=405 duration=0s
`, text.String())
	})
}

func TestTheEndOfALateFunctionIsARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, text := logged()
		h := newHandler(t, func(context.Context, *webhook.Event) error {
			time.Sleep(time.Minute)
			return nil
		}, webhook.WithLogger(logger))
		deliver(h, "x")
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, `level=WARN msg="helpcrunch webhook" status=503 duration=11s event=chat.new id=x attempts=0 `+
			`error="webhook: the event was not handled within 11s: context deadline exceeded"
level=DEBUG msg="helpcrunch webhook ended late" status=200 duration=1m0s event=chat.new id=x attempts=0
`, text.String())
	})
}

// TestS1S4NothingSecretIsInLogsAndResponses: no key, signature or body, whatever goes wrong.
func TestS1S4NothingSecretIsInLogsAndResponses(t *testing.T) {
	const key, additional = "canary-key-1", "canary-key-2"
	bodies := []string{
		`{"event":"message.private","id":"x","eventData":{"message":{"text":"canary-text"}}}`,
		`{"event":"message.private","id":"x","eventData":"canary-text"`,
		`{"event":5,"canary-text":`, `"canary-text"`, `canary-text`, `["canary-text"]`, `{"canary-text":1}`,
	}
	logger, text := logged()
	var responses, errorTexts strings.Builder
	for _, fail := range []func() error{
		func() error { return nil },
		func() error { return errors.New("no") },
		func() error { panic("no") },
	} {
		h, err := webhook.NewHandler(key, func(context.Context, *webhook.Event) error { return fail() },
			webhook.WithAdditionalKeys(additional), webhook.WithLogger(logger), webhook.WithMaxBodyBytes(200),
			webhook.WithErrorHook(func(_ context.Context, _ *webhook.Event, err error) {
				fmt.Fprintf(&errorTexts, "%v %+v %#v", err, err, err)
			}))
		require.NoError(t, err)
		for _, body := range append(bodies, strings.Repeat("canary-text", 100)) {
			for _, signature := range []string{sign(key, body), sign(additional, body), sign("wrong", body), "canary-signature"} {
				r := httptest.NewRequest(http.MethodPost, "/hooks?canary-query", strings.NewReader(body))
				r.Header.Set(webhook.SignatureHeader, signature)
				response := serve(h, r)
				fmt.Fprint(&responses, response.Header(), response.Body)
				for place, text := range map[string]string{"log": text.String(), "response": responses.String(), "error": errorTexts.String()} {
					assert.NotContains(t, text, "canary", place)
					assert.NotContains(t, text, sign(key, body), place)
					assert.NotContains(t, text, sign(additional, body), place)
				}
			}
		}
	}
	assert.NotEmpty(t, text.String())
	assert.NotEmpty(t, errorTexts.String())
}
