package frameworks_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch"
	"github.com/helpcrunch-go/helpcrunch/examples/frameworks"
	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const (
	signingKey = "a-signing-key"
	// body has letters and slashes as the service escapes them: only its raw bytes verify.
	body = `{"event":"message.chat.customer","id":"1","eventData":{"chat_id":7,"message":{"text":"caf\u00e9 1\/2"}}}`
)

// TestMain hides the default log: the tests make functions fail.
func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// servers are the frameworks that serve HTTP.
var servers = map[string]func(http.Handler) http.Handler{
	"chi": frameworks.Chi, "gin": frameworks.Gin, "echo": frameworks.Echo,
}

// collect returns a handler that collects texts, and fails at first as long as there are
// failures.
func collect(t *testing.T, failures int) (webhooks http.Handler, texts *[]string) {
	t.Helper()
	texts = new([]string)
	var mu sync.Mutex
	webhooks, err := webhook.NewHandler(signingKey, func(_ context.Context, event *webhook.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if failures--; failures >= 0 {
			return errors.New("made up")
		}
		if data, ok := event.Message(); ok {
			*texts = append(*texts, data.Message.Text)
		}
		return nil
	})
	require.NoError(t, err)
	return webhooks, texts
}

// post sends the body with a signature, and returns the status.
func post(handler http.Handler, signature string) int {
	r := httptest.NewRequest(http.MethodPost, "/helpcrunch", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhook.SignatureHeader, signature)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

func TestDeliveriesReachTheFunction(t *testing.T) {
	for name, framework := range servers {
		t.Run(name, func(t *testing.T) {
			webhooks, texts := collect(t, 1)
			handler := framework(webhooks)
			right := webhook.Sign(signingKey, []byte(body))
			assert.Equal(t, http.StatusUnauthorized, post(handler, "forged"))
			assert.Equal(t, http.StatusInternalServerError, post(handler, right), "the function failed")
			assert.Equal(t, http.StatusOK, post(handler, right))
			assert.Equal(t, http.StatusOK, post(handler, right), "a duplicate")
			assert.Equal(t, []string{"café 1/2"}, *texts)
		})
	}
}

// TestTheFakeServerDelivers through each framework what a customer writes.
func TestTheFakeServerDelivers(t *testing.T) {
	for name, framework := range servers {
		t.Run(name, func(t *testing.T) {
			webhooks, texts := collect(t, 0)
			listening := httptest.NewServer(framework(webhooks))
			defer listening.Close()
			server := helpcrunchtest.NewServer(helpcrunchtest.WithWebhook(listening.URL+"/helpcrunch", signingKey))
			defer server.Close()
			chat := server.AddChat(helpcrunch.Chat{Customer: helpcrunch.ChatCustomer{Name: "Nora Lindqvist"}})
			server.CustomerWrites(chat.ID, "Is 1/2 a café?")
			require.NoError(t, server.WaitForWebhooks(t.Context()))
			assert.Equal(t, []string{"Is 1/2 a café?"}, *texts)
		})
	}
}

// TestABodyThatAMiddlewareReadIs401, which the log explains.
func TestABodyThatAMiddlewareReadIs401(t *testing.T) {
	for name, framework := range servers {
		webhooks, _ := collect(t, 0)
		handler := framework(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			webhooks.ServeHTTP(w, r)
		}))
		assert.Equal(t, http.StatusUnauthorized, post(handler, webhook.Sign(signingKey, []byte(body))), name)
	}
}

// request is the event of a delivery as the gateway sends it, with names in lower case.
func request(text string, encoded bool) events.APIGatewayV2HTTPRequest {
	in := events.APIGatewayV2HTTPRequest{RawPath: "/helpcrunch", Body: text, IsBase64Encoded: encoded,
		Headers: map[string]string{"x-helpcrunch-signature": webhook.Sign(signingKey, []byte(body))}}
	in.RequestContext.HTTP.Method = http.MethodPost
	return in
}

func TestLambdaReceivesDeliveries(t *testing.T) {
	for name, in := range map[string]events.APIGatewayV2HTTPRequest{
		"text": request(body, false), "base64": request(base64.StdEncoding.EncodeToString([]byte(body)), true),
	} {
		t.Run(name, func(t *testing.T) {
			webhooks, texts := collect(t, 1)
			function := frameworks.Lambda(webhooks)
			for _, want := range []int{http.StatusInternalServerError, http.StatusOK, http.StatusOK} {
				out, err := function(t.Context(), in)
				require.NoError(t, err)
				assert.Equal(t, want, out.StatusCode)
			}
			assert.Equal(t, []string{"café 1/2"}, *texts)
		})
	}
}

func TestLambdaRejectsWhatIsNoDelivery(t *testing.T) {
	webhooks, texts := collect(t, 0)
	function := frameworks.Lambda(webhooks)
	get := request(body, false)
	get.RequestContext.HTTP.Method = http.MethodGet
	for want, in := range map[int]events.APIGatewayV2HTTPRequest{
		http.StatusUnauthorized: request(body+" ", false), http.StatusBadRequest: request("no base64!", true), http.StatusMethodNotAllowed: get,
	} {
		out, err := function(t.Context(), in)
		require.NoError(t, err)
		assert.Equal(t, want, out.StatusCode)
	}
	out, _ := function(t.Context(), get)
	assert.Equal(t, "POST", out.Headers["Allow"])
	assert.Empty(t, *texts)
	get.RequestContext.HTTP.Method = "no method"
	_, err := function(t.Context(), get)
	assert.Error(t, err)
}
