// Package delivery sends webhooks over HTTP, as the service does.
package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// client follows no redirects: the service's behaviour is unknown.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Response is the receiver's response to a delivery.
type Response struct {
	StatusCode int
	Duration   time.Duration
}

// OK reports whether the receiver has accepted the delivery.
func (r Response) OK() bool { return r.StatusCode >= 200 && r.StatusCode <= 299 }

// String returns the status and the time.
func (r Response) String() string {
	return fmt.Sprintf("%d %s in %s", r.StatusCode, http.StatusText(r.StatusCode), r.Duration.Round(100*time.Microsecond))
}

// Post sends one delivery. Its errors do not contain the URL, which may hold a password.
func Post(ctx context.Context, timeout time.Duration, to string, body []byte, signature string) (Response, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(webhook.SignatureHeader, signature)
	began := time.Now()
	response, err := client.Do(request)
	switch {
	case err != nil && ctx.Err() == nil && limited.Err() != nil:
		return Response{}, fmt.Errorf("no response within %s", timeout)
	case err != nil:
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return Response{}, err
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 1<<16) // so that the connection can be used again
	return Response{response.StatusCode, time.Since(began)}, nil
}
