package frameworks

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// Lambda returns a function for lambda.Start, behind an HTTP API with payload format 2.0.
//
// Instances share no memory: drop duplicates with redis/redisdedup. An instance may be frozen
// once it has responded, so the timeout of webhook.WithTimeout must be well below that of the
// Lambda function, and the handler's function must heed its context.
func Lambda(webhooks http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, in events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		body := []byte(in.Body)
		if in.IsBase64Encoded {
			decoded, err := base64.StdEncoding.DecodeString(in.Body)
			if err != nil {
				return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusBadRequest}, nil
			}
			body = decoded
		}
		request, err := http.NewRequestWithContext(ctx, in.RequestContext.HTTP.Method, in.RawPath, bytes.NewReader(body))
		if err != nil {
			return events.APIGatewayV2HTTPResponse{}, fmt.Errorf("making a request of the event: %w", err)
		}
		for name, value := range in.Headers {
			request.Header.Set(name, value)
		}
		w := &responseWriter{header: http.Header{}, status: http.StatusOK}
		webhooks.ServeHTTP(w, request)
		out := events.APIGatewayV2HTTPResponse{StatusCode: w.status, Headers: map[string]string{}, Body: w.body.String()}
		for name := range w.header {
			out.Headers[name] = w.header.Get(name)
		}
		return out, nil
	}
}

// responseWriter keeps a response in memory.
type responseWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *responseWriter) Header() http.Header            { return w.header }
func (w *responseWriter) WriteHeader(status int)         { w.status = status }
func (w *responseWriter) Write(data []byte) (int, error) { return w.body.Write(data) }
