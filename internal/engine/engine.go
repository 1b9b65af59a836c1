// Package engine sends requests: paced, timed, retried where that is safe, and read
// to the end. It knows nothing of customers and chats.
//
// A call goes through the retry loop (retry.go), which sends each attempt through
// the chain assembled in chain.go.
package engine

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Config is what an Engine is made of. All of it is required but Logger.
type Config struct {
	APIKey           string
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
	client *http.Client // sends one attempt
}

// New makes an Engine.
func New(config Config) *Engine {
	return &Engine{
		config: config,
		client: &http.Client{
			Transport:     newChain(&config),
			Jar:           config.HTTPClient.Jar,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Request is a call to make.
type Request struct {
	Class      Class
	Background bool
	Method     string
	URL        *url.URL
	Body       []byte // nil for none
}

// Answer is what became of a call: the last answer that the service gave, if any.
type Answer struct {
	Status       int // 0 when no attempt was answered
	Body         []byte
	RetryAfter   time.Duration
	RedirectHost string // where a redirect wanted to go
	Attempts     int    // how many times the request was sent
	// MaybeApplied says that the service may have carried the call out although it
	// did not say so.
	MaybeApplied bool
	// Repeated says that an earlier attempt may have been carried out.
	Repeated bool
}

// Do makes a call. The error says why there is no final answer; Answer may then still
// hold the last one, such as the 429 that a context ended waiting on.
func (e *Engine) Do(ctx context.Context, request Request) (*Answer, error) {
	started := time.Now()
	c := &call{Context: ctx, config: &e.config, request: request}
	err := e.loop(c)
	e.logCall(c, started, err)
	return c.result(err)
}

// loop runs the attempts of a call. Everything that decides is in the call's record;
// what the loop returns is worth nothing beyond it.
func (e *Engine) loop(c *call) error {
	loop := retryablehttp.Client{
		HTTPClient:   e.client,
		RetryMax:     math.MaxInt,
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		PrepareRetry: prepareRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	outgoing := &http.Request{Method: c.request.Method, URL: c.request.URL, Header: http.Header{}}
	retryable := &retryablehttp.Request{Request: outgoing.WithContext(c)}
	if c.request.Body != nil {
		if err := retryable.SetBody(c.request.Body); err != nil {
			return err
		}
	}
	response, err := loop.Do(retryable)
	if response != nil {
		response.Body.Close()
	}
	return c.finalError(err)
}

// prepareRetry gives an attempt headers of its own: the cookie jar has written into
// those of the attempt before.
func prepareRetry(r *http.Request) error {
	r.Header = http.Header{}
	return nil
}

// Redact replaces the API key wherever text repeats it.
func (e *Engine) Redact(text []byte) []byte {
	return redact(text, e.config.APIKey)
}

func redact(text []byte, key string) []byte {
	return bytes.ReplaceAll(text, []byte(key), []byte("[API key]"))
}

// drained is the body of a response that has been read.
var drained io.ReadCloser = http.NoBody
