package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/helpcrunch-go/helpcrunch/webhook"
)

// A delivery as it arrives, and its signature.
const (
	exampleKey       = "example-signing-key"
	exampleBody      = `{"event":"chat.rated","eventData":{"chat_id":880045,"rating":"great"},"attempts":0,"createdAt":1719200000,"id":"5d1f5b0e-0c55-4a0c-a0b4-6a7b8c9d0e1f"}`
	exampleSignature = "2a87e524d362e4aa91fc7c740aa55bf2071fa7dd"
)

// The raw bytes of the body are signed. Anything else than their signature is invalid.
func ExampleVerify() {
	body := []byte(exampleBody)
	fmt.Println(webhook.Verify(exampleKey, body, exampleSignature))

	err := webhook.Verify(exampleKey, append(body, ' '), exampleSignature)
	fmt.Println(err, errors.Is(err, webhook.ErrInvalidSignature))
	// Output:
	// <nil>
	// webhook: invalid signature true
}

// An event has the payload of its family.
func ExampleParse() {
	event, err := webhook.Parse([]byte(exampleBody))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Type, event.CreatedAt)
	if chat, ok := event.Chat(); ok {
		fmt.Printf("chat %d was rated %s\n", chat.ChatID, chat.Rating)
	}
	_, ok := event.Message()
	fmt.Println("a message:", ok)
	// Output:
	// chat.rated 2024-06-24 03:33:20 +0000 UTC
	// chat 880045 was rated great
	// a message: false
}

// The handler checks, reads and deduplicates. It is tested as any other handler.
func ExampleNewHandler() {
	handler, err := webhook.NewHandler(exampleKey, func(_ context.Context, event *webhook.Event) error {
		if chat, ok := event.Chat(); ok && event.Type == webhook.EventTypeChatRated {
			fmt.Printf("chat %d was rated %s\n", chat.ChatID, chat.Rating)
		}
		return nil // also for events that are of no use here
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	for _, signature := range []string{exampleSignature, exampleSignature, "forged"} {
		request, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(exampleBody))
		if err != nil {
			fmt.Println(err)
			return
		}
		request.Header.Set(webhook.SignatureHeader, signature)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		response.Body.Close()
		fmt.Println(response.Status)
	}
	// Output:
	// chat 880045 was rated great
	// 200 OK
	// 200 OK
	// 401 Unauthorized
}
