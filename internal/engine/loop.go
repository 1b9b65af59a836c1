package engine

import (
	"context"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// loop is the retry loop of one call at a time: go-retryablehttp with the loop as its transport.
// Loops are reused, because making one takes a tenth of the time of a call. Attempts send a copy
// of its request, so no transport keeps a reference to a loop.
type loop struct {
	call      *call
	client    retryablehttp.Client
	http      http.Client
	retryable retryablehttp.Request
	request   http.Request
}

var loops = sync.Pool{New: func() any {
	l := new(loop)
	l.http.Transport = l
	l.client.HTTPClient = &l.http
	l.client.RetryMax = math.MaxInt // checkRetry counts
	l.client.CheckRetry = l.checkRetry
	l.client.Backoff = l.backoff
	l.client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return l
}}

// runLoop makes the attempts of a call and returns the error of the loop.
func runLoop(c *call) error {
	l := loops.Get().(*loop)
	l.call, l.request = c, *c.loopRequest()
	l.retryable.Request = &l.request
	if c.request.Body != nil {
		_ = l.retryable.SetBody(c.request.Body) // fails only for unknown types
	}
	_, err := l.client.Do(&l.retryable) //nolint:bodyclose // the chain closed it
	l.call, l.request, l.retryable = nil, http.Request{}, retryablehttp.Request{}
	loops.Put(l)
	return err
}

// emptyHeader saves http.Client an allocation. The send step sets the header.
var emptyHeader = http.Header{}

// loopRequest returns the request of the loop.
func (c *call) loopRequest() *http.Request {
	r := http.Request{Method: c.request.Method, URL: &c.request.URL, Header: emptyHeader}
	return r.WithContext(c.ctx)
}

// succeeded is what RoundTrip returns for every status, so that http.Client follows no redirect.
// checkRetry reads the status from the call.
var succeeded = &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

// RoundTrip makes one attempt. loop has no method CloseIdleConnections, so go-retryablehttp cannot
// close connections of the caller's transport.
func (l *loop) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.call.try(r); err != nil {
		return nil, err
	}
	return succeeded, nil
}

func (l *loop) checkRetry(context.Context, *http.Response, error) (bool, error) {
	return l.call.decideRetry(), nil
}

// backoff returns the wait that decideRetry chose.
func (l *loop) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
	return l.call.wait
}
