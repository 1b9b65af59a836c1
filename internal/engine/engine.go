// Package engine sends requests. It waits for permits, bounds the time of attempts, retries
// where that is safe, and reads responses to the end. It knows no resource.
//
// A call goes through a retry loop, whose rules are in retry.go: [Class] decides after which
// failures a call is retried. Each attempt goes through the chain of steps assembled in
// chain.go.
package engine

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// Config configures an Engine. SetHeader and Logger may be nil.
type Config struct {
	BaseURL          *url.URL
	APIKey           func() string // a function, so that dumps by reflection don't show the key
	UserAgent        string
	SetHeader        func(http.Header) // adds further headers; may be nil
	HTTPClient       *http.Client      // its Transport (nil for one of our own) and Jar are used, the rest is not
	Limiter          Limiter
	MaxRetries       int
	MinWait          time.Duration
	MaxWait          time.Duration
	AttemptTimeout   time.Duration
	MaxResponseBytes int64
	Logger           *slog.Logger // nil is silent
}

// Engine sends requests. It is safe for concurrent use.
type Engine struct {
	config Config
	chain  step // makes one attempt
}

// New makes an Engine.
func New(config Config) *Engine {
	e := &Engine{config: config}
	if config.HTTPClient.Transport == nil {
		config.HTTPClient.Transport = ownTransport{newTransport()}
	}
	var closeIdle func()
	if own, ok := config.HTTPClient.Transport.(ownTransport); ok {
		closeIdle = own.CloseIdleConnections
	}
	e.chain = newChain(&e.config, closeIdle)
	return e
}

// ownTransport tells the SDK's transport from the caller's, which the engine never closes. An
// engine that gets the HTTPClient of another one shares its connections.
type ownTransport struct{ *http.Transport }

// newTransport makes the SDK's own transport. It speaks HTTP/1.1 only: over HTTP/2, net/http
// resends requests by itself, whatever their method, and keeps using a dead connection.
func newTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.ForceAttemptHTTP2 = false
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.MaxIdleConnsPerHost = 64 // with fewer, that many concurrent calls dial again and again
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
		if r.StatusCode == http.StatusOK {
			return nil
		}
		return &proxyError{r.StatusCode} // net/http names the reason phrase alone
	}
	return transport
}

// Request is a call to make.
type Request struct {
	Class      Class
	Background bool
	OnPermit   func()        // called when an attempt has its permit; may be nil
	OnAttempt  func(Attempt) // called after each attempt that had a permit; may be nil
	Method     string
	Path       string // with that of the base URL
	RawPath    string // as in url.URL
	RawQuery   string
	Body       []byte // nil for none
}

// Response is the last response of a call, if there was any, and its circumstances.
type Response struct {
	Status       int // 0 when there is none
	Header       http.Header
	Body         []byte
	RetryAfter   time.Duration
	RedirectHost string // where a redirect wanted to go
	Attempts     int    // how many attempts were made
	// MaybeApplied says that the service may have carried the call out although it
	// did not say so.
	MaybeApplied bool
	// Repeated says that an earlier attempt may have been carried out.
	Repeated bool
}

// Attempt is what became of one attempt.
type Attempt struct {
	Number   int           // from 1
	Status   int           // 0 without a complete response
	Header   http.Header   // of the response
	Body     []byte        // of the response
	Queued   time.Duration // the wait for the permit
	Duration time.Duration // since the permit
	Err      error         // why there is no complete response
}

// Do makes a call. The error says why there is no final response. Response may then still
// contain an earlier one, such as the 429 that the call was waiting after.
func (e *Engine) Do(ctx context.Context, request Request) (*Response, error) {
	c := newCall(ctx, e, request)
	_, err := c.loop.Do(&c.retryable) //nolint:bodyclose // the chain closed it
	err = c.finalError(err)
	c.log(err)
	return c.result(), err
}

// Redact replaces the API key wherever text repeats it.
func (e *Engine) Redact(text []byte) []byte {
	return redact(text, e.config.APIKey())
}
