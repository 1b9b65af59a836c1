package helpcrunchtest_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/helpcrunchtest"
)

// signingKey signs the webhooks of these tests.
const signingKey = "a signing key of the tests"

// webhookBody is a webhook as the contract describes it.
type webhookBody struct {
	Event         string          `json:"event"`
	EventData     json.RawMessage `json:"eventData"`
	Attempts      int             `json:"attempts"`
	LastAttemptAt int64           `json:"lastAttemptAt"`
	CreatedAt     int64           `json:"createdAt"`
	ID            webhookID       `json:"id"`
}

// receiver is a handler that records webhooks.
type receiver struct {
	t       testing.TB
	respond func(webhookBody) int // nil for 200

	mu     sync.Mutex
	bodies []webhookBody
}

// webhookID is a string on the wire, or a number.
type webhookID string

func (id *webhookID) UnmarshalJSON(data []byte) error {
	*id = webhookID(strings.Trim(string(data), `"`))
	return nil
}

// ServeHTTP checks the form of a delivery and its signature.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	data, err := io.ReadAll(request.Body)
	assert.NoError(r.t, err)
	assert.Equal(r.t, http.MethodPost, request.Method)
	assert.Equal(r.t, "application/json", request.Header.Get("Content-Type"))
	assert.Equal(r.t, "application/json", request.Header.Get("Accept"))
	assert.Equal(r.t, sign(signingKey, data), request.Header.Get("X-HelpCrunch-Signature"))
	var body webhookBody
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	assert.NoError(r.t, decoder.Decode(&body), string(data))
	r.mu.Lock()
	r.bodies = append(r.bodies, body)
	r.mu.Unlock()
	if r.respond != nil {
		w.WriteHeader(r.respond(body))
	}
}

// received returns the webhooks since the last call.
func (r *receiver) received() []webhookBody {
	r.mu.Lock()
	defer r.mu.Unlock()
	bodies := r.bodies
	r.bodies = nil
	return bodies
}

// sign is the signature of the contract: lower-case hex HMAC-SHA1 of the raw body.
func sign(key string, body []byte) string {
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// newReceiver starts a server that sends its webhooks to a receiver in memory.
func newReceiver(t testing.TB, opts ...helpcrunchtest.Option) (*helpcrunchtest.Server, *receiver) {
	t.Helper()
	r := &receiver{t: t}
	opts = append([]helpcrunchtest.Option{
		helpcrunchtest.WithoutListener(), helpcrunchtest.WithWebhookHandler(r, signingKey),
	}, opts...)
	return newServer(t, opts...), r
}

// ask makes a request in memory, which must succeed.
func ask(t testing.TB, server *helpcrunchtest.Server, request, body string) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+server.APIKey)
	response, err := server.HTTPClient().Do(req)
	require.NoError(t, err)
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Less(t, response.StatusCode, 300, "%s %s: %s", request, body, data)
}

// settle waits for all webhooks.
func settle(t testing.TB, server *helpcrunchtest.Server) {
	t.Helper()
	require.NoError(t, server.WaitForWebhooks(t.Context()))
}
