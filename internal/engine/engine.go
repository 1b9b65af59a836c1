// Package engine sends requests: paced, timed, retried where that is safe, and read
// to the end. It knows nothing of customers and chats.
//
// A call goes through a retry loop, whose rules are in retry.go: [Class] says what is
// sent again after what. Each attempt goes through the chain of steps assembled in
// chain.go.
package engine

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Config is what an Engine is made of. All of it is required but Logger.
type Config struct {
	BaseURL          *url.URL
	APIKey           func() string // a function, so that dumps by reflection don't show the key
	UserAgent        string
	HTTPClient       *http.Client // its Transport and Jar are used, the rest is not
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
	loop   retryablehttp.Client
}

// New makes an Engine.
func New(config Config) *Engine {
	e := &Engine{config: config}
	e.loop.HTTPClient = &http.Client{
		Transport:     newChain(&e.config),
		Jar:           config.HTTPClient.Jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	e.loop.RetryMax = math.MaxInt // checkRetry counts
	e.loop.CheckRetry = checkRetry
	e.loop.Backoff = leastBackoff
	e.loop.PrepareRetry = prepareRetry
	e.loop.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return e
}

// Request is a call to make.
type Request struct {
	Class      Class
	Background bool
	OnPermit   func() // called when an attempt has got its turn; may be nil
	Method     string
	Path       string // with that of the base URL
	RawPath    string // as in url.URL
	RawQuery   string
	Body       []byte // nil for none
}

// Response is what became of a call: the last answer that the service gave, if any.
type Response struct {
	Status       int // 0 when there is none
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

// Do makes a call. The error says why there is no final answer; Response may then still
// hold the last one, such as the 429 that a context ended waiting on.
func (e *Engine) Do(ctx context.Context, request Request) (*Response, error) {
	c := newCall(ctx, &e.config, request)
	if request.Body != nil {
		if err := c.retryable.SetBody(request.Body); err != nil {
			return &c.response, err
		}
	}
	response, err := e.loop.Do(&c.retryable)
	if response != nil {
		response.Body.Close()
	}
	err = c.finalError(err)
	c.log(err)
	return c.result(), err
}

// prepareRetry gives an attempt headers of its own: the cookie jar has written into
// those of the attempt before.
func prepareRetry(r *http.Request) error {
	r.Header = http.Header{}
	return nil
}

// leastWait is how long the retry loop waits by itself. It is not 0: the channel of a timer that
// is due when it is made may crash the race detector of Go 1.26 in a bubble of testing/synctest,
// which users test with, when another timer fires meanwhile.
const leastWait = time.Nanosecond

// leastBackoff leaves the rest of a wait to the first step of the next attempt.
func leastBackoff(time.Duration, time.Duration, int, *http.Response) time.Duration {
	return leastWait
}

// Redact replaces the API key wherever text repeats it.
func (e *Engine) Redact(text []byte) []byte {
	return redact(text, e.config.APIKey())
}
