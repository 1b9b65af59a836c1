package listen

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/helpcrunch-go/helpcrunch/cmd/helpcrunch/internal/cli"
	"github.com/helpcrunch-go/helpcrunch/webhook"
)

const testKey = "a signing key of the tests"

// bodyOf returns the body of a delivery of an event with an id.
func bodyOf(id string) string {
	return fmt.Sprintf(`{"event":"message.chat.customer","id":%q,"attempts":0,"createdAt":1700000000,`+
		`"eventData":{"chat_id":7,"customer":{"id":5,"name":"Marta"},"message":{"id":9,"text":"Hello?"}}}`, id)
}

// recordOf returns the record of an accepted event.
func recordOf(id string) *record {
	body := []byte(bodyOf(id))
	return &record{Type: "message.chat.customer", ID: id, Body: body, Signature: webhook.Sign(testKey, body), Accepted: time.Now()}
}

// signed returns a signed request.
func signed(to, body string) *http.Request {
	request := httptest.NewRequest(http.MethodPost, to, bytes.NewReader([]byte(body)))
	request.Header.Set(webhook.SignatureHeader, webhook.Sign(testKey, []byte(body)))
	return request
}

// openTemp opens a spool in a new folder, which is closed in the end.
func openTemp(t *testing.T) *spool {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "spool"))
}

func reopen(t *testing.T, path string) *spool {
	t.Helper()
	s, err := openSpool(path)
	require.NoError(t, err)
	s.db.MaxBatchDelay = 0 // no wait for other deliveries
	t.Cleanup(func() { _ = s.db.Close() })
	return s
}

// put stores a record that must be new.
func (s *spool) mustPut(t *testing.T, r *record) {
	t.Helper()
	added, err := s.put(r)
	require.NoError(t, err)
	require.True(t, added)
}

// mustCount returns how many records wait, and how many failed.
func (s *spool) mustCount(t *testing.T) (waiting, failed int) {
	t.Helper()
	waiting, failed, err := s.count()
	require.NoError(t, err)
	return waiting, failed
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// run runs the program with an environment of its own.
func run(ctx context.Context, signingKey string, args ...string) (status int, stdout, stderr string) {
	var out, errs buffer
	env := &cli.Env{Stdout: &out, Stderr: &errs, Getenv: func(name string) string {
		if name == cli.SigningKeyVariable {
			return signingKey
		}
		return ""
	}}
	status = cli.Run(ctx, env, args, cli.Group{Title: "Webhooks and tests:", Commands: []cli.Command{Command}})
	return status, out.String(), errs.String()
}
