// Package engine sends requests. It waits for permits, limits the time of attempts, retries
// where that is safe, and reads responses to the end. It does not depend on any resource.
//
// Each call runs in a retry loop (loop.go). Its [Class] decides after which failures it is retried
// (retry.go). Each attempt passes the chain of steps in chain.go.
package engine

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// Config configures an Engine.
type Config struct {
	APIKey           func() string // a function, so that dumps by reflection don't show the key
	UserAgent        string
	SetHeader        func(http.Header) // adds further headers; may be nil
	HTTPClient       *http.Client      // only Transport and Jar are used; a nil Transport means the SDK's own
	Limiter          Limiter
	MaxRetries       int
	MinWait          time.Duration
	MaxWait          time.Duration
	AttemptTimeout   time.Duration
	MaxResponseBytes int64
	Logger           *slog.Logger // nil logs nothing
}

// Engine sends requests. It is safe for concurrent use.
type Engine struct {
	config Config
	chain  step // makes one attempt
}

// New makes an Engine. It sets a nil Transport of config.HTTPClient to the SDK's own.
func New(config Config) *Engine {
	if config.HTTPClient.Transport == nil {
		config.HTTPClient.Transport = ownTransport{newTransport()}
	}
	e := &Engine{config: config}
	e.chain = newChain(&e.config)
	return e
}

// ownTransport marks the SDK's own transport. The engine never closes connections of a
// caller's transport. Engines with the same HTTPClient share connections.
type ownTransport struct{ *http.Transport }

// newTransport makes the SDK's own transport. It speaks HTTP/1.1 only: over HTTP/2, net/http
// resends requests by itself, whatever their method, and keeps using a dead connection.
func newTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.ForceAttemptHTTP2 = false
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.MaxIdleConnsPerHost = 64 // with fewer, concurrent calls would redial often
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
		if r.StatusCode == http.StatusOK {
			return nil
		}
		return &proxyError{r.StatusCode} // the error of net/http has only the reason phrase
	}
	return transport
}

// Request is a call to make.
type Request struct {
	Class      Class
	Background bool
	OnPermit   [2]func()     // called when an attempt has its permit; each may be nil
	OnAttempt  func(Attempt) // called after each attempt that had a permit; may be nil
	Method     string
	URL        url.URL
	Body       []byte // nil for none
}

// Response is the last response of a call and how it came about.
type Response struct {
	Status       int // 0 when there is none
	Header       http.Header
	Body         []byte
	RetryAfter   time.Duration
	RedirectHost string // scheme and host of a redirect
	Attempts     int    // how many attempts were made
	// MaybeApplied says that the service may have applied the last attempt without
	// confirming it.
	MaybeApplied bool
	// Repeated says that the service may have applied an earlier attempt.
	Repeated bool
}

// Attempt is the result of one attempt.
type Attempt struct {
	Number   int           // from 1
	Status   int           // 0 without a complete response
	Header   http.Header   // of the response
	Body     []byte        // of the response
	Queued   time.Duration // the wait for the permit
	Duration time.Duration // since the permit
	Err      error         // why there is no complete response
}

// Do makes a call. The error says why there is no final response. The Response may still
// contain an earlier one, such as a 429 after which the call was waiting.
func (e *Engine) Do(ctx context.Context, request Request) (*Response, error) {
	var started time.Time
	if e.config.Logger != nil {
		started = time.Now()
	}
	c := newCall(ctx, e, request)
	err := c.finalError(runLoop(c))
	c.recordEnd(started, err)
	return c.result(), err
}

// Redact replaces the API key in text.
func (e *Engine) Redact(text []byte) []byte {
	return redact(text, e.config.APIKey())
}
